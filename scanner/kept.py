"""What is kept between runs so that a start is fast: plain data in the user's cache, known by the files it came from.

The data is `marshal`ed: reading it costs a tenth of what parsing YAML or JSON does. The cache is the user's own
folder (0700); a file of another form, or one that was cut short, is as good as none.
"""

from __future__ import annotations

import binascii
import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

Stamp = tuple[str, int, int]
PACKED = "_rules"
"""Name of the folder of our own rules in a wheel, whose files are replaced and never edited: their names tell them."""
TOML = ".toml"
EXTENDED = "extended"
"""Kind of the data that names the files which a TOML file of rules was read from with itself."""
NO_CACHE = "STRONGROOM_NO_CACHE"
"""Variable that makes a scan look at everything anew; what is only compiled or parsed is taken from the cache still."""
_MAX_BYTES = 200_000_000


def stamps_of(paths: Sequence[str]) -> tuple[Stamp, ...]:
    """Return name, size and time of each file under `paths` (files, or folders of YAML files), in a fixed order."""
    found: list[Stamp] = []
    for path in paths:
        if os.path.isdir(path):
            packed = os.path.basename(os.path.normpath(path)) == PACKED
            found.extend(packed_stamps(path) if packed else sorted(_folder(path, os.path.abspath(path), timed=True)))
        elif os.path.exists(path):
            found.append(_stamp(path))
            if path.endswith(TOML):
                found.extend(_extended(path))
    return tuple(found)


def _stamp(path: str) -> Stamp:
    status = os.stat(path)
    return os.path.abspath(path), status.st_size, status.st_mtime_ns


def _extended(path: str) -> list[Stamp]:
    files = read(place_for(EXTENDED, [path]))
    named = files if isinstance(files, tuple) else ()
    return [_stamp(file) if os.path.exists(file) else (file, 0, 0) for file in named if file != path]


def code() -> tuple[Stamp, ...]:
    """Return what tells this program from another version of it: when it was installed, or in a checkout every file."""
    ours = os.path.dirname(os.path.abspath(__file__))
    if not os.path.isfile(os.path.join(os.path.dirname(ours), "pyproject.toml")):
        return (_stamp(__file__),)
    return tuple(sorted(_folder(ours, ours, timed=True, endings=(".py", ".yaml", ".json"))))


def packed_stamps(folder: str) -> tuple[Stamp, ...]:
    """Return the stamps of our own rules as a wheel has them."""
    return tuple(sorted(_folder(folder, "", timed=False)))


def _folder(folder: str, label: str, *, timed: bool, endings: tuple[str, ...] = (".yaml",)) -> list[Stamp]:
    found: list[Stamp] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{label}/{entry.name}"
            if entry.is_dir():
                found.extend(_folder(entry.path, name, timed=timed, endings=endings))
            elif entry.name.endswith(endings):
                status = entry.stat() if timed else None
                found.append((name, status.st_size, status.st_mtime_ns) if status is not None else (name, 0, 0))
    return found


def read(place: str) -> Any:
    """Return the data in the file `place`, or None where there is none that can be read."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        return marshal.loads(os.read(descriptor, min(size, _MAX_BYTES)))  # noqa: S302 - a file of our own making
    except (OSError, ValueError, EOFError, TypeError):
        return None
    finally:
        os.close(descriptor)


def write(place: str, data: Any) -> None:
    """Keep `data` in the file `place`. Where it cannot be written the next start takes longer, and nothing is lost."""
    try:
        content = marshal.dumps(data)
    except ValueError:
        return
    write_bytes(place, content)


def write_bytes(place: str, content: bytes) -> None:
    """Keep `content` in the file `place`, or lose nothing but time where it cannot be written."""
    from pathlib import Path

    from strongroom.kernel.files import make_private_dir, write_atomic

    try:
        make_private_dir(Path(place).parent)
        write_atomic(Path(place), content)
    except OSError:
        return


def known(place: str) -> Any:
    """Return what earlier scans came to know and kept in the file `place`; None where this one is to look anew."""
    return None if os.environ.get(NO_CACHE) else read(place)


def learn(place: str, data: Any) -> None:
    """Keep in the file `place` what this scan came to know, unless it is to leave no trace."""
    if not os.environ.get(NO_CACHE):
        write(place, data)


def place_for(kind: str, paths: Sequence[str]) -> str:
    """Return where data of one `kind` made from `paths` is kept."""
    label = binascii.crc32("\0".join(os.path.abspath(path) for path in paths).encode("utf-8", "surrogateescape"))
    return os.path.join(cache_folder(), f"{kind}-{label:08x}.bin")


def cache_folder() -> str:
    """Return the folder of our caches, after the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "strongroom")


def load_yaml(path: str) -> Any:
    """Return the content of a YAML file of ours; parsed once, then kept. Raises `OSError`."""
    stamps = stamps_of([path])
    place = place_for("data", [path])
    held = read(place)
    if isinstance(held, tuple) and held[0] == stamps:
        return held[1]
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with open(path, encoding="utf-8") as stream:
        parsed = yaml.load(stream, Loader=loader)  # noqa: S506 - both are safe loaders
    write(place, (stamps, parsed))
    return parsed
