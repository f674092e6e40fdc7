"""What the card of a finding says on a page, as `parts.html.j2` shows it."""

from __future__ import annotations

from typing import Any

from scanner.model import Finding
from scanner.reports.summary import fix_command, live, reaches, since, value_text, why
from strongroom.kernel.inert import inert


def card(finding: Finding, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return the texts of the card of `finding`; its value is among them only with `show_secrets`."""
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
        "marks": _marks(finding),
        "live": live(finding),
        "reaches": reaches(finding),
        "since": since(finding),
        "fix": fix_command(finding),
        "reason": inert(finding.remediation.reason),
        "fingerprint": finding.fingerprint,
    }


def _marks(finding: Finding) -> list[tuple[str, str]]:
    verified = [(finding.verified.value, finding.verified.value)] if finding.verified else []
    accepted = [("confidence", f"accepted by {finding.suppressed_by}")] if finding.suppressed_by else []
    return verified + accepted
