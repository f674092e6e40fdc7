"""The `markdown` report, for `$GITHUB_STEP_SUMMARY` and the text of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from scanner.model import Finding, ScanResult
from scanner.reports.codespans import code, head, row
from scanner.reports.summary import (
    count,
    coverage,
    fix_command,
    is_active,
    live,
    next_step,
    value_text,
    why,
    worst_first,
)

_HEAD = ("Severity", "Confidence", "Rule", "Place", "Value", "Why", "Fix")
_VERIFIED = "Verified"


def write_markdown(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write the findings of `result` that nothing suppresses to `stream` as GitHub-flavoured Markdown.

    What comes from the repository stands in code spans only: there it is no markup, mention, link or issue.
    """
    shown = result.open_findings
    found = count(shown)
    stream.write(f"## Strongroom: {found}\n\n{coverage(result)}.\n")
    if shown:
        stream.write(f"\nNext: `{next_step(shown)}`\n\n")
        _write_table(shown, stream, show_secrets=show_secrets)
    if result.errors:
        stream.write("\n### Not read\n\n")
    for error in result.errors:
        stream.write(f"- {code(error.path)}: {code(error.message)}\n")


def _write_table(shown: Sequence[Finding], stream: TextIO, *, show_secrets: bool) -> None:
    asked = any(finding.verified is not None for finding in shown)
    columns = (_VERIFIED, *_HEAD) if asked else _HEAD
    stream.write(head(columns))
    for finding in worst_first(shown):
        verified = [_verified(finding)] if asked else []
        stream.write(row([*verified, *_cells(finding, show_secrets=show_secrets)]))


def _cells(finding: Finding, *, show_secrets: bool) -> list[str]:
    region = finding.region
    value = value_text(finding, show_secrets=show_secrets)
    return [
        finding.severity.value,
        finding.confidence.value,
        code(finding.rule_id),
        code(f"{finding.path}:{region.start_line}:{region.start_column}"),
        code(value),
        code(why(finding)),
        code(fix_command(finding) or f"by hand: {finding.remediation.reason}"),
    ]


def _verified(finding: Finding) -> str:
    state = finding.verified.value if finding.verified is not None else ""
    said = live(finding)
    shown = state.upper() if is_active(finding) else state
    return f"{shown} {code(said)}" if said else shown
