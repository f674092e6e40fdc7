"""The `markdown` report, for `$GITHUB_STEP_SUMMARY` and the text of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from scanner.model import Finding, ScanResult
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
from strongroom.kernel.inert import inert

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
        stream.write(f"- {_code(error.path)}: {_code(error.message)}\n")


def _write_table(shown: Sequence[Finding], stream: TextIO, *, show_secrets: bool) -> None:
    asked = any(finding.verified is not None for finding in shown)
    head = (_VERIFIED, *_HEAD) if asked else _HEAD
    stream.write(_line(head) + _line(["---"] * len(head)))
    for finding in worst_first(shown):
        verified = [_verified(finding)] if asked else []
        stream.write(_line([*verified, *_cells(finding, show_secrets=show_secrets)]))


def _cells(finding: Finding, *, show_secrets: bool) -> list[str]:
    region = finding.region
    value = value_text(finding, show_secrets=show_secrets)
    return [
        finding.severity.value,
        finding.confidence.value,
        _code(finding.rule_id),
        _code(f"{finding.path}:{region.start_line}:{region.start_column}"),
        _code(value),
        _code(why(finding)),
        _code(fix_command(finding) or f"by hand: {finding.remediation.reason}"),
    ]


def _verified(finding: Finding) -> str:
    state = finding.verified.value if finding.verified is not None else ""
    said = live(finding)
    shown = state.upper() if is_active(finding) else state
    return f"{shown} {_code(said)}" if said else shown


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    """Return `text` as a code span that cannot be left (CommonMark 0.31 section 6.1) nor split by a table."""
    shown = inert(text).replace("`", "\\x60").replace("|", "\\x7c")
    return f"`{shown}`" if shown.strip() else "` `"
