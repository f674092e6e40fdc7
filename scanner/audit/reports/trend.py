"""What every audit of a database saw, as text with a line drawn, as a table, or for other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from scanner.audit.reports.document import STATES, Entry
from scanner.audit.reports.json import write_object
from scanner.audit.reports.wording import day, number
from scanner.reports.cells import write_rows
from scanner.reports.codespans import head, row

_CHANGES = ("new", "moved", "removed", "reopened")
_COLUMNS = ("audit", "finished", "repositories", "findings", "exposures", *STATES, *_CHANGES)
_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_DRAWN = 60


def write_trend(trend: Sequence[Entry], stream: TextIO, form: str) -> None:
    """Write `trend`, the oldest audit first, in the format `form`: text, json, csv or markdown. Raises `KeyError`."""
    _WRITERS[form](trend, stream)


def _write_text(trend: Sequence[Entry], stream: TextIO) -> None:
    table = [_titles(), *(_cells(each) for each in trend)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_COLUMNS))]
    for line in table:
        stream.write("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")
    stream.write(f"\nopen  {drawn([each['open'] for each in trend])}\n")


def drawn(numbers: Sequence[int]) -> str:
    """Return a line of blocks whose heights are the last of `numbers`; the highest block is their largest."""
    shown = numbers[-_MOST_DRAWN:]
    most = max(shown, default=0)
    return "".join(_BLOCKS[round(each * (len(_BLOCKS) - 1) / most)] if most else _BLOCKS[0] for each in shown)


def _write_json(trend: Sequence[Entry], stream: TextIO) -> None:
    write_object({"schema_version": "1.0", "trend": trend}, stream)


def _write_csv(trend: Sequence[Entry], stream: TextIO) -> None:
    write_rows(trend, _COLUMNS, stream)


def _write_markdown(trend: Sequence[Entry], stream: TextIO) -> None:
    stream.write(f"## Strongroom: {number(len(trend))} audits\n\n" + head(_titles()))
    for each in trend:
        stream.write(row(_cells(each)))


def _titles() -> list[str]:
    return [name.replace("_", " ") for name in _COLUMNS]


def _cells(entry: Entry) -> list[str]:
    return [day(entry["finished"]) if name == "finished" else number(entry[name]) for name in _COLUMNS]


_WRITERS: Mapping[str, Callable[[Sequence[Entry], TextIO], None]] = {
    "text": _write_text,
    "json": _write_json,
    "csv": _write_csv,
    "markdown": _write_markdown,
}
