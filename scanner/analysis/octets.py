"""Keys that programs write as numbers: lists of bytes."""

from __future__ import annotations

from scanner.analysis.program import Call, Expression, Items, Key, Member, Text

_FEWEST, _MOST = 8, 128
"""Bytes of the shortest key that ciphers take, and of the longest that people write down."""


def spells(items: Items) -> bool:
    """Tell whether a list's elements are the letters of one text."""
    letters = len(items.elements) > 3 and all(isinstance(one, Text) and len(one.value) == 1 for one in items.elements)
    return letters or octets(items) is not None


def octets(items: Items) -> Text | None:
    """Return the text that a list of bytes spells, or where it spells none its digits; None for other lists.

    It stands where the list's elements do.
    """
    if not _FEWEST <= len(items.elements) <= _MOST:
        return None
    numbers = [_number(one) for one in items.elements]
    if any(one is None or not -128 <= one <= 255 for one in numbers):
        return None
    data = bytes([one & 255 for one in numbers if one is not None])
    spelled = data.decode("ascii") if data.isascii() and data.decode("ascii").isprintable() else data.hex()
    return Text(items.elements[0].start, items.elements[-1].end, items.scope, spelled)


def _number(element: Expression) -> int | None:
    """Return the number that an element is, which may be made a byte of by a call: `0x91.toByte()`."""
    if isinstance(element, Call) and not element.arguments:
        element = element.called
    if isinstance(element, Member) and isinstance(element.of, Key):
        element = element.of
    if not isinstance(element, Key):
        return None
    try:
        return int(element.name.rstrip("uUL"), 0)
    except ValueError:
        return None
