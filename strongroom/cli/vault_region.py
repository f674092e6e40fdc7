"""`strongroom vault region` and `vault replicate`: which regions there are, and which secrets they have copies of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, embedded_place, replicate_now, root_key_option, vault_options
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(
    epilog="""\b
Examples:
  strongroom vault region list
  strongroom vault region enable eu-west-1 --create
  strongroom vault region invite invitation.json"""
)
def region() -> None:
    """The regions of a deployment, each with a database and keys of its own."""


@region.command("list", epilog="Example: strongroom vault region list --format json")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def list_(form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """List the regions and whether each is enabled."""
    with connected(vault_name, data_dir) as connection:
        pages = connection.client("account").get_paginator("list_regions").paginate()
        found = [each for page in pages for each in page["Regions"]]
    if form == "json":
        click.echo(json.dumps(found, indent=2))
        return
    for each in found:
        click.echo(f"{each['RegionName']}  {each['RegionOptStatus']}")


@region.command(epilog="Example: strongroom vault region enable eu-west-1 --create")
@click.argument("name")
@click.option("--create", is_flag=True, help="Make the region's database in the embedded vault first.")
@vault_options
def enable(name: str, create: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Enable a region for the account.

    A server that runs on the embedded vault answers for a region that was made just now once it is started again.
    """
    if create:
        _make(name, vault_name, data_dir)
    with connected(vault_name, data_dir) as connection:
        account = connection.client("account")
        account.enable_region(RegionName=name)
        replicate_now(connection)
        _say(account, name)


@region.command(epilog="Example: strongroom vault region disable eu-west-1")
@click.argument("name")
@vault_options
def disable(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Disable a region: it refuses requests, and nothing is replicated to it. What it holds stays."""
    with connected(vault_name, data_dir) as connection:
        account = connection.client("account")
        account.disable_region(RegionName=name)
        replicate_now(connection)
        _say(account, name)


@region.command(epilog="Example: strongroom vault region invite invitation.json")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault.")
@root_key_option
def invite(file: Path, data_dir: Path | None) -> None:
    """Write to FILE what lets a region elsewhere join: vault init --region REGION --join FILE.

    Whoever has the file can write replicas into every region of the deployment: carry it over a safe way, and delete
    it then.
    """
    from vault.bootstrap import open_vault
    from vault.deployment import invitation, write_invitation

    vault = open_vault(embedded_place(data_dir))
    try:
        made = invitation(vault.store, vault.operator.account_id, vault.home)
    finally:
        vault.close()
    write_invitation(made, file)
    click.echo(f"{file} lets regions join; it is a credential, delete it once it was used", err=True)


@region.command(
    epilog="""\b
Examples:
  strongroom vault region renew                          all regions are in this vault
  strongroom vault region renew renewal.json             others are elsewhere: carry the file over to each
  strongroom vault region renew --take renewal.json      there; then, at every site:
  strongroom vault region renew --finish"""
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--take", type=click.Path(path_type=Path, dir_okay=False), help="Take what another site has drawn.")
@click.option("--finish", is_flag=True, help="Every site has it: drop the old one here.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault.")
@root_key_option
def renew(file: Path | None, take: Path | None, finish: bool, data_dir: Path | None) -> None:
    """Give the deployment a new replication credential; what was invited with the old one gets in no more.

    Servers go on meanwhile, and replication too.
    """
    from vault.bootstrap import open_vault

    if (file is not None) + (take is not None) + finish > 1:
        raise UsageError("FILE, --take and --finish exclude each other")
    vault = open_vault(embedded_place(data_dir))
    try:
        _renew(vault, file, take, finish)
    finally:
        vault.close()


def _renew(vault: Any, file: Path | None, taken: Path | None, finished: bool) -> None:
    from vault import renewal
    from vault.deployment import write_invitation
    from vault.initialise import Invitation

    stores = {name: each.store for name, each in vault.regions.items()}
    account_id = vault.operator.account_id
    if taken is not None:
        renewal.take(stores, account_id, vault.home, Invitation.load(taken))
        click.echo("taken; once every site has it: strongroom vault region renew --finish", err=True)
        return
    if not finished:
        away = renewal.elsewhere(stores, account_id, vault.served)
        if file is None and (away or vault.home not in vault.served):
            raise UsageError(
                f"{', '.join(away) or vault.home} is elsewhere and must have the new credential, too",
                hint="strongroom vault region renew FILE",
            )
        if file is not None:
            made = renewal.draw(stores, account_id, vault.home)
            write_invitation(made, file)
            renewal.keep(stores, made)
            click.echo(f"{file} is a credential: take it over at every other site (--take), then delete it", err=True)
            return
        for each in renewal.accounts(stores):
            renewal.keep(stores, renewal.draw(stores, each, vault.home))
    dropped = sum(renewal.finish(stores, each) for each in renewal.accounts(stores))
    click.echo("the old replication credential is dropped" if dropped else "nothing is left to be dropped", err=True)


def _make(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    from strongroom.kernel.clock import utc_now
    from vault.deployment import add_region

    if vault_name not in (None, "embedded"):
        raise UsageError("--create makes a database in the embedded vault", hint="leave out --vault")
    place = embedded_place(data_dir)
    add_region(place, name, utc_now())
    click.echo(f"made {name} in {place.path}", err=True)


def _say(account: Any, name: str) -> None:
    click.echo(f"{name}  {account.get_region_opt_status(RegionName=name)['RegionOptStatus']}")


@click.command(
    epilog="""\b
Examples:
  strongroom vault replicate app/db eu-west-1 eu-central-1=alias/replicas
  strongroom vault replicate app/db --remove eu-west-1
  strongroom vault replicate app/db                        how far the replicas are
  strongroom vault replicate app/db --promote --region eu-west-1

Exit status: 1 where a replica has failed."""
)
@click.argument("name")
@click.argument("regions", nargs=-1, metavar="[REGION[=KMS_KEY]]...")
@click.option("--remove", multiple=True, metavar="REGION", help="Delete the replica there. Repeatable.")
@click.option("--force", is_flag=True, help="Overwrite secrets of the same name in the regions.")
@click.option("--promote", is_flag=True, help="In a replica's region: make it a secret of its own.")
@vault_options
def replicate(
    name: str,
    regions: tuple[str, ...],
    remove: tuple[str, ...],
    force: bool,
    promote: bool,
    vault_name: str | None,
    data_dir: Path | None,
) -> int:
    """Replicate a secret to regions, and show how far its replicas are."""
    if promote and (regions or remove or force):
        raise UsageError("--promote goes alone", hint="name the replica's region with --region")
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        if promote:
            click.echo(client.stop_replication_to_replica(SecretId=name)["ARN"])
        if remove:
            client.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=list(remove))
        if regions:
            wanted = [_replica(each) for each in regions]
            client.replicate_secret_to_regions(
                SecretId=name, AddReplicaRegions=wanted, ForceOverwriteReplicaSecret=force
            )
        replicate_now(connection)
        return _show(client.describe_secret(SecretId=name).get("ReplicationStatus", []))


def _replica(text: str) -> dict[str, str]:
    region_name, _, key = text.partition("=")
    return {"Region": region_name, "KmsKeyId": key} if key else {"Region": region_name}


def _show(statuses: Sequence[dict[str, Any]]) -> int:
    for each in statuses:
        click.echo(f"{each['Region']}  {each['Status']}  {each.get('StatusMessage', '')}".rstrip())
    failed = any(each["Status"] == "Failed" for each in statuses)
    return ExitCode.FOUND if failed else ExitCode.OK
