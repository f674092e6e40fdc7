"""What the `baseline` commands share: where they look and how, and what a reason may hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from strongroom.cli.options import ANALYSES, CONFIDENCES
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from scanner.model import Finding, ScanResult

F = TypeVar("F", bound=Callable[..., Any])

place = click.argument("path", required=False, default=".", type=click.Path(exists=True))
"""A place in the project."""
file_option = click.option("--baseline", type=click.Path(dir_okay=False), help="The file [.strongroom-baseline.jsonl].")


def scan_options(function: F) -> F:
    """Add what every command takes that scans: the file, and how to scan."""
    for option in (
        click.option("--analysis", type=click.Choice(ANALYSES), help="Program analysis [auto]."),
        click.option("--min-confidence", type=click.Choice(CONFIDENCES), help="Findings from here up [medium]."),
        click.option("--rules", "rule_paths", type=click.Path(), multiple=True, help="More rules (repeatable)."),
        click.option("--config", "config_file", type=click.Path(), help="Settings file [strongroom.toml]."),
        click.option("--history", is_flag=True, help="Also what stands in commits only."),
        file_option,
    ):
        function = option(function)
    return function


def without_values(reason: str, findings: Sequence[Finding]) -> None:
    """Raise `UsageError` where a reason holds a value that was found: the file is there to be committed."""
    if not is_clean(reason, findings):
        raise UsageError("the reason holds a value that was found", hint="say why without showing it")


def is_clean(reason: str, findings: Sequence[Finding]) -> bool:
    """Tell whether a reason shows none of the values that were found."""
    values = (one.value.reveal().decode("utf-8", "replace") for one in findings)
    return not any(value and value in reason for value in values)


def number_of(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def status_of(result: ScanResult) -> int:
    """Return 3 where something could not be read, else 0."""
    return ExitCode.PARTIAL if result.errors else ExitCode.OK
