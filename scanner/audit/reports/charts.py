"""Where the bars and columns of an audit's pictures lie; what each stands for is written beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.audit.reports.document import STATES, Entry
from strongroom.kernel.record import Record

HALF = 80.0
"""Pixels of a picture of columns: above its line, or below it."""
_WIDEST = 78.0
"""Of a picture's width, in hundredths: the longest bar; behind it there is room for seven digits on a phone."""
_MOST_TICKS = 6
_LETTER = 2.3
"""A letter of a tick, in hundredths of the width of a picture on a phone."""
_GAP = 0.15


class Line(Record):
    """A bar with its name above it; `width` in hundredths of the picture's width."""

    name: str
    number: int
    note: str
    width: float


class Part(Record):
    """A part of a column: what it counts, how many, and where it lies, in pixels."""

    kind: str
    number: int
    y: float
    height: float


class Column(Record):
    """A column of a picture, its place in hundredths of the width; `tick` is its name where that is to be shown."""

    name: str
    tick: str
    x: float
    width: float
    parts: tuple[Part, ...]


def lines(rows: Iterable[tuple[str, int, str]]) -> tuple[Line, ...]:
    """Return a bar for each name, number and note; the longest fills the picture."""
    listed = list(rows)
    scale = _WIDEST / (max((number for _, number, _ in listed), default=0) or 1)
    return tuple(
        Line(name=name, number=number, note=note, width=round(number * scale, 2)) for name, number, note in listed
    )


def over_time(months: Sequence[Entry]) -> tuple[Column, ...]:
    """Return a column for each month: what was introduced stands above the line, what was removed hangs below it."""
    most = max((max(row["introduced"], row["removed"]) for row in months), default=0) or 1
    scale = HALF / most
    return _columns(
        [row["month"] for row in months],
        [_mirrored(row["introduced"], row["removed"], scale) for row in months],
    )


def of_audits(trend: Sequence[Entry]) -> tuple[Column, ...]:
    """Return a column for each audit: its findings by state, the open ones at the bottom."""
    most = max((sum(row[state] for state in STATES) for row in trend), default=0) or 1
    scale = 2 * HALF / most
    return _columns([str(row["audit"]) for row in trend], [_stacked(row, scale) for row in trend])


def _mirrored(up: int, down: int, scale: float) -> tuple[Part, ...]:
    parts = (
        Part(kind="introduced", number=up, y=round(HALF - up * scale, 2), height=round(up * scale, 2)),
        Part(kind="removed", number=down, y=HALF, height=round(down * scale, 2)),
    )
    return tuple(part for part in parts if part.number)


def _stacked(row: Entry, scale: float) -> tuple[Part, ...]:
    parts: list[Part] = []
    bottom = 2 * HALF
    for state in STATES:
        height = row[state] * scale
        bottom -= height
        if row[state]:
            parts.append(Part(kind=state, number=row[state], y=round(bottom, 2), height=round(height, 2)))
    return tuple(parts)


def _columns(names: Sequence[str], parts: Sequence[tuple[Part, ...]]) -> tuple[Column, ...]:
    step = 100 / (len(names) or 1)
    # A few columns alone are not to be as wide as the page.
    width = min(step * (1 - _GAP), 12.0)
    places = [round(index * step + (step - width) / 2, 3) for index in range(len(names))]
    ticks = _ticks(names, places, width)
    return tuple(
        Column(name=name, tick=tick, x=x, width=round(width, 3), parts=of_it)
        for name, tick, x, of_it in zip(names, ticks, places, parts, strict=True)
    )


def _ticks(names: Sequence[str], places: Sequence[float], width: float) -> list[str]:
    """Return the names to be shown: the last, which ends with its column, and before it those that have the room."""
    if not names:
        return []
    every = -(-len(names) // _MOST_TICKS)
    room = _LETTER * max(map(len, names))
    *before, last = names
    latest = places[-1] + width - 2 * room
    return [
        *(name if index % every == 0 and places[index] <= latest else "" for index, name in enumerate(before)),
        last,
    ]
