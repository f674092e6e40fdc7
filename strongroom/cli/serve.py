"""`strongroom serve`: the AWS-compatible endpoint with the rotation worker beside it."""

from __future__ import annotations

import gc
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.connection import embedded_place, root_key_option
from strongroom.kernel.errors import UsageError, VaultSealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault.bootstrap import Vault

_BETWEEN_COLLECTIONS = 20_000


@click.command(
    epilog="""\b
Examples:
  strongroom serve
  strongroom serve --data-dir ./vault --listen 127.0.0.1:8470
  aws secretsmanager list-secrets --endpoint-url http://127.0.0.1:8470"""
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the vault, or :memory: to keep nothing.")
@click.option(
    "--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT", help="Port 0: any free one."
)
@click.option(
    "--store-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File that holds the URL of a PostgreSQL store [$STRONGROOM_STORE, else a file of the vault's folder].",
)
@click.option(
    "--digests",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the hourly signed digests of the trail, best on another machine's disk [digests in the vault's].",
)
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="REGION=URL",
    help="Server that answers for another region of the deployment. Repeatable.",
)
@root_key_option
def command(
    data_dir: Path | None, listen: str, store_file: Path | None, digests: Path | None, peers: tuple[str, ...]
) -> None:
    """Serve the vault over the AWS Secrets Manager protocol, until a signal ends it.

    Without its root key it answers ServiceUnavailableException, and 503 at /_strongroom/ready.
    """
    from vault.api.server import bind, endpoint_url

    elsewhere = dict(_peer(each) for each in peers)
    listener = bind(listen)
    url = endpoint_url(listener)
    try:
        vault = _open(data_dir, store_file, url, elsewhere)
    except VaultSealed as sealed:
        _serve_sealed(listener, sealed.message)
        return
    # What is loaded by now stays: looking through it again at each collection would cost every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_BETWEEN_COLLECTIONS)
    try:
        vault.serve(listener, digests, lambda: click.echo(f"serving on {url}", err=True))
    finally:
        vault.close()


def _serve_sealed(listener: socket.socket, reason: str) -> None:
    from vault.api.server import endpoint_url
    from vault.bootstrap import serve_sealed

    def started() -> None:
        click.echo(f"serving on {endpoint_url(listener)}", err=True)
        click.echo(f"sealed: {reason}", err=True)
        click.echo("hint: start the server again once the root key is there", err=True)

    serve_sealed(listener, started)


def _peer(text: str) -> tuple[str, str]:
    region, separator, url = text.partition("=")
    if not separator or not region or not url:
        raise UsageError(
            f"--peer {text} is not REGION=URL", hint="for instance eu-west-1=https://vault.example.com:8470"
        )
    return region, url


def _open(data_dir: Path | None, store_file: Path | None, url: str, peers: Mapping[str, str]) -> Vault:
    from vault.bootstrap import open_in_memory, open_vault
    from vault.config import DEFAULT_ACCOUNT, DEFAULT_REGION, STORE_VARIABLE

    if data_dir is None or str(data_dir) != ":memory:":
        named = {STORE_VARIABLE: store_file.read_text().strip()} if store_file is not None else None
        # Servers on one host must not wait for each other's record.
        writer = f"{socket.gethostname()} {url.rpartition(':')[2]}"
        return open_vault(embedded_place(data_dir, named), writer=writer, peers=peers)
    if peers:
        raise UsageError("a vault that keeps nothing has no peers", hint="name a folder with --data-dir")
    from strongroom.cli.vault import new_store, show_administrator

    vault, administrator = open_in_memory(new_store(DEFAULT_ACCOUNT, (DEFAULT_REGION,)))
    show_administrator(administrator, "json", url)
    return vault
