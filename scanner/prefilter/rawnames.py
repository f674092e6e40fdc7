"""Turns the patterns of name rules, which speak of normalised names, into one over names as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser
from typing import Any

from scanner.prefilter.shorten import NotShortenedError

_JOINT = r"[_.\-]{0,2}"
"""What one `_` of a normalised name was: a sign or two, or nothing at all between two humps of a name."""
_WORD = r"[\w.\-$]"
_UNDERSCORE = ord("_")


def written_names(patterns: Iterable[str]) -> str:
    """Return one pattern that finds every written name that `patterns` take once it is normalised, and some more.

    `client_secret` also finds `clientSecret`, `CLIENT-SECRET` and `client.secret`. What may stand before the name's
    last words is not looked at. Raises `NotShortenedError` for a pattern with more than words, choices and repetitions.
    """
    return "(?i:" + "|".join(_name(_parser.parse(pattern)) for pattern in patterns) + ")"


def _name(tree: Sequence[tuple[Any, Any]]) -> str:
    nodes = list(tree)
    while nodes and _is_free_prefix(nodes[0]):
        nodes.pop(0)
    return _sequence(nodes)


def _is_free_prefix(node: tuple[Any, Any]) -> bool:
    kind, value = node
    return kind is op.MAX_REPEAT and value[0] == 0 and "w" in _sequence(value[2])


def _sequence(nodes: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_written(kind, value) for kind, value in nodes)


def _written(kind: Any, value: Any) -> str:
    if kind is op.LITERAL:
        return _JOINT if value == _UNDERSCORE else re.escape(chr(value))
    if kind is op.SUBPATTERN:
        return f"(?:{_sequence(value[3])})"
    if kind is op.BRANCH:
        return "(?:" + "|".join(_sequence(branch) for branch in value[1]) + ")"
    if kind is op.MAX_REPEAT:
        return _repeated(*value)
    if kind is op.IN:
        return _WORD if value == [(op.CATEGORY, op.CATEGORY_WORD)] else _members(value)
    raise NotShortenedError(f"{kind} in a pattern for names")


def _repeated(low: int, high: Any, inner: Sequence[tuple[Any, Any]]) -> str:
    most = "" if high is op.MAXREPEAT else str(high)
    return f"(?:{_sequence(inner)}){{{low},{most}}}"


def _members(members: Sequence[tuple[Any, Any]]) -> str:
    ranges = {op.LITERAL: lambda one: re.escape(chr(one)), op.RANGE: lambda one: f"{chr(one[0])}-{chr(one[1])}"}
    categories = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_WORD: r"\w.\-"}
    try:
        return (
            "[" + "".join(categories[one] if kind is op.CATEGORY else ranges[kind](one) for kind, one in members) + "]"
        )
    except KeyError:
        raise NotShortenedError("a class in a pattern for names") from None
