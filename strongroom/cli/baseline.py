"""`strongroom baseline`: accept what is known, and keep that true."""

from __future__ import annotations

from typing import Any

import click

from strongroom.cli import baseline_labels, baseline_review
from strongroom.cli.baseline_options import number_of, place, scan_options, status_of, without_values
from strongroom.cli.projectbaseline import ProjectBaseline
from strongroom.kernel.errors import UsageError


@click.group(
    epilog="""\b
Examples:
  strongroom baseline create                 accept all that stands today
  strongroom baseline update                 drop entries with nothing behind them
  strongroom baseline review                 walk through what is open
  strongroom baseline labels                 how often each rule was right
  strongroom baseline import .gitleaksignore

The file is .strongroom-baseline.jsonl at the git top level; commit it. `strongroom scan` reads it by itself."""
)
def command() -> None:
    """Accept what is known, so that only what is new is reported."""


command.add_command(baseline_review.command, "review")
command.add_command(baseline_labels.command, "labels")


@command.command(epilog="Example: strongroom baseline create --reason 'before we had a scanner'")
@place
@scan_options
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
    without_values(reason, result.findings)
    accepted = accepting(fresh, matched(result.open_findings, fresh).findings, reason=reason)
    work.write(accepted)
    click.echo(f"{number_of(len(accepted.entries), 'finding')} accepted in {work.name}")
    return status_of(result)


@command.command(epilog="Example: strongroom baseline update --add")
@place
@scan_options
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
    if change.over:
        click.echo(f"{number_of(change.over, 'entry', 'entries')} expired: strongroom baseline review", err=True)
    if change.left:
        click.echo(f"{number_of(len(change.left), 'finding')} not accepted; review them, or --add", err=True)
    return status_of(result)


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
@place
@scan_options
@click.option("-v", "--verbose", is_flag=True, help="Name what had no match.")
def import_(file: str, path: str, verbose: bool, **given: Any) -> int:
    """Accept what another tool's FILE accepts: .secrets.baseline, .gitleaksignore, a gitleaks report."""
    from scanner.baseline.changes import deciding
    from scanner.baseline.file import new_baseline
    from scanner.baseline.foreign import imported, read_foreign

    work = ProjectBaseline(path, given)
    foreign = read_foreign(file, work.root)
    baseline = work.read() if work.file.exists() else new_baseline()
    result = work.scanned()
    taken = imported(foreign, result.findings)
    known = len(baseline.entries)
    baseline = deciding(baseline, taken.accepted)
    if taken.accepted:
        work.write(baseline)
    click.echo(f"{len(foreign)} read from {file}, {len(foreign) - len(taken.unmatched)} matched; ", nl=False)
    click.echo(f"{number_of(len(baseline.entries) - known, 'entry', 'entries')} added to {work.name}")
    if taken.unmatched:
        click.echo(f"{len(taken.unmatched)} found nothing here{'' if verbose else ' (-v names them)'}", err=True)
    for one in taken.unmatched if verbose else ():
        click.echo(f"no match: {one.place}", err=True)
    return status_of(result)
