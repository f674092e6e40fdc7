"""`strongroom rotate`: make values stop working, now, and see what has happened."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import click

from strongroom.cli.connection import Connection, connected, vault_options
from strongroom.cli.project import project_secrets
from strongroom.kernel.errors import CheckFailed, UsageError

REMOTE_SECONDS = 120
_PENDING = "AWSPENDING"
_CURRENT = "AWSCURRENT"


@click.group(
    epilog="""\b
Examples:
  strongroom rotate now app/db
  strongroom rotate now app/session-key --strategy generated-single
  strongroom rotate status"""
)
def command() -> None:
    """Make leaked values stop working."""


@command.command(
    epilog="""\b
Examples:
  strongroom rotate now app/db         one secret
  strongroom rotate now                every secret of this repository that has rotation"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--strategy", help="Attach this rotation first: postgres-single, mysql-alternating, …")
@vault_options
def now(names: tuple[str, ...], strategy: str | None, vault_name: str | None, data_dir: Path | None) -> None:
    """Rotate secrets at once: the four steps, then the old value is refused."""
    chosen = names or tuple(each.name for each in project_secrets() if each.rotation)
    if not chosen:
        raise UsageError("no secret named, and none with rotation in .strongroom/secrets.json", hint="name one")
    with connected(vault_name, data_dir) as connection:
        rotate_all(connection, chosen, strategy)


@command.command(epilog="Example: strongroom rotate status")
@vault_options
def status(vault_name: str | None, data_dir: Path | None) -> None:
    """Show which secrets rotate, when they last did, and when they next will."""
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        entries = [entry for page in client.get_paginator("list_secrets").paginate() for entry in page["SecretList"]]
    rows = [entry for entry in entries if "RotationEnabled" in entry]
    if not rows:
        click.echo("no secret has rotation")
    for entry in rows:
        click.echo(f"{entry['Name']}  {_state(entry)}")


def rotate_all(connection: Connection, names: tuple[str, ...], strategy: str | None) -> None:
    """Rotate each of `names`, saying how each went. Raises `CheckFailed` naming those that did not finish."""
    failures = [reason for name in names if (reason := _rotate(connection, name, strategy))]
    if failures:
        raise CheckFailed("; ".join(failures), hint="the current value still stands; the next attempt resumes")


def _state(entry: dict[str, Any]) -> str:
    last, following = entry.get("LastRotatedDate"), entry.get("NextRotationDate")
    enabled = "on" if entry["RotationEnabled"] else "off"
    last_text = f"rotated {last:%Y-%m-%d %H:%M}" if last else "never rotated"
    return f"rotation {enabled}, {last_text}" + (f", next by {following:%Y-%m-%d}" if following else ", by hand")


def _rotate(connection: Connection, name: str, strategy: str | None) -> str:
    """Rotate one secret; return why it failed, or nothing."""
    client = connection.client("secretsmanager")
    token = _start(connection, client, name, strategy)
    reason = _finish_here(connection, name) if connection.vault else _await(client, name, token)
    if reason:
        click.echo(f"failed   {name}: {reason}", err=True)
        return f"{name}: {reason}"
    click.echo(f"rotated  {name}")
    return ""


def _start(connection: Connection, client: Any, name: str, strategy: str | None) -> str:
    token = str(uuid.uuid4())
    chosen = {} if strategy is None else {"RotationLambdaARN": _function(connection, client, name, strategy)}
    try:
        client.rotate_secret(SecretId=name, ClientRequestToken=token, **chosen)
    except client.exceptions.InvalidRequestException as error:
        message = error.response["Error"]["Message"]
        if message.startswith("No Lambda rotation function"):
            raise UsageError(f"{name} has no rotation attached", hint="choose one with --strategy") from None
        if "reattempted" not in message:
            raise
        stages = client.describe_secret(SecretId=name)["VersionIdsToStages"]
        token = next(version for version, labels in stages.items() if _PENDING in labels)
    return token


def _function(connection: Connection, client: Any, name: str, strategy: str) -> str:
    from vault.rotation.functions import ROTATORS, function_arn, strategy_named

    if strategy_named(strategy) not in ROTATORS:
        raise UsageError(f"unknown strategy {strategy}", hint=f"one of {', '.join(ROTATORS)}")
    arn = client.describe_secret(SecretId=name)["ARN"].split(":")
    return function_arn(strategy, arn[3], arn[4])


def _finish_here(connection: Connection, name: str) -> str:
    """Have the embedded vault rotate what is due, until it has tried this secret; its replicas are told."""
    assert connection.vault is not None  # noqa: S101 - the caller has looked
    arn = connection.client("secretsmanager").describe_secret(SecretId=name)["ARN"]
    for outcome in connection.vault.rotate():
        if outcome.arn == arn:
            return outcome.error
    return "another process holds this rotation"


def _await(client: Any, name: str, token: str) -> str:
    deadline = time.monotonic() + REMOTE_SECONDS
    while time.monotonic() < deadline:
        if _CURRENT in client.describe_secret(SecretId=name)["VersionIdsToStages"].get(token, []):
            return ""
        time.sleep(0.5)
    return f"not finished after {REMOTE_SECONDS} s; the store goes on trying"
