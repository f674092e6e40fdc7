"""What a prefilter says: where in a text something may match, and nothing yet about whether it does."""

from __future__ import annotations

Hit = list[int]
"""Number of a target, first and last place: each match found lies around one place between them."""

GAP = 64
"""Hits of one target this close are one: a text that repeats a match for megabytes stays a short list."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Sieve(Protocol):
        """All prefilters answer alike: where a rule or shape can match there is a hit in or at the end of the match."""

        def for_thread(self) -> Sieve:
            """Return a sieve for one more thread."""

        def hits(self, data: bytes | memoryview) -> list[Hit]:
            """Return the hits in `data`."""

        def python_places(self, data: bytes | memoryview) -> list[int]:
            """Return where words stand for which a program is worth following; none: it need not be parsed."""
else:
    Sieve = object
