"""What a literal's source text says, by the escapes of its language (`escapes.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TABLE = Path(__file__).with_name("escapes.yaml")
_MOST = 0x10FFFF
HOLE = "\ue000"


@cache
def _styles() -> Mapping[str, Mapping[str, Any]]:
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return loaded


def decoded(style: str, source: str) -> str | None:
    """Return the text that `source`, which stands between a literal's quotes, spells; None where that is not known."""
    table = _styles()[style]
    source = source.replace("\r\n", "\n") if table.get("lines") == "unix" else source
    try:
        text = _backslash(table, source) if "simple" in table else _filled(table, source)
        return _single(table.get("doubled", ""), text)
    except _Unknown:
        return None


class _Unknown(Exception):
    """An escape that the style does not list, or one that is cut off."""


def _backslash(table: Mapping[str, Any], source: str) -> str:
    pieces: list[str] = []
    at = 0
    while (found := source.find("\\", at)) >= 0:
        text, end = _escape(source, found + 1, table)
        pieces += [_filled(table, source[at:found]), text]
        at = end
    return "".join([*pieces, _filled(table, source[at:])])


def _filled(table: Mapping[str, Any], source: str) -> str:
    return re.sub(table["holes"], HOLE, source) if "holes" in table else source


def _escape(source: str, at: int, table: Mapping[str, Any]) -> tuple[str, int]:
    codes: Mapping[str, int] = table.get("codes", {})
    letter = source[at : at + 1]
    digits = re.compile(rf"[0-7]{{1,{table['octal']}}}").match(source, at) if "octal" in table else None
    if digits is not None:
        return chr(int(digits[0], 8)), digits.end()
    if letter in codes:
        braces = letter in table.get("braced", "") and source[at + 1 : at + 2] == "{"
        return _code(source, at + 1, 0 if braces else codes[letter])
    if letter and letter in table["simple"]:
        return str(table["simple"][letter]), at + 1
    # A digit or an x after a backslash may be a byte, which need not be a character.
    if table.get("others") == "kept" and letter and not letter.isdigit() and letter not in table.get("bytes", ""):
        return f"\\{letter}", at + 1
    raise _Unknown


def _code(source: str, at: int, width: int) -> tuple[str, int]:
    pattern = rf"[0-9A-Fa-f]{{{width}}}" if width else r"\{([0-9A-Fa-f]{1,6})\}"
    found = re.compile(pattern).match(source, at)
    if found is None:
        raise _Unknown
    number = int(found[0] if width else found[1], 16)
    if number > _MOST or 0xD800 <= number <= 0xDFFF:
        raise _Unknown
    return chr(number), found.end()


def _single(doubled: str, text: str) -> str:
    for char in doubled:
        if text.replace(char * 2, "").count(char):
            raise _Unknown
        text = text.replace(char * 2, char)
    return text
