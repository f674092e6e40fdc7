"""The `sarif` report: SARIF 2.1.0 as GitHub's code scanning takes it in, without any text of the value's line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO
from urllib.parse import quote

from scanner.model import Evidence, Finding, FlowStep, ScanError, ScanResult, Severity, SuppressedBy
from scanner.reports.programs import ADVICE, TOOL_URI, ReportedRule, explanation, reported_rules
from scanner.reports.summary import ordinals, value_text
from scanner.rulebook.model import Rule
from strongroom import __version__
from strongroom.kernel.inert import inert

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# GitHub: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_UNREAD = "input-not-read"
_UNREAD_KIND = {
    "id": _UNREAD,
    "name": "InputNotRead",
    "shortDescription": {"text": "Input not read."},
    "fullDescription": {"text": "An input could not be read, or only in part: what it holds is not known."},
    "help": {"text": "Make the input readable and scan again."},
}
_MARKUP = re.compile(r"([\\\[\]])")


def write_sarif(result: ScanResult, stream: TextIO, *, show_secrets: bool = False, rules: Sequence[Rule] = ()) -> None:
    """Write `result` to `stream` as SARIF. Suppressed findings carry a suppression, unread input is a notification.

    Fields are those of GitHub's page "SARIF support for code scanning"; `rules` describe what was looked for.
    """
    reported = reported_rules(result.findings, rules)
    places = {rule_id: index for index, rule_id in enumerate(reported)}
    results = [
        _result(finding, places[finding.rule_id], ordinal, show_secrets=show_secrets)
        for finding, ordinal in zip(result.findings, ordinals(result.findings), strict=True)
    ]
    run = {
        "tool": {"driver": _driver(reported.values())},
        "automationDetails": {"id": "strongroom/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*map(_unread, result.errors)]}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    json.dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, stream, indent=2, allow_nan=False)
    stream.write("\n")


def artifact_uri(path: str) -> str:
    """Return `path` as a relative URI reference (RFC 3986): its very bytes, percent-encoded where they must be.

    `!` stays, so that a member of an archive reads `outer!inner`; `:` does not, or a first segment were a scheme.
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/!")


def _driver(reported: Iterable[ReportedRule]) -> dict[str, Any]:
    return {
        "name": "Strongroom",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": TOOL_URI,
        "rules": [_rule(rule) for rule in reported],
        "notifications": [_UNREAD_KIND],
    }


def _rule(rule: ReportedRule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": f"{rule.name} in source."},
        "fullDescription": {"text": rule.description},
        "help": {"text": f"{rule.description}\n{ADVICE}", "markdown": _help(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security"],
            "precision": rule.confidence.value,
            "security-severity": _SCORES[rule.severity],
        },
    }
    if rule.references:
        described["helpUri"] = rule.references[0]
    return described


def _help(rule: ReportedRule) -> str:
    links = [f"- <{reference}>" for reference in rule.references]
    return "\n".join([f"**{rule.name}**", "", rule.description, "", ADVICE, "", *links]).rstrip()


def _result(finding: Finding, rule_index: int, ordinal: int, *, show_secrets: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"confidence": finding.confidence.value, "preview": finding.preview}
    if finding.verified is not None:
        properties["verified"] = finding.verified
    if show_secrets:
        properties["secret"] = value_text(finding, show_secrets=True)
    record: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(f"{finding.rule_name} in source. {explanation(finding)}")},
        "locations": [{"physicalLocation": {**_artifact(finding.path), "region": _region(finding)}}],
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


def _message(text: str) -> str:
    """Return `text` free of links and placeholders (SARIF 2.1.0, sections 3.11.5 and 3.11.6)."""
    return _MARKUP.sub(r"\\\1", text).replace("{", "{{").replace("}", "}}")


def _artifact(path: str) -> dict[str, Any]:
    return {"artifactLocation": {"uri": artifact_uri(path)}}


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
        "physicalLocation": {**_artifact(step.path), "region": region},
        "message": {"text": _message(inert(step.message))},
    }


def _suppression(by: SuppressedBy) -> dict[str, str]:
    kind = "inSource" if by is SuppressedBy.INLINE else "external"
    return {"kind": kind, "status": "accepted", "justification": f"Accepted by {by.value}."}


def _unread(error: ScanError) -> dict[str, Any]:
    return {
        "descriptor": {"id": _UNREAD, "index": 0},
        "level": "warning",
        "message": {"text": _message(f"Not read: {inert(error.message)}.")},
        "locations": [{"physicalLocation": _artifact(error.path)}],
    }
