"""Reads all texts out of a file that may be a stored value, plain and encoded, and each of them once.

    file ─▶ lines not seen before ─▶ words, runs, spans, blocks not seen before ─▶ what they may mean
                                                   │
                                                   └─▶ what they spell or encode: read like a file, three layers deep

A history repeats itself: most lines of a version stood in the one before, and most words of a line in others. What was
read already is known by itself, in memory that is bounded: beyond it, it is read again.
"""

from __future__ import annotations

from itertools import chain

from scanner.audit.held import parts
from scanner.audit.held.decodings import decodings, listed, readable, unwrapped
from scanner.audit.held.readings import SPELLINGS, narrower, spelled
from strongroom.kernel.likeness import LONGEST, SHORTEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from scanner.audit.held.decodings import Encoded

LAYERS = 3
"""How often what is spelled or encoded is looked into: base64 in base64 in a JSON string."""
_DEEPEST_READING = 4
_PIECE = 4 << 20
"""Bytes of a large file that are read at a time; each piece holds the longest value whole."""
_MOST_DECODED = 4
"""Times the size of a file that is decoded of it, so that none takes forever."""
_LEAST_DECODED = 1 << 20
_BYTES_A_READING = 8
"""What a reading of stretches takes up of a file at least: in programs it is five times as much."""
_LEAST_READINGS = 50_000
_LONGEST_ENCODED = 2 * LONGEST


class Seen:
    """What was seen, as far as there is room: when it is full, it begins anew."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._known: set[bytes] = set()

    def unseen(self, found: set[bytes]) -> set[bytes]:
        """Return what of `found` was not seen."""
        return found - self._known

    def add(self, found: set[bytes]) -> None:
        """Take note of what is seen now."""
        if len(self._known) + len(found) > self._room:
            self._known = set()
        self._known |= found


class Texts:
    """Some texts, and where they come from."""

    __slots__ = ("codecs", "spaced", "texts", "within")

    def __init__(
        self, texts: Collection[bytes], within: bytes | None, codecs: tuple[str, ...], *, spaced: bool = False
    ) -> None:
        self.texts = texts
        self.within = within
        """The stretch of the file that encodes them; None where they stand in it themselves."""
        self.codecs = codecs
        """What was taken off it, the outermost first."""
        self.spaced = spaced
        """Whether they may hold white space that is no part of the value: they are compared in their plain form."""


class Reader:
    """Reads texts out of one file after another."""

    def __init__(self, *, room: int = 600_000, places: bool = False) -> None:
        """`room` bounds how many texts, and how many lines, are remembered, at about 100 bytes each.

        With `places` each text says what encodes it, which takes longer.
        """
        self._lines = Seen(room // 2)
        self._seen = Seen(room)
        self._places = places
        self._budget = self._readings = 0

    def read(self, data: bytes) -> Iterator[Texts]:
        """Yield the texts of a file that were not read before."""
        self._budget = max(_LEAST_DECODED, _MOST_DECODED * len(data))
        self._readings = max(_LEAST_READINGS, len(data) // _BYTES_A_READING)
        for start in range(0, max(1, len(data)), _PIECE):
            piece = data[start : start + _PIECE + LONGEST]
            found = readable(piece) if b"\0" in piece else None
            if found is not None and found[1]:
                yield from self._layer(found[0], piece if self._places else None, found[1], 1, {found[0]})
            else:
                yield Texts((piece,), None, (), spaced=b"\0" not in piece)
                yield from self._layer(piece, None, (), 0, {piece})

    def _layer(
        self, data: bytes, within: bytes | None, codecs: tuple[str, ...], depth: int, wholes: Collection[bytes]
    ) -> Iterator[Texts]:
        """Read a text that was typed in or encoded; `wholes` are the values that it may be made of."""
        text = self._new_lines(data, depth)
        words = self._unseen(set(text.split()), depth)
        joined = b" ".join(words)
        runs = _wanted(self._unseen(parts.runs(joined), depth))
        spans = parts.spans(text) | parts.lines(wholes)
        meant = _wanted(self._unseen(words | parts.apart(joined) | spans, depth)) - runs
        self._note(runs | meant, depth)
        yield Texts(runs, within, codecs)
        yield Texts(meant, within, codecs)
        yield Texts(parts.blocks(data), within, codecs, spaced=True)
        spelling: list[bytes] = []
        for parted in self._narrower(meant, depth, spelling):
            yield Texts(parted, within, codecs)
        if depth < LAYERS:
            yield from self._inner(chain(spelled(spelling), _encoded(data, runs)), within, codecs, depth + 1)

    def _inner(
        self, found: Iterable[Encoded], within: bytes | None, codecs: tuple[str, ...], depth: int
    ) -> Iterator[Texts]:
        """Read what is spelled or encoded in a layer: all of it together, or each by itself where places are wanted."""
        raw: set[bytes] = set()
        together: set[bytes] = set()
        for source, decoded, codec in found:
            self._budget -= len(decoded)
            if self._budget < 0:
                break
            text, further = (decoded, ()) if codec in SPELLINGS else readable(decoded) or (None, ())
            if self._places:
                place, taken = within or source, (*codecs, codec)
                yield Texts((decoded,), place, taken)
                if text is not None:
                    yield Texts((text,), place, (*taken, *further), spaced=True)
                    yield from self._layer(text, place, (*taken, *further), depth, {text})
            else:
                raw.add(decoded)
                together.update(() if text is None else (text,))
        if raw:
            yield Texts(raw, None, ())
        if together:
            yield Texts(together, None, (), spaced=True)
            yield from self._layer(b"\n".join(together), None, (), depth, together)

    def _new_lines(self, data: bytes, depth: int) -> bytes:
        """Return the lines that were not seen; what is decoded is read whole: it was decoded for the first time."""
        if depth:
            return data
        lines = data.replace(b"\r", b"\n") if b"\r" in data else data
        new = self._lines.unseen(set(lines.split(b"\n")))
        self._lines.add(new)
        return b"\n".join(new)

    def _narrower(self, meant: set[bytes], depth: int, spelling: list[bytes]) -> Iterator[set[bytes]]:
        """Yield the parts of stretches, parts of these and so on; add those that may spell a text to `spelling`."""
        for _ in range(_DEEPEST_READING):
            parted, more = narrower(meant)
            spelling += more
            meant = _wanted(self._unseen({each.strip() for each in parted}, depth))
            if not meant or self._readings < 0:
                return
            self._readings -= len(meant)
            self._note(meant, depth)
            yield meant

    def _unseen(self, found: set[bytes], depth: int) -> set[bytes]:
        # Where a text stands plain, it may stand encoded as well, and each has its place.
        return found if depth and self._places else self._seen.unseen(found)

    def _note(self, found: set[bytes], depth: int) -> None:
        # What was seen further in was not looked into as deep as it is further out.
        if not depth:
            self._seen.add(found)


def _wanted(found: set[bytes]) -> set[bytes]:
    return {each for each in found if SHORTEST <= len(each) <= _LONGEST_ENCODED}


def _encoded(data: bytes, runs: set[bytes]) -> Iterator[Encoded]:
    yield from decodings(runs)
    if max(map(len, runs), default=0) >= parts.WRAPPED:
        for block in parts.wrapped(data):
            yield block, unwrapped(block), "base64"
    for block in parts.byte_lists(data):
        yield block, listed(block), "hex"
