"""Writes an audit's report where it is wanted, and tells the exit status that goes with it."""

from __future__ import annotations

import json
import sys

from scanner.audit.document import Document
from strongroom.kernel.errors import ExitCode


def write(report: Document, form: str, output: str | None) -> None:
    """Write a document in the format `form` to a file, or to standard output. Raises `UsageError`."""
    json.dump({k: (list(v) if not isinstance(v, (dict, str)) else v) for k, v in report.items()}, sys.stdout, indent=1)


def exit_status(report: Document, *, exit_zero: bool = False) -> int:
    """Return 1 for findings that nothing suppresses, 3 for what could not be read and no findings, else 0."""
    states = report["overview"]["states"]
    if states["open"] + states["fixed"] + states["rotated"]:
        return ExitCode.OK if exit_zero else ExitCode.FOUND
    return ExitCode.PARTIAL if report["coverage"]["unread"] else ExitCode.OK
