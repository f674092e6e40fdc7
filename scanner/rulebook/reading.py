"""Turns the plain data of a rule file into rules and shapes, and says exactly what is wrong with it otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from scanner.checks.named import NAMES as CHECKS
from scanner.model import Confidence, Severity
from scanner.rulebook.model import CharacterClass, Disposition, Encoding, Rule, RuleBook, Shape, ValueKind, compiled
from scanner.rulebook.verifying import read_verifier
from strongroom.kernel.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Reader = Callable[[Any], Any]

CODECS = ("notebook", "digits", "byte-list", "percent", "escape")
"""What `scanner.decoding` can take off."""
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MACRO = re.compile(r"\{\{([a-z]+)\}\}")
_MACROS = {
    "assign": r"""[\w .\-]{0,24}["'\]]{0,2}\s{0,4}(?:=>|[:?.+]{0,3}=|:|,)\s{0,4}["'`]?""",
    "credential": (
        r"""[^\r\n]{0,32}?(?i:key|token|secret|pass|pwd|auth|cred|bearer)[\w .\-]{0,12}"""
        r"""["'\])]{0,3}\s{0,4}(?:=>|[:?.+]{0,3}=|[ \t:,(>])\s{0,4}["'`]?"""
    ),
    "end": r"(?:[^A-Za-z0-9_+/=\-]|$)",
}
"""Pieces that many patterns share: what lies between a name and its value, between a provider's name and what is
bound to a name that says credential, and what follows a token."""


def read_rule(entry: Any, origin: str) -> Rule:
    """Return the rule that `entry` describes. Raises `UsageError` naming file, rule, field and the way out."""
    values = _read_fields(entry, origin, _RULE_FIELDS, required=_RULE_REQUIRED)
    if bool(values.get("pattern")) == bool(values.get("names")):
        raise _unusable(origin, values["id"], "pattern", "give either `pattern` or `names`, not both or neither")
    if values.get("pattern") and "(?P<value>" not in values["pattern"]:
        raise _unusable(origin, values["id"], "pattern", "name the credential with (?P<value>...)")
    return Rule(**values, origin=origin)


def read_shape(entry: Any, origin: str) -> Shape:
    """Return the shape that `entry` describes. Raises `UsageError` as `read_rule` does."""
    values = _read_fields(entry, origin, _SHAPE_FIELDS, required=("id", "pattern"))
    if "(?P<name>" not in values["pattern"] or "(?P<value>" not in values["pattern"]:
        raise _unusable(origin, values["id"], "pattern", "a shape needs the groups `name` and `value`")
    return Shape(**values)


def read_encoding(entry: Any, origin: str) -> Encoding:
    """Return the encoding that `entry` describes. Raises `UsageError` as `read_rule` does."""
    return Encoding(**_read_fields(entry, origin, _ENCODING_FIELDS, required=tuple(_ENCODING_FIELDS)))


def check_patterns(book: RuleBook) -> None:
    """Compile every pattern of `book`, which costs too much for every start. Raises `UsageError` for a bad one."""
    for rule in book.rules:
        _check_pattern(rule.origin, rule.id, "pattern", compiled, (rule.pattern,))
        _check_pattern(rule.origin, rule.id, "names", re.compile, rule.names)
    for shape in book.shapes:
        _check_pattern("shapes", shape.id, "pattern", compiled, (shape.pattern,))
    for encoding in book.encodings:
        _check_pattern("encodings", encoding.id, "leads", compiled, encoding.leads)


def _check_pattern(
    origin: str, label: str, name: str, compiler: Callable[[str], object], patterns: tuple[str, ...]
) -> None:
    for pattern in patterns:
        try:
            compiler(pattern)
        except (re.error, ValueError) as error:
            raise _unusable(origin, label, name, f"not a regular expression: {error}") from error


def _read_fields(entry: Any, origin: str, fields: Mapping[str, Reader], required: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise _unusable(origin, "?", "rules", "each entry is a mapping")
    label = str(entry.get("id", "?"))
    for name in entry:
        if name not in fields:
            raise _unusable(origin, label, str(name), "no such field; see docs/rules.md")
    for name in required:
        if not entry.get(name):
            raise _unusable(origin, label, name, "the field is missing or empty")
    return {name: _read_field(fields[name], value, origin, label, name) for name, value in entry.items()}


def _read_field(reader: Reader, value: Any, origin: str, label: str, name: str) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise _unusable(origin, label, name, str(error)) from error


def _unusable(origin: str, label: str, name: str, way_out: str) -> UsageError:
    return UsageError(f"{origin}: rule {label}, field `{name}` cannot be used", hint=way_out)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("give a text")  # noqa: TRY004 - every reader raises ValueError
    return value.strip()


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("an id is lower-case words joined by hyphens")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("give a list of texts")
    return tuple(value)


def _keywords(value: Any) -> tuple[str, ...]:
    words = _texts(value)
    if any(word != word.lower() or len(word) < 3 for word in words):
        raise ValueError("keywords are lower-case and at least three characters long")
    return words


def _pattern(value: Any) -> str:
    return _MACRO.sub(_macro, _text(value))


def _macro(match: re.Match[str]) -> str:
    if match[1] not in _MACROS:
        raise ValueError(f"no such piece {match[0]}; there are {', '.join(_MACROS)}")
    return _MACROS[match[1]]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 8:
        raise ValueError("give a number of bits from 0 to 8")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - every reader raises ValueError
    return value


def _codec(value: Any) -> str:
    if value not in CODECS:
        raise ValueError(f"give one of {', '.join(CODECS)}")
    return str(value)


def _choice(kind: type[StrEnum]) -> Reader:
    def read(value: Any) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f"give one of {', '.join(kind)}") from None

    return read


def _check(value: Any) -> str:
    if value not in CHECKS:
        raise ValueError(f"give one of {', '.join(CHECKS)}")
    return str(value)


def _choices(kind: type[StrEnum]) -> Reader:
    one = _choice(kind)
    return lambda value: tuple(one(text) for text in _texts(value))


_RULE_REQUIRED = ("id", "name", "description", "severity", "confidence", "keywords", "examples")
_RULE_FIELDS: Mapping[str, Reader] = {
    "id": _identifier,
    "name": _text,
    "description": _text,
    "severity": _choice(Severity),
    "confidence": _choice(Confidence),
    "keywords": _keywords,
    "pattern": _pattern,
    "names": _texts,
    "value_kind": _choice(ValueKind),
    "weak": _flag,
    "min_entropy": _number,
    "requires": _choices(CharacterClass),
    "check": _check,
    "depends_on": _texts,
    "alone": _choice(Confidence),
    "in_tests": _choice(Confidence),
    "preview_prefix": _text,
    "paths": _texts,
    "multiline": _flag,
    "examples": _texts,
    "counter_examples": _texts,
    "references": _texts,
    "verifier": read_verifier,
    "rotator": _text,
    "layout": _text,
    "disposition": _choice(Disposition),
    "reason": _text,
}
_ENCODING_FIELDS: Mapping[str, Reader] = {"id": _identifier, "codec": _codec, "leads": _texts}
_SHAPE_FIELDS: Mapping[str, Reader] = {
    "id": _identifier,
    "pattern": _pattern,
    "paths": _texts,
    "excluded_paths": _texts,
    "front": _flag,
    "multiline": _flag,
    "rule": _identifier,
    "keywords": _keywords,
}
