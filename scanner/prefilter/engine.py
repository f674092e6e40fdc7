"""The prefilter's data as it is kept on disk: what is looked for, the keywords, and the automaton compiled from it.

A document is plain data, so that a hook reads it in milliseconds. It is made by `build.py`: for our own rules when
the package is built, for others by the first scan that is no hook. It is known by the files it was made from, and
used only where these stand unchanged.
"""

from __future__ import annotations

import marshal
import os

from scanner import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Document = dict[str, Any]

FORM = 10
"""Raised when the document's form changes, so that an older one is not read."""
BESIDE = "engine.bin"
"""Name of the document that the package's build leaves among our own rules."""
_LENGTH = 8
_MOST_PLAIN = 50_000_000


class Part:
    """An automaton in a document's file, which is read when it is asked for: most hooks need the first one only."""

    __slots__ = ("_at", "_descriptor", "_size")

    def __init__(self, descriptor: int, at: int, size: int) -> None:
        """Takes over `descriptor`, so that a document put in the file's place does not matter."""
        self._descriptor = descriptor
        self._at = at
        self._size = size

    def __bytes__(self) -> bytes:
        """Return what the file holds of it. Raises `OSError`."""
        return os.pread(self._descriptor, self._size, self._at)

    def __del__(self) -> None:
        os.close(self._descriptor)


def load(paths: Sequence[str]) -> Document | None:
    """Return the document made from the rule files under `paths` as they stand now, or None where there is none."""
    stamps = kept.stamps_of(paths)
    for place in (os.path.join(paths[0], BESIDE), kept_at(paths)):
        document = _read(place, stamps)
        if document is not None:
            return document
    return None


def save(place: str, document: Document) -> None:
    """Keep `document` in the file `place`, if it can be written."""
    kept.write_bytes(place, packed(document))


def packed(document: Document) -> bytes:
    """Return the bytes of a document's file: its plain part first, which tells whether it fits, then the automata."""
    automata: dict[str, Any] = document["automata"] or {}
    plain = {**document, "automata": {name: _size(part) for name, part in automata.items()} or None}
    head = marshal.dumps(plain)
    parts = [part for part in automata.values() if isinstance(part, bytes)]
    return b"".join([len(head).to_bytes(_LENGTH, "big"), head, *parts])


def _size(part: object) -> object:
    return len(part) if isinstance(part, bytes) else part


def _read(place: str, stamps: tuple[kept.Stamp, ...]) -> Document | None:
    """Return the document in the file `place` if it was made from what `stamps` say; else little of it is read."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _fitting(descriptor, stamps)
    except (OSError, ValueError, EOFError, TypeError, KeyError):
        return None
    finally:
        os.close(descriptor)


def _fitting(descriptor: int, stamps: tuple[kept.Stamp, ...]) -> Document | None:
    size = int.from_bytes(os.read(descriptor, _LENGTH), "big")
    document: Document = marshal.loads(os.read(descriptor, min(size, _MOST_PLAIN)))  # noqa: S302 - of our making
    if document["form"] != FORM or document["stamps"] != stamps:
        return None
    automata, at = document["automata"], _LENGTH + size
    for name, part in (automata or {}).items():
        if isinstance(part, int):
            automata[name] = Part(os.dup(descriptor), at, part)
            at += part
    return document


def kept_at(paths: Sequence[str]) -> str:
    """Return where the user's cache keeps the document for `paths`."""
    return kept.place_for("engine", paths)
