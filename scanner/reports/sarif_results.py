"""A finding as a result of SARIF 2.1.0, with its place, its flow and what accepted it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from scanner.model import Evidence, Finding, FlowStep, Severity, SuppressedBy
from scanner.reports.programs import explanation
from scanner.reports.summary import value_text
from strongroom.kernel.inert import inert

LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_MARKUP = re.compile(r"([\\\[\]])")


def sarif_result(finding: Finding, rule_index: int, ordinal: int, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return `finding` as a result of the rule at `rule_index`, the `ordinal`-th of its fingerprint in its run."""
    properties: dict[str, Any] = {"confidence": finding.confidence.value, "preview": finding.preview}
    if finding.verified is not None:
        properties["verified"] = finding.verified
    if show_secrets:
        properties["secret"] = value_text(finding, show_secrets=True)
    record: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": message(f"{finding.rule_name} in source. {explanation(finding)}")},
        "locations": [{"physicalLocation": {**artifact(finding.path), "region": _region(finding)}}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:{ordinal}",
            "strongroom/v1": finding.fingerprint,
        },
        "properties": properties,
    }
    flows = [_code_flow(reason) for reason in finding.evidence if reason.flow]
    if flows:
        record["codeFlows"] = flows
    # SARIF 2.1.0 section 3.27.23: once one result of a run has the property, all have it.
    record["suppressions"] = [_suppression(finding.suppressed_by)] if finding.suppressed_by else []
    return record


def artifact(path: str) -> dict[str, Any]:
    """Return the part of a location that names a file."""
    return {"artifactLocation": {"uri": artifact_uri(path)}}


def artifact_uri(path: str) -> str:
    """Return `path` as a relative URI reference (RFC 3986): its very bytes, percent-encoded where they must be.

    `!` stays, so that a member of an archive reads `outer!inner`; `:` does not, or a first segment were a scheme.
    """
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # No name of a file, but it may be that of a step or a repository.
        data = path.encode("utf-8", "surrogatepass")
    return quote(data, safe="/!")


def message(text: str) -> str:
    """Return `text` free of links and placeholders (SARIF 2.1.0, sections 3.11.5 and 3.11.6)."""
    return _MARKUP.sub(r"\\\1", text).replace("{", "{{").replace("}", "}}")


def suppression(kind: str, justification: str) -> dict[str, str]:
    """Return what accepts a result; `kind` is `inSource` or `external` (section 3.35.2)."""
    return {"kind": kind, "status": "accepted", "justification": message(justification)}


def _region(finding: Finding) -> dict[str, int]:
    region = finding.region
    return {
        "startLine": region.start_line,
        "startColumn": region.start_column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }


def _code_flow(reason: Evidence) -> dict[str, Any]:
    return {"threadFlows": [{"locations": [{"location": _step(step)} for step in reason.flow]}]}


def _step(step: FlowStep) -> dict[str, Any]:
    region = {"startLine": step.line, "startColumn": step.column}
    return {
        "physicalLocation": {**artifact(step.path), "region": region},
        "message": {"text": message(inert(step.message))},
    }


def _suppression(by: SuppressedBy) -> dict[str, str]:
    return suppression("inSource" if by is SuppressedBy.INLINE else "external", f"Accepted by {by.value}.")
