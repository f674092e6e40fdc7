"""Where bytes stand for people: lines and columns of offsets, and the windows of text around keywords."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate, count
from operator import add

from scanner.model import Region, Span

_CONTINUES, _CONTINUATION = 0xC0, 0x80
"""Bits of a byte of UTF-8 that is not the first of its character."""


class LineIndex:
    """The lines of one file's bytes, found when first asked for. A line ends with LF; CR LF is one end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._last = (0, 1)

    @cached_property
    def lowered(self) -> bytes:
        """The bytes with ASCII letters in lower case."""
        return self.data.lower()

    @cached_property
    def _starts(self) -> list[int]:
        # Of a large file this is the dearest step, so no function of Python's is called for a line.
        ends = accumulate(map(len, self.data.split(b"\n")), initial=0)
        return list(map(add, ends, count()))[:-1]

    def number(self, offset: int) -> int:
        """Return the number, from 1, of the line that holds `offset`."""
        return bisect_right(self._starts, offset)

    def line(self, number: int) -> Span:
        """Return the range of line `number` without its line end."""
        start = self._starts[number - 1]
        last = number >= len(self._starts)
        end = len(self.data) if last else self._starts[number] - 1
        if end > start and self.data[end - 1 : end] == b"\r":
            end -= 1
        return Span(start=start, end=end)

    def lines(self, span: Span) -> Span:
        """Return the range of whole lines that `span` touches."""
        first = self.line(self.number(span.start))
        last = self.line(self.number(max(span.start, span.end - 1)))
        return Span(start=first.start, end=max(last.end, span.end))

    def region(self, span: Span) -> Region:
        """Return `span` as lines and columns, counted in Unicode characters."""
        return Region(
            start_line=self.number(span.start),
            start_column=self._column(span.start),
            end_line=self.number(span.end),
            end_column=self._column(span.end),
        )

    def _column(self, offset: int) -> int:
        start, column = self._starts[self.number(offset) - 1], 1
        last, last_column = self._last
        if start <= last <= offset:
            # Findings come in order, and a line may hold thousands.
            start, column = last, last_column
        column += len(self.data[start:offset].decode("utf-8", "replace"))
        if offset == len(self.data) or self.data[offset] & _CONTINUES != _CONTINUATION:
            self._last = offset, column
        return column

    def positions(self, keyword: bytes) -> Iterator[int]:
        """Yield where the lower-case `keyword` stands, whatever its case in the text."""
        found = self.lowered.find(keyword)
        while found >= 0:
            yield found
            found = self.lowered.find(keyword, found + len(keyword))

    def windows(self, places: Iterable[tuple[int, int]], width: int, *, multiline: bool) -> list[Span]:
        """Return the ranges that hold every match of at most `width` bytes that ends in, or has its end near, a place.

        A place is the first and last offset of a run of hits, each inside a match or at its end. Ranges are clipped
        to the lines they touch unless `multiline`. A long line is never searched as a whole, which bounds the work.
        """
        merged: list[Span] = []
        for first, last in sorted(places):
            window = self._window(max(first - 1, 0), max(last - 1, 0), width, multiline)
            if merged and window.start <= merged[-1].end:
                merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, window.end))
            else:
                merged.append(window)
        return merged

    def _window(self, first: int, last: int, width: int, multiline: bool) -> Span:
        start, end = max(0, first - width), min(len(self.data), last + width + 1)
        if multiline:
            return Span(start=start, end=end)
        return Span(start=max(start, self.data.rfind(b"\n", 0, first) + 1), end=min(end, self._line_end(last)))

    def _line_end(self, offset: int) -> int:
        found = self.data.find(b"\n", offset)
        end = len(self.data) if found < 0 else found
        return end - 1 if self.data[end - 1 : end] == b"\r" and end - 1 > offset else end
