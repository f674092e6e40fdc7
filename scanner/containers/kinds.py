"""Which bytes are an archive, by their first few; names are not trusted. Every scan comes by here."""

from __future__ import annotations

MAGIC = {b"PK\3\4": "zip", b"PK\5\6": "zip", b"\x1f\x8b\x08": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
STARTS = frozenset(magic[:2] for magic in MAGIC)
"""First two bytes of all but tar."""
TAR = slice(257, 262)
USTAR = b"ustar"


def archive_kind(head: bytes) -> str:
    """Return `zip`, `gz`, `bz2`, `xz` or `tar` for content that starts so, else an empty text; 512 bytes are enough."""
    if head[:2] in STARTS:
        for magic, kind in MAGIC.items():
            if head.startswith(magic):
                return kind
    return "tar" if head[TAR] == USTAR else ""
