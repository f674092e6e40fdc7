"""What surrounds the results of a run of SARIF 2.1.0: the tool with its rules, and input that was not read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.model import ScanError
from scanner.reports.programs import ADVICE, TOOL_URI, ReportedRule
from scanner.reports.sarif_results import LEVELS, artifact, message
from strongroom import __version__
from strongroom.kernel.inert import inert

SARIF = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
"""What a file begins with; its `runs` follow."""

# GitHub: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low.
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
_UNREAD = "input-not-read"
_UNREAD_KIND = {
    "id": _UNREAD,
    "name": "InputNotRead",
    "shortDescription": {"text": "Input not read."},
    "fullDescription": {"text": "An input could not be read, or only in part: what it holds is not known."},
    "help": {"text": "Make the input readable and scan again."},
}


def driver(reported: Iterable[ReportedRule]) -> dict[str, Any]:
    """Return the tool's part of a run: its version, and the rules that its results point to by their index."""
    return {
        "name": "Strongroom",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": TOOL_URI,
        "rules": [_rule(rule) for rule in reported],
        "notifications": [_UNREAD_KIND],
    }


def unread(error: ScanError) -> dict[str, Any]:
    """Return the notification that says that an input was not read, and why."""
    return {
        "descriptor": {"id": _UNREAD, "index": 0},
        "level": "warning",
        "message": {"text": message(f"Not read: {inert(error.message)}.")},
        "locations": [{"physicalLocation": artifact(error.path)}],
    }


def _rule(rule: ReportedRule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": f"{rule.name} in source."},
        "fullDescription": {"text": rule.description},
        "help": {"text": f"{rule.description}\n{ADVICE}", "markdown": _help(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
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
