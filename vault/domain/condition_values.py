"""Condition keys of a call, and what a condition's operator says about one value of them.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from vault.domain.wildcards import Fill, filled, matches, matches_arn

Values = str | Sequence[str]
Keys = Mapping[str, Values]
"""Condition keys by name; a key with several values has a sequence. Their names are told apart by letters alone."""

Compare = Callable[[str, str, Fill], bool]
"""Tells whether a value of the call fits a value of the policy."""

Comparable = TypeVar("Comparable", Decimal, datetime)


class KeyValues:
    """The condition keys of one call, found by name whatever its letters' case."""

    def __init__(self, keys: Keys) -> None:
        self._values: dict[str, tuple[str, ...]] = {
            name.lower(): (value,) if isinstance(value, str) else tuple(value) for name, value in keys.items()
        }

    def values(self, name: str) -> tuple[str, ...] | None:
        """Return the values of a key, None where the call has no such key."""
        return self._values.get(name.lower())

    def single(self, name: str) -> str | None:
        """Return the value of a key that has exactly one, for a variable."""
        found = self.values(name)
        return found[0] if found is not None and len(found) == 1 else None


def _string_equals(given: str, wanted: str, fill: Fill) -> bool:
    return given == filled(wanted, fill)


def _string_equals_ignoring_case(given: str, wanted: str, fill: Fill) -> bool:
    text = filled(wanted, fill)
    return text is not None and given.casefold() == text.casefold()


def _bool(given: str, wanted: str, _: Fill) -> bool:
    return given.lower() == wanted.lower() and wanted.lower() in ("true", "false")


def _binary_equals(given: str, wanted: str, _: Fill) -> bool:
    try:
        return base64.b64decode(given, validate=True) == base64.b64decode(wanted, validate=True)
    except (binascii.Error, ValueError):
        return False


def _ip_address(given: str, wanted: str, _: Fill) -> bool:
    try:
        return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> datetime | None:
    """Return a time in ISO 8601 or in seconds since 1970."""
    try:
        seconds = _number(text)
        moment = datetime.fromisoformat(text) if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _compared(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Compare:
    def compare(given: str, wanted: str, _: Fill) -> bool:
        left, right = read(given), read(wanted)
        return left is not None and right is not None and holds(left, right)

    return compare


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: bool(left == right),
    "LessThan": lambda left, right: bool(left < right),
    "LessThanEquals": lambda left, right: bool(left <= right),
    "GreaterThan": lambda left, right: bool(left > right),
    "GreaterThanEquals": lambda left, right: bool(left >= right),
}

COMPARISONS: Mapping[str, Compare] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignoring_case,
    "StringLike": lambda given, wanted, fill: matches(wanted, given, fill),
    "ArnEquals": lambda given, wanted, fill: matches_arn(wanted, given, fill),
    "ArnLike": lambda given, wanted, fill: matches_arn(wanted, given, fill),
    "Bool": _bool,
    "BinaryEquals": _binary_equals,
    "IpAddress": _ip_address,
    **{f"Numeric{name}": _compared(_number, holds) for name, holds in _ORDER.items()},
    **{f"Date{name}": _compared(_moment, holds) for name, holds in _ORDER.items()},
}
"""By the operator that is not negated."""

NEGATIONS: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
"""Operators that hold where the other one does not."""
