"""The regular expressions of filter patterns: AWS's subset, searched for in time that grows with the text alone.

The subset has no groups, so an alternative is a row of characters, each with how often it may come; all that could be
going on is followed at once, and nothing is ever tried again. Source: CloudWatch Logs User Guide, "Filter pattern
syntax", "Supported regular expressions (regex) syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vault.domain.errors import InvalidParameter

MOST_STATES = 512
"""How many characters an expression may stand for, its repetitions counted."""

_ATOM = re.compile(r"\\[dDwWsS]|\\[^A-Za-z0-9]|\[\^?\]?(?:\\.|[^\]\\])+\]|\.|[A-Za-z0-9 :_#=@/;,-]")
_REPEAT = re.compile(r"[*+?]|\{(\d{1,3})(,(\d{0,3}))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One character of a row: which it may be, whether it may be left out, whether it may come again."""

    accepts: re.Pattern[str]
    optional: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One alternative. `at_start` and `at_end` bind it to the ends of the text."""

    steps: tuple[_Step, ...]
    at_start: bool
    at_end: bool

    def found_in(self, text: str) -> bool:
        """Tell whether the row stands in `text`."""
        places = self._reached({0})
        for character in text:
            if self._whole(places) and not self.at_end:
                return True
            moved = set(self._moved(places, character))
            places = self._reached(moved if self.at_start else moved | {0})
        return self._whole(places)

    def _whole(self, places: set[int]) -> bool:
        return len(self.steps) in places

    def _moved(self, places: set[int], character: str) -> Iterator[int]:
        for place in places:
            if place == len(self.steps) or not self.steps[place].accepts.fullmatch(character):
                continue
            yield place + 1
            if self.steps[place].again:
                yield place

    def _reached(self, places: set[int]) -> set[int]:
        """Return the places and those behind what may be left out."""
        found = set(places)
        for place in sorted(places):
            while place < len(self.steps) and self.steps[place].optional:
                place += 1  # noqa: PLW2901 - walks on from where the row stands
                found.add(place)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRegex:
    """An expression between `%` signs."""

    text: str
    rows: tuple[_Row, ...]

    @classmethod
    def parse(cls, text: str) -> FilterRegex:
        """Return the expression. Raises `InvalidParameter`, naming the character that is not of the subset."""
        if not text:
            raise InvalidParameter("Invalid metric filter pattern: an empty regular expression")
        rows = tuple(_row(part) for part in _alternatives(text))
        if sum(len(row.steps) for row in rows) > MOST_STATES:
            raise InvalidParameter("Invalid metric filter pattern: the regular expression repeats too much")
        return cls(text=text, rows=rows)

    def found_in(self, text: str) -> bool:
        """Tell whether the expression matches somewhere in `text`."""
        return any(row.found_in(text) for row in self.rows)


def _alternatives(text: str) -> list[str]:
    """Return the parts between the bars that stand outside of classes and escapes."""
    parts, begun, place = [], 0, 0
    while place < len(text):
        atom = _ATOM.match(text, place)
        if text[place] == "|":
            parts.append(text[begun:place])
            begun = place + 1
        place = atom.end() if atom else place + 1
    return [*parts, text[begun:]]


def _row(text: str) -> _Row:
    at_start, at_end = text.startswith("^"), text.endswith("$") and not text.endswith("\\$")
    place, end = int(at_start), len(text) - int(at_end)
    steps: list[_Step] = []
    while place < end:
        atom = _ATOM.match(text, place, end)
        if atom is None:
            raise InvalidParameter(f"Invalid metric filter pattern: {text[place]!r} in the expression {text!r}")
        repeat = _REPEAT.match(text, atom.end(), end)
        steps += _repeated(_compiled(atom[0]), repeat)
        place = repeat.end() if repeat else atom.end()
    return _Row(steps=tuple(steps), at_start=at_start, at_end=at_end)


def _compiled(atom: str) -> re.Pattern[str]:
    try:
        return re.compile(atom, re.DOTALL | re.ASCII)
    except re.error:
        raise InvalidParameter(f"Invalid metric filter pattern: {atom!r} is no class of characters") from None


def _repeated(accepts: re.Pattern[str], repeat: re.Match[str] | None) -> Sequence[_Step]:
    once = _Step(accepts=accepts)
    if repeat is None:
        return [once]
    if repeat[0] in "*+?":
        last = _Step(accepts=accepts, optional=repeat[0] != "+", again=repeat[0] != "?")
        return [last]
    least = int(repeat[1])
    if not repeat[2]:
        return [once] * least
    if not repeat[3]:
        return [*[once] * least, _Step(accepts=accepts, optional=True, again=True)]
    return [*[once] * least, *[_Step(accepts=accepts, optional=True)] * (int(repeat[3]) - least)]
