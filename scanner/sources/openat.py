"""Opens files below a folder without following a link on the way; folders stay open between neighbours."""

from __future__ import annotations

import os
import stat

from scanner.containers.kinds import archive_kind
from scanner.sources.content import MAX_BYTES, MAX_PACKED, TOO_LARGE

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

NOT_REGULAR = "not a regular file"
FOLDER = "a folder"


class Folder:
    """Reads one file after another below `root`. One thread uses it; `close` it at the end."""

    def __init__(self, root: bytes) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._path: bytes = b""
        self._parts: list[bytes] = []
        self._open: list[int] = []
        self.status: os.stat_result | None = None
        """What the file that was read last was when it was opened; None of a link."""

    def close(self) -> None:
        """Close every folder."""
        self._leave(0)
        os.close(self._root)

    def read(self, name: bytes) -> bytes | str:
        """Return a file's bytes, or why it is left out; of a link, the path it names. Raises `OSError`."""
        path, _, last = name.rpartition(b"/")
        folder = (self._open[-1] if self._open else self._root) if path == self._path else self._enter(path)
        self.status = None
        try:
            descriptor = os.open(last, _READ, dir_fd=folder)
        except OSError:
            if stat.S_ISLNK(os.stat(last, dir_fd=folder, follow_symlinks=False).st_mode):
                return os.readlink(last, dir_fd=folder)
            raise
        try:
            self.status = os.fstat(descriptor)
            return _content(descriptor, self.status)
        finally:
            os.close(descriptor)

    def _enter(self, path: bytes) -> int:
        wanted = path.split(b"/") if path else []
        shared = 0
        while shared < min(len(wanted), len(self._parts)) and wanted[shared] == self._parts[shared]:
            shared += 1
        self._leave(shared)
        for part in wanted[shared:]:
            inner = os.open(part, _FOLDER, dir_fd=self._open[-1] if self._open else self._root)
            self._open.append(inner)
            self._parts.append(part)
        self._path = path
        return self._open[-1] if self._open else self._root

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            os.close(self._open.pop())
            self._parts.pop()
        self._path = b"/".join(self._parts)


def _content(descriptor: int, found: os.stat_result) -> bytes | str:
    if not stat.S_ISREG(found.st_mode):
        return FOLDER if stat.S_ISDIR(found.st_mode) else NOT_REGULAR
    if found.st_size > MAX_BYTES and not (found.st_size <= MAX_PACKED and archive_kind(os.pread(descriptor, 512, 0))):
        return TOO_LARGE
    # Files of /proc and the like say that they are empty.
    data = os.read(descriptor, (found.st_size or 65536) + 1)
    return data if len(data) <= found.st_size else data + _rest(descriptor, MAX_BYTES + 1 - len(data))


def _rest(descriptor: int, limit: int) -> bytes:
    parts = []
    while limit > 0 and (part := os.read(descriptor, limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
