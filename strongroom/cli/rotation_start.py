"""Starts rotations and tests of them and waits for their end: in this process on an embedded vault, else by asking."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from strongroom.cli.connection import Connection
from strongroom.cli.rotation_view import Run, no_rotator_of, runs
from strongroom.kernel.clock import utc_now
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from vault.rotation.attempt import Outcome
    from vault.rotation.rotators.base import Step

REMOTE_SECONDS = 180
_BETWEEN = 0.5
_PENDING = "AWSPENDING"
_MOST_FOLLOWING = 4
"""What may follow one rotation at once: a look at a leaked value, another rotation, another look."""


def rotate(connection: Connection, name: str, strategy: str | None) -> str:
    """Rotate one secret now; return why it failed, or nothing."""
    client = connection.client("secretsmanager")
    token = _begun(connection, client, name, strategy)
    if connection.vault is not None:
        return _worked_here(connection, client.describe_secret(SecretId=name)["ARN"])
    return _waited(connection, client.describe_secret(SecretId=name)["ARN"], token)


def test(connection: Connection, name: str) -> str:
    """Have the function of one secret tested with the current value; return why it failed, or nothing."""
    client, token = connection.client("secretsmanager"), str(uuid.uuid4())
    with explained(name):
        arn = client.rotate_secret(SecretId=name, ClientRequestToken=token, RotateImmediately=False)["ARN"]
    return _worked_here(connection, arn) if connection.vault is not None else _waited(connection, arn, token)


def run_due(connection: Connection) -> list[Outcome]:
    """Do whatever is due in an embedded vault, for whoever has a timer and no server."""
    if connection.vault is None:
        raise UsageError("a server rotates what is due by itself", hint="--due is for the embedded vault")
    with _told(connection):
        return connection.vault.rotate()


def _begun(connection: Connection, client: Any, name: str, strategy: str | None) -> str:
    token = str(uuid.uuid4())
    chosen = {} if strategy is None else {"RotationLambdaARN": _function(client, name, strategy)}
    try:
        with explained(name):
            client.rotate_secret(SecretId=name, ClientRequestToken=token, **chosen)
    except client.exceptions.InvalidRequestException as error:
        if "reattempted" not in error.response["Error"]["Message"]:
            raise
        return _unfinished(client.describe_secret(SecretId=name), strategy, chosen) or token
    return token


def _unfinished(described: Any, strategy: str | None, chosen: dict[str, str]) -> str | None:
    """Return the version that an earlier rotation left pending, which its own function goes on with.

    Raises `UsageError` where another strategy is asked for: the service may know that version's value already.
    """
    from vault.rotation.functions import rotator_of

    stages, attached = described["VersionIdsToStages"], described["RotationLambdaARN"]
    pending = next((version for version, labels in stages.items() if _PENDING in labels), None)
    other = rotator_of(chosen.get("RotationLambdaARN", attached)) != rotator_of(attached)
    if pending is not None and other:
        raise UsageError(
            f"{described['Name']} has an unfinished rotation by {attached}, so {strategy} was not attached",
            hint=f"finish it by `strongroom rotate now`, or give it up: put the right value by `strongroom vault put`, "
            f"or take AWSPENDING off version {pending} by UpdateSecretVersionStage",
        )
    return pending


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Say of a secret without rotation how it gets one."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Message"].startswith("No Lambda rotation function"):
            raise UsageError(
                f"{name} has no rotation attached", hint=f"strongroom rotate now {name} --strategy STRATEGY"
            ) from None
        raise


def _function(client: Any, name: str, strategy: str) -> str:
    from vault.rotation.functions import ROTATORS, function_arn, strategy_named

    chosen = ROTATORS.get(strategy_named(strategy))
    if (chosen is None or chosen.knows_engines) and (reason := no_rotator_of(client, name)):
        raise UsageError(f"{name}: {reason}", hint="--strategy manual-single or webhook-single, or a function of yours")
    if chosen is None:
        raise UsageError(f"unknown strategy {strategy}", hint=f"one of {', '.join(ROTATORS)}")
    arn = client.describe_secret(SecretId=name)["ARN"].split(":")
    return function_arn(strategy, arn[3], arn[4])


def _worked_here(connection: Connection, arn: str) -> str:
    """Have the embedded vault do what is due for one secret, and what that makes due; its replicas are told."""
    assert connection.vault is not None  # noqa: S101 - the caller has looked
    with _told(connection):
        outcomes = connection.vault.rotate(arn)
        for _ in range(_MOST_FOLLOWING):
            if not outcomes or outcomes[-1].error or not (more := connection.vault.rotate(arn)):
                break
            outcomes += more
    return outcomes[0].error if outcomes else "another process holds this rotation"


@contextmanager
def _told(connection: Connection) -> Iterator[None]:
    """Say on a terminal which step of which rotation is under way, from its second second on."""
    begun, shown = time.monotonic(), False

    def stepped(arn: str, step: Step) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() - begun > 1:
            shown = True
            sys.stderr.write(f"{arn.rpartition(':secret:')[2][:-7]}: {step}\x1b[K\r")
            sys.stderr.flush()

    vault = connection.vault
    for region in vault.regions.values() if vault is not None else ():
        region.worker.stepped = stepped
    yield
    if shown:
        sys.stderr.write("\x1b[K")


def _waited(connection: Connection, arn: str, token: str) -> str:
    """Wait for a server to end a rotation; a failed attempt is told at once, though the server goes on trying."""
    cloudtrail, deadline = connection.client("cloudtrail"), time.monotonic() + REMOTE_SECONDS
    begun = time.monotonic()
    while time.monotonic() < deadline:
        found = _run_of(cloudtrail, arn, token)
        if found is not None and found.outcome == "succeeded":
            return ""
        if found is not None and (found.error or found.ended):
            return found.error or found.outcome
        if sys.stderr.isatty() and time.monotonic() - begun > 1:
            sys.stderr.write(f"waiting for the server, {time.monotonic() - begun:.0f} s\x1b[K\r")
            sys.stderr.flush()
        time.sleep(_BETWEEN)
    return f"not finished after {REMOTE_SECONDS} s; the store goes on trying"


def _run_of(cloudtrail: Any, arn: str, token: str) -> Run | None:
    return next((each for each in runs(cloudtrail, arn, utc_now()) if each.version_id == token), None)
