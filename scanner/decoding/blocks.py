"""Runs of base64 or hex digits; those that are one value wrapped over lines (PEM, YAML block scalars) are joined."""

from __future__ import annotations

import re
from functools import cached_property

from scanner.decoding.places import Shift, Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.decoding.places import Places, Unit
    from scanner.decoding.stretches import Range

SHORTEST = 20
"""Characters of base64 that are worth decoding: 15 bytes, shorter than every provider's token."""

_DIGITS = re.compile(rb"[A-Za-z0-9+/_\-]{2,}+")
_WIDTHS = 4
"""Lines of encoders are whole groups of base64 wide, and so are those of hex in practice."""
_ESCAPED_BREAKS = re.compile(rb"\\[rn]")


class Block:
    """The lines of one encoded value, as ranges of the bytes they stand in."""

    def __init__(self, source: bytes, lines: tuple[Range, ...]) -> None:
        self.source = source
        self.lines = lines

    @cached_property
    def text(self) -> bytes:
        """Return the lines joined, without what stands between them."""
        return b"".join([self.source[start:end] for start, end in self.lines])

    @property
    def places(self) -> Places:
        """Return the way from the joined lines back to the source."""
        return Shift(self.lines[0][0]) if len(self.lines) == 1 else Units(self._units)

    def _units(self) -> Iterator[Unit]:
        joined = 0
        for start, end in self.lines:
            yield joined, end - start, start, end - start
            joined += end - start


def blocks(data: bytes) -> Iterator[Block]:
    """Yield the runs of digits in `data` as blocks: encoders break lines at one width, the last may be shorter."""
    lines: list[Range] = []
    for found in _DIGITS.finditer(_without_breaks(data)):
        line = found.span()
        if lines and not _follows(lines, line):
            yield Block(data, tuple(lines))
            lines = []
        lines.append(line)
    if lines:
        yield Block(data, tuple(lines))


def _without_breaks(data: bytes) -> bytes:
    """Blank out escaped line breaks, whose letters would pass for digits."""
    return _ESCAPED_BREAKS.sub(b"  ", data) if b"\\" in data else data


def _follows(lines: list[Range], line: Range) -> bool:
    (first, first_end), (last, last_end) = lines[0], lines[-1]
    width = first_end - first
    return width % _WIDTHS == 0 and last_end - last == width and line[1] - line[0] <= width
