"""The `github` report: workflow commands that GitHub Actions shows as annotations on the changed lines."""

from __future__ import annotations

from typing import TextIO

from scanner.model import Finding, ScanResult, Severity
from scanner.reports.programs import explanation, judgement
from scanner.reports.summary import value_text
from strongroom.kernel.inert import inert

_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def write_github(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write each finding of `result` that nothing suppresses, and each unread input, to `stream` as a command.

    The form is that of GitHub's page "Workflow commands for GitHub Actions".
    """
    for finding in result.open_findings:
        value = value_text(finding, show_secrets=show_secrets)
        text = f"{finding.rule_name} in source ({value}). {explanation(finding)}"
        stream.write(_command(_LEVELS[finding.severity], _properties(finding), text))
    for error in result.errors:
        stream.write(_command("warning", {"file": error.path, "title": "strongroom: not read"}, error.message))


def _properties(finding: Finding) -> dict[str, str]:
    region = finding.region
    place = {"file": finding.path, "line": str(region.start_line), "endLine": str(region.end_line)}
    if region.start_line == region.end_line:
        # Columns of an annotation over several lines are refused.
        place |= {"col": str(region.start_column), "endColumn": str(region.end_column)}
    return place | {"title": f"{finding.rule_id} ({judgement(finding)})"}


def _command(level: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    return inert(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
