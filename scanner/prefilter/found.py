"""The hits of one text, by what they are for, as the ranges that precise patterns are tried on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.lines import LineIndex
from scanner.model import Span
from scanner.prefilter.hits import Hit, Sieve

Targets = Sequence[tuple[str, int, tuple[str, ...], tuple[str, ...]]]
"""Id, greatest width, paths and excluded paths of each target, as an engine's document lists them."""


class Found:
    """What a sieve saw in one text."""

    def __init__(self, targets: Targets, hits: Iterable[Hit]) -> None:
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._widths: dict[str, int] = {}
        for number, first, last in hits:
            target, width = targets[number][:2]
            self._places.setdefault(target, []).append((first, last))
            self._widths[target] = width

    def __contains__(self, target: str) -> bool:
        """Tell whether a target (`rule:ID` or `shape:ID`) may match in the text."""
        return target in self._places

    def targets(self) -> list[str]:
        """Return what may match in the text."""
        return list(self._places)

    def rules(self) -> list[str]:
        """Return those that are rules' (`rule:ID`), in order of their ids."""
        return sorted(target for target in self._places if target.startswith("rule:"))

    def windows(self, target: str, lines: LineIndex, *, multiline: bool) -> list[Span]:
        """Return the ranges of the text, whose lines are `lines`, that hold every match of `target`."""
        return lines.windows(self._places[target], self._widths[target], multiline=multiline)


class Finder:
    """Sifts texts one by one: literals as the program sees them, decoded texts, examples of a rule."""

    def __init__(self, targets: Targets, sieve: Sieve) -> None:
        self._targets = targets
        self._sieve = sieve

    def found(self, data: bytes) -> Found:
        """Return what may stand in `data`."""
        return Found(self._targets, self._sieve.hits(data))
