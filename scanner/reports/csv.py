"""The `csv` report: RFC 4180, one finding a row, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Any, TextIO

from scanner.model import Finding, ScanResult
from scanner.reports.cells import write_rows
from scanner.reports.record import finding_record

_COMMIT = ("sha", "author", "email", "date", "summary")
COLUMNS = (
    *("fingerprint", "secret_id", "rule_id", "rule_name", "severity", "confidence"),
    *("path", "start_line", "start_column", "end_line", "end_column", "preview"),
    *(f"commit_{name}" for name in _COMMIT),
    "in_head",
    *("evidence", "flow", "suppressed_by", "verified"),
    *("remediation_fixable", "remediation_strategy", "remediation_reason"),
    *("occurrences", *(f"last_commit_{name}" for name in _COMMIT)),
)


def write_csv(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write the findings of `result` that nothing suppresses to `stream`, under a header.

    The columns are the fields of `json`, nested ones flattened. A cell that would be a formula starts with `'`.
    """
    columns = (*COLUMNS, "secret") if show_secrets else COLUMNS
    write_rows((finding_row(each, show_secrets=show_secrets) for each in result.open_findings), columns, stream)


def finding_row(finding: Finding, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return the cells of `finding` by column; its value is there only with `show_secrets`."""
    record = finding_record(finding, show_secrets=show_secrets)
    row = {"occurrences": "", **record}
    for field in ("commit", "last_commit"):
        commit = record.get(field) or {}
        row |= {f"{field}_{name}": commit.get(name, "") for name in _COMMIT}
    row |= {f"remediation_{name}": value for name, value in record["remediation"].items()}
    steps = [step for reason in finding.evidence for step in reason.flow]
    row["evidence"] = "; ".join(f"{reason.kind}: {reason.detail}" for reason in finding.evidence)
    row["flow"] = " > ".join(f"{step.path}:{step.line}:{step.column} {step.message}" for step in steps)
    return row
