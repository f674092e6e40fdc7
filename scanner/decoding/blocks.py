"""Runs of base64 or hex digits, with those that are one value wrapped over lines joined (PEM-like blocks, YAML block scalars)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scanner.decoding.places import Places, Shift, Unit, Units
from scanner.decoding.shapes import Range, base64_runs

_LINE_BREAK = re.compile(rb"[ \t]*+\r?\n[ \t]*+")
_LAST_LINE = re.compile(rb"[ \t]*+\r?\n[ \t]*+([A-Za-z0-9+/_-]++)={0,2}[ \t\r]*+(?:\n|\Z)")
_ESCAPED_BREAKS = (b"\\n", b"\\r", b"\\t")


@dataclass(frozen=True, kw_only=True)
class Block:
    """The lines of one encoded value, as ranges of the bytes they stand in."""

    source: bytes
    lines: tuple[Range, ...]

    @cached_property
    def text(self) -> bytes:
        """Return the lines joined, without what stands between them."""
        return b"".join(self.source[start:end] for start, end in self.lines)

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
    """Yield each run of 20 or more characters, and as one block those of equal width on lines that follow each other."""
    lines: list[Range] = []
    for run in base64_runs(data):
        line = _without_escaped_break(data, run)
        if lines and not _follows(data, lines, line):
            yield Block(source=data, lines=(*lines, *_last_line(data, lines)))
            lines = []
        lines.append(line)
    if lines:
        yield Block(source=data, lines=(*lines, *_last_line(data, lines)))


def _without_escaped_break(data: bytes, run: Range) -> Range:
    """In a string literal the `n` of an escaped line break before a run is no part of it."""
    start, end = run
    return (start + 1, end) if start and data[start - 1 : start + 1] in _ESCAPED_BREAKS else run


def _follows(data: bytes, lines: list[Range], line: Range) -> bool:
    """Encoders break lines at one width: only the last may be shorter."""
    first, last = lines[0], lines[-1]
    width = first[1] - first[0]
    if last[1] - last[0] != width or line[1] - line[0] > width:
        return False
    return line[0] - last[1] < width and _LINE_BREAK.fullmatch(data, last[1], line[0]) is not None


def _last_line(data: bytes, lines: list[Range]) -> tuple[Range, ...]:
    """Return the line after the run where it is a shorter one that ends the block."""
    (first, first_end), (last, last_end) = lines[0], lines[-1]
    width = first_end - first
    found = _LAST_LINE.match(data, last_end, last_end + 3 * width) if last_end - last == width else None
    return (found.span(1),) if found and found.end(1) - found.start(1) < width else ()
