"""Which bytes are text worth scanning, and how they are brought to one form; the same for every source."""

from __future__ import annotations

MAX_BYTES = 5_000_000
"""Larger files are counted as skipped."""

BINARY = "binary"
TOO_LARGE = "larger than 5 MB"
_SNIFFED = 8192
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def readable(data: bytes) -> bytes | str:
    """Return the bytes to scan, or (as text) the reason for leaving them out.

    UTF-16 with a byte order mark becomes UTF-8, so that its NUL bytes do not pass for a binary file.
    """
    if len(data) > MAX_BYTES:
        return TOO_LARGE
    if data[:2] in _UTF16:
        return data[2:].decode(_UTF16[data[:2]], "replace").encode()
    return BINARY if data.find(b"\0", 0, _SNIFFED) >= 0 else data


def shown_path(path: str) -> str:
    """Return a path as reports show it: bytes that are no UTF-8 are written as escapes."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
