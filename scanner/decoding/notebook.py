"""Jupyter notebooks: what stands in a cell or its output, found as the text it is and placed in the file.

A notebook is JSON (nbformat 4) with texts as lists of lines. Read as it is, every quote in a cell is escaped and every
image is a long run of base64.
"""

from __future__ import annotations

import json
import re
from functools import partial
from json import decoder as json_decoder
from json import scanner as json_scanner

from scanner.decoding.piece import NOTEBOOK, Piece
from scanner.decoding.places import Units, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from scanner.decoding.places import Unit
    from scanner.decoding.stretches import Range

_ESCAPE = re.compile(rb"\\(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))")
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_TEXTS = (
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "application/json",
    "application/javascript",
    "html",
    "latex",
)
_ERRORS = ("ename", "evalue", "traceback")


class _Token(str):
    """A text of the notebook that knows where its characters stand in the file."""

    __slots__ = ("range",)
    range: Range


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield each cell's text, and each output's, of the notebook `data`; nothing where it is no notebook."""
    decoder: Any = json.JSONDecoder()
    decoder.parse_string = _parsed_string
    decoder.scan_once = json_scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    try:
        # Latin-1 gives each byte a character, so that the places of characters are those of bytes.
        document = decoder.decode(data.decode("latin-1"))
    except (ValueError, RecursionError):
        return
    for sheet in _sheets(document):
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            yield from _cells(sheet["cells"], data)


def _sheets(document: Any) -> list[Any]:
    """Return what has cells: the notebook itself, in format 3 its sheets."""
    sheets = document.get("worksheets") if isinstance(document, dict) else None
    return sheets if isinstance(sheets, list) else [document]


def _parsed_string(text: str, start: int, strict: bool = True) -> tuple[str, int]:
    value, end = json_decoder.scanstring(text, start, strict)  # type: ignore[attr-defined]
    token = _Token(value)
    token.range = (start, end - 1)
    return token, end


def _cells(found: list[Any], data: bytes) -> Iterator[Piece]:
    for number, cell in enumerate(found, start=1):
        if not isinstance(cell, dict):
            continue
        kind = cell.get("cell_type")
        text = cell.get("source", cell.get("input"))
        yield from _piece(f"{'code' if kind == 'code' else 'text'} cell {number}", text, data)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            for text in _output(output):
                yield from _piece(f"output of cell {number}", text, data)


def _output(output: Any) -> Iterator[Any]:
    if isinstance(output, dict):
        yield output.get("text")
        yield from (output.get(name) for name in _ERRORS)
        shown = output.get("data")
        if isinstance(shown, dict):
            yield from (shown.get(name) for name in _TEXTS)


def _piece(kind: str, text: Any, data: bytes) -> Iterator[Piece]:
    lines = text if isinstance(text, list) else [text]
    tokens = [line.range for line in lines if isinstance(line, _Token)]
    if tokens:
        joined = b"".join([_ESCAPE.sub(_character, data[start:end]) for start, end in tokens])
        yield Piece(codecs=(f"{NOTEBOOK} {kind}",), data=joined, places=(Units(partial(_units, tokens, data)),))


def _units(tokens: list[Range], file: bytes) -> Iterator[Unit]:
    done = 0
    for start, end in tokens:
        size = 0
        for decoded, size_of, encoded, length in units(_ESCAPE, _character, file[start:end]):
            yield done + decoded, size_of, start + encoded, length
            size = decoded + size_of
        done += size


def _character(found: re.Match[bytes]) -> bytes:
    high, low, code, letter = found.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    text = bytes.fromhex(((high or b"") + (low or code)).decode("ascii")).decode("utf-16-be", "replace")
    return text.encode()
