"""Serves the vault of a data directory in the foreground: opened or sealed, watched, over TLS where wanted."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from strongroom.kernel.clock import utc_now
from strongroom.kernel.errors import VaultSealed
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, SignatureError, SignatureFault, parse_authorization, verify
from vault.alarms.notices import Notice
from vault.api.app import Application
from vault.api.measures import Measures
from vault.api.own import Own
from vault.api.served import SEAL, Served
from vault.api.server import endpoint_url, serve
from vault.api.signingin import SigningIn
from vault.api.tls import ServerTls
from vault.api.unsealing import Opening, Unsealing
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.errors import Sealed
from vault.domain.rotation_job import RetryRules
from vault.initialise import AccessKey
from vault.seal.base import Keeper
from vault.seal.gathering import Gathering


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How a vault is served."""

    writer: str = ""
    """Whose chain of the trail its calls are added to; this host's unless given."""
    digests: Path | None = None
    """Where digests of the trail are left, by default beside the store."""
    tls: ServerTls | None = None
    metrics_token: SecretValue | None = None
    peers: Mapping[str, str] = field(default_factory=dict)
    """Addresses of servers that answer for other regions."""
    notices: Mapping[str, Notice] = field(default_factory=dict)
    """Whom alarms can tell, by name."""
    retry: RetryRules = field(default_factory=RetryRules)
    """How often rotations are tried."""
    started: Callable[[str], None] = field(default=lambda _: None)
    """Called once requests are accepted and signals heeded, with why the store is sealed, or nothing."""


def serve_place(place: DataDir, listener: socket.socket, serving: Serving) -> None:
    """Serve the vault at `place` until a signal ends it; without its root key, sealed until somebody brings it.

    Raises `VaultUnavailable` where there is no vault or its store does not answer, `OSError` for a digest that cannot
    be kept.
    """
    measures = Measures()
    served = Served(measures)
    reason = ""
    address = _address(listener, serving)
    try:
        served.open(_opened(place, serving, None, address))
    except VaultSealed as sealed:
        reason = sealed.message
    opening = Opening(
        gathering=Gathering(place.custody),
        open_with=lambda keeper: _opened(place, serving, keeper, address),
        check_operator=lambda request: _check_operator(place, request),
    )
    _run(served, measures, listener, serving, opening, reason)


def serve_in_memory(vault: Vault, listener: socket.socket, serving: Serving) -> None:
    """Serve a vault that is kept nowhere until a signal ends it."""
    measures = Measures()
    served = Served(measures, kept=False)
    vault.loopback.address = _address(listener, serving)
    served.open(vault)
    _run(served, measures, listener, serving, None, "")


def _run(
    served: Served,
    measures: Measures,
    listener: socket.socket,
    serving: Serving,
    opening: Opening | None,
    reason: str,
) -> None:
    encrypted = serving.tls is not None
    doors = {"seal": served.seal, "login": SigningIn(served.sign_in, encrypted=encrypted).answer}
    if opening is not None:
        doors["unseal"] = Unsealing(served, opening, encrypted=encrypted).answer
    own = Own(served, measures, token=serving.metrics_token, doors=doors)
    application = Application(measures.timed(served.answer), own.answer)
    try:
        serve(application, listener, lambda: serving.started(reason), serving.tls)
    finally:
        served.close()


def _address(listener: socket.socket, serving: Serving) -> str:
    """Return where functions that run on this machine reach the server; nothing where it takes a certificate."""
    url = urlsplit(endpoint_url(listener))
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what to bind to was decided elsewhere
    host = everywhere.get(url.hostname or "", url.netloc.rpartition(":")[0])
    return "" if serving.tls is not None else f"http://{host}:{url.port}"


def _opened(place: DataDir, serving: Serving, keeper: Keeper | None, address: str) -> Vault:
    vault = open_vault(place, writer=serving.writer, keeper=keeper, peers=serving.peers, notices=serving.notices)
    vault.digest_folder = serving.digests
    for region in vault.regions.values():
        region.retry = serving.retry
    vault.loopback.address = address
    return vault


def _check_operator(place: DataDir, request: HttpRequest) -> None:
    """Raise `SignatureError` unless the operator's profile signed `request`, `Sealed` where that is unreadable."""
    claims = parse_authorization(request)
    try:
        operator = AccessKey.load(place.operator)
    except (OSError, ValueError):
        raise Sealed("The operator's profile beside the store cannot be read.") from None
    mine = claims.access_key_id == operator.access_key_id and claims.session_token is None
    verify(request, claims, operator.secret.reveal(), utc_now())
    if not mine or claims.scope.service != SEAL.service:
        raise SignatureError(SignatureFault.MISMATCH, "Only the operator's profile beside the store opens it.")
