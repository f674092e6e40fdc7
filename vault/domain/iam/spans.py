"""Where the statements of a policy document stand in its text, by line and column from 1, as simulations tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_BLANK = " \t\r\n"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a text."""

    line: int
    column: int


@lru_cache(maxsize=256)
def statement_spans(document: str) -> list[tuple[Place, Place]]:
    """Return begin and end of each statement of a document that parses, in their order."""
    for key, start, end in _members(document, _skip(document, 0)):
        if key == "Statement":
            listed = document[start] == "["
            spans = list(_items(document, start)) if listed else [(start, end)]
            return [(_place(document, begin), _place(document, finish)) for begin, finish in spans]
    return []


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield the members of the object that begins at `at`, each with begin and end of its value."""
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield key, start, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each item of the list that begins at `at`."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _place(text: str, at: int) -> Place:
    before = text[:at]
    return Place(line=before.count("\n") + 1, column=at - (before.rfind("\n") + 1) + 1)
