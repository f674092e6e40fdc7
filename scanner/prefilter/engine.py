"""The prefilter's data as it is kept on disk: what is looked for, the keywords, and the automaton compiled from it.

A document is plain data (`marshal`), so that a hook reads it in milliseconds. It is made by `build.py`: for our own
rules when the package is built, for others by the first scan that is no hook. It is known by the files it was made
from, and used only where these stand unchanged.
"""

from __future__ import annotations

import binascii
import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Document = dict[str, Any]
    Stamp = tuple[str, int, int]

FORM = 1
"""Raised when the document's form changes, so that an older one is not read."""
BESIDE = "engine.bin"
"""Name of the document that the package's build leaves among our own rules."""
PACKED = "_rules"
"""Name of the folder of our own rules in a wheel; there files keep their size but not their time."""
_MAX_BYTES = 200_000_000


def stamps_of(paths: Sequence[str]) -> tuple[Stamp, ...]:
    """Return name, size and time of each rule file under `paths` (files or folders), in a fixed order."""
    found: list[Stamp] = []
    for path in paths:
        if os.path.isdir(path):
            packed = os.path.basename(os.path.normpath(path)) == PACKED
            found.extend(packed_stamps(path) if packed else sorted(_folder(path, os.path.abspath(path), timed=True)))
        elif os.path.exists(path):
            status = os.stat(path)
            found.append((os.path.abspath(path), status.st_size, status.st_mtime_ns))
    return tuple(found)


def packed_stamps(folder: str) -> tuple[Stamp, ...]:
    """Return the stamps of our own rules as a wheel has them."""
    return tuple(sorted(_folder(folder, "", timed=False)))


def _folder(folder: str, label: str, *, timed: bool) -> list[Stamp]:
    found: list[Stamp] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{label}/{entry.name}"
            if entry.is_dir():
                found.extend(_folder(entry.path, name, timed=timed))
            elif entry.name.endswith(".yaml"):
                status = entry.stat()
                found.append((name, status.st_size, status.st_mtime_ns if timed else 0))
    return found


def load(paths: Sequence[str]) -> Document | None:
    """Return the document made from the rule files under `paths` as they stand now, or None where there is none."""
    stamps = stamps_of(paths)
    for place in (os.path.join(paths[0], BESIDE), kept_at(paths)):
        document = read(place)
        if document is not None and document["stamps"] == stamps:
            return document
    return None


def read(place: str) -> Document | None:
    """Return the document in the file `place`; None where there is none, or one of another form."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        document = marshal.loads(os.read(descriptor, min(size, _MAX_BYTES)))  # noqa: S302 - a file of our own making
        return document if document["form"] == FORM else None
    except (OSError, ValueError, EOFError, TypeError, KeyError):
        return None
    finally:
        os.close(descriptor)


def kept_at(paths: Sequence[str]) -> str:
    """Return where the user's cache keeps the document for `paths`."""
    label = binascii.crc32("\0".join(os.path.abspath(path) for path in paths).encode("utf-8", "surrogateescape"))
    return os.path.join(cache_folder(), f"engine-{label:08x}.bin")


def cache_folder() -> str:
    """Return the folder of our caches, after the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "strongroom")
