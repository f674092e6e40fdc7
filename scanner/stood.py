"""A hit with the text around it in which it was tried, and what stands there."""

from __future__ import annotations


class Stood:
    """A hit for a target, from its `first` place to its `last`, tried on the text from `start` to `end`.

    `digests` are those of the texts that hold something, none where nothing stands. `in_line` tells that the text ends
    with its line.
    """

    __slots__ = ("digests", "end", "first", "in_line", "last", "number", "start")

    def __init__(
        self, number: int, first: int, last: int, start: int, end: int, digests: frozenset[int], *, in_line: bool
    ) -> None:
        self.number = number
        self.first = first
        self.last = last
        self.start = start
        self.end = end
        self.digests = digests
        self.in_line = in_line
