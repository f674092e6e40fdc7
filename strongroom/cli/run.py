"""`strongroom run -- CMD`: runs a command with temporary credentials for just the secrets its repository names."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import click

from strongroom.cli.connection import Connection, connected, vault_options
from strongroom.cli.project import ProjectSecret, project_secrets
from strongroom.cli.references import env_file, holds_references, resolve
from strongroom.kernel.errors import UsageError

SECONDS = 129_600
_DROPPED = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
)
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")
_FROM_KEYBOARD = ("SIGINT", "SIGQUIT")


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  strongroom run -- flask --app shop run
  strongroom run -- python manage.py runserver
  strongroom run --env-file prod.env -- ./server

The exit status is the command's own; 127 when it is not found, 126 when it cannot be run.""",
)
@click.option(
    "--env-file", "env_files", type=click.Path(path_type=Path, dir_okay=False), multiple=True, help="More variables."
)
@vault_options
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND [ARG]...", required=True)
def command(
    env_files: tuple[Path, ...], vault_name: str | None, data_dir: Path | None, arguments: tuple[str, ...]
) -> int:
    """Run a command with the vault reachable, and only its own secrets readable.

    References like {{resolve:secretsmanager:NAME:SecretString:FIELD}} in the environment and in --env-file
    are resolved for the command alone.
    """
    secrets = project_secrets()
    variables = {**os.environ, **{name: text for path in env_files for name, text in env_file(path).items()}}
    if not secrets and not holds_references(variables):
        raise UsageError("no .strongroom/secrets.json here or above", hint="`strongroom fix` writes it")
    with ExitStack() as stack:
        connection = stack.enter_context(connected(vault_name, data_dir))
        variables |= resolve(variables, connection.client("secretsmanager"))
        environment = with_credentials(stack, connection, secrets, variables) if secrets else variables
        status = _run(arguments, environment)
    return _leave_as(status)


def with_credentials(
    stack: ExitStack, connection: Connection, secrets: Sequence[ProjectSecret], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return a child's environment: `variables` without other AWS identities, with one that may read `secrets`.

    It lasts as long as `stack`. Raises what botocore raises where the store gives no temporary credentials.
    """
    from remediation.policy import reading_policy

    sts = connection.client("sts")
    names = [secret.name for secret in secrets]
    keys = _keys(connection.client("secretsmanager"), secrets)
    policy = reading_policy(names, keys, describing=any(secret.describes for secret in secrets))
    made = sts.get_federation_token(Name="strongroom-run", Policy=policy, DurationSeconds=SECONDS)
    credentials = made["Credentials"]
    added = {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_REGION": sts.meta.region_name,
        "AWS_DEFAULT_REGION": sts.meta.region_name,
    }
    endpoint = connection.endpoint_url
    if connection.vault is not None:
        from vault.api.server import bind

        endpoint = stack.enter_context(connection.vault.serving(bind("127.0.0.1:0")))
    if endpoint:
        added["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = endpoint
    kept = {name: value for name, value in variables.items() if name not in _DROPPED}
    return kept | added


def _keys(client: Any, secrets: Sequence[ProjectSecret]) -> list[str]:
    """Return the customers' KMS keys that open the secrets; whoever may not ask is told so when reading."""
    from botocore.exceptions import ClientError

    keys: set[str] = set()
    for secret in secrets:
        with suppress(ClientError):
            versions = client.list_secret_version_ids(SecretId=secret.name)["Versions"]
            keys.update(key for version in versions for key in version.get("KmsKeyIds", ()))
    return sorted(key for key in keys if key.startswith("arn:"))


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the child, pass signals on, return its status (negative: the signal that ended it)."""
    import subprocess

    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: object) -> None:
        if child is None:
            early.append(number)
        elif child.poll() is None and not (_typed(number) and _in_foreground()):
            child.send_signal(number)

    # Before the child is started: a signal in between would end us and leave the child to itself.
    for number in (getattr(signal, name) for name in (*_FORWARDED, *_FROM_KEYBOARD)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, forward)
    try:
        child = subprocess.Popen(list(arguments), env=dict(environment))
    except FileNotFoundError:
        click.echo(f"error: {arguments[0]}: command not found", err=True)
        return 127
    except PermissionError:
        click.echo(f"error: {arguments[0]}: permission denied", err=True)
        return 126
    for number in early:
        forward(number, None)
    return child.wait()


def _typed(number: int) -> bool:
    return signal.Signals(number).name in _FROM_KEYBOARD


def _in_foreground() -> bool:
    """Tell whether the terminal itself has sent the signal to the child already, being of the same group."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


def _leave_as(status: int) -> int:
    """Return the child's status, or end by the signal that ended it."""
    if status >= 0:
        return status
    sys.stdout.flush()
    if -status != signal.SIGKILL:
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    return 128 - status
