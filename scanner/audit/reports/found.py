"""A finding of an audit's document as the finding of a scan that it was, so that both are shown by the same code."""

from __future__ import annotations

from scanner.audit.reports.document import Entry
from scanner.model import (
    Commit,
    Confidence,
    Evidence,
    EvidenceKind,
    Excerpt,
    Finding,
    FlowStep,
    Region,
    Remediation,
    Severity,
    Span,
    SuppressedBy,
    Verified,
)
from strongroom.kernel.secretvalue import SecretValue

_NOWHERE = Span(start=0, end=0)
_UNKNOWN = SecretValue(b"")
"""A document holds no values."""


def finding_of(entry: Entry) -> Finding:
    """Return the finding that `entry` tells of; its value is empty, its preview is what there is to show."""
    remediation, excerpt = entry["remediation"], entry["excerpt"]
    return Finding(
        **{name: entry[name] for name in ("fingerprint", "secret_id", "rule_id", "rule_name", "path", "preview")},
        severity=Severity(entry["severity"]),
        confidence=Confidence(entry["confidence"]),
        region=Region(**{name: entry[name] for name in ("start_line", "start_column", "end_line", "end_column")}),
        span=_NOWHERE,
        value=_UNKNOWN,
        binding="",
        evidence=tuple(_evidence(reason) for reason in entry["evidence"]),
        remediation=Remediation(**{name: remediation[name] for name in ("fixable", "strategy", "reason")}),
        commit=_commit(entry["commit"]),
        last_commit=_commit(entry.get("last_commit")),
        occurrences=entry.get("occurrences") or 1,
        in_head=entry["in_head"],
        suppressed_by=SuppressedBy(entry["suppressed_by"]) if entry["suppressed_by"] else None,
        verified=Verified(entry["verified"]) if entry["verified"] else None,
        excerpt=Excerpt(before=excerpt["before"], after=excerpt["after"]) if excerpt else None,
    )


def _commit(entry: Entry | None) -> Commit | None:
    if entry is None:
        return None
    return Commit(**{name: entry[name] for name in ("sha", "author", "email", "date", "summary")})


def _evidence(entry: Entry) -> Evidence:
    steps = tuple(_step(step) for step in entry.get("flow") or ())
    return Evidence(kind=EvidenceKind(entry["kind"]), detail=entry["detail"], flow=steps)


def _step(entry: Entry) -> FlowStep:
    return FlowStep(**{name: entry[name] for name in ("path", "line", "column", "message")})
