"""Makes text of a repository harmless to show: what could steer a terminal, a parser or an eye is escaped."""

from __future__ import annotations

import unicodedata

_INERT = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def inert(text: str) -> str:
    """Return `text` on one line, with control, bidirectional, invisible and lone surrogate characters escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _steers(character) else character for character in text)


def whole(text: str) -> str:
    """Return `text` as valid Unicode: bytes that were no UTF-8 (PEP 383) become `\\xNN`, all else stays."""
    if text.isascii():
        return text
    return "".join(_escaped(each) if unicodedata.category(each) == "Cs" else each for each in text)


def _steers(character: str) -> bool:
    code = ord(character)
    # Noncharacters are no XML (section 2.2) and are not meant for interchange.
    nowhere = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return nowhere or unicodedata.category(character) in _INERT


def _escaped(character: str) -> str:
    if character == "\t":
        return "    "
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
