"""Names of variables, keys and parameters: brought to one form, and classified by the name rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.rulebook.model import Rule, RuleBook

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_MAX_NAME = 200


@lru_cache(maxsize=65536)
def normalised(name: str) -> str:
    """Return `name` as lower_snake_case: `dbPassword`, `db.password` and `DB-PASSWORD` are all `db_password`."""
    spaced = _CAMEL_HUMP.sub("_", name[-_MAX_NAME:])
    return _SEPARATORS.sub("_", spaced).strip("_").lower()


class NameClassifier:
    """Answers which name rule, if any, a name falls under; answers are remembered."""

    def __init__(self, book: RuleBook, *, weak: bool = False) -> None:
        """With `weak` also the rules whose names are common words."""
        self._rules = [(rule, _alternation(rule.names)) for rule in book.name_rules if weak or not rule.weak]
        self._known: dict[str, Rule | None] = {}

    def classify(self, name: str) -> Rule | None:
        """Return the first name rule whose pattern matches the whole of the normalised `name`."""
        plain = normalised(name)
        if plain not in self._known:
            self._known[plain] = next((rule for rule, wanted in self._rules if wanted.fullmatch(plain)), None)
        return self._known[plain]


def _alternation(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
