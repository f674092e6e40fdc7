r"""Escapes of characters in source code and markup: `\uXXXX`, `\u{X}`, `\UXXXXXXXX`, `\xXX`, `&#N;` and `&#xX;`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from scanner.decoding.piece import Piece
from scanner.decoding.places import Shift, substituted
from scanner.decoding.shapes import escape_stretches
from scanner.decoding.text import as_text

_ESCAPE = re.compile(
    rb"\\x(?P<byte>[0-9A-Fa-f]{2})"
    rb"|\\u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    rb"|\\u(?P<four>[0-9A-Fa-f]{4})|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|\\U(?P<eight>[0-9A-Fa-f]{8})"
    rb"|&#[xX](?P<reference>[0-9A-Fa-f]{1,6});|&#(?P<decimal>[0-9]{1,7});"
)
_UNKNOWN = "\N{REPLACEMENT CHARACTER}".encode()
_LAST_CHARACTER = 0x10FFFF


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield each stretch of a line of `data` with its escapes resolved and what stands between them kept."""
    for start, end in escape_stretches(data):
        decoded, places = substituted(_ESCAPE, _character, data[start:end])
        if as_text(decoded) == (decoded, ()):
            yield Piece(codecs=("unicode-escape",), data=decoded, places=(places, Shift(start)))


def _character(found: Match[bytes]) -> bytes:
    r"""`\xXX` is a byte, as in C, Go, Perl and bytes of Python; the other escapes are characters, written in UTF-8."""
    kind = found.lastgroup
    digits = found[kind or 0]
    if kind == "byte":
        return bytes([int(digits, 16)])
    if kind == "low":
        return bytes.fromhex((found["high"] + digits).decode()).decode("utf-16-be").encode()
    code = int(digits, 10 if kind == "decimal" else 16)
    if code > _LAST_CHARACTER:
        return found[0]
    return _UNKNOWN if 0xD800 <= code < 0xE000 else chr(code).encode()
