"""Versions of files, one after another: of each only that is sifted which the version before it did not have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from scanner.examine import Examiner
from scanner.history.shared import Zone, zones
from scanner.prefilter.hits import Hit, Sieve
from scanner.sift import BETWEEN
from scanner.stood import Stood


class Reach:
    """How far matches reach that span lines: at most `margin` bytes, but for those that begin with one of `fronts`."""

    __slots__ = ("fronts", "margin")

    def __init__(self, margin: int, fronts: list[bytes]) -> None:
        self.margin = margin
        self.fronts = fronts


class Version:
    """A text, the part of it that is to be sifted, and (once it was) what stands in it."""

    __slots__ = ("_before", "_zones", "data", "far", "new", "stood")

    def __init__(self, data: bytes, before: Version | None, reach: Reach) -> None:
        """`before` is any other text, best the version before."""
        self.data = data
        self._before = before
        self._zones = zones(before.data, data, reach.margin) if before is not None else []
        self.new = _new(data, self._zones, reach.margin)
        self.far = False
        """Whether it may hold a match that reaches further than what is sifted around a change."""
        self.stood: list[Stood] = []

    def reaches_far(self, fronts_found: bool) -> bool:
        """Return whether all of the version is to be sifted: what matches may begin and end far from what changed."""
        before = self._before
        self.far = fronts_found or (before is not None and before.far and bool(self._zones))
        if self.far:
            self._zones, self.new = [], [(0, len(self.data), 0, len(self.data))]
        return self.far

    def sifted(self, hits: list[Hit], examiner: Examiner, sieve: Sieve) -> frozenset[int]:
        """Take the hits in what is new, and return digests of all texts that stand in this version.

        The version before is let go of.
        """
        known = self._known(self._before.stood, hits) if self._before is not None else []
        # Where nothing stands in a line, nothing will as long as the line does not change: then it is sifted again.
        fresh = [one for one in examiner.stood(self.data, hits, sieve) if one.digests or not one.in_line]
        self.stood = [*known, *fresh]
        self._before = None
        return frozenset().union(*[one.digests for one in self.stood])

    def let_go(self) -> None:
        """Forget the version before."""
        self._before = None

    def _known(self, before: list[Stood], hits: list[Hit]) -> list[Stood]:
        """Return what of `before` stands here too; where its surroundings differ it becomes one of `hits`."""
        known = []
        for zone in self._zones:
            shift = zone.shift
            for one in before:
                first, last = one.first - shift, one.last - shift
                if last <= zone.start or first > zone.end:
                    continue
                start, end = one.start - shift, one.end - shift
                if start > zone.block_start and end < zone.block_end and first > zone.start and last <= zone.end:
                    known.append(Stood(one.number, first, last, start, end, one.digests, in_line=one.in_line))
                else:
                    hits.append([one.number, max(first, zone.start + 1), min(last, zone.end)])
        return known


class Sifting:
    """The new parts of several versions, sifted in one go."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._parts: list[bytes] = []
        self._starts: list[int] = []
        self._owners: list[tuple[Version, int, int, int]] = []
        size = 0
        for version in versions:
            for start, end, low, high in version.new:
                self._starts.append(size)
                self._owners.append((version, start, low, high))
                self._parts.append(version.data[start:end])
                size += end - start + len(BETWEEN)
        self._joined = BETWEEN.join(self._parts)

    def holding(self, texts: Iterable[bytes]) -> set[Version]:
        """Return the versions whose new parts hold one of `texts`."""
        found = set()
        for text in texts:
            place = self._joined.find(text)
            while place >= 0:
                number = bisect_right(self._starts, place) - 1
                found.add(self._owners[number][0])
                following = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._joined)
                place = self._joined.find(text, following)
        return found

    def hits(self, sieve: Sieve) -> dict[Version, list[Hit]]:
        """Return the hits in each version, at their places in the whole of it."""
        found: dict[Version, list[Hit]] = {}
        starts = self._starts
        for target, first, last in sieve.hits(self._joined):
            number = max(bisect_right(starts, first - 1) - 1, 0)
            while number < len(starts) and starts[number] < last:
                version, start, low, high = self._owners[number]
                shift = start - starts[number]
                begin, stop = max(first + shift, low + 1), min(last + shift, high)
                if begin <= stop:
                    found.setdefault(version, []).append([target, begin, stop])
                number += 1
        return found


def hits_of(versions: Sequence[Version], fronts: Sequence[bytes], sieve: Sieve) -> dict[Version, list[Hit]]:
    """Return the hits in what is new in each of `versions`, of which each is the next one's version before.

    `fronts` are the beginnings of what may reach far.
    """
    sifting = Sifting(versions)
    begun = sifting.holding(fronts)
    far = [version.reaches_far(version in begun) for version in versions]
    return (Sifting(versions) if any(far) else sifting).hits(sieve)


def _new(data: bytes, known: list[Zone], margin: int) -> list[tuple[int, int, int, int]]:
    """Return what is to be sifted as (start, end, low, high): matches count that end behind `low`, not after `high`."""
    new = []
    low = 0
    for zone in known:
        if zone.start > low or not low:
            new.append(_part(data, low, zone.start, margin))
        low = zone.end
    if low < len(data):
        new.append(_part(data, low, len(data), margin))
    return [part for part in new if part[2] < part[3]]


def _part(data: bytes, low: int, high: int, margin: int) -> tuple[int, int, int, int]:
    """Return the range in which matches that end between `low` and `high` lie, with a byte before and after them."""
    start = min(data.rfind(b"\n", 0, low) + 1, low - margin) if low else 0
    return max(start - 1, 0), min(high + 1, len(data)), low, high
