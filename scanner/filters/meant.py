"""What is meant by a value as it is written: percent-encoded, or its letters spelled by their numbers."""

from __future__ import annotations

import re
import unicodedata

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_SPELLED = re.compile(
    r"\\{1,4}u(?:\{(?P<point>[0-9A-Fa-f]{1,6})\}|(?P<unit>[0-9A-Fa-f]{4}))|&#(?:(?P<number>[0-9]{2,7})|[xX](?P<hex>[0-9A-Fa-f]{1,6}));"
)
"""A letter by its number, as Java's properties, JSON and JavaScript write it, or XML."""
_ENCODED_TWICE = 3
_LAST = 0x10FFFF
_NO_TEXT = ("Cc", "Cs", "Co", "Cn")
_NONE = "\ufffd"
"""What half a letter is read as."""


def unescaped(value: str) -> str:
    """Return `value` as it is meant: what stands in a URL or a form is percent-encoded (RFC 3986, section 2.1).

    What was encoded again is decoded again; letters that are spelled by their numbers are put in their place.
    """
    for _ in range(_ENCODED_TWICE):
        if _PERCENT.search(value) is None:
            break
        value = _unquoted(value)
    return _with_letters(value)


def _unquoted(value: str) -> str:
    from urllib.parse import unquote

    return unquote(value)


def _with_letters(value: str) -> str:
    """Return `value` with its spelled letters; as it is where they would make no text, as bytes of a key do."""
    if _SPELLED.search(value) is None:
        return value
    text = _SPELLED.sub(_letter, value)
    # Letters beyond the first plane are spelled as two halves (JSON: RFC 8259, section 7).
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value if any(one == _NONE or unicodedata.category(one) in _NO_TEXT for one in whole) else whole


def _letter(found: re.Match[str]) -> str:
    number = int(found["number"]) if found["number"] else int(found["point"] or found["unit"] or found["hex"], 16)
    return chr(number) if number <= _LAST else found[0]
