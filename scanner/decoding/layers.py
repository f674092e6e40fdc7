"""Every text that is encoded in a text, and in what that decodes to, within a budget.

Where to look is known beforehand: the prefilter's automaton notices encoded text (`encodings.yaml` among the rules) in
the same pass in which it notices credentials, so a text that encodes nothing costs nothing here.
"""

from __future__ import annotations

from scanner.decoding import stretches
from scanner.decoding.places import Shift

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scanner.decoding.piece import Piece
    from scanner.decoding.places import Places
    from scanner.decoding.stretches import Range
    from scanner.prefilter.hits import Hit, Sieve

    Codec = tuple[Callable[[bytes, int, int], Range], Callable[[bytes], Iterator[Piece]]]

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
        """Take a layer of `size` bytes off the budget; return False, and say why in `exceeded`, where it is spent."""
        if not self._layers:
            self.exceeded = "holds more encoded texts than are decoded; the rest was read as it is"
        elif size > self._bytes:
            self.exceeded = "holds more encoded text than is decoded; the rest was read as it is"
        else:
            self._layers -= 1
            self._bytes -= size
        return self.exceeded is None


class Layer:
    """A text, or one decoded from it, with its hits. Text in UTF-16 is given in UTF-8, with `utf-16` as its last codec.

    `codecs` are what was taken off, the outermost first.
    """

    __slots__ = ("codecs", "data", "hits", "places")

    def __init__(
        self, data: bytes, hits: list[Hit], codecs: tuple[str, ...] = (), places: tuple[Places, ...] = ()
    ) -> None:
        self.data = data
        self.codecs = codecs
        self.places = places
        self.hits = hits

    def origin(self, start: int, end: int) -> Range:
        """Return where in the file the bytes from `start` to `end` are encoded, in whole units of the encoding."""
        for step in self.places:
            start, end = step.outer(start, end)
        return start, end


class Decoder:
    """Decodes what the hits of a prefilter lead to."""

    def __init__(self, leads: Mapping[int, str], sieve: Sieve) -> None:
        """`leads` says which targets mean encoded text, and of which kind."""
        self._leads = leads
        self._sieve = sieve

    def layers(self, text: Layer, budget: Budget) -> Iterator[Layer]:
        """Yield each text that hits in `text` lead to, then those encoded in these, and so on, until `budget` is spent.

        The outer texts come first, so that one that nests a thousand others cannot hide its neighbours. The hits of a
        layer are those of credentials alone.
        """
        waiting = [text]
        for depth in range(budget.depth):
            inner: list[Layer] = []
            for parent in waiting:
                for piece in self._pieces(parent):
                    if depth and _known(parent, piece):
                        continue
                    if not budget.spend(len(piece.data)):
                        return
                    found = self._sieve.hits(piece.data)
                    codecs, places = parent.codecs + piece.codecs, piece.places + parent.places
                    inner.append(Layer(piece.data, found, codecs, places))
                    yield Layer(piece.data, [hit for hit in found if hit[0] not in self._leads], codecs, places)
            waiting = inner

    def stretches(self, data: bytes, hits: Sequence[Hit]) -> Iterator[tuple[int, int, int]]:
        """Yield what is to be decoded in `data` as (target, start, end); hits in one stretch lead there once."""
        seen: dict[str, int] = {}
        for number, first, last in sorted(hits, key=lambda hit: hit[1]):
            kind = self._leads.get(number)
            if kind is not None and last > seen.get(kind, 0):
                start, end = _CODECS[kind][0](data, max(first - 1, 0), max(last - 1, 0))
                seen[kind] = end
                yield number, start, end

    def _pieces(self, parent: Layer) -> Iterator[Piece]:
        for number, start, end in self.stretches(parent.data, parent.hits):
            for piece in _CODECS[self._leads[number]][1](parent.data[start:end]):
                piece.places = (*piece.places, Shift(start))
                yield piece


def _known(parent: Layer, piece: Piece) -> bool:
    """Tell whether the encoded bytes are literal text of `parent`: then the layer further out has had them."""
    start, end = 0, len(piece.data)
    for step in piece.places:
        start, end = step.outer(start, end)
    outer_start, outer_end = parent.origin(start, end)
    return outer_end - outer_start == end - start


def _notebook(data: bytes) -> Iterator[Piece]:
    from scanner.decoding import notebook

    return notebook.pieces(data)


def _digits(data: bytes) -> Iterator[Piece]:
    from scanner.decoding import base64_text, hexadecimal
    from scanner.decoding.blocks import blocks

    for block in blocks(data):
        yield from hexadecimal.pieces(block)
        yield from base64_text.pieces(block)


def _byte_list(data: bytes) -> Iterator[Piece]:
    from scanner.decoding import hexadecimal

    return hexadecimal.listed_pieces(data)


def _percent(data: bytes) -> Iterator[Piece]:
    from scanner.decoding import percent

    return percent.pieces(data)


def _escapes(data: bytes) -> Iterator[Piece]:
    from scanner.decoding import escapes

    return escapes.pieces(data)


_CODECS: dict[str, Codec] = {
    "notebook": (stretches.everything, _notebook),
    "digits": (stretches.run, _digits),
    "byte-list": (stretches.byte_list, _byte_list),
    "percent": (stretches.token, _percent),
    "escape": (stretches.line, _escapes),
}
