"""`strongroom vault key`: KMS keys from a shell. A KEY is an id, an ARN or an alias, everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, replicate_now, vault_options
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_ALIAS = "alias/"


@click.group(
    epilog="""\b
Examples:
  strongroom vault key create --alias orders
  strongroom vault update app/db --kms-key alias/orders
  strongroom vault key rotate alias/orders --every 180"""
)
def key() -> None:
    """The KMS keys that secrets are sealed under."""


def _on_one_key(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("name", metavar="KEY")(vault_options(command))


@key.command(
    epilog="""\b
Examples:
  strongroom vault key create --alias orders --description 'Orders, production'
  strongroom vault key create --spec ECC_NIST_P256 --usage SIGN_VERIFY
  strongroom vault key create --multi-region"""
)
@click.option("--description", default="", help="What it is for.")
@click.option("--alias", "alias_name", help="A name for it; `alias/` in front may be left out.")
@click.option("--spec", default="SYMMETRIC_DEFAULT", show_default=True, help="KMS's name of the kind of key.")
@click.option("--usage", help="What it is used for; must be said for all but symmetric keys.")
@click.option("--multi-region", is_flag=True, help="Let it have replicas in other regions.")
@vault_options
def create(
    description: str,
    alias_name: str | None,
    spec: str,
    usage: str | None,
    multi_region: bool,
    vault_name: str | None,
    data_dir: Path | None,
) -> None:
    """Make a key and print its ARN."""
    wanted = {"Description": description, "KeySpec": spec, "MultiRegion": multi_region}
    with connected(vault_name, data_dir) as connection:
        kms = connection.client("kms")
        made = kms.create_key(**wanted, **({"KeyUsage": usage} if usage else {}))["KeyMetadata"]
        if alias_name:
            kms.create_alias(AliasName=_alias(alias_name), TargetKeyId=made["KeyId"])
    click.echo(made["Arn"])


@key.command("list", epilog="Example: strongroom vault key list --format json")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def list_(form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """List keys with their states and aliases."""
    with connected(vault_name, data_dir) as connection:
        kms = connection.client("kms")
        listed = kms.get_paginator("list_keys").paginate().search("Keys")
        entries = [_described(kms, each["KeyId"]) for each in listed]
    if form == "json":
        click.echo(_json(entries))
        return
    for entry in entries:
        click.echo("  ".join([entry["KeyId"], entry["KeyState"], *entry["Aliases"]]))


@key.command(epilog="Example: strongroom vault key describe alias/orders")
@_on_one_key
def describe(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Show what is known of a key: state, aliases, rotation."""
    with _found(vault_name, data_dir, name) as (kms, found):
        shown = _described(kms, found["KeyId"])
        # Other keys have one material for good, and no status.
        symmetric = found["KeySpec"] == "SYMMETRIC_DEFAULT"
        status = kms.get_key_rotation_status(KeyId=found["KeyId"]) if symmetric else {}
    rotation = ("KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate")
    click.echo(_json(shown | {member: status[member] for member in rotation if member in status}))


@key.command(epilog="Example: strongroom vault key enable alias/orders")
@_on_one_key
def enable(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Let a key be used again."""
    with _found(vault_name, data_dir, name) as (kms, found):
        kms.enable_key(KeyId=found["KeyId"])
    click.echo(f"{found['KeyId']} is enabled")


@key.command(epilog="Example: strongroom vault key disable alias/orders")
@_on_one_key
def disable(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Keep a key from being used: what only it opens is unreadable until it is enabled."""
    with _found(vault_name, data_dir, name) as (kms, found):
        kms.disable_key(KeyId=found["KeyId"])
    click.echo(f"{found['KeyId']} is disabled")


@key.command(epilog="Example: strongroom vault key delete alias/old --window 7")
@click.option("--window", type=click.IntRange(7, 30), default=30, show_default=True, help="Days to take it back in.")
@_on_one_key
def delete(window: int, name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Have a key deleted; what only it opens is unreadable at once, and for good when the window is over."""
    with _found(vault_name, data_dir, name) as (kms, found):
        gone = kms.schedule_key_deletion(KeyId=found["KeyId"], PendingWindowInDays=window)
    if "DeletionDate" in gone:
        click.echo(f"{found['KeyId']} is deleted on {gone['DeletionDate']:%Y-%m-%d}")
    else:
        click.echo(f"{found['KeyId']} is deleted {window} days after the last of its replicas")


@key.command(epilog="Example: strongroom vault key restore alias/old")
@_on_one_key
def restore(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Take a key back from deletion; it stays disabled until `enable`."""
    with _found(vault_name, data_dir, name) as (kms, found):
        kms.cancel_key_deletion(KeyId=found["KeyId"])
    click.echo(f"{found['KeyId']} is kept, and disabled")


@key.command(
    epilog="""\b
Examples:
  strongroom vault key rotate alias/orders               now, once
  strongroom vault key rotate alias/orders --every 180   by itself"""
)
@click.option("--every", type=click.IntRange(90, 2560), metavar="DAYS", help="Rotate by itself, every so many days.")
@click.option("--off", is_flag=True, help="Rotate by itself no more.")
@_on_one_key
def rotate(every: int | None, off: bool, name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Give a key fresh material; what older material sealed still opens."""
    if off and every is not None:
        raise UsageError("--every and --off exclude each other")
    with _found(vault_name, data_dir, name) as (kms, found):
        key_id = found["KeyId"]
        if off:
            kms.disable_key_rotation(KeyId=key_id)
            click.echo(f"{key_id} no longer rotates by itself")
        elif every is not None:
            kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=every)
            click.echo(f"{key_id} rotates every {every} days")
        else:
            kms.rotate_key_on_demand(KeyId=key_id)
            click.echo(f"{key_id} has fresh material")


@key.command(
    epilog="""\b
Examples:
  strongroom vault key replicate alias/orders eu-west-1
  strongroom vault key replicate alias/orders eu-west-1 --primary   make the replica there the primary"""
)
@click.argument("name", metavar="KEY")
@click.argument("place", metavar="REGION")
@click.option("--primary", is_flag=True, help="Make the replica there the primary; this key becomes a replica.")
@vault_options
def replicate(name: str, place: str, primary: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Make a replica of a multi-Region key in another region: each opens what the other sealed."""
    with connected(vault_name, data_dir) as connection:
        kms = connection.client("kms")
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        if primary:
            kms.update_primary_region(KeyId=found["KeyId"], PrimaryRegion=place)
        else:
            kms.replicate_key(KeyId=found["KeyId"], ReplicaRegion=place)
        replicate_now(connection)
        told = kms.describe_key(KeyId=found["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    click.echo("  ".join([told["PrimaryKey"]["Region"], *(each["Region"] for each in told["ReplicaKeys"])]))


@key.command(
    epilog="""\b
Examples:
  strongroom vault key alias orders 1234abcd-12ab-34cd-56ef-1234567890ab   make it, or move it there
  strongroom vault key alias orders --remove"""
)
@click.argument("alias_name", metavar="ALIAS")
@click.argument("name", metavar="[KEY]", required=False)
@click.option("--remove", is_flag=True, help="Take the alias off; the key stays.")
@vault_options
def alias(alias_name: str, name: str | None, remove: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Have an alias stand for a key, also where it stands for another; or take it off."""
    if remove == (name is not None):
        raise UsageError("give either a KEY or --remove")
    full = _alias(alias_name)
    with connected(vault_name, data_dir) as connection:
        kms = connection.client("kms")
        if name is None:
            kms.delete_alias(AliasName=full)
            click.echo(f"{full} is gone")
            return
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        listed = kms.get_paginator("list_aliases").paginate().search("Aliases")
        known = any(each["AliasName"] == full for each in listed)
        (kms.update_alias if known else kms.create_alias)(AliasName=full, TargetKeyId=found["KeyId"])
    click.echo(f"{full} stands for {found['KeyId']}")


@contextmanager
def _found(vault_name: str | None, data_dir: Path | None, name: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield a client and what it knows of the key; operations that change a key take no alias themselves."""
    with connected(vault_name, data_dir) as connection:
        kms = connection.client("kms")
        yield kms, kms.describe_key(KeyId=name)["KeyMetadata"]


def _described(kms: Any, key_id: str) -> dict[str, Any]:
    found: dict[str, Any] = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    aliases = kms.get_paginator("list_aliases").paginate(KeyId=key_id).search("Aliases")
    return {**found, "Aliases": [each["AliasName"] for each in aliases]}


def _alias(name: str) -> str:
    return name if name.startswith(_ALIAS) else f"{_ALIAS}{name}"


def _json(content: Any) -> str:
    return json.dumps(content, default=lambda moment: moment.isoformat(), indent=2)
