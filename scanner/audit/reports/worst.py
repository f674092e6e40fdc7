"""The worst of many entries, in order, holding no more than are asked for."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from scanner.audit.reports.document import Entry

Rank = tuple[int, ...]


class Worst:
    """Keeps the `most` entries of the lowest rank; of equal ones those that came first. All are counted."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._heap: list[tuple[Rank, int, Entry]] = []

    def add(self, entry: Entry, rank: Rank) -> None:
        """Count `entry`, and keep it if it is one of the worst so far."""
        # A heap has its smallest on top: with all signs turned, that is the one to go.
        kept = (tuple(-each for each in rank), -self.count, entry)
        self.count += 1
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, kept)
        elif self._heap and kept[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, kept)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the kept entries, the worst first."""
        return (entry for _, _, entry in sorted(self._heap, key=lambda kept: kept[:2], reverse=True))

    @property
    def left_out(self) -> int:
        """Return how many were counted and not kept."""
        return self.count - len(self._heap)
