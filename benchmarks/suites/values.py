"""Puts made-up values of the same kind in the place of literals that a suite means as credentials: words, placeholders.

A value is drawn by itself, so that the same word becomes the same value wherever it stands. Literals in statements that
must not be found keep what they say.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from dataclasses import replace

from benchmarks.suites.model import Case

_LITERAL = re.compile(r"""(?P<quote>"{3}|'{3}|["'`])(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\\n]))*)(?P=quote)""")
_WITHIN = re.compile(r"(?<=[=:])(?P<gap>\s?)(?P<value>[^\s=:&;,|#/@\"'\\]+)(?=$|[\s&;,|#@\\])")
"""A value within a text, behind its name or a user's."""
_NAME_OF_PAIR = re.compile(r"(?i)(?:api[_.-]?key|auth|credentials?|secret|token|passw(?:or)?d|pwd|passphrase)")
_PAIRED = re.compile(r"\s*,\s*[\"'`]")
"""A literal that names what the next one is: `setProperty("password", "secret")`."""
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
    """Return the case with made-up values for what fits `meant` as a whole; lines stay where they are.

    That is a literal, or a value within one: `user=x&password=secret`.
    """
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
    value = found["value"]
    if not value or _names(found):
        return found[0]
    whole = meant.fullmatch(value)
    return found["quote"] + (made_up(value) if whole else _WITHIN.sub(_inner(meant), value)) + found["quote"]


def _names(found: re.Match[str]) -> bool:
    """Tell whether a literal is the name of something: of a module, a key, or of what stands beside it."""
    line, end = found.string, found.end()
    paired = (
        line[: found.start()].endswith("(") and _NAME_OF_PAIR.fullmatch(found["value"]) and _PAIRED.match(line[end:])
    )
    return bool(_OF_A_NAME.search(line[: found.start()]) or _NAMING.match(line[end:]) or paired)


def _inner(meant: re.Pattern[str]) -> Callable[[re.Match[str]], str]:
    return lambda part: part["gap"] + (made_up(part["value"]) if meant.fullmatch(part["value"]) else part["value"])


def made_up(value: str) -> str:
    """Return another value of the same kind and length, but for words that are too short to pass for a credential."""
    drawn = random.Random(value)
    letters = next((letters for kind, letters in _KINDS if kind.fullmatch(value)), _LETTERS)
    kept = value[:4] if value.startswith(("AKIA", "ASIA")) else ""
    letters = string.ascii_uppercase + "234567" if kept else letters
    return kept + "".join(drawn.choices(letters, k=max(len(value), _SHORTEST) - len(kept)))
