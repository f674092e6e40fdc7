"""Hex: 24 or more digits, on one line or wrapped, and lists of bytes as programs write them (`0x41, 0x42`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from scanner.decoding.blocks import Block
from scanner.decoding.piece import Piece
from scanner.decoding.places import Groups, Places, Shift, Unit, Units
from scanner.decoding.shapes import byte_lists
from scanner.decoding.text import as_text

_DIGITS = re.compile(rb"[0-9A-Fa-f]{24,}+")
_LISTED = re.compile(rb"0[xX]([0-9A-Fa-f]{2})")


def pieces(block: Block) -> Iterator[Piece]:
    """Yield what each run of an even number of hex digits in `block` encodes."""
    for found in _DIGITS.finditer(block.text):
        digits = found[0]
        if len(digits) % 2 == 0:
            groups = Groups(decoded=1, encoded=2, length=len(digits))
            yield from _pieces(digits, groups, Shift(found.start()), block.places)


def listed_pieces(data: bytes) -> Iterator[Piece]:
    """Yield what each list of bytes in `data` encodes."""
    for start, end in byte_lists(data):
        source = data[start:end]
        yield from _pieces(b"".join(_LISTED.findall(source)), Units(partial(_listed_units, source)), Shift(start))


def _pieces(digits: bytes, *places: Places) -> Iterator[Piece]:
    readable = as_text(bytes.fromhex(digits.decode()))
    if readable is not None:
        data, steps = readable
        yield Piece(codecs=("hex", "utf-16") if steps else ("hex",), data=data, places=(*steps, *places))


def _listed_units(source: bytes) -> Iterator[Unit]:
    for number, found in enumerate(_LISTED.finditer(source)):
        yield number, 1, found.start(), found.end() - found.start()
