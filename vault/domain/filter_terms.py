"""What a filter pattern compares with: a term in quotes, without, with wildcards, or a regular expression.

Wildcards stand at the ends of a term; one inside is itself. In quotes a number is text, so `"12"` is not 12.0; without
quotes it is a number where the event has one. Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric
filters", "Matching terms in JSON log events".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.domain.errors import InvalidParameter
from vault.domain.filter_regex import FilterRegex

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@#=;,+*'()$-]*")
"""Texts that stand in a JSON document as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A term: its text between wildcards, and its number where it is one without quotes."""

    text: str
    open_start: bool = False
    open_end: bool = False
    number: float | None = None

    @classmethod
    def of(cls, term: str, *, quoted: bool) -> Text:
        """Return the term, whose first and last character may be wildcards."""
        if term.strip("*") == "" and term:
            return cls(text="", open_start=True, open_end=True)
        start, end = term.startswith("*"), term.endswith("*")
        number = float(term) if not quoted and _NUMBER.fullmatch(term) else None
        return cls(
            text=term[int(start) : len(term) - int(end)],
            open_start=start,
            open_end=end and len(term) > 1,
            number=number,
        )

    def matches(self, value: str | float | bool) -> bool:
        """Tell whether a value of an event is what the term says."""
        if self.number is not None and _is_number(value):
            return float(value) == self.number
        told = shown(value)
        if self.open_start and self.open_end:
            return self.text in told
        if self.open_start:
            return told.endswith(self.text)
        return told.startswith(self.text) if self.open_end else told == self.text

    @property
    def hint(self) -> str:
        """A text that a JSON document must hold for the term to match; empty for none that is known."""
        numeric = self.number is not None or _NUMBER.fullmatch(self.text) is not None
        return "" if numeric or not _PLAIN.fullmatch(self.text) else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A regular expression as a term."""

    regex: FilterRegex

    hint = ""

    def matches(self, value: str | float | bool) -> bool:
        """Tell whether the expression matches somewhere in a value."""
        return self.regex.found_in(shown(value))


Term = Text | Expression


def number_of(term: str) -> float:
    """Return the number that `<` and its kin compare with. Raises `InvalidParameter` for what is none."""
    if not _NUMBER.fullmatch(term):
        raise InvalidParameter(f"Invalid metric filter pattern: Invalid character(s) in term '{term}'")
    return float(term)


def shown(value: str | float | bool) -> str:
    """Return a scalar as JSON writes it, a text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
