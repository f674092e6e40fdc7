"""The `gitlab` report: `gl-secret-detection-report.json`, version 15.0.2 of GitLab's secret detection format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO
from uuid import UUID, uuid5

from scanner.model import Finding, ScanResult
from scanner.reports.programs import ADVICE, TOOL_URI, ReportedRule, explanation, reported_rules
from scanner.reports.summary import live, ordinals, value_text
from scanner.rulebook.model import Rule
from strongroom import __version__
from strongroom.kernel.inert import inert, whole

_VERSION = "15.0.2"
_NAMESPACE = UUID("6f4b7c1e-0a53-5d0e-9c55-0f4a3b7f6d21")
"""Ours, so that a finding has the same id in every report."""
_LONGEST_NAME = 255
_NO_COMMIT = "0000000"
"""What GitLab's own analyser writes where a file was read outside of any commit."""


def write_gitlab(
    result: ScanResult,
    stream: TextIO,
    *,
    finished: datetime,
    show_secrets: bool = False,
    rules: Sequence[Rule] = (),
) -> None:
    """Write the findings of `result` that nothing suppresses to `stream`; unread input becomes messages of the scan.

    `finished` is when the scan ended, aware. The format is GitLab's `secret-detection-report-format.json`.
    """
    shown = result.open_findings
    reported = reported_rules(shown, rules)
    document = {
        "version": _VERSION,
        "scan": _scan(result, finished.astimezone(UTC)),
        "vulnerabilities": [
            _vulnerability(finding, ordinal, reported[finding.rule_id], show_secrets=show_secrets)
            for finding, ordinal in zip(shown, ordinals(shown), strict=True)
        ],
    }
    json.dump(document, stream, indent=2, ensure_ascii=False, allow_nan=False)
    stream.write("\n")


def _scan(result: ScanResult, finished: datetime) -> dict[str, Any]:
    tool = {
        "id": "strongroom",
        "name": "Strongroom",
        "url": TOOL_URI,
        "vendor": {"name": "Strongroom"},
        "version": __version__,
    }
    return {
        "analyzer": tool,
        "scanner": tool,
        "type": "secret_detection",
        "start_time": _time(finished - timedelta(seconds=result.stats.seconds)),
        "end_time": _time(finished),
        "status": "success",
        "messages": [
            {"level": "warn", "value": f"Not read: {inert(error.path)}: {inert(error.message)}"}
            for error in result.errors
        ],
    }


def _time(moment: datetime) -> str:
    # The format wants UTC without saying so: a zone is refused.
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _vulnerability(finding: Finding, ordinal: int, rule: ReportedRule, *, show_secrets: bool) -> dict[str, Any]:
    return {
        "id": str(uuid5(_NAMESPACE, f"{finding.fingerprint}:{ordinal}")),
        "category": "secret_detection",
        "name": finding.rule_name[:_LONGEST_NAME],
        "description": rule.description,
        "severity": finding.severity.value.capitalize(),
        "confidence": finding.confidence.value.capitalize(),
        "solution": ADVICE,
        "identifiers": _identifiers(finding),
        "links": [{"url": reference} for reference in rule.references],
        "location": _location(finding),
        "details": _details(finding),
        "raw_source_code_extract": value_text(finding, show_secrets=show_secrets),
    }


def _details(finding: Finding) -> dict[str, Any]:
    details = {"reason": {"type": "text", "name": "Reason", "value": explanation(finding)}}
    if finding.verified is not None:
        details["verified"] = {"type": "text", "name": "Verified", "value": live(finding) or finding.verified.value}
    return details


def _identifiers(finding: Finding) -> list[dict[str, str]]:
    ours = {"type": "strongroom_rule_id", "name": f"Strongroom rule {finding.rule_id}", "value": finding.rule_id}
    weakness = {
        "type": "cwe",
        "name": "CWE-798",
        "value": "798",
        "url": "https://cwe.mitre.org/data/definitions/798.html",
    }
    return [ours, weakness]


def _location(finding: Finding) -> dict[str, Any]:
    commit: dict[str, str] = {"sha": _NO_COMMIT}
    if finding.commit is not None:
        known = finding.commit
        commit = {
            "sha": known.sha,
            "author": whole(known.author),
            "date": whole(known.date),
            "message": whole(known.summary),
        }
    return {
        "file": whole(finding.path),
        "start_line": finding.region.start_line,
        "end_line": finding.region.end_line,
        "commit": commit,
    }
