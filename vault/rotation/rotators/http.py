"""One HTTP request and its answer, to hosts that a secret names: over TLS but for this machine, and never where clouds
keep credentials of their machines.

`http.client` follows no redirect, asks no proxy, reads no `.netrc` and logs nothing. The addresses that were looked at
are those that are connected to.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.loopback import is_loopback
from strongroom.wire.metadata import gives_credentials, meant
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.tls import context

_SECONDS = 15.0
MOST_BODY = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. `headers` and `body` may hold a credential, so neither is ever shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    verified: bool = True
    """Whether the server's certificate has to be good; False only where a secret leaves TLS open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; the body may hold a credential."""

    status: int
    body: SecretValue

    def json(self) -> Any:
        """Return the body as JSON. Raises `RotationFailed` where it is none."""
        try:
            return json.loads(self.body.reveal())
        except ValueError:
            raise RotationFailed("the answer is no JSON") from None


def ask(request: Request, *, plain_allowed: bool = False) -> Answer:
    """Send a request and return its answer; a redirect is an answer.

    Raises `RotationFailed` for a URL that may not be asked, and for a server that gives no answer. Without TLS only
    this machine is asked, unless the secret says by `plain_allowed` that it is to be so.
    """
    url = safe_url(request.url)
    addresses = checked_addresses(url)
    if url.scheme != "https" and not plain_allowed and not on_this_machine(addresses):
        raise RotationFailed(f"{url.hostname} is asked with TLS only: write its URL with https://")
    connection = HTTPConnection(url.hostname or "", _port(url), timeout=_SECONDS)
    try:
        connection.sock = _opened(url, addresses, verified=request.verified)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request(request.method, target, body=request.body, headers=dict(request.headers))
        answered = connection.getresponse()
        body = answered.read(MOST_BODY + 1)
    except ssl.SSLError:
        raise RotationFailed(f"{url.netloc}: TLS failed") from None
    except (OSError, HTTPException):
        raise RotationFailed(f"{url.netloc} cannot be reached") from None
    finally:
        connection.close()
    if len(body) > MOST_BODY:
        raise RotationFailed(f"{url.netloc} answers with too much")
    return Answer(status=answered.status, body=SecretValue(body))


def safe_url(text: str) -> SplitResult:
    """Return a URL in its parts. Raises `RotationFailed` for one that is none, or that holds a login of its own."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise RotationFailed("the URL cannot be read") from None
    if url.scheme not in ("http", "https") or not url.hostname or port == 0 or url.username is not None:
        raise RotationFailed("the URL is not https://HOST/… without a login in it")
    if not text.isascii() or any(char <= " " for char in text):
        raise RotationFailed(f"the URL of {url.hostname} holds characters that have to be percent-encoded")
    return url


def checked_addresses(url: SplitResult) -> list[str]:
    """Return where a URL leads to. Raises `RotationFailed` where one of the addresses is never asked."""
    try:
        found = socket.getaddrinfo(url.hostname, _port(url), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RotationFailed(f"the host {url.hostname} is not known") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if any(_forbidden(address) for address in addresses):
        raise RotationFailed(f"the host {url.hostname} leads to an address that is never asked")
    return addresses


def _forbidden(address: str) -> bool:
    # Systems take the address of no machine for their own.
    return gives_credentials(address) or any(one.is_unspecified for one in meant(address))


def on_this_machine(addresses: Sequence[str]) -> bool:
    """Tell whether all of these addresses are of the loopback interface."""
    return all(is_loopback(address) for address in addresses)


def _opened(url: SplitResult, addresses: Sequence[str], *, verified: bool) -> socket.socket:
    plain = _connected(addresses, _port(url))
    if url.scheme != "https":
        return plain
    try:
        return context(verified=verified).wrap_socket(plain, server_hostname=url.hostname)
    except OSError:
        plain.close()
        raise


def _connected(addresses: Sequence[str], port: int) -> socket.socket:
    """Connect to the first address that answers. Raises `OSError`."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=_SECONDS)
    return socket.create_connection((last, port), timeout=_SECONDS)


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
