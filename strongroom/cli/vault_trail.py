"""`strongroom vault verify` and `vault trail`: what the store recorded, and whether it is as it was left."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, embedded_place, root_key_option, vault_options
from strongroom.cli.progress import Progress
from strongroom.kernel.errors import ExitCode

if TYPE_CHECKING:
    from vault.bootstrap import Vault

_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault.")


@click.command(
    epilog="""\b
Examples:
  strongroom vault verify
  strongroom vault verify --digests /mnt/archive/digests    digests that were copied away

Exit status: 0 all is as the store left it, 1 something was tampered with."""
)
@click.option("--digests", type=click.Path(path_type=Path, exists=True, file_okay=False), help="[the vault's own]")
@_DATA_DIR
@root_key_option
def verify(digests: Path | None, data_dir: Path | None) -> int:
    """Check every document, envelope, row and chain of the embedded vault, and name what was tampered with."""
    from vault.services.verification import Counts

    progress = Progress(sys.stderr, "checked", "rows") if sys.stderr.isatty() else None
    with _embedded(data_dir) as vault:
        counts, faults = Counts(), []
        for name, region in vault.regions.items():
            verification = region.verification(progress.heard if progress else lambda _: None)
            faults += [*verification.faults(), *vault.digests(name, digests).faults(region.store)]
            counts += verification.counts
        for fault in faults:
            click.echo(f"tampered: {fault.row}: {fault.problem}")
    looked_at = f"{counts.secrets} secrets, {counts.versions} versions, {counts.events} recorded events"
    click.echo(f"{looked_at}: {len(faults)} wrong" if faults else f"{looked_at}: all as the store left them", err=True)
    return ExitCode.FOUND if faults else ExitCode.OK


@click.group(
    epilog="""\b
Examples:
  strongroom vault trail list --secret app/db
  strongroom vault trail digest > /mnt/archive/today.json"""
)
def trail() -> None:
    """What was asked of the vault, by whom, and how it ended."""


@trail.command("list", epilog="Example: strongroom vault trail list --event GetSecretValue --format json")
@click.option("--secret", help="Only events about this secret, by the name or ARN that was asked for.")
@click.option("--event", help="Only events of this name, such as GetSecretValue.")
@click.option("--user", help="Only events of this user; the account's root is `root`.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest so many.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def list_(
    secret: str | None,
    event: str | None,
    user: str | None,
    limit: int,
    form: str,
    vault_name: str | None,
    data_dir: Path | None,
) -> None:
    """List recorded events, the newest first."""
    given = {"ResourceName": secret, "EventName": event, "Username": user}
    attributes = [{"AttributeKey": key, "AttributeValue": value} for key, value in given.items() if value]
    if len(attributes) > 1:
        raise click.UsageError("only one of --secret, --event and --user can be given, as in CloudTrail")
    with connected(vault_name, data_dir) as connection:
        pages = connection.client("cloudtrail").get_paginator("lookup_events")
        found = pages.paginate(LookupAttributes=attributes, PaginationConfig={"MaxItems": limit})
        events = [json.loads(each["CloudTrailEvent"]) for each in found.search("Events")]
    if form == "json":
        click.echo(json.dumps(events, indent=2))
        return
    for each in events:
        click.echo(_line(each))


@trail.command(epilog="Example: strongroom vault trail digest > /mnt/archive/today.json")
@_DATA_DIR
@root_key_option
def digest(data_dir: Path | None) -> None:
    """Print a signed digest of the trail; kept elsewhere, it shows later whether the trail was cut."""
    with _embedded(data_dir) as vault:
        click.echo(vault.digest(), nl=False)


@trail.command(epilog="Example: strongroom vault trail key")
@_DATA_DIR
@root_key_option
def key(data_dir: Path | None) -> None:
    """Print the public key (Ed25519, base64) that digests are signed with."""
    with _embedded(data_dir) as vault:
        click.echo(base64.b64encode(vault.store.barrier.verification_key).decode())


@contextmanager
def _embedded(data_dir: Path | None) -> Iterator[Vault]:
    from vault.bootstrap import open_vault

    vault = open_vault(embedded_place(data_dir))
    try:
        yield vault
    finally:
        vault.close()


def _line(event: dict[str, Any]) -> str:
    identity = event["userIdentity"]
    who = identity.get("arn") or identity.get("invokedBy", "")
    parts = [event.get(name) or {} for name in ("requestParameters", "responseElements", "serviceEventDetails")]
    about = next((part[key] for key in ("secretId", "name", "arn") for part in parts if key in part), "-")
    moment = datetime.fromisoformat(event["eventTime"])
    return f"{moment:%Y-%m-%d %H:%M:%S}  {event['eventName']}  {about}  {who}  {event.get('errorCode', 'ok')}"
