"""`strongroom vault copy`: from a laptop's vault to a company's, or to Amazon's, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.connection import Connection, connected, replicate_now
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from remediation.carrying import Carried

_STORE = "embedded[:DIR]|aws|URL"


@click.command(
    epilog="""\b
Examples:
  strongroom vault copy --from embedded --to https://vault.example.com:8470 --to-profile company
  strongroom vault copy --from embedded:./vault --to aws app/db app/key
  strongroom vault copy --from aws --to embedded --dry-run

Exit status: 0 all are there, 1 some differ there and were left, 3 some could not be read."""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--from", "source", required=True, metavar=_STORE, help="Where they are.")
@click.option("--to", "target", required=True, metavar=_STORE, help="Where they go.")
@click.option("--from-profile", metavar="NAME", help="AWS profile that reads, for a store over HTTP.")
@click.option("--to-profile", metavar="NAME", help="AWS profile that writes, for a store over HTTP.")
@click.option("--kms-key", default="", help="Seal them there under this key: id, ARN or alias.")
@click.option("--dry-run", is_flag=True, help="Say what would be copied, and change nothing.")
@click.option("-f", "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def copy(
    names: tuple[str, ...],
    source: str,
    target: str,
    from_profile: str | None,
    to_profile: str | None,
    kms_key: str,
    dry_run: bool,
    form: str,
) -> int:
    """Copy secrets to another store: read back, compared, and nothing overwritten that differs there.

    Names, descriptions, tags and current values are copied; policies, older versions, rotation and replicas are not.
    """
    from remediation.carrying import Outcome, carry

    if source == target and from_profile == to_profile:
        raise UsageError(f"{source} is both where they are and where they go")
    done: list[Carried] = []
    with _open(source, from_profile) as here, _open(target, to_profile) as there:
        clients = here.client("secretsmanager"), there.client("secretsmanager")
        for carried in carry(*clients, names, kms_key=kms_key, dry_run=dry_run):
            done.append(carried)
            if form == "text":
                click.echo(f"{carried.outcome:10}  {carried.name}" + (f"  ({carried.note})" if carried.note else ""))
        replicate_now(there)
    if form == "json":
        rows = [{"name": each.name, "outcome": each.outcome.value, "note": each.note or None} for each in done]
        click.echo(json.dumps(rows, indent=2))
    outcomes = {each.outcome for each in done}
    if Outcome.DIFFERS in outcomes:
        return ExitCode.FOUND
    return ExitCode.PARTIAL if Outcome.UNREADABLE in outcomes else ExitCode.OK


@contextmanager
def _open(store: str, profile: str | None) -> Iterator[Connection]:
    kind, _, folder = store.partition(":")
    if kind == "embedded":
        if profile is not None:
            raise UsageError(f"{store} is signed for by its own operator, not by a profile")
        with connected("embedded", Path(folder) if folder else None) as connection:
            yield connection
        return
    with connected(store, None, profile=profile) as connection:
        yield connection
