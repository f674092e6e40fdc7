"""`strongroom baseline labels`: how often each rule was right, as far as people looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.baseline_options import file_option, place
from strongroom.kernel.errors import ExitCode

if TYPE_CHECKING:
    from scanner.baseline.labels import Precision, RuleLabels


@click.command(
    epilog="""\b
Examples:
  strongroom baseline labels
  strongroom baseline labels -f json

Precision is the part of the labelled findings that were credentials. It reads the file alone and scans nothing."""
)
@place
@file_option
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", help="[text]")
def command(path: str, baseline: str | None, form: str) -> int:
    """Count what reviews found, by rule: credentials, and what was none."""
    from scanner.baseline.labels import precision
    from strongroom.cli.projectbaseline import ProjectBaseline

    told = precision(ProjectBaseline(path, {"history": False, "baseline": baseline}).read().entries)
    if form == "json":
        import json

        click.echo(json.dumps(told.record(), indent=2))
    elif not told.by_rule:
        click.echo("no finding is labelled yet; strongroom baseline review labels them")
    else:
        _show(told)
    return ExitCode.OK


def _show(told: Precision) -> None:
    from strongroom.kernel.inert import inert

    names = [inert(rule.rule_id) for rule in told.by_rule]
    width = max(len(name) for name in (*names, "all rules"))
    click.echo(f"{'':{width}}   true  false  precision")
    for name, rule in zip(names, told.by_rule, strict=True):
        _show_one(name, rule, width)
    _show_one("all rules", told, width)


def _show_one(name: str, labels: RuleLabels | Precision, width: int) -> None:
    part = labels.precision
    shown = "" if part is None else f"{part:.0%}"
    click.echo(f"{name:{width}} {labels.true:>6} {labels.false:>6} {shown:>10}")
