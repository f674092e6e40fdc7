"""The `html` report: one file without script, to read, send and print."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from scanner.model import ScanResult
from scanner.reports.bars import severity_bars
from scanner.reports.cards import card
from scanner.reports.pages import write_page
from scanner.reports.summary import count, counted, coverage, next_step, worst_first
from strongroom.kernel.inert import inert

_TEMPLATE = Path(__file__).with_name("report.html.j2")


def write_html(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write `result` to `stream` as one HTML page; suppressed findings and unread input have their own sections.

    The page's content security policy allows its one style sheet, by hash, and nothing else.
    """
    write_page(_TEMPLATE, stream, _content(result, show_secrets=show_secrets))


def _content(result: ScanResult, *, show_secrets: bool) -> dict[str, Any]:
    shown = worst_first(result.open_findings)
    suppressed = [found for found in result.findings if found.suppressed_by is not None]
    return {
        "headline": count(shown),
        "coverage": coverage(result),
        "next_step": next_step(shown) if shown else "",
        "fixable": sum(1 for found in shown if found.remediation.fixable),
        "values": len({found.secret_id for found in shown}),
        "files": len({found.path for found in shown}),
        "bars": severity_bars(Counter((found.severity, found.confidence) for found in shown)),
        "findings": [card(found, show_secrets=show_secrets) for found in shown],
        "suppressed": [card(found, show_secrets=show_secrets) for found in suppressed],
        "errors": [(inert(error.path), inert(error.message)) for error in result.errors],
        "skipped": counted(result.stats.skipped),
    }
