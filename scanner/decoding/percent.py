"""URL encoding (RFC 3986, section 2.1): `%XX`."""

from __future__ import annotations

import re

from scanner.decoding.piece import Piece
from scanner.decoding.places import substituted
from scanner.decoding.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = {f"{byte:02x}".encode(): bytes([byte]) for byte in range(256)}


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield `data` with its escapes resolved and what stands between them kept."""
    decoded, places = substituted(_ESCAPE, lambda found: _BYTES[found[1].lower()], data)
    if as_text(decoded) == (decoded, ()):
        yield Piece(codecs=("url",), data=decoded, places=(places,))
