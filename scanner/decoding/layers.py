"""Every text that is encoded in a file, and in what that decodes to, within a budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.decoding import base64_text, escapes, hexadecimal, percent
from scanner.decoding.blocks import blocks
from scanner.decoding.piece import Piece
from scanner.decoding.places import Places
from scanner.decoding.shapes import may_decode
from scanner.model import Span

__all__ = ["Budget", "Layer", "decoded", "may_decode"]

_MEBIBYTE = 1024 * 1024


class Budget:
    """What decoding one file may cost. `exceeded` says afterwards what ran out, so that a report can name the file."""

    def __init__(
        self,
        size: int,
        *,
        ratio: int = 4,
        least: int = _MEBIBYTE // 16,
        most: int = 8 * _MEBIBYTE,
        layers: int = 2000,
        depth: int = 3,
    ) -> None:
        """Allow `ratio` times the file's `size` of decoded bytes, between `least` and `most`, in so many `layers`."""
        self.depth = depth
        self.exceeded: str | None = None
        self._bytes = max(least, min(ratio * size, most))
        self._layers = layers

    def spend(self, size: int) -> bool:
        """Take one layer of `size` bytes off the budget; return False, and say so in `exceeded`, where it is not to be had."""
        if not self._layers:
            self.exceeded = "more encoded texts than are decoded"
        elif size > self._bytes:
            self.exceeded = "more encoded text than is decoded"
        else:
            self._layers -= 1
            self._bytes -= size
        return self.exceeded is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A decoded text. Text in UTF-16 is given in UTF-8, with `utf-16` as its last codec."""

    data: bytes
    codecs: tuple[str, ...]
    """What was taken off, the outermost first."""
    places: tuple[Places, ...]
    depth: int

    def origin(self, span: Span) -> Span:
        """Return where in the file the bytes of `span` are encoded, in whole units of the encoding."""
        start, end = span.start, span.end
        for step in self.places:
            start, end = step.outer(start, end)
        return Span(start=start, end=end)

    def is_literal(self, span: Span) -> bool:
        """Tell whether `span` stands in the file as it is: whatever is found there was there to be found without decoding."""
        origin = self.origin(span)
        return origin.end - origin.start == span.end - span.start


def decoded(data: bytes, *, budget: Budget) -> Iterator[Layer]:
    """Yield each text encoded in `data`, then those encoded in these, and so on, until `budget` is spent.

    The outer texts come first, so that one that nests a thousand others cannot hide its neighbours.
    """
    waiting = deque([Layer(data=data, codecs=(), places=(), depth=0)])
    while waiting:
        parent = waiting.popleft()
        for piece in _pieces(parent.data):
            if parent.depth and _known(parent, piece):
                continue
            if not budget.spend(len(piece.data)):
                return
            layer = _layer(parent, piece)
            yield layer
            if layer.depth < budget.depth:
                waiting.append(layer)


def _pieces(data: bytes) -> Iterator[Piece]:
    for block in blocks(data):
        yield from hexadecimal.pieces(block)
        yield from base64_text.pieces(block)
    yield from hexadecimal.listed_pieces(data)
    yield from percent.pieces(data)
    yield from escapes.pieces(data)


def _known(parent: Layer, piece: Piece) -> bool:
    """Tell whether the encoded bytes are literal text of `parent`: then the layer further out has had them."""
    start, end = 0, len(piece.data)
    for step in piece.places:
        start, end = step.outer(start, end)
    return parent.is_literal(Span(start=start, end=end))


def _layer(parent: Layer, piece: Piece) -> Layer:
    return Layer(
        data=piece.data,
        codecs=parent.codecs + piece.codecs,
        places=piece.places + parent.places,
        depth=parent.depth + 1,
    )
