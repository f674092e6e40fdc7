"""One HTTP request and its answer, to hosts that a secret names: over TLS but for this machine, and never where clouds
keep credentials of their machines.

`http.client` follows no redirect, asks no proxy, reads no `.netrc` and logs nothing. The address that was looked at is
the one that is connected to. Sources: RFC 3927 and RFC 4291 for link-local networks; for the addresses beside them
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and those of other clouds.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.tls import context

_SECONDS = 15.0
MOST_BODY = 1_048_576
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_BESIDE = ("fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")
_FORBIDDEN = tuple(ipaddress.ip_network(network) for network in (*_LINK_LOCAL, *_BESIDE, "0.0.0.0/32", "::/128"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


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
    address = checked_address(url)
    if url.scheme != "https" and not plain_allowed and not ipaddress.ip_address(address).is_loopback:
        raise RotationFailed(f"{url.hostname} is asked with TLS only: write its URL with https://")
    connection = HTTPConnection(url.hostname or "", _port(url), timeout=_SECONDS)
    try:
        connection.sock = _opened(url, address, verified=request.verified)
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


def checked_address(url: SplitResult) -> str:
    """Return the address that a URL leads to. Raises `RotationFailed` for one that is never asked."""
    try:
        found = socket.getaddrinfo(url.hostname, _port(url), type=socket.SOCK_STREAM)
    except OSError:
        raise RotationFailed(f"the host {url.hostname} is not known") from None
    address = str(found[0][4][0])
    if any(one in network for one in _meant(address) for network in _FORBIDDEN):
        raise RotationFailed(f"the host {url.hostname} leads to an address that is never asked")
    return address


def _meant(address: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return an address, and the one of IPv4 that stands in it if any."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return [found]
    translated = ipaddress.IPv4Address(found.packed[-4:]) if found in _NAT64 else None
    return [found, *(one for one in (found.ipv4_mapped, found.sixtofour, translated) if one is not None)]


def _opened(url: SplitResult, address: str, *, verified: bool) -> socket.socket:
    plain = socket.create_connection((address, _port(url)), timeout=_SECONDS)
    if url.scheme != "https":
        return plain
    try:
        return context(verified=verified).wrap_socket(plain, server_hostname=url.hostname)
    except OSError:
        plain.close()
        raise


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
