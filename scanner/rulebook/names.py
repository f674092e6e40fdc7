"""Names of variables, keys and parameters: brought to one form, and classified by the name rules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from scanner.kept import load_yaml
from scanner.rulebook.model import Rule, RuleBook

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_NUMBERED = re.compile(r"(?<=[a-z]{3})[0-9]{1,3}$")
"""Which of several it is, written at once behind the name: `password2`."""
_MAX_NAME = 200
_TO = "_to_"


@lru_cache(maxsize=65536)
def normalised(name: str) -> str:
    """Return `name` as lower_snake_case: `dbPassword`, `db.password` and `DB-PASSWORD` are all `db_password`."""
    spaced = _CAMEL_HUMP.sub("_", name[-_MAX_NAME:])
    return _SEPARATORS.sub("_", spaced).strip("_").lower()


class NameClassifier:
    """Answers which name rule, if any, a name falls under; answers are remembered."""

    def __init__(self, book: RuleBook, *, weak: bool = False) -> None:
        """With `weak` also the rules whose names are common words."""
        rules = [(rule, _alternation(rule.names)) for rule in book.name_rules]
        self._rules = [one for one in rules if not one[0].weak]
        self._weak = [one for one in rules if weak and one[0].weak]
        self._known: dict[str, Rule | None] = {}

    def classify(self, name: str) -> Rule | None:
        """Return the first name rule whose pattern matches the whole of the normalised `name`.

        Where none does, one counts that matches all but what says whose the credential is, or which of several.
        """
        plain = normalised(name)
        said = plain.startswith(_tails().said)
        if plain not in self._known and (said or plain.endswith(_tails().references)):
            self._known[plain] = None
        if plain not in self._known:
            heads = (_fitting(self._rules, head) for head in (plain, *_heads(plain)))
            self._known[plain] = next((one for one in heads if one is not None), None) or _fitting(self._weak, plain)
        return self._known[plain]


def _fitting(rules: Iterable[tuple[Rule, re.Pattern[str]]], plain: str) -> Rule | None:
    return next((rule for rule, wanted in rules if wanted.fullmatch(plain)), None)


def _heads(plain: str) -> Iterator[str]:
    """Yield what stands in a name before words that leave it a credential's, the longest first."""
    tails = _tails()
    last = plain.rpartition("_")[2]
    for found in tails.leading.finditer(plain) if last not in tails.things else ():
        head = plain[: found.start()]
        if found[0] != _TO or head not in tails.handed:
            yield head
    variants = tails.variants.search(plain)
    if variants is not None:
        yield plain[: variants.start()]
    numbered = _NUMBERED.search(plain)
    if numbered is not None:
        yield plain[: numbered.start()]


class _Tails:
    """The table of what may stand behind a credential's name."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        self.leading = re.compile(f"_(?:{'|'.join(sorted(table['leading'], key=len, reverse=True))})_")
        self.things = frozenset(table["things"])
        self.variants = re.compile(
            f"(?:_(?:(?:{'|'.join(table['variants'])})?[0-9]{{0,4}}|v[0-9]{{1,3}})(?![a-z0-9]))+$"
        )
        self.handed = frozenset(table["handed"])
        self.references = tuple(table["references"])
        self.said = tuple(table["said"])


@lru_cache(maxsize=1)
def _tails() -> _Tails:
    return _Tails(load_yaml(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tails.yaml")))  # noqa: PTH100, PTH118, PTH120


def _alternation(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
