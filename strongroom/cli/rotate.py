"""`strongroom rotate`: make values stop working, now or on a schedule, and see what has happened."""

from __future__ import annotations

from pathlib import Path

import click

from strongroom.cli.about import each_of
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
  strongroom rotate now --merged       those that hold a leaked value whose fix is merged: run it once it is deployed
  strongroom rotate now --due          what is due, for a timer where no server runs"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--strategy", help="Attach this rotation first: generated-single, postgres-single, ...")
@click.option("--due", is_flag=True, help="Whatever is due in the embedded vault, as a server would.")
@click.option("--merged", is_flag=True, help="Leaked values that HEAD of this repository reads from the vault by now.")
@vault_options
def now(
    names: tuple[str, ...], strategy: str | None, due: bool, merged: bool, vault_name: str | None, data_dir: Path | None
) -> None:
    """Rotate secrets at once: the four steps, then the old value is refused."""
    if due or merged:
        if names or strategy or (due and merged):
            raise UsageError(f"{'--due' if due else '--merged'} stands alone: it finds the secrets by itself")
        with connected(vault_name, data_dir, telling=True) as connection:
            _rotate_due(connection) if due else _rotate_merged(connection)
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
        each_of(names, lambda name: _tested(name, try_out(connection, name)))


def rotate_all(connection: Connection, names: tuple[str, ...], strategy: str | None) -> None:
    """Rotate each of `names`, saying how each went. Raises `CheckFailed` where one did not finish."""
    each_of(names, lambda name: _rotate(connection, name, strategy))


def _rotate(connection: Connection, name: str, strategy: str | None) -> None:
    from strongroom.cli.rotation_start import rotate
    from strongroom.cli.rotation_view import views

    reason = rotate(connection, name, strategy)
    if reason:
        raise CheckFailed(f"{name}: {reason}", hint="the current value still stands; the next attempt resumes")
    click.echo(f"rotated  {name}")
    for view in views(connection.client("secretsmanager"), [name]):
        if view.leak:
            click.echo(f"         leaked value: {view.leak}")


def _rotate_merged(connection: Connection) -> None:
    from strongroom.cli.rotate_merged import merged_project, settled
    from strongroom.kernel.clock import utc_now

    project = merged_project(Path.cwd())
    for name, branch in project.waiting:
        click.echo(f"waits    {name}: its fix is not merged ({branch})")

    def rotate_unless_settled(name: str) -> None:
        reason = settled(connection, name, utc_now())
        if reason:
            click.echo(f"left     {name}: {reason}")
        else:
            _rotate(connection, name, None)

    names = [secret.name for secret in project.secrets if secret.rotation]
    if not names and not project.waiting:
        click.echo("HEAD reads no secret that rotates")
    each_of(names, rotate_unless_settled)


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


def _tested(name: str, reason: str) -> None:
    if reason:
        raise CheckFailed(f"{name}: {reason}", hint="the current value and the schedule stand as they were")
    click.echo(f"works    {name}")
