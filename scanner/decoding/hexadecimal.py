"""Hex: 24 or more digits, on one line or wrapped, and lists of bytes as programs write them (`0x41, 0x42`)."""

from __future__ import annotations

import re
from functools import partial

from scanner.decoding.piece import Piece
from scanner.decoding.places import Groups, Shift, Units
from scanner.decoding.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.decoding.blocks import Block
    from scanner.decoding.places import Places, Unit

_DIGITS = re.compile(rb"[0-9A-Fa-f]{24,}+")
_LISTED = re.compile(rb"0[xX]([0-9A-Fa-f]{2})(?![0-9A-Fa-f])")


def pieces(block: Block) -> Iterator[Piece]:
    """Yield what each run of an even number of hex digits in `block` encodes."""
    for found in _DIGITS.finditer(block.text):
        digits = found[0]
        if len(digits) % 2 == 0:
            groups = Groups(decoded=1, encoded=2, length=len(digits))
            yield from _pieces(digits, groups, Shift(found.start()), block.places)


def listed_pieces(data: bytes) -> Iterator[Piece]:
    """Yield what the list of bytes in `data` encodes."""
    yield from _pieces(b"".join(_LISTED.findall(data)), Units(partial(_listed_units, data)))


def _pieces(digits: bytes, *places: Places) -> Iterator[Piece]:
    readable = as_text(bytes.fromhex(digits.decode("ascii")))
    if readable is not None:
        data, steps = readable
        yield Piece(codecs=("hex", "utf-16") if steps else ("hex",), data=data, places=(*steps, *places))


def _listed_units(source: bytes) -> Iterator[Unit]:
    for number, found in enumerate(_LISTED.finditer(source)):
        yield number, 1, found.start(), found.end() - found.start()
