"""A treemap: tiles whose areas are as their numbers, as square as they go (Bruls, Huizing and van Wijk, 2000)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strongroom.kernel.record import Record

WIDTH, HEIGHT = 100.0, 50.0
"""Of the picture, in units of its own: twice as wide as high."""


class Tile(Record):
    """Where the tile of the `index`-th number lies, in hundredths of the picture's width and of its height."""

    index: int
    x: float
    y: float
    width: float
    height: float


class _Space(Record):
    x: float = 0.0
    y: float = 0.0
    width: float = WIDTH
    height: float = HEIGHT


def tiles(numbers: Sequence[int]) -> list[Tile]:
    """Return a tile for each of `numbers`, which are positive and come in falling order; they fill the picture."""
    total = sum(numbers)
    areas = [WIDTH * HEIGHT * number / total for number in numbers]
    return list(_laid(areas))


def _laid(areas: Sequence[float]) -> Iterator[Tile]:
    space, start = _Space(), 0
    while start < len(areas):
        end = _row_end(areas, start, min(space.width, space.height))
        yield from _row(areas[start:end], start, space)
        space = _rest(space, sum(areas[start:end]))
        start = end


def _row_end(areas: Sequence[float], start: int, side: float) -> int:
    """Return where the row along `side` that begins at `start` ends: once another tile would make it less square."""
    end = start + 1
    while end < len(areas) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
        end += 1
    return end


def _worst(row: Sequence[float], side: float) -> float:
    """Return how far from square the worst tile of a row is: 1 is a square. The first is the largest."""
    depth = sum(row) / side
    return max(row[0] / depth**2, depth**2 / row[-1])


def _row(row: Sequence[float], start: int, space: _Space) -> Iterator[Tile]:
    upright = space.height <= space.width
    depth = sum(row) / min(space.width, space.height)
    along = 0.0
    for index, area in enumerate(row):
        length = area / depth
        x, y = (space.x, space.y + along) if upright else (space.x + along, space.y)
        width, height = (depth, length) if upright else (length, depth)
        yield _tile(start + index, x, y, width, height)
        along += length


def _rest(space: _Space, area: float) -> _Space:
    if space.height <= space.width:
        depth = area / space.height
        return _Space(x=space.x + depth, y=space.y, width=space.width - depth, height=space.height)
    depth = area / space.width
    return _Space(x=space.x, y=space.y + depth, width=space.width, height=space.height - depth)


def _tile(index: int, x: float, y: float, width: float, height: float) -> Tile:
    across, down = 100 / WIDTH, 100 / HEIGHT
    return Tile(
        index=index,
        x=round(x * across, 3),
        y=round(y * down, 3),
        width=round(width * across, 3),
        height=round(height * down, 3),
    )
