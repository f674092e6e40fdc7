"""How patterns of policies match: `*` and `?`, and variables such as `${aws:username}` that a call fills in.

What a variable is filled with is taken as it is: a `*` in it matches a `*`. `${*}`, `${?}` and `${$}` stand for these
signs themselves; `${key, 'text'}` gives `text` where the call has no such key. Source: IAM User Guide, "IAM policy
elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Fill = Callable[[str], str | None]
"""Returns what the call has for a condition key, None where it has nothing or several values."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED = re.compile(r"\s*(?P<key>[^,\s]+)\s*,\s*'(?P<default>[^']*)'\s*")
_SIGNS = {"*", "?", "$"}
_NOTHING = re.compile(r"(?!)")
_ARN_PARTS = 6


def matches(pattern: str, text: str, fill: Fill | None = None) -> bool:
    """Tell whether `pattern` matches all of `text`. Without `fill` variables are no variables, as in older policies."""
    if fill is None or "${" not in pattern:
        return _plain(pattern).fullmatch(text) is not None
    expression = _filled(pattern, fill)
    return expression is not None and re.fullmatch(expression, text, re.DOTALL) is not None


def matches_arn(pattern: str, text: str, fill: Fill | None = None) -> bool:
    """Tell whether `pattern` matches the ARN `text` part by part: only in the last one does a `*` reach over colons."""
    if fill is None or "${" not in pattern:
        return pattern == "*" or _plain_arn(pattern).fullmatch(text) is not None
    wanted, given = _parts(pattern), text.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or len(given) != _ARN_PARTS:
        return False
    return all(matches(each, part, fill) for each, part in zip(wanted, given, strict=True))


def filled(text: str, fill: Fill) -> str | None:
    """Return a value that is compared as a whole with its variables filled in, None where one cannot be."""
    parts: list[str] = []
    for literal, variable in _pieces(text):
        parts.append(literal)
        if variable is not None:
            value = _value(variable, fill)
            if value is None:
                return None
            parts.append(value)
    return "".join(parts)


def _parts(pattern: str) -> list[str]:
    """Return the parts of an ARN's pattern; colons within a variable are none of the ARN's."""
    ends = [0]
    for found in re.finditer(r"\$\{[^{}]*\}|:", pattern):
        if found[0] == ":" and len(ends) < _ARN_PARTS:
            ends.append(found.end())
    return [pattern[start:end].removesuffix(":") for start, end in zip(ends, [*ends[1:], None], strict=True)]


@lru_cache(maxsize=2048)
def _plain(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(_signs(pattern)), re.DOTALL)


@lru_cache(maxsize=4096)
def _plain_arn(pattern: str) -> re.Pattern[str]:
    parts = pattern.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS:
        return _NOTHING
    *front, last = parts
    within = [_expression(_signs(part), any_sign="[^:]") for part in front]
    return re.compile(":".join([*within, _expression(_signs(last))]), re.DOTALL)


def _filled(pattern: str, fill: Fill) -> str | None:
    signs: list[str] = []
    for literal, variable in _pieces(pattern):
        signs += _signs(literal)
        if variable is not None:
            value = _value(variable, fill)
            if value is None:
                return None
            signs += map(re.escape, value)
    return _expression(signs)


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """Return the text as literals, each with the variable behind it; the last has none."""
    pieces: list[tuple[str, str | None]] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        pieces.append((text[at : found.start()], found[1]))
        at = found.end()
    return [*pieces, (text[at:], None)]


def _value(variable: str, fill: Fill) -> str | None:
    if variable in _SIGNS:
        return variable
    defaulted = _DEFAULTED.fullmatch(variable)
    if defaulted is None:
        return fill(variable.strip())
    found = fill(defaulted["key"])
    return defaulted["default"] if found is None else found


def _signs(literal: str) -> list[str]:
    """Return the signs of a literal, escaped; `*` and `?` stand for themselves."""
    return [sign if sign in "*?" else re.escape(sign) for sign in literal]


def _expression(signs: Iterable[str], any_sign: str = ".") -> str:
    """Return what matches signs in a time that grows with the text's length alone, whatever the pattern.

    What stands between two `*` is found at the first place that it has, which is never taken back (an atomic group):
    a later place leaves less for the rest. Only what stands behind the last `*` has its place from the end.
    """
    first, *others = ("".join(any_sign if sign == "?" else sign for sign in part) for part in _between_stars(signs))
    if not others:
        return first
    *middle, last = others
    found = "".join(f"(?>{any_sign}*?{part})" for part in middle if part)
    return f"{first}{found}{any_sign}*{last}"


def _between_stars(signs: Iterable[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for sign in signs:
        if sign == "*":
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts
