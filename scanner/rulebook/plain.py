"""The rule book as plain data and back: what is kept between runs has been read and checked once and for all."""

from __future__ import annotations

from enum import Enum

from scanner.model import Confidence, Severity
from scanner.rulebook.model import Disposition, Encoding, Rule, RuleBook, Shape, ValueKind
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
    return (
        [_fields(one) for one in book.rules],
        [_fields(one) for one in book.shapes],
        [*map(_fields, book.encodings)],
    )


def of_plain(kept: Plain, paths: tuple[str, ...]) -> RuleBook:
    """Return the book, read from `paths`, that `plain` made `kept` of."""
    rules, shapes, encodings = kept
    made = [_rule(fields) for fields in rules]
    return RuleBook(
        rules=tuple(made),
        shapes=tuple([Shape(**fields) for fields in shapes]),
        encodings=tuple([Encoding(**fields) for fields in encodings]),
        by_id={rule.id: rule for rule in made},
        paths=paths,
    )


def _rule(fields: Fields) -> Rule:
    for name, kind in _ENUMS.items():
        if name in fields:
            fields[name] = kind[fields[name]]
    return Rule(**fields)


def _fields(record: Record) -> Fields:
    defaults = record.__class__._defaults
    held = ((name, value) for name, value in record.__getstate__().items() if defaults.get(name, _NONE) != value)
    return {name: str(value) if isinstance(value, Enum) else value for name, value in held}


_NONE = object()
