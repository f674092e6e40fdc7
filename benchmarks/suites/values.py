"""Puts made-up values of the same kind in the place of literals that a suite means as credentials: words, placeholders.

A value is drawn by itself, so that the same word becomes the same value wherever it stands. Literals in statements that
must not be found keep what they say.
"""

from __future__ import annotations

import random
import re
import string
from dataclasses import replace

from benchmarks.suites.model import Case

_LITERAL = re.compile(r"""(?P<quote>["'`])(?P<value>(?:(?!(?P=quote))[^\\\n])*)(?P=quote)""")
_OF_A_NAME, _NAMING = re.compile(r"(?:require\(|from |require |import |\[)$"), re.compile(r"\s*(?::|=>|\])")
"""What stands before, and behind, a literal that names a module or a key."""
_SHORTEST = 12
_KINDS = (
    (re.compile(r"[0-9]+"), string.digits),
    (re.compile(r"[0-9a-f]{16,}"), "0123456789abcdef"),
    (re.compile(r"[0-9A-F]{16,}"), "0123456789ABCDEF"),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


def renewed(case: Case, meant: str) -> Case:
    """Return the case with made-up values for the literals that fit `meant` as a whole; lines stay where they are."""
    pattern = re.compile(meant)
    return replace(case, files={path: _renewed(case, path, text, pattern) for path, text in case.files.items()})


def _renewed(case: Case, path: str, text: str, meant: re.Pattern[str]) -> str:
    return "".join(
        line if _ordinary(case, path, number) else _LITERAL.sub(lambda found: _replaced(found, meant), line)
        for number, line in enumerate(text.splitlines(keepends=True), start=1)
    )


def _ordinary(case: Case, path: str, line: int) -> bool:
    return any(place.holds(path, line) for marked in case.marked if not marked.wanted for place in marked.places)


def _replaced(found: re.Match[str], meant: re.Pattern[str]) -> str:
    value, line = found["value"], found.string
    named = _OF_A_NAME.search(line[: found.start()]) or _NAMING.match(line[found.end() :])
    meant_so = value and not named and meant.fullmatch(value)
    return found["quote"] + made_up(value) + found["quote"] if meant_so else found[0]


def made_up(value: str) -> str:
    """Return another value of the same kind and length, but for words that are too short to pass for a credential."""
    drawn = random.Random(value)
    letters = next((letters for kind, letters in _KINDS if kind.fullmatch(value)), _LETTERS)
    kept = value[:4] if value.startswith(("AKIA", "ASIA")) else ""
    letters = string.ascii_uppercase + "234567" if kept else letters
    return kept + "".join(drawn.choices(letters, k=max(len(value), _SHORTEST) - len(kept)))
