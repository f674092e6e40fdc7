"""`strongroom serve`: the AWS-compatible endpoint with the rotation worker beside it."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import embedded_place, notices_of, root_key_option
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from strongroom.kernel.secretvalue import SecretValue
    from vault.api.tls import ServerTls
    from vault.domain.rotation_job import RetryRules
    from vault.endpoint import Serving

_BETWEEN_COLLECTIONS = 20_000
_LEAST_TOKEN = 16
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def _watching(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what concerns who watches the server."""
    command = click.option(
        "--metrics-token-file", type=_FILE, help="Its line opens /_strongroom/metrics to others than this machine."
    )(command)
    return click.option(
        "--log-format", type=click.Choice(("text", "json")), default="text", show_default=True, help="Of the log."
    )(command)


def _rotating(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what concerns rotations that fail."""
    command = click.option(
        "--rotation-attempts",
        type=click.IntRange(1, 20),
        default=5,
        show_default=True,
        envvar="STRONGROOM_ROTATION_ATTEMPTS",
        help="How often a rotation is tried within its window.",
    )(command)
    return click.option(
        "--rotation-retry",
        type=click.FloatRange(0.1, 3600),
        default=60,
        show_default=True,
        metavar="SECONDS",
        envvar="STRONGROOM_ROTATION_RETRY",
        help="Pause after the first failed attempt; each further one is twice as long.",
    )(command)


def _encrypting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what concerns TLS."""
    command = click.option("--tls-key", type=_FILE, help="Its private key, PEM, 0600.")(command)
    return click.option("--tls-cert", type=_FILE, help="Certificate with its chain, PEM; SIGHUP reads it anew.")(
        command
    )


@click.command(
    epilog="""\b
Examples:
  strongroom serve
  strongroom serve --data-dir ./vault --listen 127.0.0.1:8470
  strongroom serve --listen 0.0.0.0:8470 --tls-cert cert.pem --tls-key key.pem --log-format json
  aws secretsmanager list-secrets --endpoint-url http://127.0.0.1:8470"""
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the vault, or :memory: to keep nothing.")
@click.option(
    "--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT", help="Port 0: any free one."
)
@click.option(
    "--store-file", type=_FILE, help="File that holds the URL of a PostgreSQL store [$STRONGROOM_STORE, else a file]."
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
@click.option(
    "--config",
    type=_FILE,
    help="Settings with the [notify.NAME] that alarms tell (docs/alarms.md) [strongroom.toml in the vault's folder].",
)
@_encrypting
@_rotating
@_watching
@root_key_option
def command(data_dir: Path | None, listen: str, store_file: Path | None, log_format: str, **options: Any) -> None:
    """Serve the vault over the AWS Secrets Manager protocol, until a signal ends it.

    Without its root key it answers ServiceUnavailableException, and 503 at /_strongroom/ready, until somebody brings
    it: strongroom vault unseal.
    """
    from strongroom.cli.logs import log_to_stderr
    from vault.api.server import bind, endpoint_url

    tls = _tls(options["tls_cert"], options["tls_key"])
    token = _token(options["metrics_token_file"])
    peers = dict(_peer(each) for each in options["peers"])
    notices = notices_of(data_dir, options["config"])
    listener = bind(listen)
    url = endpoint_url(listener, "http" if tls is None else "https")
    log_to_stderr(log_format)
    retry = _retry(options["rotation_attempts"], options["rotation_retry"])
    serving = replace(_serving(url, tls, token, options["digests"]), peers=peers, notices=notices, retry=retry)
    _serve(data_dir, store_file, listener, url, serving)


def _serving(url: str, tls: ServerTls | None, token: SecretValue | None, digests: Path | None) -> Serving:
    from vault.endpoint import Serving

    def started(reason: str) -> None:
        # What is loaded by now stays: looking through it again at each collection would cost every request.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_BETWEEN_COLLECTIONS)
        click.echo(f"serving on {url}", err=True)
        if reason:
            click.echo(f"sealed: {reason}", err=True)
            click.echo("hint: strongroom vault unseal, or start the server again with the root key", err=True)
        from urllib.parse import urlsplit

        from strongroom.wire.loopback import is_loopback

        if tls is None and not is_loopback(urlsplit(url).hostname or ""):
            click.echo("warning: values cross the network as they are; give --tls-cert and --tls-key", err=True)

    # Servers on one host must not wait for each other's record.
    writer = f"{socket.gethostname()} {url.rpartition(':')[2]}"
    return Serving(writer=writer, digests=digests, tls=tls, metrics_token=token, started=started)


def _retry(attempts: int, seconds: float) -> RetryRules:
    from vault.domain.rotation_job import RetryRules

    return RetryRules(attempts=attempts, first=timedelta(seconds=seconds))


def _peer(text: str) -> tuple[str, str]:
    region, separator, url = text.partition("=")
    if not separator or not region or not url:
        raise UsageError(
            f"--peer {text} is not REGION=URL", hint="for instance eu-west-1=https://vault.example.com:8470"
        )
    return region, url


def _serve(data_dir: Path | None, store_file: Path | None, listener: socket.socket, url: str, serving: Serving) -> None:
    from vault.bootstrap import open_in_memory
    from vault.config import DEFAULT_ACCOUNT, DEFAULT_REGION, STORE_VARIABLE
    from vault.endpoint import serve_in_memory, serve_place

    if data_dir is None or str(data_dir) != ":memory:":
        named = {STORE_VARIABLE: store_file.read_text().strip()} if store_file is not None else None
        serve_place(embedded_place(data_dir, named), listener, serving)
        return
    if serving.peers:
        raise UsageError("a vault that keeps nothing has no peers", hint="name a folder with --data-dir")
    from strongroom.cli.vault import new_store, show_administrator

    vault, administrator = open_in_memory(new_store(DEFAULT_ACCOUNT, (DEFAULT_REGION,)), notices=serving.notices)
    show_administrator(administrator, "json", url)
    serve_in_memory(vault, listener, serving)


def _tls(certificate: Path | None, key: Path | None) -> ServerTls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-cert and --tls-key go together")
    from vault.api.tls import ServerTls

    return ServerTls(certificate, key)


def _token(file: Path | None) -> SecretValue | None:
    if file is None:
        return None
    from strongroom.kernel.secretvalue import SecretValue
    from vault.api.metrics import require_library

    require_library()
    token = SecretValue(file.read_bytes().strip())
    if len(token) < _LEAST_TOKEN:
        raise UsageError(f"the token in {file} is shorter than {_LEAST_TOKEN} bytes", hint="openssl rand -hex 32")
    return token
