"""Requests byte by byte, signed where wanted: what no HTTP library would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from strongroom.wire.sigv4 import HttpRequest, Scope, sign
from tests.testing.server import Server

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer on a connection; status 0 where there was none."""

    status: int
    head: bytes
    body: bytes

    @property
    def code(self) -> str:
        """AWS's error code of a JSON answer, empty for a success."""
        return str(json.loads(self.body).get("__type", ""))


def signed(
    server: Server,
    body: bytes,
    operation: str = "ListSecrets",
    *,
    method: str = "POST",
    target: str = "/",
    version: str = "HTTP/1.1",
    more: str = "Connection: close\r\n",
) -> bytes:
    """Return a request to Secrets Manager, `more` being further header lines that are not signed."""
    return _request(
        server, body, "secretsmanager", (("x-amz-target", f"secretsmanager.{operation}"),), JSON,
        f"{method} {target} {version}", more,
    )  # fmt: skip


def signed_form(server: Server, text: str) -> bytes:
    """Return a request to STS with form fields."""
    return _request(server, text.encode(), "sts", (), FORM, "POST / HTTP/1.1", "Connection: close\r\n")


def _request(
    server: Server, body: bytes, service: str, extra: tuple[tuple[str, str], ...], kind: str, line: str, more: str
) -> bytes:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = (("content-type", kind), ("host", urlsplit(server.url).netloc), ("x-amz-date", stamp), *extra)
    method, target, _ = line.split(" ")
    path, _, query = target.partition("?")
    request = HttpRequest(method=method, path=path, query=query, headers=headers, body=body)
    authorization = sign(
        request,
        access_key_id=server.access_key_id,
        secret_key=server.secret_access_key.encode(),
        scope=Scope(date=stamp[:8], region=server.region, service=service),
        stamp=stamp,
    )
    lines = [f"{name}: {value}\r\n" for name, value in (*headers, ("authorization", authorization))]
    head = f"{line}\r\n{''.join(lines)}content-length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body


@contextmanager
def connection(url: str, timeout: float = 20) -> Iterator[socket.socket]:
    """Yield a connection to a server."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=timeout) as opened:
        yield opened


def until_closed(opened: socket.socket) -> bytes:
    """Return what comes until the server hangs up. Raises `TimeoutError` where it does not."""
    came = bytearray()
    try:
        while piece := opened.recv(65536):
            came += piece
    except ConnectionResetError:
        pass
    return bytes(came)


def exchange(server: Server, request: bytes) -> Answer:
    """Send bytes in one piece and return the answer, once the server has hung up."""
    with connection(server.url, timeout=60) as opened:
        opened.sendall(request)
        return parsed(until_closed(opened))


def parsed(came: bytes) -> Answer:
    """Return the answer in what came."""
    head, _, body = came.partition(b"\r\n\r\n")
    return Answer(status=int(head.split(b" ")[1]) if head else 0, head=head, body=body)


def json_of(answer: Answer) -> Any:
    """Return the content of a JSON answer."""
    return json.loads(answer.body)
