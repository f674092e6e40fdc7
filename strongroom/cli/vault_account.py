"""`strongroom vault account`: the accounts of a deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.connection import embedded_place, root_key_option
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from vault.bootstrap import Vault

_FORMAT = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)  # fmt: skip
_FOLDER = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault."
)  # fmt: skip


@click.group(
    epilog="""\b
Examples:
  strongroom vault account create 210987654321
  strongroom vault account list"""
)
def account() -> None:
    """The accounts of a deployment, each with users, roles, secrets and keys of its own."""


@account.command(epilog="Example: strongroom vault account create 210987654321 --format json")
@click.argument("account_id", metavar="ID")
@_FORMAT
@_FOLDER
@root_key_option
def create(account_id: str, form: str, data_dir: Path | None) -> None:
    """Make the account ID, twelve digits, and print its root's access key, this once.

    STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY choose it. A server that runs on the vault knows
    the account at once. Secrets are shared between accounts by resource policy or role: see docs/access.md.
    """
    from strongroom.cli.vault import given_root_key, show_administrator
    from vault.config import DEFAULT_LISTEN

    key_id, secret = given_root_key()
    vault = _opened(data_dir)
    try:
        made = vault.add_account(account_id, key_id, secret)
    finally:
        vault.close()
    show_administrator(made, form, f"http://{DEFAULT_LISTEN}")
    click.echo(f"account {account_id} made", err=True)


@account.command("list", epilog="Example: strongroom vault account list --format json")
@_FORMAT
@_FOLDER
@root_key_option
def list_(form: str, data_dir: Path | None) -> None:
    """List the accounts with their aliases."""
    vault = _opened(data_dir)
    try:
        found = vault.accounts()
    finally:
        vault.close()
    if form == "json":
        click.echo(json.dumps([{"account_id": each.account_id, "alias": each.alias} for each in found], indent=2))
        return
    for each in found:
        click.echo(f"{each.account_id}  {each.alias}".rstrip())


def _opened(data_dir: Path | None) -> Vault:
    from vault.bootstrap import open_vault

    place = embedded_place(data_dir)
    if not place.initialised:
        raise UsageError(
            f"there is no vault in {place.path}", hint="accounts are made where the vault is: name it with --data-dir"
        )
    return open_vault(place)
