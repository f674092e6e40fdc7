"""The features of a candidate: numbers that anyone can recompute from its value, name, line, neighbours and path."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from scanner.detectors.entropy import shannon
from scanner.kept import load_yaml
from scanner.lines import LineIndex
from scanner.model import Candidate
from scanner.rulebook.model import Rule
from scanner.rulebook.names import normalised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AROUND = 40
"""Bytes of the line before and after the value that count: less than any hit's window holds."""
_NEIGHBOUR = 160
_RUNS = re.compile(r"[A-Za-z]+")
_DIGIT = re.compile(r"[0-9]")
_CODE = re.compile(r"[\s(){}<>\[\]$/:.%]")
DRAWN = 12
"""Characters from which on a value can look drawn."""
_MIXED = 3.2
"""Bits a character of what is drawn: hex of twelve digits has that much."""
WORDS_FROM = 0.2
"""Between the letter pairs of drawn values and those of words."""
_IDENTIFIER = re.compile(r"[A-Za-z_]+(?:[_.\-][A-Za-z]+)*")
OPEN = ("path_", "near_")
"""Features that start so depend on more than the text around a hit: a history does not know them beforehand."""


def features(candidate: Candidate, rule: Rule, path: str, lines: LineIndex) -> dict[str, float]:
    """Return the features of `candidate`, found by `rule` in the text `lines` of the file `path`."""
    value = candidate.value.reveal().decode("utf-8", "replace")[:400]
    name = normalised(candidate.binding)
    return {
        **_value(value, name),
        **_name(candidate.binding, name),
        "rule_password": float(rule.value_kind.value == "password"),
        "rule_weak": float(rule.weak),
        "rule_url": float(rule.layout == "connection" and not rule.generic),
        **_line(candidate, lines),
        **_near(candidate, lines),
        **_path(path.lower()),
    }


def looks_drawn(value: str) -> bool:
    """Tell whether `value` looks drawn by a machine: letters and digits that make no words, and no signs of code."""
    if len(value) < DRAWN or _CODE.search(value) or not (_DIGIT.search(value) and _RUNS.search(value)):
        return False
    return shannon(value) >= _MIXED and word_like(value) < WORDS_FROM


def word_like(value: str) -> float:
    """Return the mean commonness of the letter pairs of a value: words lie near 2, drawn letters near -1."""
    return _word_like([run.lower() for run in _RUNS.findall(value)])


def _value(value: str, name: str) -> dict[str, float]:
    size = max(1, len(value))
    lowered = value.lower()
    counts = Counter(value)
    runs = [run.lower() for run in _RUNS.findall(value)]
    kinds = [_kind(character) for character in value]
    changes = sum(1 for one, two in pairwise(kinds) if one != two)
    return {
        "value_length": float(size),
        "value_entropy": shannon(value),
        "value_lower": kinds.count("a") / size,
        "value_upper": kinds.count("A") / size,
        "value_digits": kinds.count("0") / size,
        "value_symbols": kinds.count(".") / size,
        "value_spaces": float(value.count(" ")),
        "value_classes": float(len(set(kinds))),
        "value_distinct": len(counts) / size,
        "value_changes": changes / size,
        "value_hex": float(all(character in "0123456789abcdef" for character in lowered)),
        "value_identifier": float(_IDENTIFIER.fullmatch(value) is not None),
        "value_longest_letters": float(max(map(len, runs), default=0)),
        "value_vowels": sum(lowered.count(vowel) for vowel in "aeiou") / max(1, sum(map(len, runs))),
        "value_word_like": _word_like(runs),
        "value_code": float(sum(value.count(sign) for sign in "(){}[]<>$;")),
        "value_slashes": float(value.count("/")),
        "value_dots": float(value.count(".")),
        "value_dashes": float(value.count("-") + value.count("_")),
        "value_made_up": _holds("made_up", lowered),
        "value_credential_word": _holds("credential", lowered),
        "value_in_name": float(any(len(run) > 2 and run in name for run in runs)),
    }


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return "."


def _word_like(runs: list[str]) -> float:
    pairs = [text[at : at + 2] for text in runs for at in range(len(text) - 1)]
    table = _pairs()
    return sum(table.get(pair, -3.0) for pair in pairs) / len(pairs) if pairs else -4.0


def _name(written: str, name: str) -> dict[str, float]:
    parts = name.split("_")
    last = parts[-1]
    return {
        "name_length": float(len(name)),
        "name_parts": float(len(parts)) if name else 0.0,
        "name_password": _holds("password", name),
        "name_secret": _holds("secret", name),
        "name_token": _holds("token", name),
        "name_key": _holds("key", name),
        "name_auth": float("auth" in name),
        "name_api": float("api" in parts),
        "name_ends_as_credential": _holds("credential", last),
        "name_ends_as_thing": float(any(part in _words()["thing"] for part in parts[-2:])),
        "name_made_up": _holds("made_up", name),
        "name_capitals": float(written.isupper()),
    }


def _line(candidate: Candidate, lines: LineIndex) -> dict[str, float]:
    line = lines.line(lines.number(candidate.span.start))
    start, end = candidate.span.start, candidate.span.end
    before = lines.data[max(line.start, start - _AROUND) : start].decode("utf-8", "replace")
    after = lines.data[end : max(end, min(line.end, end + _AROUND))].decode("utf-8", "replace")
    bare = before.rstrip("\"'`\\ ")
    return {
        "line_quote": float("\"'`".find(before[-1:]) + 1 if before else 0),
        "line_operator": _placed("operators", bare[-1:]),
        "line_compared": float(bare.endswith(("==", "!=", "=>"))),
        "line_comment": float(before.lstrip().startswith(("#", "//", "*", "--", ";"))),
        "line_flag": float("--" in before or " -" in before),
        "line_query": float("?" in before or "&" in before),
        "line_escaped": float("\\" in before[-3:]),
        "line_scheme": float(before.lower().endswith(("bearer ", "basic ", "token "))),
        "line_checked": _holds("checked", before.lower()),
        "line_call": float("(" in before),
        "line_user": _holds("user", before.lower()),
        "line_address": float("://" in before),
        "line_after": _placed("endings", after.lstrip("\"'`\\ ")[:1]),
        "line_more": float(len(after)),
    }


def _near(candidate: Candidate, lines: LineIndex) -> dict[str, float]:
    span = candidate.span
    line = lines.lines(span)
    before = lines.data[max(0, line.start - _NEIGHBOUR) : line.start].decode("utf-8", "replace").lower()
    after = lines.data[line.end : line.end + _NEIGHBOUR].decode("utf-8", "replace").lower()
    around = before + after
    return {
        "near_user": _holds("user", around),
        "near_host": _holds("host", around),
        "near_credential": _holds("credential", around),
        "near_made_up": _holds("made_up", around),
        "near_checked": _holds("checked", around),
        "near_empty": float(not around.strip()),
        "near_line_length": float(min(line.end - line.start, 1000)),
    }


def _path(path: str) -> dict[str, float]:
    formats = _words()["formats"]
    named = next((number for number, ends in enumerate(formats, start=1) if path.endswith(tuple(ends))), 0)
    plain = {f"path_{kind}": _holds(f"{kind}_path", path) for kind in ("test", "prose", "config", "vendor")}
    return {**plain, **{f"path_format_{number}": float(named == number) for number in range(len(formats) + 1)}}


def _holds(group: str, text: str) -> float:
    return float(any(word in text for word in _words()[group]))


def _placed(group: str, sign: str) -> float:
    """Return which of a group's signs `sign` is, counted from 1; 0 for none of them and for no sign."""
    signs = _words()[group]
    return float(signs.index(sign) + 1) if sign in signs else 0.0


@lru_cache(maxsize=1)
def _words() -> dict[str, list[Any]]:
    read: dict[str, list[Any]] = load_yaml(os.path.join(os.path.dirname(__file__), "words.yaml"))  # noqa: PTH118, PTH120
    return read


@lru_cache(maxsize=1)
def _pairs() -> dict[str, float]:
    read: dict[str, float] = load_yaml(os.path.join(os.path.dirname(__file__), "pairs.yaml"))  # noqa: PTH118, PTH120
    return read
