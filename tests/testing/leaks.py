"""Looks for values that must not be anywhere: plain, base64 at every alignment, hex, URL-encoded, UTF-16."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def spellings(value: bytes) -> Iterator[bytes]:
    """Yield the encodings under which `value` could slip by."""
    yield value
    yield value.hex().encode()
    yield value.hex().upper().encode()
    yield quote(value, safe="").encode()
    yield "".join(f"%{byte:02x}" for byte in value).encode()
    yield value.decode().encode("utf-16-le")
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + value)
        start, end = (0, 2, 3)[lead], len(encoded) - (4 if (lead + len(value)) % 3 else 0)
        yield encoded[start:end]
        yield encoded[start:end].translate(bytes.maketrans(b"+/", b"-_"))


def leaks(values: Iterable[bytes], haystack: bytes) -> list[int]:
    """Return the positions in `values` of those that stand in `haystack` in any spelling."""
    return [number for number, value in enumerate(values) if any(each in haystack for each in spellings(value))]


def every_byte_below(folder: Path) -> bytes:
    """Return the names and contents of all files below `folder`, hidden ones too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"\n".join(bytes(file) + b"\n" + file.read_bytes() for file in files)
