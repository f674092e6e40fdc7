"""Files written whole or not at all, private from their first moment."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def make_private_dir(path: Path) -> None:
    """Create `path` (and missing parents) with mode 0700; an existing folder is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to `path` as `opened_atomic` does. Raises `OSError`."""
    with opened_atomic(path, mode=mode) as stream:
        stream.write(data)


@contextmanager
def opened_atomic(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Give a stream whose content is at `path` once the block has ended without an exception.

    It goes through a temporary file: created with `mode`, flushed to disk, renamed over. What is there and no regular
    file (`/dev/null`, a pipe) is written to and not replaced. Raises `OSError`; the old file then stands unchanged and
    no temporary file is left.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_dir(path.parent)


def sync_dir(folder: Path) -> None:
    """Flush a folder's entries to disk: a file that was made or renamed there stays so. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
