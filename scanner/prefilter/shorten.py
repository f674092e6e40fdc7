"""Makes of a precise pattern one for an automaton: it takes at least what the precise one takes, and ends early.

An automaton reports every place where a match may end, so an open end would be reported once for each byte. What is
kept is the front, cut to the least that a match must have: `ghp_[A-Za-z0-9]{36,255}(?!\\w)` becomes
`ghp_[A-Za-z0-9]{36}`. Look-arounds are dropped and long repetitions capped, which can only let more through; the
precise pattern then decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser
from typing import Any

Node = tuple[Any, Any]

_NAME_SIGN = r"[\w.\-$]"
_LONGEST = 48
"""Least repetition of one class that is worth telling apart."""
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"0-9",
    op.CATEGORY_SPACE: r"\t\n\x0b\x0c\r ",
    op.CATEGORY_WORD: r"0-9A-Z_a-z",
}
_COMPLEMENTS = {op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_NOT_WORD: r"\W"}
_PLACES = {op.AT_BEGINNING: "^", op.AT_BOUNDARY: r"\b", op.AT_NON_BOUNDARY: r"\B", op.AT_BEGINNING_STRING: "^"}
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


class NotShortenedError(Exception):
    """A pattern that says what an automaton cannot (a back reference, a condition)."""


def shortened(pattern: str) -> str:
    """Return `pattern` for the automaton: in the subset of PCRE that hyperscan takes, over bytes, with MULTILINE.

    Raises `NotShortenedError` where a pattern cannot be said, and `re.error` where it is none.
    """
    return _sequence(_trimmed(_parser.parse(pattern.encode(), re.MULTILINE)))


def shortened_shape(pattern: str, names: str, *, front: bool) -> str:
    """Return a shape's `pattern` from its group `name` to the least of its group `value`, with `names` for the former.

    `names` is written for the automaton, and finds the end of a name. With `front` what stands before it is asked
    for too. Raises as `shortened` does.
    """
    parsed = _parser.parse(pattern.encode(), re.MULTILINE)
    name, value = (_place_of(parsed, parsed.state.groupdict[group]) for group in ("name", "value"))
    body = f"(?:{names}){_sequence(_trimmed(list(parsed)[name + 1 : value + 1]))}"
    if not front:
        return body
    longest = int(parsed[name : name + 1].getwidth()[1])
    return f"{_sequence(list(parsed)[:name])}{_NAME_SIGN}{{0,{longest}}}{body}"


def own_name(pattern: str) -> bool:
    """Tell whether the group `name` of a shape says itself which names it takes, and does not take any identifier."""
    parsed = _parser.parse(pattern.encode(), re.MULTILINE)
    _, value = list(parsed)[_place_of(parsed, parsed.state.groupdict["name"])]
    return any(kind is not op.IN and kind not in _REPEATS for kind, _ in value[3])


def widest(pattern: str, limit: int) -> int:
    """Return the most bytes that a match of `pattern` can have, at most `limit`."""
    return min(int(_parser.parse(pattern.encode(), re.MULTILINE).getwidth()[1]), limit)


def front(pattern: str) -> bytes:
    """Return bytes with which every match of `pattern` begins; empty where it can begin in several ways."""
    return bytes(_front(_parser.parse(pattern.encode(), re.MULTILINE)))


def _front(tree: Iterable[Node]) -> list[int]:
    found: list[int] = []
    for kind, value in tree:
        if kind is op.SUBPATTERN and not value[1] & re.IGNORECASE:
            inner = list(value[3])
            found.extend(_front(inner))
            if any(one is not op.LITERAL for one, _ in inner):
                return found
        elif kind is op.LITERAL:
            found.append(value)
        else:
            return found
    return found


def _place_of(tree: Iterable[Node], number: int) -> int:
    for place, (kind, value) in enumerate(tree):
        if kind is op.SUBPATTERN and value[0] == number:
            return place
    raise NotShortenedError("a group of the shape stands inside another")


def _trimmed(tree: Sequence[Node]) -> list[Node]:
    """Return `tree` without the tail that a match can do without."""
    kept = list(tree)
    while kept:
        last = _least(kept.pop())
        if last is not None:
            return [*kept, last]
    return []


def _least(node: Node) -> Node | None:
    kind, value = node
    if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return None
    if kind in _REPEATS:
        low, _, inner = value
        least = min(low, _LONGEST)
        return (kind, (least, least, inner)) if low else None
    if kind is op.SUBPATTERN:
        inner = _trimmed(value[3])
        return (kind, (*value[:3], inner)) if inner else None
    if kind is op.BRANCH:
        branches = [_trimmed(branch) for branch in value[1]]
        return (kind, (None, branches)) if all(branches) else None
    if kind is op.ATOMIC_GROUP:
        inner = _trimmed(value)
        return (kind, inner) if inner else None
    # A class of almost everything at the very end (what must follow a token) tells nothing apart.
    return None if (kind is op.IN and value[0][0] is op.NEGATE) or kind is op.ANY else node


def _sequence(tree: Iterable[Node]) -> str:
    return "".join(_written(kind, value) for kind, value in tree)


def _written(kind: Any, value: Any) -> str:
    if kind in _REPEATS:
        return _repeat(*value)
    try:
        return _WRITERS[kind](value)
    except KeyError:
        raise NotShortenedError(f"{kind} cannot be said to an automaton") from None


def _repeat(low: int, high: Any, inner: Sequence[Node]) -> str:
    body = _sequence(inner)
    if not body:
        return ""
    most = "" if high is op.MAXREPEAT else str(high)
    return f"(?:{body}){{{low}}}" if str(low) == most else f"(?:{body}){{{low},{most}}}"


def _subpattern(value: Any) -> str:
    _, add, remove, inner = value
    flags = "i" if add & re.IGNORECASE else ""
    off = "-i" if remove & re.IGNORECASE else ""
    return f"(?{flags}{off}:{_sequence(inner)})"


def _class(members: Sequence[Node]) -> str:
    negated = members[0][0] is op.NEGATE
    return f"[{'^' if negated else ''}{''.join(_member(*one) for one in members[negated:])}]"


def _member(kind: Any, value: Any) -> str:
    if kind is op.LITERAL:
        return _byte(value)
    if kind is op.RANGE:
        return f"{_byte(value[0])}-{_byte(value[1])}"
    if value in _COMPLEMENTS:
        return _COMPLEMENTS[value]
    return _CATEGORIES[value]


def _place(value: Any) -> str:
    # A `$` in the middle would have to be followed by a line end, which the next element then says.
    return _PLACES.get(value, "")


def _byte(value: int) -> str:
    character = chr(value)
    return character if character.isascii() and character.isalnum() else f"\\x{value:02x}"


_WRITERS: dict[Any, Callable[[Any], str]] = {
    op.LITERAL: _byte,
    op.NOT_LITERAL: lambda value: f"[^{_byte(value)}]",
    op.ANY: lambda _: r"[^\n]",
    op.IN: _class,
    op.BRANCH: lambda value: "(?:" + "|".join(_sequence(branch) for branch in value[1]) + ")",
    op.SUBPATTERN: _subpattern,
    op.ATOMIC_GROUP: lambda value: f"(?:{_sequence(value)})",
    op.AT: _place,
    op.ASSERT: lambda _: "",
    op.ASSERT_NOT: lambda _: "",
}
