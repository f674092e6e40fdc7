"""`strongroom scan`: finds hardcoded credentials in the working tree, the index, or standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from scanner.config import ScanConfig
    from scanner.items import Source
    from scanner.model import ScanResult
    from scanner.reports.formats import ReportOptions
    from scanner.rulebook.model import RuleBook

FORMATS = ("text", "json", "jsonl", "sarif", "gitlab", "junit", "csv", "markdown", "html", "github")


@click.command(
    epilog="""\b
Examples:
  strongroom scan                      the repository you stand in
  strongroom scan --staged             what the next commit would add
  strongroom scan -f json -o r.json    a report for other tools
  git show HEAD:app.py | strongroom scan -

Exit status: 0 nothing, 1 findings, 2 usage, 3 some input unreadable and nothing found."""
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="Look at what the index adds to HEAD.")
@click.option("-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Settings file [strongroom.toml].")
@click.option("--rules", "rule_paths", type=click.Path(path_type=Path), multiple=True, help="More rules (repeatable).")
@click.option("--min-confidence", type=click.Choice(("low", "medium", "high")), help="Report from here up [medium].")
@click.option("--analysis", type=click.Choice(("auto", "off")), help="Program analysis [auto].")
@click.option("--show-secrets", is_flag=True, help="Show values instead of redacting them.")
@click.option("--explain", is_flag=True, help="Also what was dropped, and why.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), help="Threads that read [as many as processors, at most 4].")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
def command(
    paths: tuple[str, ...],
    staged: bool,
    form: str,
    output: Path | None,
    config_file: Path | None,
    rule_paths: tuple[Path, ...],
    min_confidence: str | None,
    analysis: str | None,
    show_secrets: bool,
    explain: bool,
    jobs: int | None,
    exit_zero: bool,
) -> int:
    """Find hardcoded credentials."""
    from scanner.pipeline import scan
    from scanner.rulebook.loader import load_rulebook

    config = _config(paths, config_file, min_confidence, analysis, explain)
    book = load_rulebook(rule_paths)
    result = scan(_source(paths, staged), book, config, jobs=jobs or min(4, os.cpu_count() or 1))
    if show_secrets and output is not None:
        raise UsageError("--show-secrets writes to standard output only", hint="leave --output away")
    _write(result, form, output, _options(book, show_secrets=show_secrets, explain=explain))
    for error in result.errors:
        click.echo(f"warning: {error.path}: {error.message}", err=True)
    return exit_status(result, exit_zero=exit_zero)


def exit_status(result: ScanResult, *, exit_zero: bool = False) -> int:
    """Return 1 for findings that nothing suppresses, 3 for unread input and no findings, else 0."""
    if result.open_findings:
        return ExitCode.OK if exit_zero else ExitCode.FOUND
    return ExitCode.PARTIAL if result.errors else ExitCode.OK


def _config(
    paths: tuple[str, ...], file: Path | None, min_confidence: str | None, analysis: str | None, explain: bool
) -> ScanConfig:
    from dataclasses import replace

    from scanner.config import Analysis, load_config
    from scanner.model import Confidence

    config = load_config(_root(paths), file)
    if min_confidence:
        config = replace(config, min_confidence=Confidence(min_confidence))
    if analysis:
        config = replace(config, analysis=Analysis(analysis))
    return replace(config, explain=True) if explain else config


def _root(paths: tuple[str, ...]) -> Path:
    """Return the folder whose settings apply: the git top level above the first path, else that folder."""
    first = Path(paths[0]).resolve() if paths and paths[0] != "-" else Path.cwd()
    folder = first if first.is_dir() else first.parent
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def _source(paths: tuple[str, ...], staged: bool) -> Source:
    from scanner.sources import open_source, open_stdin

    if "-" in paths:
        if len(paths) > 1 or staged:
            raise UsageError("- (standard input) stands alone")
        return open_stdin(sys.stdin.buffer)
    return open_source([Path(path) for path in paths] or [Path()], staged=staged)


def _options(book: RuleBook, *, show_secrets: bool, explain: bool) -> ReportOptions:
    from scanner.reports.formats import ReportOptions
    from strongroom.kernel.clock import utc_now

    return ReportOptions(show_secrets=show_secrets, explain=explain, rules=book.rules, finished=utc_now())


def _write(result: ScanResult, form: str, output: Path | None, options: ReportOptions) -> None:
    from dataclasses import replace

    from scanner.reports.formats import write_report

    if output is None:
        write_report(form, result, sys.stdout, replace(options, color=_color(sys.stdout)))
        return
    import io

    from strongroom.kernel.files import write_atomic

    text = io.StringIO()
    write_report(form, result, text, options)
    write_atomic(output, text.getvalue().encode("utf-8", "surrogateescape"))


def _color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()
