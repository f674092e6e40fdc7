"""Which store a command uses, and a boto3 client for it: `--vault`, else the AWS endpoint variables, else embedded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from vault.bootstrap import Vault

_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An open store. `vault` is set for the embedded one; `endpoint_url` for one reached over HTTP."""

    client: Callable[[str], Any]
    vault: Vault | None = None
    endpoint_url: str | None = None


def vault_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--vault` and `--data-dir` to a command."""
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the embedded vault [$STRONGROOM_HOME, else the user's data folder].",
    )(command)
    return click.option(
        "--vault", "vault_name", metavar="embedded|aws|URL", help="Which store: embedded, Amazon's, or an endpoint."
    )(command)


def data_dir_or_default(data_dir: Path | None) -> Path:
    """Return the folder given, else the documented default."""
    from vault.config import default_data_dir

    return data_dir or default_data_dir(os.environ)


@contextmanager
def connected(vault_name: str | None, data_dir: Path | None, *, create: bool = False) -> Iterator[Connection]:
    """Open the store a command uses; with `create`, an absent embedded vault is made.

    Raises `UsageError` for an unknown name, `VaultUnavailable` where there is none.
    """
    endpoint = None if data_dir else _endpoint(vault_name)
    if vault_name == "aws" or endpoint:
        yield _remote(endpoint)
        return
    from vault.bootstrap import open_vault
    from vault.config import DataDir

    folder = data_dir_or_default(data_dir)
    if create:
        ensure_initialised(folder)
    vault = open_vault(DataDir.at(folder, os.environ))
    try:
        yield Connection(client=vault.client, vault=vault)
    finally:
        vault.close()


def ensure_initialised(folder: Path) -> None:
    """Make an embedded vault in `folder` unless one is there."""
    from strongroom.kernel.clock import utc_now
    from vault.config import DEFAULT_ACCOUNT, DEFAULT_REGION, DataDir
    from vault.initialise import NewStore, initialise

    place = DataDir.at(folder, os.environ)
    if not place.initialised:
        initialise(place, NewStore(account_id=DEFAULT_ACCOUNT, regions=(DEFAULT_REGION,)), utc_now())
        click.echo(f"made a vault in {folder}", err=True)


def _endpoint(vault_name: str | None) -> str | None:
    if vault_name in ("embedded", "aws"):
        return None
    if vault_name is not None:
        if not vault_name.startswith(("http://", "https://")):
            raise UsageError(f"--vault {vault_name} is not embedded, aws or a URL")
        return vault_name
    return next((os.environ[name] for name in _ENDPOINT_VARIABLES if os.environ.get(name)), None)


def _remote(endpoint: str | None) -> Connection:
    import boto3
    from botocore.config import Config

    session: Any = boto3.Session()
    # Amazon's own store was asked for by name: an endpoint in variables or profile must not receive the values.
    settings: dict[str, Any] = {"ignore_configured_endpoint_urls": endpoint is None}

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=Config(**settings))

    return Connection(client=client, endpoint_url=endpoint)
