"""A finding as plain data, with exactly the fields of the published schema (`docs/report.schema.json`)."""

from __future__ import annotations

from typing import Any

from scanner.model import Commit, Evidence, Finding, FlowStep, Remediation
from scanner.reports.summary import value_text
from strongroom.kernel.inert import whole

SCHEMA_VERSION = "1.0"


def finding_record(finding: Finding, *, show_secrets: bool) -> dict[str, Any]:
    """Return `finding` as JSON data; its value is there only with `show_secrets`."""
    record: dict[str, Any] = {
        "fingerprint": finding.fingerprint,
        "secret_id": finding.secret_id,
        "rule_id": finding.rule_id,
        "rule_name": finding.rule_name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "path": whole(finding.path),
        "start_line": finding.region.start_line,
        "start_column": finding.region.start_column,
        "end_line": finding.region.end_line,
        "end_column": finding.region.end_column,
        "preview": finding.preview,
        "commit": commit_record(finding.commit),
        **_history(finding),
        "in_head": finding.in_head,
        "evidence": [_evidence(reason) for reason in finding.evidence],
        "suppressed_by": finding.suppressed_by.value if finding.suppressed_by is not None else None,
        "verified": finding.verified,
        "remediation": remediation_record(finding.remediation),
    }
    if show_secrets:
        # JSON holds text only; bytes that are no UTF-8 are shown escaped.
        record["secret"] = value_text(finding, show_secrets=True)
    return record


def remediation_record(one: Remediation) -> dict[str, Any]:
    """Return a way out as JSON data."""
    return {"fixable": one.fixable, "strategy": one.strategy, "reason": whole(one.reason)}


def _history(finding: Finding) -> dict[str, Any]:
    if finding.last_commit is None:
        return {}
    return {"last_commit": commit_record(finding.last_commit), "occurrences": finding.occurrences}


def commit_record(commit: Commit | None) -> dict[str, str] | None:
    """Return a commit as JSON data."""
    if commit is None:
        return None
    return {
        "sha": commit.sha,
        "author": whole(commit.author),
        "email": whole(commit.email),
        "date": whole(commit.date),
        "summary": whole(commit.summary),
    }


def _evidence(reason: Evidence) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": reason.kind.value, "detail": whole(reason.detail)}
    if reason.flow:
        record["flow"] = [_step(step) for step in reason.flow]
    return record


def _step(step: FlowStep) -> dict[str, Any]:
    return {"path": whole(step.path), "line": step.line, "column": step.column, "message": whole(step.message)}
