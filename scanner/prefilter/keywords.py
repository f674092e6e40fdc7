"""Literal keywords: a rule is tried on a file only where one of its keywords stands, and only near it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.lines import LineIndex
from scanner.rulebook.model import Rule, RuleBook


@dataclass(frozen=True, slots=True)
class Hits:
    """The keywords that stand in one file, with their places."""

    places: dict[str, tuple[int, ...]]

    def of(self, rule: Rule) -> tuple[int, ...]:
        """Return where the keywords of `rule` stand."""
        return self.any_of(rule.keywords)

    def any_of(self, keywords: Iterable[str]) -> tuple[int, ...]:
        """Return where any of `keywords` stands."""
        return tuple(place for keyword in keywords for place in self.places.get(keyword, ()))


class KeywordPrefilter:
    """All keywords of a rule book and `further` ones, each looked for once in a file however many rules name it."""

    def __init__(self, book: RuleBook, further: Iterable[str] = ()) -> None:
        words = {keyword for rule in book.rules for keyword in rule.keywords} | set(further)
        self._keywords = [(word, word.encode()) for word in sorted(words)]

    def hits(self, lines: LineIndex) -> Hits:
        """Return the keywords found in the file that `lines` covers."""
        lowered = lines.lowered
        return Hits(
            {word: tuple(lines.positions(raw)) for word, raw in self._keywords if raw in lowered},
        )
