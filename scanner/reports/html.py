"""The `html` report: one file without script, to read, send and print."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from scanner.model import Confidence, Finding, ScanResult, Severity
from scanner.reports.summary import (
    count,
    counted,
    coverage,
    fix_command,
    live,
    next_step,
    reaches,
    severities,
    since,
    value_text,
    why,
    worst_first,
)
from strongroom import __version__
from strongroom.kernel.inert import inert
from strongroom.kernel.record import Record

_FOLDER = Path(__file__).parent
_BAR_WIDTH = 400.0


class Bar(Record):
    """One part of a bar of the overview: how many findings, from where on and how wide in the picture."""

    confidence: Confidence
    number: int
    x: float
    width: float


def write_html(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write `result` to `stream` as one HTML page; suppressed findings and unread input have their own sections.

    The page's content security policy allows its one style sheet, by hash, and nothing else.
    """
    # Jinja2 takes as long to import as a scan of a small repository.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    pieces = environment.get_template("report.html.j2").generate(
        **_content(result, show_secrets=show_secrets),
        style=style,
        style_hash=base64.b64encode(sha256(style.encode()).digest()).decode(),
        version=__version__,
    )
    stream.writelines(pieces)


def _content(result: ScanResult, *, show_secrets: bool) -> dict[str, Any]:
    shown = worst_first(result.open_findings)
    suppressed = [found for found in result.findings if found.suppressed_by is not None]
    return {
        "headline": count(shown),
        "coverage": coverage(result),
        "next_step": next_step(shown) if shown else "",
        "severities": severities(shown),
        "fixable": sum(1 for found in shown if found.remediation.fixable),
        "values": len({found.secret_id for found in shown}),
        "files": len({found.path for found in shown}),
        "bars": _bars(shown),
        "findings": [_shown(found, show_secrets=show_secrets) for found in shown],
        "suppressed": [_shown(found, show_secrets=show_secrets) for found in suppressed],
        "errors": [(inert(error.path), inert(error.message)) for error in result.errors],
        "skipped": counted(result.stats.skipped),
    }


def _bars(shown: list[Finding]) -> dict[Severity, list[Bar]]:
    most = max(severities(shown).values(), default=0) or 1
    bars: dict[Severity, list[Bar]] = {}
    for severity in Severity:
        bars[severity] = []
        x = 0.0
        for confidence in Confidence:
            number = sum(1 for each in shown if each.severity is severity and each.confidence is confidence)
            width = round(_BAR_WIDTH * number / most, 1)
            if number:
                bars[severity].append(Bar(confidence=confidence, number=number, x=round(x, 1), width=width))
            x += width
    return bars


def _shown(finding: Finding, *, show_secrets: bool) -> dict[str, Any]:
    region, excerpt = finding.region, finding.excerpt
    return {
        "rule_id": finding.rule_id,
        "rule_name": finding.rule_name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "place": f"{inert(finding.path)}:{region.start_line}:{region.start_column}",
        "line": region.start_line,
        "before": inert(excerpt.before) if excerpt else "",
        "value": inert(value_text(finding, show_secrets=show_secrets)),
        "after": inert(excerpt.after) if excerpt else "",
        "why": why(finding),
        "verified": finding.verified or "",
        "live": live(finding),
        "reaches": reaches(finding),
        "since": since(finding),
        "fix": fix_command(finding),
        "reason": inert(finding.remediation.reason),
        "fingerprint": finding.fingerprint,
        "suppressed_by": finding.suppressed_by.value if finding.suppressed_by else "",
    }
