"""The rule book as plain data and back: what is kept between runs has been read and checked once and for all."""

from __future__ import annotations

from enum import Enum

from scanner.model import Confidence, Severity
from scanner.rulebook.model import Allowlist, Disposition, Encoding, Rule, RuleBook, Shape, ValueKind
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = dict[str, Any]
    Plain = tuple[list[Fields], list[Fields], list[Fields]]

_ENUMS: Mapping[str, Mapping[str, Enum]] = {
    name: {str(one): one for one in kind}
    for name, kind in (
        ("severity", Severity),
        ("confidence", Confidence),
        ("value_kind", ValueKind),
        ("disposition", Disposition),
    )
}


def plain(book: RuleBook) -> Plain:
    """Return `book`'s rules, shapes and encodings as dictionaries of their fields that are not as usual."""
    known: dict[int, Fields] = {}
    return (
        [_with_lists(_fields(one), known) for one in book.rules],
        [_fields(one) for one in book.shapes],
        [*map(_fields, book.encodings)],
    )


def of_plain(kept: Plain, paths: tuple[str, ...]) -> RuleBook:
    """Return the book, read from `paths`, that `plain` made `kept` of."""
    rules, shapes, encodings = kept
    known: dict[int, Allowlist] = {}
    made = [_rule(fields, known) for fields in rules]
    return RuleBook(
        rules=tuple(made),
        shapes=tuple([Shape(**fields) for fields in shapes]),
        encodings=tuple([Encoding(**fields) for fields in encodings]),
        by_id={rule.id: rule for rule in made},
        paths=paths,
    )


def _with_lists(fields: Fields, known: dict[int, Fields]) -> Fields:
    """Put plain data in place of allowlists; one that many rules share is kept once."""
    if "allowlists" in fields:
        fields["allowlists"] = tuple([known.setdefault(id(one), _fields(one)) for one in fields["allowlists"]])
    return fields


def _rule(fields: Fields, known: dict[int, Allowlist]) -> Rule:
    for one in fields.get("allowlists", ()):
        if id(one) not in known:
            known[id(one)] = Allowlist(**one)
    if "allowlists" in fields:
        fields["allowlists"] = tuple([known[id(one)] for one in fields["allowlists"]])
    for name, kind in _ENUMS.items():
        if name in fields:
            fields[name] = kind[fields[name]]
    return Rule(**fields)


def _fields(record: Record) -> Fields:
    defaults = record.__class__._defaults
    held = ((name, value) for name, value in record.__getstate__().items() if defaults.get(name, _NONE) != value)
    return {name: str(value) if isinstance(value, Enum) else value for name, value in held}


_NONE = object()
