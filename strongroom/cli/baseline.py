"""`strongroom baseline`: accept what is known, and keep that true."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from strongroom.cli.forge_options import forge_options, request_option
from strongroom.cli.options import ANALYSES, CONFIDENCES
from strongroom.cli.projectbaseline import ProjectBaseline
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from scanner.model import Finding, ScanResult

F = TypeVar("F", bound=Callable[..., Any])


@click.group(
    epilog="""\b
Examples:
  strongroom baseline create                 accept all that stands today
  strongroom baseline update                 drop entries with nothing behind them
  strongroom baseline review                 walk through what is open
  strongroom baseline import .gitleaksignore

The file is .strongroom-baseline.jsonl at the git top level; commit it. `strongroom scan` reads it by itself."""
)
def command() -> None:
    """Accept what is known, so that only what is new is reported."""


def _scan_options(function: F) -> F:
    """Add what every subcommand takes: the place, the file, and how to scan."""
    for option in (
        click.option("--analysis", type=click.Choice(ANALYSES), help="Program analysis [auto]."),
        click.option("--min-confidence", type=click.Choice(CONFIDENCES), help="Findings from here up [medium]."),
        click.option("--rules", "rule_paths", type=click.Path(), multiple=True, help="More rules (repeatable)."),
        click.option("--config", "config_file", type=click.Path(), help="Settings file [strongroom.toml]."),
        click.option("--history", is_flag=True, help="Also what stands in commits only."),
        click.option("--baseline", type=click.Path(dir_okay=False), help="The file [.strongroom-baseline.jsonl]."),
    ):
        function = option(function)
    return function


_PLACE = click.argument("path", required=False, default=".", type=click.Path(exists=True))


@command.command(epilog="Example: strongroom baseline create --reason 'before we had a scanner'")
@_PLACE
@_scan_options
@click.option("--reason", default="", help="Why they are accepted, written into every entry.")
@click.option("--force", is_flag=True, help="Replace a file that is there, its reasons too.")
def create(path: str, reason: str, force: bool, **given: Any) -> int:
    """Accept every finding that stands today."""
    from scanner.baseline.applied import matched
    from scanner.baseline.changes import accepting
    from scanner.baseline.file import new_baseline

    work = ProjectBaseline(path, given)
    if not force and work.file.exists():
        raise UsageError(
            f"{work.name} is there already",
            hint="strongroom baseline update keeps it true; --force replaces it",
        )
    result = work.scanned()
    fresh = new_baseline()
    _without_values(reason, result.findings)
    accepted = accepting(fresh, matched(result.open_findings, fresh).findings, reason=reason)
    work.write(accepted)
    click.echo(f"{_number(len(accepted.entries), 'finding')} accepted in {work.name}")
    return _status(result)


@command.command(epilog="Example: strongroom baseline update --add")
@_PLACE
@_scan_options
@click.option("--add", is_flag=True, help="Also accept every open finding.")
def update(path: str, add: bool, **given: Any) -> int:
    """Drop entries with nothing behind them; reasons stay."""
    from scanner.baseline.changes import updated

    work = ProjectBaseline(path, given)
    baseline = work.read()
    result = work.scanned()
    change = updated(baseline, result, history=work.history, add=add, least=work.least)
    work.write(change.baseline)
    click.echo(f"{change.kept} kept, {change.removed} removed, {change.added} added in {work.name}")
    if change.left:
        click.echo(f"{_number(len(change.left), 'finding')} not accepted; review them, or --add", err=True)
    return _status(result)


@command.command(
    epilog="""\b
Examples:
  strongroom baseline review
  strongroom baseline review --request 7    what people answered "false positive" to on a pull request
  strongroom baseline review --accept 3f9a0c11d2e4 --reason "a value of the test server" """
)
@_PLACE
@_scan_options
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Accept this fingerprint (repeatable).")
@click.option("--reason", default="", help="Why those are accepted.")
@request_option
@forge_options
def review(path: str, accepted: tuple[str, ...], reason: str, request: int | None, **given: Any) -> int:
    """Walk through the open findings, or accept those that are named, or answered on a request."""
    from scanner.baseline.applied import matched
    from scanner.baseline.changes import accepting
    from scanner.baseline.file import new_baseline
    from strongroom.cli.reviewing import chosen, reviewed

    work = ProjectBaseline(path, given)
    if not accepted and request is None and not sys.stdin.isatty():
        raise UsageError(
            "standard input is no terminal, so nothing can be asked",
            hint="strongroom baseline review --accept ID --reason TEXT; strongroom scan shows the ids",
        )
    baseline = work.read() if work.file.exists() else new_baseline()
    result = work.scanned()
    left = [one for one in matched(result.findings, baseline).findings if one.suppressed_by is None]
    if request is not None:
        decided = _answered(path, request, left)
    elif accepted:
        decided = [(finding, reason) for finding in chosen(left, accepted)]
    else:
        decided = reviewed(left, lambda text: _without_values(text, result.findings))
    for finding, why in decided:
        _without_values(why, result.findings)
        baseline = accepting(baseline, [finding], reason=why)
    if decided:
        work.write(baseline)
    click.echo(f"{_number(len(decided), 'finding')} accepted in {work.name}, {len(left) - len(decided)} left")
    return _status(result)


@command.command(
    "import",
    epilog="""\b
Examples:
  strongroom baseline import .secrets.baseline
  strongroom baseline import .gitleaksignore --history
  strongroom baseline import gitleaks-report.json

What another tool accepts is accepted here where it is found here, too.""",
)
@click.argument("file", type=click.Path(dir_okay=False))
@_PLACE
@_scan_options
@click.option("-v", "--verbose", is_flag=True, help="Name what had no match.")
def import_(file: str, path: str, verbose: bool, **given: Any) -> int:
    """Accept what another tool's FILE accepts: .secrets.baseline, .gitleaksignore, a gitleaks report."""
    from scanner.baseline.changes import accepting
    from scanner.baseline.file import new_baseline
    from scanner.baseline.foreign import imported, read_foreign

    work = ProjectBaseline(path, given)
    foreign = read_foreign(file, work.root)
    baseline = work.read() if work.file.exists() else new_baseline()
    result = work.scanned()
    taken = imported(foreign, result.findings)
    known = len(baseline.entries)
    for finding, reason in taken.accepted:
        baseline = accepting(baseline, [finding], reason=reason)
    if taken.accepted:
        work.write(baseline)
    click.echo(f"{len(foreign)} read from {file}, {len(foreign) - len(taken.unmatched)} matched; ", nl=False)
    click.echo(f"{_number(len(baseline.entries) - known, 'entry', 'entries')} added to {work.name}")
    if taken.unmatched:
        click.echo(f"{len(taken.unmatched)} found nothing here{'' if verbose else ' (-v names them)'}", err=True)
    for one in taken.unmatched if verbose else ():
        click.echo(f"no match: {one.place}", err=True)
    return _status(result)


def _answered(path: str, request: int, left: list[Finding]) -> list[tuple[Finding, str]]:
    """Return the findings that were called false positives on a request, with the reasons; none shows a value."""
    from pathlib import Path

    from remediation.git.comments import denied
    from strongroom.cli.review_comments import opened

    with opened(Path(path), request) as reviewed:
        answers = denied(reviewed.commented.threads())
    decided = [(finding, answers[finding.fingerprint]) for finding in left if finding.fingerprint in answers]
    shown = [finding for finding, _ in decided]
    return [(finding, reason if _is_clean(reason, shown) else reason.partition(":")[0]) for finding, reason in decided]


def _without_values(reason: str, findings: tuple[Finding, ...]) -> None:
    """Raise `UsageError` where a reason holds a value that was found: the file is there to be committed."""
    if not _is_clean(reason, findings):
        raise UsageError("the reason holds a value that was found", hint="say why without showing it")


def _is_clean(reason: str, findings: Sequence[Finding]) -> bool:
    values = (one.value.reveal().decode("utf-8", "replace") for one in findings)
    return not any(value and value in reason for value in values)


def _number(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _status(result: ScanResult) -> int:
    return ExitCode.PARTIAL if result.errors else ExitCode.OK
