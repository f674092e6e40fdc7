"""The rule book as plain data and back: what is kept between runs has been read and checked once and for all.

A scan needs a few of a thousand rules, so each is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property

from scanner.model import Confidence, Severity
from scanner.rulebook.model import Allowlist, CharacterClass, Disposition, Encoding, Rule, RuleBook, Shape, ValueKind
from scanner.rulebook.verifier import Condition, Verifier
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[str, Any]
    Plain = tuple[list[Fields], list[Fields], list[Fields]]

_ENUMS: dict[str, type[Enum]] = {
    "severity": Severity,
    "confidence": Confidence,
    "alone": Confidence,
    "in_tests": Confidence,
    "value_kind": ValueKind,
    "disposition": Disposition,
}
_CONDITIONS = ("active", "inactive")
_NONE = object()


def plain(book: RuleBook) -> Plain:
    """Return `book`'s rules, shapes and encodings as dictionaries of their fields that are not as usual."""
    shared: dict[int, Fields] = {}
    rules = [_with_lists(_fields(one), one, shared) for one in book.rules]
    return rules, [*map(_fields, book.shapes)], [*map(_fields, book.encodings)]


def of_plain(kept: Plain, paths: tuple[str, ...]) -> RuleBook:
    """Return the book, read from `paths`, that `plain` made `kept` of."""
    rules = _Rules(kept[0])
    return _KeptRuleBook(
        rules=rules,
        shapes=tuple([Shape(**fields) for fields in kept[1]]),
        encodings=tuple([Encoding(**fields) for fields in kept[2]]),
        by_id=_ById(rules),
        paths=paths,
    )


class _KeptRuleBook(RuleBook):
    """A rule book that makes only the rules it is asked for."""

    @property
    def name_rules(self) -> tuple[Rule, ...]:
        """Return the rules that know names only."""
        rules = self.rules
        return rules.naming() if isinstance(rules, _Rules) else super().name_rules


class _Rules(Sequence[Rule]):
    """The rules in reading order."""

    def __init__(self, kept: list[Fields]) -> None:
        self._kept = kept
        self._made: dict[int, Rule] = {}
        self._lists: dict[int, Allowlist] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, number: int) -> Rule:  # type: ignore[override]
        rule = self._made.get(number)
        if rule is None:
            rule = self._made[number] = _rule(self._kept[number], self._lists)
        return rule

    def naming(self) -> tuple[Rule, ...]:
        """Return the rules that know names only."""
        return tuple([self[number] for number, fields in enumerate(self._kept) if fields.get("names")])

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each rule by its id."""
        return {fields["id"]: number for number, fields in enumerate(self._kept)}


class _ById(Mapping[str, Rule]):
    """The rules by their ids."""

    def __init__(self, rules: _Rules) -> None:
        self._rules = rules

    def __getitem__(self, name: str) -> Rule:
        return self._rules[self._rules.numbers[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules.numbers)

    def __len__(self) -> int:
        return len(self._rules)


def _with_lists(fields: Fields, rule: Rule, shared: dict[int, Fields]) -> Fields:
    """Put plain data in the place of a rule's allowlists; one that many rules share is kept once."""
    if rule.allowlists:
        fields["allowlists"] = tuple([shared.setdefault(id(one), _fields(one)) for one in rule.allowlists])
    return fields


def _rule(fields: Fields, lists: dict[int, Allowlist]) -> Rule:
    values: Fields = {name: _ENUMS[name](value) if name in _ENUMS else value for name, value in fields.items()}
    if "requires" in values:
        values["requires"] = tuple([CharacterClass(one) for one in values["requires"]])
    for one in values.get("allowlists", ()):
        if id(one) not in lists:
            lists[id(one)] = Allowlist(**one)
    values["allowlists"] = tuple([lists[id(one)] for one in values.get("allowlists", ())])
    if "verifier" in values:
        values["verifier"] = _verifier(values["verifier"])
    return Rule(**values)


def _verifier(fields: Fields) -> Verifier:
    judged = {name: tuple([Condition(**one) for one in fields[name]]) for name in _CONDITIONS if name in fields}
    return Verifier(**{**fields, **judged})


def _fields(record: Record) -> Fields:
    defaults = record.__class__._defaults
    held = ((name, value) for name, value in record.__getstate__().items() if defaults.get(name, _NONE) != value)
    return {name: _bare(value) for name, value in held}


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_bare(one) for one in value])
    if isinstance(value, Record):
        return _fields(value)
    return str(value) if isinstance(value, Enum) else value
