"""The `sarif` report: SARIF 2.1.0 as GitHub's code scanning takes it in, without any text of the value's line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from scanner.model import ScanResult
from scanner.reports.programs import reported_rules
from scanner.reports.sarif_results import sarif_result
from scanner.reports.sarif_run import SARIF, driver, unread
from scanner.reports.summary import ordinals
from scanner.rulebook.model import Rule


def write_sarif(result: ScanResult, stream: TextIO, *, show_secrets: bool = False, rules: Sequence[Rule] = ()) -> None:
    """Write `result` to `stream` as SARIF. Suppressed findings carry a suppression, unread input is a notification.

    Fields are those of GitHub's page "SARIF support for code scanning"; `rules` describe what was looked for.
    """
    reported = reported_rules(result.findings, rules)
    places = {rule_id: index for index, rule_id in enumerate(reported)}
    results = [
        sarif_result(finding, places[finding.rule_id], ordinal, show_secrets=show_secrets)
        for finding, ordinal in zip(result.findings, ordinals(result.findings), strict=True)
    ]
    run = {
        "tool": {"driver": driver(reported.values())},
        "automationDetails": {"id": "strongroom/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*map(unread, result.errors)]}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    json.dump({**SARIF, "runs": [run]}, stream, indent=2, allow_nan=False)
    stream.write("\n")
