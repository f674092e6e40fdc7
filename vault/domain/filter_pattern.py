"""A filter pattern as CloudWatch Logs takes it: conditions on JSON events in braces, or terms that stand in a text.

Terms: all must be there; with `?` before each one of them must be; with `-` none may be; `" "` and nothing match all.
Patterns in brackets are for texts between spaces, which the events of a trail are not. Source: CloudWatch Logs User
Guide, "Filter pattern syntax for metric filters".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vault.domain import filter_grammar
from vault.domain.errors import InvalidParameter
from vault.domain.filter_conditions import Condition, Hints
from vault.domain.filter_regex import FilterRegex

_TERM = re.compile(r'\s*([-?]?)("(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)+%|[A-Za-z0-9_]+)(?=\s|$)')

Finds = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """Terms of a text."""

    needed: tuple[Finds, ...] = ()
    one_of: tuple[Finds, ...] = ()
    forbidden: tuple[Finds, ...] = ()

    def found_in(self, text: str) -> bool:
        """Tell whether the terms are in `text` as they must be; optional ones count where there are no others."""
        if any(finds(text) for finds in self.forbidden):
            return False
        if self.needed or not self.one_of:
            return all(finds(text) for finds in self.needed)
        return any(finds(text) for finds in self.one_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterPattern:
    """A pattern that was understood."""

    text: str
    condition: Condition | None
    """What it asks of a JSON event; None for a pattern of terms."""
    terms: _Terms
    hints: Hints
    has_regex: bool

    @classmethod
    def parse(cls, text: str) -> FilterPattern:
        """Return the pattern. Raises `InvalidParameter` for what is none, saying why."""
        return _parsed(text)

    def may_match(self, document: str) -> bool:
        """Tell whether a document in canonical JSON, which escapes nothing that it need not, can match at all."""
        for texts in self.hints:
            # A loop, since a generator for each document would cost more than looking.
            for text in texts:
                if text in document:
                    break
            else:
                return False
        return True

    def matches(self, message: str, load: Callable[[str], Any] = json.loads) -> bool:
        """Tell whether an event, which `load` parses where it must be, is what the pattern asks for.

        A message that is no JSON matches no condition.
        """
        if self.condition is None:
            return self.terms.found_in(message)
        try:
            return self.condition.holds(load(message))
        except (ValueError, RecursionError):
            return False


@lru_cache(maxsize=256)
def _parsed(text: str) -> FilterPattern:
    if text.startswith("{"):
        condition = filter_grammar.parse(text)
        return FilterPattern(
            text=text,
            condition=condition,
            terms=_Terms(),
            hints=condition.hints,
            has_regex=filter_grammar.uses_regex(text),
        )
    if text.startswith("["):
        raise InvalidParameter(
            "Invalid metric filter pattern: brackets are for texts between spaces, and events of the trail are JSON"
        )
    return FilterPattern(text=text, condition=None, terms=_terms(text), hints=(), has_regex="%" in text)


def _terms(text: str) -> _Terms:
    kinds: dict[str, list[Finds]] = {"": [], "?": [], "-": []}
    place = 0
    while text[place:].strip():
        found = _TERM.match(text, place)
        if found is None:
            raise InvalidParameter(
                f"Invalid metric filter pattern: Invalid character(s) in term '{text[place:].split()[0][:64]}'"
            )
        kinds[found[1]].append(_finder(found[2]))
        place = found.end()
    return _Terms(needed=tuple(kinds[""]), one_of=tuple(kinds["?"]), forbidden=tuple(kinds["-"]))


def _finder(term: str) -> Finds:
    if term.startswith("%"):
        return FilterRegex.parse(term[1:-1]).found_in
    wanted = re.sub(r"\\(.)", r"\1", term[1:-1]) if term.startswith('"') else term
    # A blank in quotes is AWS's way to match every event.
    return (lambda _: True) if not wanted.strip() else (lambda text: wanted in text)
