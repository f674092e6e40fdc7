"""Escapes of characters in source code (of two, four and eight hex digits, and in braces) and references in markup."""

from __future__ import annotations

import re

from scanner.decoding.piece import Piece
from scanner.decoding.places import substituted
from scanner.decoding.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE = re.compile(
    rb"\\x(?P<byte>[0-9A-Fa-f]{2})"
    rb"|\\u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    rb"|\\u(?P<four>[0-9A-Fa-f]{4})|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|\\U(?P<eight>[0-9A-Fa-f]{8})"
    rb"|&#[xX](?P<reference>[0-9A-Fa-f]{1,6});|&#(?P<decimal>[0-9]{1,7});"
)
_UNKNOWN = "\N{REPLACEMENT CHARACTER}".encode()
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield `data` with its escapes resolved and what stands between them kept."""
    decoded, places = substituted(_ESCAPE, _character, data)
    if as_text(decoded) == (decoded, ()):
        yield Piece(codecs=("unicode-escape",), data=decoded, places=(places,))


def _character(found: re.Match[bytes]) -> bytes:
    r"""`\xXX` is a byte, as in C, Go, Perl and bytes of Python; the other escapes are characters, written in UTF-8."""
    kind = found.lastgroup
    digits = found[kind or 0]
    if kind == "byte":
        return bytes([int(digits, 16)])
    if kind == "low":
        return bytes.fromhex((found["high"] + digits).decode("ascii")).decode("utf-16-be").encode()
    code = int(digits, 10 if kind == "decimal" else 16)
    if code > _LAST_CHARACTER:
        return found[0]
    return _UNKNOWN if code in _SURROGATES else chr(code).encode()
