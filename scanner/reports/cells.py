"""Tables for spreadsheets: RFC 4180, and no cell is a formula or more than one line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from strongroom.kernel.inert import inert

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate a cell, full-width forms included (OWASP, "CSV Injection")."""


def write_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], stream: TextIO) -> None:
    """Write `columns` and then each of `rows` to `stream`. Raises `KeyError` where a row lacks a column."""
    # Quotes around every cell keep `;` and tabs inside it, whatever separator a spreadsheet's locale expects.
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)


def cell(value: object) -> str:
    """Return `value` as text of a cell: nothing for None, `true`, `false`, and `'` before what would be a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = inert(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
