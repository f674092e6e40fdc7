"""What a prefilter says: where in a text something may match, and nothing yet about whether it does."""

from __future__ import annotations

Hit = list[int]
"""Number of a target, first and last place: each match found lies around one place between them."""

GAP = 64
"""Hits of one target this close are one: a text that repeats a match for megabytes stays a short list."""


def around(data: bytes, first: int, last: int, width: int, *, multiline: bool) -> tuple[int, int]:
    """Return the range of `data` that holds every match of at most `width` bytes for a hit at `first` to `last`.

    It ends with the line unless a match is `multiline`.
    """
    start, end = max(0, first - 1 - width), min(len(data), last + width)
    if multiline:
        return start, end
    line_end = data.find(b"\n", max(last - 1, 0), end)
    return max(start, data.rfind(b"\n", start, max(first - 1, 0)) + 1), end if line_end < 0 else line_end


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Sieve(Protocol):
        """All prefilters answer alike: where a rule or shape can match there is a hit in or at the end of the match."""

        def for_thread(self) -> Sieve:
            """Return a sieve for one more thread."""

        def hits(self, data: bytes | memoryview) -> list[Hit]:
            """Return the hits in `data`."""

        def program_places(self, data: bytes | memoryview) -> list[int]:
            """Return where words stand for which a program is worth following; none: it need not be parsed."""
else:
    Sieve = object
