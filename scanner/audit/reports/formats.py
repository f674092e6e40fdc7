"""The formats a report of an audit can have, and the one door to all of them. Each writer is imported when used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from scanner.audit.reports.document import Document

FORMATS = ("html", "json", "csv", "sarif", "markdown", "text")
"""The writer of `x` is `write_x` in `scanner.audit.reports.x`."""


def write_report(form: str, document: Document, stream: TextIO, *, color: bool = False) -> None:
    """Write `document` to `stream` in the format `form`, one of `FORMATS`; `color` is for `text` on a terminal.

    Raises `KeyError` for any other format.
    """
    if form not in FORMATS:
        raise KeyError(form)
    writer = getattr(import_module(f"scanner.audit.reports.{form}"), f"write_{form}")
    writer(document, stream, **({"color": color} if form == "text" else {}))
