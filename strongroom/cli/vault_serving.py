"""`strongroom vault seal` and `vault unseal`: a running server's store closed and opened again, over its endpoint."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import embedded_place
from strongroom.cli.doors import OK, TOO_MANY, configured_url, post, require_private, server_url
from strongroom.kernel.errors import Denied, UsageError, VaultSealed, VaultUnavailable

if TYPE_CHECKING:
    from strongroom.kernel.secretvalue import SecretValue
    from vault.config import DataDir

_SERVICE = "strongroom"


def _endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the vault, whose operator profile signs [with --vault, the AWS credentials].",
    )(command)
    return click.option(
        "--vault", "url", metavar="URL", help="The server [$AWS_ENDPOINT_URL, else http://127.0.0.1:8470]."
    )(command)


@click.command(
    epilog="""\b
Examples:
  strongroom vault seal --data-dir ./vault
  strongroom vault seal --vault https://vault.internal:8470    signed with the AWS credentials of the environment

Exit status: 0 sealed, 4 the server cannot be reached, 5 denied."""
)
@_endpoint_options
def seal(url: str | None, data_dir: Path | None) -> None:
    """Seal a running server: what it accepted is answered, then its keys are overwritten and its store is closed.

    It needs the permission strongroom:Seal. The server goes on and answers ServiceUnavailableException until `unseal`.
    """
    status, said = post(server_url(url), "seal", {}, list(_signers(_place(url, data_dir), needed=True)))
    if status != OK:
        raise Denied(f"the server refuses: {said.get('message') or said.get('status', status)}")
    click.echo("sealed", err=True)


@click.command(
    epilog="""\b
Examples:
  strongroom vault unseal                         asks for the passphrase, or for one share
  strongroom vault unseal < shares.txt            a share on each line
  strongroom vault unseal --data-dir ./vault      where a file, keyring, token or KMS keeps the root key

Exit status: 0 open, or the share was taken; 2 nothing to give, 4 refused or unreachable."""
)
@_endpoint_options
def unseal(url: str | None, data_dir: Path | None) -> None:
    """Open a sealed server with what keeps its root key: a passphrase, or shares, each of which may come by itself.

    Passphrase and shares are sent over TLS, or to a server on this machine, and to nobody else.
    """
    server = server_url(url)
    require_private(server)
    said = _brought(server, {}, _place(url, data_dir))
    while said["status"] != "open":
        thing = _next(said)
        if thing is None:
            break
        said = _brought(server, {said["wanted"]: thing.reveal_text()}, None)
        if said["status"] != "open":
            click.echo(f"{said['given']} of {said['threshold']} needed shares were given", err=True)
            if sys.stdin.isatty():
                return
    if said["status"] == "open":
        click.echo("open", err=True)
    elif not said["given"]:
        raise UsageError(f"a {said['wanted']} is needed", hint="give it on standard input, or run this on a terminal")


def _next(said: dict[str, Any]) -> SecretValue | None:
    from vault.seal.asking import asked, line_of, on_terminal

    if on_terminal():
        number = f" {said['given'] + 1} of {said['threshold']} needed" if said["wanted"] == "share" else ""
        return asked(f"{said['wanted']}{number}")
    return line_of(0) or None


def _brought(server: str, content: dict[str, str], place: DataDir | None) -> dict[str, Any]:
    status, said = post(server, "unseal", content, list(_signers(place)))
    if status == OK:
        return said
    if status == TOO_MANY:
        raise VaultSealed("somebody else is unsealing it at this moment", hint="try again")
    raise VaultSealed(f"the server refuses: {said.get('message') or said.get('status', status)}")


def _place(url: str | None, data_dir: Path | None) -> DataDir | None:
    """Return whose operator signs: of the folder that was named, or of the default one where no server was."""
    place = embedded_place(data_dir)
    if data_dir is not None or (url is None and not configured_url() and place.initialised):
        return place
    return None


def _signers(place: DataDir | None, *, needed: bool = False) -> Iterator[Any]:
    """Yield what signs: the operator's profile at a place, else the AWS credentials, where there are any.

    Raises `Denied` where there are none and they are `needed`.
    """
    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    if place is not None:
        from vault.initialise import AccessKey

        try:
            key = AccessKey.load(place.operator)
        except (OSError, ValueError) as error:
            raise VaultUnavailable(f"the operator profile {place.operator} cannot be used: {error}") from None
        yield SigV4Auth(Credentials(key.access_key_id, key.secret.reveal_text()), _SERVICE, key.region)
        return
    import boto3

    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is not None:
        yield SigV4Auth(credentials.get_frozen_credentials(), _SERVICE, session.region_name or "us-east-1")
    elif needed:
        raise Denied(
            "no AWS credentials were found to sign the request with",
            hint="name the vault's folder with --data-dir: its operator profile signs then",
        )
