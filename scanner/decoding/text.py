"""Whether decoded bytes are text. Images, compressed files and binary keys are not, and would flood the rules."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import partial

from scanner.decoding.places import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.decoding.places import Places, Unit

    Text = tuple[bytes, tuple[Places, ...]]

_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_STRANGE = 10
"""One byte in ten may be strange: a text may have a stray byte, random bytes have six in ten."""


def as_text(data: bytes) -> Text | None:
    """Return `data` as UTF-8 with the way back to its own bytes; None where it is no text in ASCII, UTF-8 or UTF-16."""
    if _mostly_printable(data):
        return data, ()
    return _from_utf16(data) or ((data, ()) if _is_utf8(data) else None)


def _mostly_printable(data: bytes) -> bool:
    return bool(data) and len(data.translate(None, _PRINTABLE)) * _STRANGE <= len(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return bool(data) and (len(data) - len(data.translate(None, _CONTROLS))) * _STRANGE <= len(data)


def _from_utf16(data: bytes) -> Text | None:
    """PowerShell's encoded commands and exported registries are UTF-16; every second byte of Latin letters is NUL."""
    order = _byte_order(data)
    if order is None:
        return None
    try:
        text = data[: len(data) & ~1].decode(order)
    except UnicodeDecodeError:
        return None
    encoded = text.encode()
    return (encoded, (Units(partial(_units, text)),)) if _is_utf8(encoded) else None


def _byte_order(data: bytes) -> str | None:
    if data.startswith(BOM_UTF16_LE) or data[1::2].count(0) * 4 > len(data):
        return "utf-16-le"
    if data.startswith(BOM_UTF16_BE) or data[::2].count(0) * 4 > len(data):
        return "utf-16-be"
    return None


def _units(text: str) -> Iterator[Unit]:
    decoded = encoded = 0
    for character in text:
        size, length = len(character.encode()), 4 if character > "\uffff" else 2
        yield decoded, size, encoded, length
        decoded, encoded = decoded + size, encoded + length
