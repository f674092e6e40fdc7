"""Reads a filter pattern on JSON events, `{ ($.eventName = "Get*") && ($.errorCode EXISTS) }`, into its conditions.

`&&` binds closer than `||`; parentheses come first. Source: CloudWatch Logs User Guide, "Filter pattern syntax for
metric filters", "Compound expressions in JSON pattern matching".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from vault.domain.errors import InvalidParameter
from vault.domain.filter_conditions import AllOf, AnyOf, Comparison, Condition, Equality, Exists, Is, Selector
from vault.domain.filter_regex import FilterRegex
from vault.domain.filter_terms import Expression, Term, Text, number_of

MOST_EXPRESSIONS = 2
"""Regular expressions in one pattern, as on AWS."""
_DEEPEST = 32
_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<sign>&&|\|\||[()]|!=|<=|>=|[=<>])
    |(?P<selector>\$(?:\.[A-Za-z0-9_-]+|\.?\[(?:\d{1,9}|'[^']*'|"[^"]*")\])+)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<regex>%(?:[^%\\]|\\.)+%)
    |(?P<word>[^\s(){}&|"%=<>!$]+)""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.?([A-Za-z0-9_-]+)|\.?\[(?:(\d+)|'([^']*)'|\"([^\"]*)\")\]")
_BEHIND_IS = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str


def parse(pattern: str) -> Condition:
    """Return the condition that a pattern in braces states.

    Raises `InvalidParameter`, which says what was found where.
    """
    inside = pattern.strip()
    if not inside.endswith("}"):
        raise _invalid("it has no closing brace")
    reader = _Reader(list(_tokens(inside[1:-1])))
    found = reader.any_of(0)
    reader.require_end()
    return found


def uses_regex(pattern: str) -> bool:
    """Tell whether a pattern that was parsed has regular expressions, of which a log group takes a few."""
    return any(token.kind == "regex" for token in _tokens(pattern.strip()[1:-1]))


def _invalid(what: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid metric filter pattern: {what}")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None:
            raise _invalid(f"{text[place : place + 16]!r} cannot be read")
        if found.lastgroup != "space":
            yield _Token(kind=str(found.lastgroup), text=found[0])
        place = found.end()


class _Reader:
    """Takes tokens from the front."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._expressions = 0

    def any_of(self, depth: int) -> Condition:
        parts = self._between("||", lambda: self._all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(parts=tuple(parts))

    def require_end(self) -> None:
        if self._place < len(self._tokens):
            raise _invalid(f"{self._tokens[self._place].text!r} is not expected there")

    def _all_of(self, depth: int) -> Condition:
        parts = self._between("&&", lambda: self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(parts=tuple(parts))

    def _between(self, sign: str, read: Callable[[], Condition]) -> list[Condition]:
        parts = [read()]
        while self._taken(sign):
            parts.append(read())
        return parts

    def _one(self, depth: int) -> Condition:
        if not self._taken("("):
            return self._condition()
        if depth == _DEEPEST:
            raise _invalid("it is nested too deeply")
        inside = self.any_of(depth + 1)
        if not self._taken(")"):
            raise _invalid("a closing parenthesis is missing")
        return inside

    def _condition(self) -> Condition:
        token = self._next("a selector such as $.eventName")
        if token.kind != "selector":
            raise _invalid(f"{token.text!r} is no selector; for instance $.eventName")
        selector, behind = _selector(token.text), self._next("what to compare with")
        if behind.text == "EXISTS":
            return Exists(selector=selector)
        if behind.text == "NOT":
            return self._not_exists(selector)
        if behind.text == "IS":
            return self._is(selector)
        if behind.text in ("=", "!="):
            return Equality(selector=selector, term=self._term(), negated=behind.text == "!=")
        if behind.kind == "sign" and behind.text[0] in "<>":
            return Comparison(selector=selector, sign=behind.text, number=number_of(self._next("a number").text))
        raise _invalid(f"{behind.text!r} compares nothing")

    def _not_exists(self, selector: Selector) -> Condition:
        if self._next("EXISTS").text != "EXISTS":
            raise _invalid("only EXISTS follows NOT")
        return Exists(selector=selector, negated=True)

    def _is(self, selector: Selector) -> Condition:
        text = self._next("NULL, TRUE or FALSE").text
        if text not in _BEHIND_IS:
            raise _invalid(f"{text!r} follows IS; NULL, TRUE or FALSE may")
        return Is(selector=selector, value=_BEHIND_IS[text])

    def _term(self) -> Term:
        token = self._next("a term")
        if token.kind == "quoted":
            return Text.of(re.sub(r"\\(.)", r"\1", token.text[1:-1]), quoted=True)
        if token.kind == "word":
            return Text.of(token.text, quoted=False)
        if token.kind != "regex":
            raise _invalid(f"{token.text!r} is no term")
        self._expressions += 1
        if self._expressions > MOST_EXPRESSIONS:
            raise _invalid(f"it has more than {MOST_EXPRESSIONS} regular expressions")
        return Expression(regex=FilterRegex.parse(token.text[1:-1]))

    def _taken(self, text: str) -> bool:
        there = self._place < len(self._tokens) and self._tokens[self._place] == _Token(kind="sign", text=text)
        self._place += int(there)
        return there

    def _next(self, wanted: str) -> _Token:
        if self._place == len(self._tokens):
            raise _invalid(f"it ends where {wanted} is expected")
        self._place += 1
        return self._tokens[self._place - 1]


@lru_cache(maxsize=256)
def selector_of(text: str) -> Selector:
    """Return the selector that a text is. Raises `InvalidParameter` for what is none."""
    found = _TOKENS.fullmatch(text)
    if found is None or found.lastgroup != "selector":
        raise _invalid(f"{text[:64]!r} is no selector; for instance $.eventName")
    return _selector(text)


def _selector(text: str) -> Selector:
    steps: list[str | int] = []
    for found in _STEP.finditer(text[1:]):
        name, number, single, double = found.groups()
        steps.append(int(number) if number else next(each for each in (name, single, double) if each is not None))
    return Selector(steps=tuple(steps))
