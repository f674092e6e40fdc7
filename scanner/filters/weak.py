"""Passwords that anyone would try first: products ship with them, or they stand for one in jokes."""

from __future__ import annotations

from functools import lru_cache

from scanner.detectors.entropy import is_words
from scanner.filters.base import Subject, table

_SHORTEST = 6
"""Characters of a password that a program logs in with; what is shorter may be anything."""


def tried_first(subject: Subject, value: str) -> bool:
    """Tell whether a value is such a password, and no program is seen to log in with it: then it is one all the same.

    What is a word may be a user's name, wherever it goes.
    """
    chosen = subject.used and len(value) >= _SHORTEST and not is_words(value)
    return value.lower() in _weak() and not chosen


@lru_cache(maxsize=1)
def _weak() -> frozenset[str]:
    return frozenset(map(str, table("placeholders.yaml")["weak"]))
