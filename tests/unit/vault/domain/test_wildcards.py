"""Patterns of policies match as a second, slow statement of them says, and whatever a pattern is, matching ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as s

from vault.domain.wildcards import matches, matches_arn

PATTERNS = s.text("ab*?:", max_size=8)
TEXTS = s.text("ab:", max_size=8)
HEAVY = "*a" * 40 + "*b"


def _slowly(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_slowly(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and _slowly(pattern[1:], text[1:])


@given(pattern=PATTERNS, text=TEXTS)
def test_a_pattern_matches_what_its_signs_say(pattern: str, text: str) -> None:
    assert matches(pattern, text) is _slowly(pattern, text)


@given(pattern=s.text("ab*?", max_size=4), value=s.text("ab*?", max_size=3), text=s.text("ab*?", max_size=8))
def test_what_a_variable_is_filled_with_is_taken_as_it_is(pattern: str, value: str, text: str) -> None:
    expected = any(
        _slowly(pattern, text[:start]) and text[start : start + len(value)] == value and _slowly(pattern, text[end:])
        for start in range(len(text) + 1)
        for end in [start + len(value)]
    )
    assert matches(f"{pattern}${{key}}{pattern}", text, lambda _: value) is expected


@given(
    parts=s.lists(s.text("ab*?", max_size=4), min_size=5, max_size=5), last=PATTERNS, given=s.lists(TEXTS, max_size=6)
)
def test_an_arn_matches_part_by_part(parts: list[str], last: str, given: list[str]) -> None:
    text = ":".join(given)
    pieces = text.split(":", 5)
    wanted = [*parts, last]
    pattern = ":".join(wanted)
    expected = len(pieces) == 6 and all(_slowly(each, part) for each, part in zip(wanted, pieces, strict=True))
    assert matches_arn(pattern, text) is (expected or pattern == "*")


@pytest.mark.parametrize("text", ["a" * 200, "ab" * 100 + "c"])
def test_a_pattern_of_many_stars_is_answered_at_once(text: str) -> None:
    assert matches(HEAVY, text) is False
    assert matches(HEAVY + "${key}", text, lambda _: "b") is False
    assert matches_arn(f"arn:aws:kms:{HEAVY}:1:{HEAVY}", f"arn:aws:kms:{text}:1:{text}") is False
