"""How many objects a repository holds, told by its folders and the indices of its packs without a run of git."""

from __future__ import annotations

import os
import struct

from scanner.sources.gitdir import GitDir, read_bounded

_MAGIC = b"\xfftOc"
_HEADER = 8 + 256 * 4
"""Of an index of version 2 (gitformat-pack(5)): magic, version, and a table whose last entry counts the objects."""


def object_count(found: GitDir) -> int:
    """Return the number of objects, loose and packed; what cannot be read counts for nothing."""
    objects = os.path.join(found.common, "objects")
    packed = sum(_packed(os.path.join(objects, "pack", name)) for name in _names(objects, "pack"))
    return packed + sum(len(_names(objects, f"{number:02x}")) for number in range(256))


def _names(objects: str, folder: str) -> list[str]:
    try:
        return os.listdir(os.path.join(objects, folder))
    except OSError:
        return []


def _packed(path: str) -> int:
    if not path.endswith(".idx"):
        return 0
    head = read_bounded(path, _HEADER)
    if len(head) < _HEADER or not head.startswith(_MAGIC):
        return 0
    count: int = struct.unpack(">I", head[-4:])[0]
    return count
