"""URL encoding (RFC 3986, section 2.1): `%XX` in a token that has at least three of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.decoding.piece import Piece
from scanner.decoding.places import Shift, substituted
from scanner.decoding.shapes import percent_tokens
from scanner.decoding.text import as_text

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = {f"{byte:02x}".encode(): bytes([byte]) for byte in range(256)}


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield each token of `data` with its escapes resolved and what stands between them kept."""
    for start, end in percent_tokens(data):
        decoded, places = substituted(_ESCAPE, lambda found: _BYTES[found[1].lower()], data[start:end])
        if as_text(decoded) == (decoded, ()):
            yield Piece(codecs=("url",), data=decoded, places=(places, Shift(start)))
