"""Writes what an audit found where it is wanted, and tells the exit status that goes with it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from scanner.audit.database.reading import Reader
from scanner.audit.document import document
from scanner.audit.mirrors import Mirrors
from scanner.audit.reports.formats import write_report
from scanner.audit.revealed import Revealed
from strongroom.kernel.errors import ExitCode, UsageError
from strongroom.kernel.files import opened_atomic
from strongroom.kernel.record import Record

Document = Mapping[str, Any]


class Wish(Record):
    """Which report is wanted, and where."""

    form: str
    output: str | None
    show_secrets: bool
    mirrors: str | None

    def check(self) -> None:
        """Raise `UsageError` for what does not go together."""
        if self.show_secrets and (self.output is not None or self.form != "json"):
            raise UsageError("--show-secrets writes json to standard output only", hint="-f json, without --output")
        if self.form == "html" and self.output is None and sys.stdout.isatty():
            raise UsageError("an HTML report is not for a terminal", hint="name a file: -o audit.html")


def write(reader: Reader, wish: Wish) -> Document:
    """Write the report of an audit to a file, whole or not at all, or to standard output; return its document.

    SARIF goes into a folder, a file for each repository, where one is named. Raises `UsageError`.
    """
    wish.check()
    with Revealed(_places(wish.mirrors)) if wish.show_secrets else nullcontext() as revealed:
        report = document(reader, revealed)
        _write(report, wish.form, wish.output)
    return report


def _places(mirrors: str | None) -> Callable[[str], str]:
    kept = Mirrors(Path(mirrors) if mirrors else default_mirrors())
    return lambda location: location if location.startswith("/") else str(kept.place_of(location))


def default_mirrors() -> Path:
    """Return the folder of clones, after the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "strongroom" / "mirrors"


def _write(report: Document, form: str, output: str | None) -> None:
    if form == "sarif" and output is not None and (output.endswith(os.sep) or Path(output).is_dir()):
        from scanner.audit.reports.sarif import write_sarif_folder

        write_sarif_folder(report, Path(output))
        return
    with _stream(output) as stream:
        write_report(form, report, stream, color=output is None and _colorful(sys.stdout))


def write_trend(trend: Sequence[Mapping[str, Any]], form: str, output: str | None) -> None:
    """Write what every audit saw. Raises `UsageError`."""
    from scanner.audit.reports.trend import write_trend as written

    with _stream(output) as stream:
        written(trend, stream, form)


def write_diff(changes: Mapping[str, Any], form: str, output: str | None) -> None:
    """Write what changed between two audits. Raises `UsageError`."""
    from scanner.audit.reports.diff import write_diff as written

    with _stream(output) as stream:
        written(changes, stream, form)


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
