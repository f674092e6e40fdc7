"""The `jsonl` report: one finding a line, for programs that read as they go."""

from __future__ import annotations

import json
from typing import TextIO

from scanner.model import ScanResult
from scanner.reports.record import finding_record


def write_jsonl(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write each finding of `result` to `stream` as one line of strict JSON."""
    for finding in result.findings:
        record = finding_record(finding, show_secrets=show_secrets)
        # Line separators of Unicode stay escaped, so that every reader sees one line.
        stream.write(json.dumps(record, ensure_ascii=True, allow_nan=False) + "\n")
