"""`strongroom rotate`: make values stop working, now or on a schedule, and see what has happened."""

from __future__ import annotations

from pathlib import Path

import click

from strongroom.cli.connection import Connection, connected, vault_options
from strongroom.cli.project import project_secrets
from strongroom.cli.rotate_status import schedule, status
from strongroom.kernel.errors import CheckFailed, UsageError


@click.group(
    epilog="""\b
Examples:
  strongroom rotate now app/db
  strongroom rotate now app/session-key --strategy generated-single
  strongroom rotate status app/db
  strongroom rotate schedule"""
)
def command() -> None:
    """Make leaked values stop working."""


command.add_command(status)
command.add_command(schedule)


@command.command(
    epilog="""\b
Examples:
  strongroom rotate now app/db         one secret
  strongroom rotate now                every secret of this repository that has rotation
  strongroom rotate now --due          what is due, for a timer where no server runs"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--strategy", help="Attach this rotation first: generated-single, postgres-single, ...")
@click.option("--due", is_flag=True, help="Whatever is due in the embedded vault, as a server would.")
@vault_options
def now(names: tuple[str, ...], strategy: str | None, due: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Rotate secrets at once: the four steps, then the old value is refused."""
    if due:
        if names or strategy:
            raise UsageError("--due takes no names and no strategy")
        with connected(vault_name, data_dir, telling=True) as connection:
            _rotate_due(connection)
        return
    chosen = names or tuple(each.name for each in project_secrets() if each.rotation)
    if not chosen:
        raise UsageError("no secret named, and none with rotation in .strongroom/secrets.json", hint="name one")
    with connected(vault_name, data_dir) as connection:
        rotate_all(connection, chosen, strategy)


@command.command(epilog="Example: strongroom rotate test app/db")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@vault_options
def test(names: tuple[str, ...], vault_name: str | None, data_dir: Path | None) -> None:
    """Have the rotation function prove that the current value works; nothing is changed."""
    from strongroom.cli.rotation_start import test as try_out

    with connected(vault_name, data_dir) as connection:
        failures = [f"{name}: {reason}" for name in names if (reason := _tested(name, try_out(connection, name)))]
    if failures:
        raise CheckFailed("; ".join(failures), hint="the current value and the schedule stand as they were")


def rotate_all(connection: Connection, names: tuple[str, ...], strategy: str | None) -> None:
    """Rotate each of `names`, saying how each went. Raises `CheckFailed` naming those that did not finish."""
    failures = [reason for name in names if (reason := _rotate(connection, name, strategy))]
    if failures:
        raise CheckFailed("; ".join(failures), hint="the current value still stands; the next attempt resumes")


def _rotate(connection: Connection, name: str, strategy: str | None) -> str:
    """Rotate one secret and say so; return why it failed, or nothing."""
    from strongroom.cli.rotation_start import rotate
    from strongroom.cli.rotation_view import views

    reason = rotate(connection, name, strategy)
    if reason:
        click.echo(f"failed   {name}: {reason}", err=True)
        return f"{name}: {reason}"
    click.echo(f"rotated  {name}")
    for view in views(connection.client("secretsmanager"), [name]):
        if view.leak:
            click.echo(f"         leaked value: {view.leak}")
    return ""


def _rotate_due(connection: Connection) -> None:
    from strongroom.cli.rotation_start import run_due

    outcomes = run_due(connection)
    for outcome in outcomes:
        name = outcome.arn.rpartition(":secret:")[2][:-7]
        click.echo(f"{'failed' if outcome.error else 'done':8} {name}: {outcome.error or outcome.kind.value}")
    if not outcomes:
        click.echo("nothing is due")
    if any(outcome.error for outcome in outcomes):
        raise CheckFailed("some rotations failed", hint="strongroom rotate status NAME tells why")


def _tested(name: str, reason: str) -> str:
    click.echo(f"failed   {name}: {reason}" if reason else f"works    {name}", err=bool(reason))
    return reason
