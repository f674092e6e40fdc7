"""The `csv` report: RFC 4180, one finding a row, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from typing import Any, TextIO

from scanner.model import Finding, ScanResult
from scanner.reports.record import finding_record
from strongroom.kernel.inert import inert

_COMMIT = ("sha", "author", "email", "date", "summary")
_COLUMNS = (
    *("fingerprint", "secret_id", "rule_id", "rule_name", "severity", "confidence"),
    *("path", "start_line", "start_column", "end_line", "end_column", "preview"),
    *(f"commit_{name}" for name in _COMMIT),
    "in_head",
    *("evidence", "flow", "suppressed_by", "verified"),
    *("remediation_fixable", "remediation_strategy", "remediation_reason"),
    *("occurrences", *(f"last_commit_{name}" for name in _COMMIT)),
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate a cell, full-width forms included (OWASP, "CSV Injection")."""


def write_csv(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write the findings of `result` that nothing suppresses to `stream`, under a header.

    The columns are the fields of `json`, nested ones flattened. A cell that would be a formula starts with `'`.
    """
    # Quotes around every cell keep `;` and tabs inside it, whatever separator a spreadsheet's locale expects.
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    columns = (*_COLUMNS, "secret") if show_secrets else _COLUMNS
    writer.writerow(columns)
    for finding in result.open_findings:
        row = _row(finding, show_secrets=show_secrets)
        writer.writerow([_cell(row[column]) for column in columns])


def _row(finding: Finding, *, show_secrets: bool) -> dict[str, Any]:
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


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = inert(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
