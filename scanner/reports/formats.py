"""The formats a report can have, and the one door to write it in any of them. Each writer is imported when used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module

from scanner.model import ScanResult
from scanner.rulebook.model import Rule
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_OPTIONS: dict[str, tuple[str, ...]] = {
    "text": ("color", "explain"),
    "json": ("explain",),
    "jsonl": (),
    "sarif": ("rules",),
    "gitlab": ("finished", "rules"),
    "junit": (),
    "csv": (),
    "markdown": (),
    "html": (),
    "github": (),
}
"""What each writer takes besides `show_secrets`. The writer of `x` is `write_x` in `scanner.reports.x`."""

FORMATS = tuple(_OPTIONS)


class ReportOptions(Record):
    """How a report is written; a format takes of it what it has a use for."""

    show_secrets: bool = False
    explain: bool = False
    """List what was turned down, and why."""
    color: bool = False
    rules: Sequence[Rule] = ()
    """The rules of the scan, for formats that describe them beside the findings."""
    finished: datetime
    """When the scan ended, aware: GitLab's format asks for it."""


def write_report(form: str, result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
    """Write `result` to `stream` in the format `form`, one of `FORMATS`. Raises `KeyError` for any other."""
    chosen = {name: getattr(options, name) for name in ("show_secrets", *_OPTIONS[form])}
    writer = getattr(import_module(f"scanner.reports.{form}"), f"write_{form}")
    writer(result, stream, **chosen)
