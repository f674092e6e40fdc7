"""Words of a command that a variable holds: one option, or several with spaces between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.analysis.program import Expression, Joined, Text

_WORD = re.compile(r"\S+")
_MOST_WORDS = 30


def is_option(held: Expression) -> bool:
    """Tell whether an expression is a text that begins like an option."""
    front = held.parts[0] if isinstance(held, Joined) and held.parts else held
    return isinstance(front, Text) and front.value.startswith("-")


def words_in(held: Expression) -> list[Expression]:
    """Return the words of a text that a shell takes apart: `-u root -p$PASS`; any other expression as it is."""
    parts = held.parts if isinstance(held, Joined) else [held]
    if any(isinstance(one, Text) and one.starts is not None for one in parts):
        return [held]
    words: list[list[Expression]] = [[]]
    for part in parts:
        for piece, ends in _pieces(part):
            words[-1] += [piece] if piece is not None else []
            if ends:
                words.append([])
    found = [word for word in words if word][:_MOST_WORDS]
    return [one[0] if len(one) == 1 else _joined(one) for one in found]


def _pieces(part: Expression) -> Iterator[tuple[Expression | None, bool]]:
    """Yield the parts of words that one part of a text has, each with whether its word ends there."""
    if not isinstance(part, Text):
        yield part, False
        return
    if part.value[:1].isspace():
        yield None, True
    for found in _WORD.finditer(part.value):
        start, end = part.start + found.start(), part.start + found.end()
        yield Text(start, end, part.scope, found[0]), found.end() < len(part.value)


def _joined(parts: list[Expression]) -> Joined:
    return Joined(parts[0].start, parts[-1].end, parts[0].scope, parts)
