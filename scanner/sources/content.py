"""Which bytes are text worth scanning, and how they are brought to one form; the same for every source."""

from __future__ import annotations

from scanner.containers.kinds import STARTS, archive_kind
from scanner.items import Blob, Packed, Skipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.items import Item

MAX_BYTES = 5_000_000
"""Larger files are counted as skipped."""
MAX_PACKED = 50_000_000
"""Larger archives are."""

BINARY = "binary"
TOO_LARGE = "larger than 5 MB"
PACKED = "an archive"
_SNIFFED = 8192
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
SPECIAL = STARTS.union(_UTF16)
"""First two bytes of what is not scanned as it is."""


def readable(data: bytes) -> bytes | str:
    """Return the bytes to scan, or (as text) the reason for leaving them out; `PACKED` where they are an archive.

    UTF-16 with a byte order mark becomes UTF-8, so that its NUL bytes do not pass for a binary file.
    """
    if data[:2] in SPECIAL and archive_kind(data):
        return PACKED if len(data) <= MAX_PACKED else TOO_LARGE
    if len(data) > MAX_BYTES:
        return TOO_LARGE
    if data[:2] in _UTF16:
        return data[2:].decode(_UTF16[data[:2]], "replace").encode()
    if data.find(b"\0", 0, _SNIFFED) >= 0:
        return PACKED if archive_kind(data) else BINARY
    return data


def item_of(
    path: str, data: bytes | str, *, blob_id: str | None = None, replaces: tuple[str, str] | None = None
) -> Item:
    """Return the item for a file's bytes, or for the reason (text) for which a source left them out."""
    scanned = readable(data) if isinstance(data, bytes) else data
    if isinstance(scanned, bytes):
        return Blob(path=path, data=scanned, blob_id=blob_id, replaces=replaces)
    if scanned == PACKED and isinstance(data, bytes):
        return Packed(path=path, data=data, blob_id=blob_id)
    return Skipped(path=path, reason=scanned)


def shown_path(path: str) -> str:
    """Return a path as reports show it: bytes that are no UTF-8 are written as escapes."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
