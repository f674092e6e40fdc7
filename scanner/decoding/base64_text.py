"""base64 (RFC 4648, sections 4 and 5): both alphabets, padded or not, on one line or wrapped."""

from __future__ import annotations

import re
from binascii import a2b_base64

from scanner.decoding.blocks import SHORTEST, Block
from scanner.decoding.piece import Piece
from scanner.decoding.places import Groups, Shift
from scanner.decoding.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_PARTS = (
    re.compile(rb"[A-Za-z0-9+/]{%d,}+" % SHORTEST),
    re.compile(rb"[A-Za-z0-9_-]{%d,}+" % SHORTEST),
    re.compile(rb"[A-Za-z0-9]{%d,}+" % SHORTEST),
)
"""What a run may hold that is not base64 as a whole: a name or path joined to it by a sign that one alphabet lacks."""


def pieces(block: Block) -> Iterator[Piece]:
    """Yield what `block` encodes: as a whole, else line by line, else parts of each line."""
    whole = _piece(block, 0, block.text)
    if whole:
        yield whole
    elif len(block.lines) > 1:
        for line in block.lines:
            yield from pieces(Block(block.source, (line,)))
    else:
        yield from _parts(block)


def _parts(block: Block) -> Iterator[Piece]:
    tried = {(0, len(block.text))}
    for pattern in _PARTS:
        for found in pattern.finditer(block.text):
            if found.span() not in tried:
                tried.add(found.span())
                piece = _piece(block, found.start(), found[0])
                if piece:
                    yield piece


def _piece(block: Block, start: int, text: bytes) -> Piece | None:
    if len(text) < SHORTEST:
        return None
    # One character more than whole groups encodes nothing: a separator that happens to be of the alphabet.
    used = text[:-1] if len(text) % 4 == 1 else text
    readable = as_text(a2b_base64(used.translate(_TO_STANDARD) + b"=" * (-len(used) % 4)))
    if readable is None:
        return None
    data, steps = readable
    groups = Groups(decoded=3, encoded=4, length=len(used))
    codecs = ("base64", "utf-16") if steps else ("base64",)
    return Piece(codecs=codecs, data=data, places=(*steps, groups, Shift(start), block.places))
