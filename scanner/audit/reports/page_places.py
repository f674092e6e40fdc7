"""Where findings are, as a treemap: of repositories, or of the files of the only one that has any."""

from __future__ import annotations

import heapq
from typing import Any

from scanner.audit.reports.document import Document
from scanner.audit.reports.places import Places
from scanner.audit.reports.treemap import Tile, tiles
from scanner.audit.reports.wording import short

_MOST = 48
_HEATS = 4
_LEAST_WIDTH, _LEAST_HEIGHT = 9.0, 9.0
"""Of a tile that bears its name, in hundredths of the picture."""


def treemap(document: Document, places: Places) -> dict[str, Any] | None:
    """Return the tiles of the picture, the largest first, and what they stand for; None where nothing was found."""
    named = _repositories(document)
    kind = "repositories"
    if len(named) == 1:
        named, kind = places.largest(_MOST), "files"
    total, still_open = document["overview"]["findings"], document["overview"]["states"]["open"]
    if not named:
        return None
    rest = total - sum(number for _, number, _ in named)
    if rest > 0:
        named.append(("all others", rest, max(0, still_open - sum(each for _, _, each in named))))
        # The others together may be more than the largest.
        named.sort(key=lambda each: -each[1])
    laid = tiles([number for _, number, _ in named])
    return {"kind": kind, "tiles": [_shown(tile, *named[tile.index]) for tile in laid]}


def _repositories(document: Document) -> list[tuple[str, int, int]]:
    having = ((each["findings"], each["name"], each["open"]) for each in document["repositories"] if each["findings"])
    return [(name, number, is_open) for number, name, is_open in heapq.nlargest(_MOST, having)]


def _shown(tile: Tile, name: str, number: int, still_open: int) -> dict[str, Any]:
    return {
        **{field: getattr(tile, field) for field in ("x", "y", "width", "height")},
        "name": short(name),
        "number": number,
        "open": still_open,
        "heat": min(_HEATS, -(-_HEATS * still_open // number)),
        "labelled": tile.width >= _LEAST_WIDTH and tile.height >= _LEAST_HEIGHT,
    }
