"""From a place in decoded bytes back to the place in the bytes that encode it.

A `Places` answers for one step of decoding. All round outwards: a span that starts or ends inside a unit (a base64
group, an escape) is mapped to the whole unit. Tables are made when first asked for: few texts hold a finding.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property, partial

Unit = tuple[int, int, int, int]
"""Start and length of a unit in the decoded bytes, start and length in the encoded ones."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from re import Match, Pattern
    from typing import Protocol

    from scanner.decoding.stretches import Range

    Replace = Callable[[Match[bytes]], bytes]

    class Places(Protocol):
        """Maps ranges of decoded bytes to ranges of the bytes that encode them."""

        def outer(self, start: int, end: int) -> Range:
            """Return the smallest encoded range that holds decoded bytes `start` to `end`."""


class Shift:
    """The same bytes, `by` bytes further on."""

    def __init__(self, by: int) -> None:
        self._by = by

    def outer(self, start: int, end: int) -> Range:
        """Return the range moved to where the bytes stand."""
        return start + self._by, end + self._by


class Groups:
    """Units of one size: `decoded` bytes are written as `encoded` ones; the last of `length` bytes may be cut."""

    def __init__(self, *, decoded: int, encoded: int, length: int) -> None:
        self._decoded = decoded
        self._encoded = encoded
        self._length = length

    def outer(self, start: int, end: int) -> Range:
        """Return the encoded groups that hold decoded bytes `start` to `end`."""
        first = start // self._decoded * self._encoded
        last = -(-end // self._decoded) * self._encoded
        return min(first, self._length), min(last if end > start else first, self._length)


class Units:
    """Units of any size, in order. One as long as its decoded bytes is literal: every byte has its own place there."""

    def __init__(self, units: Callable[[], Iterable[Unit]]) -> None:
        self._units = units

    def outer(self, start: int, end: int) -> Range:
        """Return the encoded range from the unit of byte `start` to the unit of the byte before `end`."""
        first = self._place(start)[0]
        return first, self._place(end - 1)[1] if end > start else first

    def _place(self, byte: int) -> Range:
        decoded, sizes, starts, lengths = self._table
        if not decoded:
            return 0, 0
        unit = bisect_right(decoded, byte) - 1
        if sizes[unit] == lengths[unit]:
            place = starts[unit] + byte - decoded[unit]
            return place, place + 1
        return starts[unit], starts[unit] + lengths[unit]

    @cached_property
    def _table(self) -> tuple[array[int], ...]:
        columns = tuple(array("Q") for _ in range(4))
        for unit in self._units():
            for column, number in zip(columns, unit, strict=True):
                column.append(number)
        return columns


def substituted(pattern: Pattern[bytes], replace: Replace, data: bytes) -> tuple[bytes, Units]:
    """Return `data` with every match of `pattern` replaced by something shorter, and the way back."""
    return pattern.sub(replace, data), Units(partial(units, pattern, replace, data))


def units(pattern: Pattern[bytes], replace: Replace, data: bytes) -> Iterator[Unit]:
    """Yield the units of `data` in which every match of `pattern` is replaced."""
    decoded = done = 0
    for found in pattern.finditer(data):
        start, end = found.span()
        if start > done:
            yield decoded, start - done, done, start - done
            decoded += start - done
        size = len(replace(found))
        yield decoded, size, start, end - start
        decoded, done = decoded + size, end
    if done < len(data):
        yield decoded, len(data) - done, done, len(data) - done
