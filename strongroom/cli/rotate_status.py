"""`strongroom rotate status` and `schedule`: how secrets rotate, what was and what comes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, vault_options
from strongroom.kernel.clock import utc_now
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from strongroom.cli.rotation_view import RotationView, Run

_RUNS = 10
_FORM = click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Of the output.",
)


@click.command(
    epilog="""\b
Examples:
  strongroom rotate status               every secret that rotates
  strongroom rotate status app/db        one of them, with its last runs"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_FORM
@vault_options
def status(names: tuple[str, ...], form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Show which secrets rotate, when they last did and next will, and how their last runs went."""
    from strongroom.cli.rotation_view import runs, views

    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        named = {name: views(client, [name]) for name in names}
        found = [view for held in named.values() for view in held] if names else views(client)
        without = list(_without_rotation(client, [name for name, held in named.items() if not held]))
        past = [runs(connection.client("cloudtrail"), view.arn, utc_now())[:_RUNS] if names else [] for view in found]
    for line in without:
        click.echo(line, err=form == "json")
    if form == "json":
        click.echo(
            json.dumps([_told(view, each, bool(names)) for view, each in zip(found, past, strict=True)], indent=2)
        )
        return
    for view, each in zip(found, past, strict=True):
        click.echo(f"{view.name}  {_state(view)}")
        for line in _details(view, each) if names else ():
            click.echo(f"  {line}")
    if not (found or names):
        click.echo("no secret has rotation")


@click.command(
    epilog="""\b
Examples:
  strongroom rotate schedule                                    what is due in the next 30 days
  strongroom rotate schedule app/db --days 30                   30 days after each rotation
  strongroom rotate schedule app/db --expression 'cron(0 8 1 * ? *)' --duration 3h
  strongroom rotate schedule app/db --off"""
)
@click.argument("name", required=False)
@click.option("--expression", metavar="rate(...)|cron(...)", help="When windows open, in UTC, as AWS writes it.")
@click.option(
    "--days", type=click.IntRange(1, 1000), help="So many days after the last rotation; without NAME: how far to look."
)
@click.option("--duration", metavar="HOURS", help="How long a window stays open, such as 3h.")
@click.option("--off", is_flag=True, help="Turn rotation off; function and schedule are kept.")
@_FORM
@vault_options
def schedule(name: str | None, form: str, vault_name: str | None, data_dir: Path | None, **asked: Any) -> None:
    """Show the calendar of rotations, or set when one secret rotates."""
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        if name is None:
            _calendar(client, asked, form)
        elif asked["off"]:
            if asked["expression"] or asked["days"] or asked["duration"]:
                raise UsageError("--off takes no schedule")
            client.cancel_rotate_secret(SecretId=name)
            click.echo(f"{name}  rotation off")
        else:
            _set(client, name, asked)


def _set(client: Any, name: str, asked: dict[str, Any]) -> None:
    from strongroom.cli.rotation_start import explained
    from strongroom.cli.rotation_view import views

    names = {"expression": "ScheduleExpression", "days": "AutomaticallyAfterDays", "duration": "Duration"}
    rules = {member: asked[option] for option, member in names.items() if asked[option] is not None}
    if not rules:
        raise UsageError(f"when is {name} to rotate?", hint="--days 30, --expression 'rate(10 days)' or --off")
    try:
        with explained(name):
            client.rotate_secret(SecretId=name, RotationRules=rules, RotateImmediately=False)
    except client.exceptions.InvalidParameterException as error:
        raise UsageError(error.response["Error"]["Message"]) from None
    for view in views(client, [name]):
        click.echo(f"{view.name}  {_state(view)}")


def _calendar(client: Any, asked: dict[str, Any], form: str) -> None:
    from strongroom.cli.rotation_view import views

    if asked["off"] or asked["expression"] or asked["duration"]:
        raise UsageError("which secret?", hint="strongroom rotate schedule NAME ...")
    until = utc_now() + timedelta(days=asked["days"] or 30)
    due = sorted(
        (opens, closes, view.name) for view in views(client) if view.enabled for opens, closes in view.windows(until)
    )
    if form == "json":
        rows = [{"opens": opens.isoformat(), "closes": closes.isoformat(), "name": name} for opens, closes, name in due]
        click.echo(json.dumps(rows, indent=2))
        return
    for line in _days(due):
        click.echo(line)
    if not due:
        click.echo(f"nothing is due by {until.astimezone():%Y-%m-%d}")


def _days(due: Iterable[tuple[datetime, datetime, str]]) -> Iterable[str]:
    """Yield a line for each window, the day told once."""
    day = ""
    for opens, closes, name in due:
        begins, ends = opens.astimezone(), closes.astimezone()
        shown = f"{begins:%a %Y-%m-%d}"
        yield f"{shown if shown != day else '':14}  {begins:%H:%M} to {ends:%H:%M}  {name}"
        day = shown


def _without_rotation(client: Any, names: list[str]) -> Iterable[str]:
    """Yield what is said of secrets without rotation, those that none could be attached to first."""
    from strongroom.cli.rotation_view import no_rotator_of

    reasons = {name: no_rotator_of(client, name) for name in names}
    yield from (f"{name}: {reason}" for name, reason in reasons.items() if reason)
    others = [name for name, reason in reasons.items() if not reason]
    if others:
        yield f"no rotation: {', '.join(others)}"


def _state(view: RotationView) -> str:
    from strongroom.cli.rotation_view import local

    last = f"rotated {local(view.last_rotated)}" if view.last_rotated else "never rotated"
    following = f"next by {local(view.window_end)}" if view.window_end else "by hand"
    told = [f"rotation {'on' if view.enabled else 'off'}", last, *([following] if view.enabled else [])]
    told += ["under way"] if view.pending else []
    return ", ".join([*told, *([f"leaked value {view.leak}"] if view.leak else [])])


def _details(view: RotationView, past: list[Run]) -> Iterable[str]:
    from strongroom.cli.rotation_view import local

    yield f"strategy  {view.strategy}"
    yield f"schedule  {view.schedule}"
    for run in past:
        when = local(run.started or run.ended or utc_now())
        took = f" in {run.seconds:.0f} s" if run.seconds is not None else ""
        tries = f", {run.attempts} attempts" if run.attempts > 1 else ""
        error = f": {run.error}" if run.error else ""
        yield f"{when}  {run.kind} {run.outcome}{took}{tries}{error}"


def _told(view: RotationView, past: list[Run], detailed: bool) -> dict[str, Any]:
    told = view.to_json()
    return {**told, "runs": [run.to_json() for run in past]} if detailed else told
