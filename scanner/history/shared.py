"""What a version of a file shares with another, found without a line-by-line comparison.

Versions differ in a few places. Their common front and back are found by halving, and where much lies between, a few
lines of it are looked up in the other version and what surrounds them is compared in the same way. What goes unnoticed
as common is merely scanned once more.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

Block = tuple[int, int, int]
"""Where bytes stand in the old version, where in the new one, and how many they are."""

_FINE = 32
"""Bytes next to a difference that may count as different too."""
_WORTH = 1_500
_PROBE = 40
_DEPTH = 6


def blocks(old: bytes, new: bytes) -> list[Block]:
    """Return stretches of `new` that stand in `old`, in the order of both."""
    front = _front(old, 0, len(old), new, 0, len(new))
    back = _back(old, front, len(old), new, front, len(new))
    found = [(0, 0, front)] if front else []
    found.extend(_between(old, front, len(old) - back, new, front, len(new) - back, _DEPTH))
    if back:
        found.append((len(old) - back, len(new) - back, back))
    return found


def _front(old: bytes, old_start: int, old_end: int, new: bytes, start: int, end: int) -> int:
    """Return how many bytes the two ranges have in common at their starts, or a little less."""
    low, high = 0, min(old_end - old_start, end - start)
    while high - low > _FINE:
        middle = (low + high) >> 1
        if old[old_start + low : old_start + middle] == new[start + low : start + middle]:
            low = middle
        else:
            high = middle
    return high if old[old_start + low : old_start + high] == new[start + low : start + high] else low


def _back(old: bytes, old_start: int, old_end: int, new: bytes, start: int, end: int) -> int:
    """Return how many bytes the two ranges have in common at their ends, or a little less."""
    low, high = 0, min(old_end - old_start, end - start)
    while high - low > _FINE:
        middle = (low + high) >> 1
        if old[old_end - middle : old_end - low] == new[end - middle : end - low]:
            low = middle
        else:
            high = middle
    return high if old[old_end - high : old_end - low] == new[end - high : end - low] else low


def _between(old: bytes, old_start: int, old_end: int, new: bytes, start: int, end: int, depth: int) -> Iterator[Block]:
    """Yield what stands in both ranges, which differ at both their ends."""
    size = end - start
    if size < _WORTH or not depth or old_end - old_start < _PROBE:
        return
    for wanted in (start + size // 2, start + size // 4, start + 3 * size // 4):
        place = new.rfind(b"\n", start, wanted) + 1 or wanted
        found = old.find(new[place : place + _PROBE], old_start, old_end)
        if found < 0:
            continue
        after = _front(old, found, old_end, new, place, end)
        before = _back(old, old_start, found, new, start, place)
        yield from _between(old, old_start, found - before, new, start, place - before, depth - 1)
        yield (found - before, place - before, before + after)
        yield from _between(old, found + after, old_end, new, place + after, end, depth - 1)
        return


class Zone:
    """A range of a new version in which everything that matches matched in the old version too.

    A match that ends behind `start` and at or before `end` lies within the block of common bytes from `block_start` to
    `block_end`; in the old version all of it stood `shift` bytes further on.
    """

    __slots__ = ("block_end", "block_start", "end", "shift", "start")

    def __init__(self, start: int, end: int, shift: int, block_start: int, block_end: int) -> None:
        self.start = start
        self.end = end
        self.shift = shift
        self.block_start = block_start
        self.block_end = block_end


def zones(old: bytes, new: bytes, margin: int) -> list[Zone]:
    """Return the zones of `new`, where a match lies within a line or is at most `margin` bytes long."""
    found = []
    for old_start, start, size in blocks(old, new):
        stop = start + size
        low = _inside(new, start, stop, margin) if old_start or start else 0
        high = stop
        if stop < len(new) or old_start + size < len(old):
            high = new.rfind(b"\n", start, stop) + 1 - margin
        if high - low > margin:
            found.append(Zone(low, high, old_start - start, start, stop))
    return found


def _inside(new: bytes, start: int, stop: int, margin: int) -> int:
    line_end = new.find(b"\n", start, stop)
    return line_end + 1 + margin if line_end >= 0 else stop
