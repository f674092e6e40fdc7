"""The `html` report of an audit: one file without script, to decide from, to send and to print."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from scanner.audit.reports import page_coverage, page_exposures, page_findings
from scanner.audit.reports.charts import HALF, of_audits
from scanner.audit.reports.document import STATES, Document
from scanner.audit.reports.page_overview import overview
from scanner.audit.reports.page_places import treemap
from scanner.audit.reports.wording import changes, coverage, first_steps, headline, short, size, skipped
from scanner.reports.pages import write_page

_FOLDER = Path(__file__).with_name("page")
_MOST_AUDITS = 60


def write_html(document: Document, stream: TextIO) -> None:
    """Write `document` to `stream` as one HTML page, whose policy allows its one style sheet and nothing else.

    The worst 1,000 findings and exposures are shown in full and the others counted, so that the page stays one that a
    browser opens; findings are read once, and memory does not grow with them.
    """
    write_page(_FOLDER / "audit.html.j2", stream, _content(document), styles=(_FOLDER / "audit.css",))


def _content(document: Document) -> dict[str, Any]:
    read = page_findings.read_findings(document)
    anchors = page_findings.anchors(read)
    return {
        "headline": headline(document),
        "coverage": coverage(document),
        "steps": first_steps(document),
        "audit": document["audit"],
        "tool": document["tool"],
        "states": [(state, state.replace("_", " ")) for state in STATES],
        "half": HALF,
        "overview": overview(document),
        "exposures": page_exposures.exposure_rows(document, anchors),
        "exposures_left_out": page_exposures.exposures_left_out(document),
        "exposed": document["overview"]["exposures"],
        "findings": page_findings.cards(read),
        "found": read.worst.count,
        "findings_left_out": read.worst.left_out,
        **_history(document, read),
        "treemap": treemap(document, read.places),
        "repositories": page_coverage.repositories(document),
        "suppressions": page_coverage.suppressions(document),
        "unread": page_coverage.unread(document),
        "read": _read(document),
    }


def _history(document: Document, read: page_findings.Read) -> dict[str, Any]:
    trend = list(document["trend"])[-_MOST_AUDITS:]
    return {
        "trend": trend,
        "trend_columns": of_audits(trend),
        "trend_left_out": len(document["trend"]) - len(trend),
        "changes": changes(document),
        "changed": page_findings.changed_rows(read),
    }


def _read(document: Document) -> dict[str, Any]:
    covered = document["coverage"]
    return {
        **{name: covered[name] for name in ("repositories", "files", "commits", "unread")},
        "size": size(covered["bytes"]),
        "skipped": skipped(document),
        "analysis": short(str(document["audit"]["analysis"])),
    }
