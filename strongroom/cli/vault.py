"""`strongroom vault`: the store from a shell. Values come from standard input or a file, never from an argument."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, embedded_place, replicate_now, root_key_option, vault_options
from strongroom.cli.vault_account import account
from strongroom.cli.vault_alarm import alarm
from strongroom.cli.vault_backup import backup, restore_backup
from strongroom.cli.vault_copy import copy
from strongroom.cli.vault_explain import explain
from strongroom.cli.vault_iam import iam
from strongroom.cli.vault_key import key
from strongroom.cli.vault_login import login
from strongroom.cli.vault_manage import policy, tag, update
from strongroom.cli.vault_region import region, replicate
from strongroom.cli.vault_seal import new_keeper, rekey, share_options
from strongroom.cli.vault_serving import seal, unseal
from strongroom.cli.vault_trail import trail, verify
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from strongroom.kernel.secretvalue import SecretValue
    from vault.initialise import AccessKey, Invitation, NewStore


@click.group(
    epilog="""\b
Examples:
  strongroom vault init
  printf %s "$VALUE" | strongroom vault create app/db
  strongroom vault get app/db | my-tool --password-stdin"""
)
def command() -> None:
    """The secret store from a shell."""


for subcommand in (
    account, alarm, backup, copy, explain, iam, key, login, policy, region, rekey, replicate, restore_backup, seal, tag,
    trail, unseal, update, verify,
):  # fmt: skip
    command.add_command(subcommand)


@command.command(epilog="Example: strongroom vault init --data-dir ./vault --format json")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder to make the vault in.")
@click.option("--account-id", help="Twelve digits. [123456789012, or that of the deployment it joins]")
@click.option(
    "--region",
    "regions",
    multiple=True,
    default=("us-east-1",),
    show_default=True,
    help="Repeatable; each has a database of its own.",
)
@click.option(
    "--join",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Invitation of a deployment that these regions become part of (`vault region invite`).",
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@root_key_option
@share_options
def init(
    data_dir: Path | None,
    account_id: str | None,
    regions: tuple[str, ...],
    join: Path | None,
    form: str,
    shares: int,
    threshold: int,
) -> None:
    """Make the store and its administrator; the access key is shown once.

    STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY choose it. Regions that join a deployment are
    enabled by its home region: strongroom vault region enable.
    """
    from strongroom.kernel.clock import utc_now
    from vault.config import DEFAULT_ACCOUNT, DEFAULT_LISTEN
    from vault.initialise import Invitation, initialise

    joins = None if join is None else Invitation.load(join)
    account_id = account_id or (joins.account_id if joins is not None else DEFAULT_ACCOUNT)
    place = embedded_place(data_dir)
    keeper = new_keeper(place.root_key_setting, place.path, shares, threshold)
    administrator = initialise(place, new_store(account_id, regions, joins), utc_now(), keeper)
    show_administrator(administrator, form, f"http://{DEFAULT_LISTEN}")
    click.echo(f"vault made in {place.path}", err=True)


def new_store(account_id: str, regions: tuple[str, ...], joins: Invitation | None = None) -> NewStore:
    """Return what a store is made with, the administrator's key taken from the environment where it is set."""
    from vault.initialise import NewStore

    key_id, secret = given_root_key()
    return NewStore(account_id=account_id, regions=regions, root_key_id=key_id, root_secret=secret, joins=joins)


def given_root_key() -> tuple[str | None, SecretValue | None]:
    """Return the root's access key that the environment chooses, two times None where it does not."""
    from strongroom.kernel.secretvalue import SecretValue

    secret = os.environ.get("STRONGROOM_ROOT_SECRET_ACCESS_KEY")
    key_id = os.environ.get("STRONGROOM_ROOT_ACCESS_KEY_ID")
    if (secret is None) != (key_id is None):
        raise UsageError("STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY go together")
    return key_id, None if secret is None else SecretValue(secret)


def show_administrator(key: AccessKey, form: str, endpoint_url: str) -> None:
    """Print the administrator's access key, this once."""
    shown = {**key.to_json(), "endpoint_url": endpoint_url}
    if form == "json":
        click.echo(json.dumps(shown))
        return
    for name, text in shown.items():
        click.echo(f"{name}: {text}")


@command.command(epilog="Example: printf %s \"$VALUE\" | strongroom vault create app/db --description 'orders'")
@click.argument("name")
@click.option("--description", default="")
@click.option("--kms-key", help="Seal it under this key: id, ARN or alias.")
@click.option("--replica", "replicas", multiple=True, metavar="REGION", help="Replicate it there. Repeatable.")
@click.option("--value-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="[standard input]")
@vault_options
def create(
    name: str,
    description: str,
    kms_key: str | None,
    replicas: tuple[str, ...],
    value_file: Path | None,
    vault_name: str | None,
    data_dir: Path | None,
) -> None:
    """Create a secret."""
    value = _read_value(value_file)
    with connected(vault_name, data_dir) as connection:
        given = {"Description": description, "KmsKeyId": kms_key}
        extra: dict[str, Any] = {member: text for member, text in given.items() if text}
        if replicas:
            extra["AddReplicaRegions"] = [{"Region": each} for each in replicas]
        made = connection.client("secretsmanager").create_secret(Name=name, **_as_parameter(value), **extra)
        replicate_now(connection)
    click.echo(made["ARN"])


@command.command(epilog='Example: printf %s "$VALUE" | strongroom vault put app/db')
@click.argument("name")
@click.option("--value-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="[standard input]")
@vault_options
def put(name: str, value_file: Path | None, vault_name: str | None, data_dir: Path | None) -> None:
    """Store a new version of a secret; it becomes current."""
    value = _read_value(value_file)
    with connected(vault_name, data_dir) as connection:
        made = connection.client("secretsmanager").put_secret_value(SecretId=name, **_as_parameter(value))
        replicate_now(connection)
    click.echo(made["VersionId"])


@command.command(epilog="Example: strongroom vault get app/db --reveal")
@click.argument("name")
@click.option("--stage", default="AWSCURRENT", show_default=True)
@click.option("--reveal", is_flag=True, help="Show the value on a terminal, too.")
@vault_options
def get(name: str, stage: str, reveal: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Print a value, raw into a pipe; on a terminal it is masked unless --reveal."""
    with connected(vault_name, data_dir) as connection:
        found = connection.client("secretsmanager").get_secret_value(SecretId=name, VersionStage=stage)
    data = found["SecretString"].encode() if "SecretString" in found else found["SecretBinary"]
    if sys.stdout.isatty() and not reveal:
        click.echo(f"{'•' * 8}  ({len(data)} bytes; --reveal shows it)")
        return
    sys.stdout.buffer.write(data + (b"\n" if sys.stdout.isatty() else b""))


@command.command("list", epilog="Example: strongroom vault list --format json")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def list_(form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """List secrets; nothing is decrypted."""
    with connected(vault_name, data_dir) as connection:
        pages = connection.client("secretsmanager").get_paginator("list_secrets").paginate()
        entries = [entry for page in pages for entry in page["SecretList"]]
    if form == "json":
        click.echo(_json(entries))
        return
    for entry in entries:
        click.echo(f"{entry['Name']}  changed {entry['LastChangedDate']:%Y-%m-%d %H:%M}")


@command.command(epilog="Example: strongroom vault describe app/db")
@click.argument("name")
@vault_options
def describe(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Show what is known of a secret, but its value."""
    with connected(vault_name, data_dir) as connection:
        found = connection.client("secretsmanager").describe_secret(SecretId=name)
    found.pop("ResponseMetadata", None)
    click.echo(_json(found))


@command.command(epilog="Example: strongroom vault delete app/old --recovery-window 7")
@click.argument("name")
@click.option("--recovery-window", type=click.IntRange(7, 30), default=30, show_default=True, help="Days.")
@vault_options
def delete(name: str, recovery_window: int, vault_name: str | None, data_dir: Path | None) -> None:
    """Mark a secret for deletion; `restore` takes it back within the window."""
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        gone = client.delete_secret(SecretId=name, RecoveryWindowInDays=recovery_window)
    click.echo(f"{gone['Name']} is deleted on {gone['DeletionDate']:%Y-%m-%d}")


@command.command(epilog="Example: strongroom vault restore app/old")
@click.argument("name")
@vault_options
def restore(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Take a secret back from deletion."""
    with connected(vault_name, data_dir) as connection:
        click.echo(connection.client("secretsmanager").restore_secret(SecretId=name)["Name"])


@command.command("random-password", epilog="Example: strongroom vault random-password --length 40")
@click.option("--length", type=click.IntRange(1, 4096), default=32, show_default=True)
@click.option("--exclude", default="", help="Characters to leave out.")
@vault_options
def random_password(length: int, exclude: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Print a random password."""
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        made = client.get_random_password(PasswordLength=length, ExcludeCharacters=exclude)
    click.echo(made["RandomPassword"])


def _read_value(file: Path | None) -> SecretValue:
    from strongroom.kernel.secretvalue import SecretValue

    if file is not None:
        data = file.read_bytes()
    elif sys.stdin.isatty():
        data = click.prompt("value", hide_input=True, err=True).encode()
    else:
        data = sys.stdin.buffer.read()
    if not data:
        raise UsageError("the value is empty", hint="give it on standard input or with --value-file")
    return SecretValue(data)


def _as_parameter(value: SecretValue) -> dict[str, Any]:
    return {"SecretString": value.reveal_text()} if value.is_text else {"SecretBinary": value.reveal()}


def _json(content: Any) -> str:
    return json.dumps(content, default=lambda moment: moment.isoformat(), indent=2)
