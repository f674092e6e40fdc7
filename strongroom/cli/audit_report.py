"""Writes what an audit found where it is wanted, and tells the exit status that goes with it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from scanner.audit.reports.formats import write_report
from strongroom.kernel.errors import ExitCode, UsageError
from strongroom.kernel.files import opened_atomic

Document = Mapping[str, Any]


def write(report: Document, form: str, output: str | None) -> None:
    """Write a document in the format `form` to a file, whole or not at all, or to standard output.

    SARIF goes into a folder, a file for each repository, where one is named. Raises `UsageError`.
    """
    if form == "sarif" and output is not None and (output.endswith(os.sep) or Path(output).is_dir()):
        from scanner.audit.reports.sarif import write_sarif_folder

        write_sarif_folder(report, Path(output))
        return
    with _stream(output) as stream:
        write_report(form, report, stream, color=output is None and _colorful(sys.stdout))


def write_trend(trend: Sequence[Mapping[str, Any]], form: str, output: str | None) -> None:
    """Write what every audit saw. Raises `UsageError`."""
    from scanner.audit.reports import trend as writer

    with _stream(output) as stream:
        writer.write_trend(trend, stream, form)


def write_diff(changes: Mapping[str, Any], form: str, output: str | None) -> None:
    """Write what changed between two audits. Raises `UsageError`."""
    from scanner.audit.reports import diff as writer

    with _stream(output) as stream:
        writer.write_diff(changes, stream, form)


@contextmanager
def _stream(output: str | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with opened_atomic(Path(output)) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", write_through=True, newline="")
            yield text
            text.detach()
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}", hint="name another file with -o") from None


def _colorful(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def exit_status(report: Document, *, exit_zero: bool = False) -> int:
    """Return 1 for findings that nothing suppresses, 3 for what could not be read and no findings, else 0."""
    states = report["overview"]["states"]
    if states["open"] + states["fixed"] + states["rotated"]:
        return ExitCode.OK if exit_zero else ExitCode.FOUND
    return ExitCode.PARTIAL if report["coverage"]["unread"] else ExitCode.OK
