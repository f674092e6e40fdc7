"""Which bytes are text worth scanning, and how they are brought to one form; the same for every source."""

from __future__ import annotations

import codecs

MAX_BYTES = 5_000_000
"""Larger files are counted as skipped."""

BINARY = "binary"
TOO_LARGE = "larger than 5 MB"
_SNIFFED = 8192
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def readable(data: bytes) -> bytes | str:
    """Return the bytes to scan, or (as text) the reason for leaving them out.

    UTF-16 with a byte order mark becomes UTF-8, so that its NUL bytes do not pass for a binary file.
    """
    if len(data) > MAX_BYTES:
        return TOO_LARGE
    encoding = _UTF16.get(data[:2])
    if encoding is not None:
        return data[2:].decode(encoding, "replace").encode()
    return BINARY if b"\0" in data[:_SNIFFED] else data
