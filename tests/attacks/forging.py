"""Requests that somebody forges: signed well, and then changed, or signed for what they are not."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from strongroom.wire.sigv4 import HttpRequest, Scope, sign
from tests.testing.server import Server

Header = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Forged:
    """A request as its sender believes it to be; `forge` changes it after it was signed."""

    server: Server
    body: bytes
    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: tuple[Header, ...] = ()
    service: str = "secretsmanager"
    region: str = "us-east-1"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    key: tuple[str, str] = ("", "")
    unsigned: tuple[Header, ...] = ()

    @property
    def stamp(self) -> str:
        """When it says it was signed."""
        return self.at.strftime("%Y%m%dT%H%M%SZ")

    def signed(self) -> Forged:
        """Return it with its signature among the headers."""
        headers = (("host", urlsplit(self.server.url).netloc), ("x-amz-date", self.stamp), *self.headers)
        headers = tuple(sorted(headers))
        request = HttpRequest(method=self.method, path=self.path, query=self.query, headers=headers, body=self.body)
        key_id, secret = self.key if self.key[0] else (self.server.access_key_id, self.server.secret_access_key)
        scope = Scope(date=self.stamp[:8], region=self.region, service=self.service)
        value = sign(request, access_key_id=key_id, secret_key=secret.encode(), scope=scope, stamp=self.stamp)
        return replace(self, headers=(*headers, ("authorization", value)))

    def with_header(self, name: str, change: Callable[[str], str]) -> Forged:
        """Return it with a header's value changed."""
        return replace(
            self, headers=tuple((each, change(value) if each == name else value) for each, value in self.headers)
        )

    def without(self, name: str) -> Forged:
        """Return it without a header."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] != name))

    def also(self, *more: Header) -> Forged:
        """Return it with further headers."""
        return replace(self, headers=(*self.headers, *more))

    def send(self) -> Answer:
        """Send it as it is."""
        target = self.path + (f"?{self.query}" if self.query else "")
        with closing(http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=20)) as connection:
            connection.putrequest(self.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers:
                connection.putheader(name, value)
            connection.putheader("content-length", str(len(self.body)))
            connection.endheaders(self.body)
            answer = connection.getresponse()
            return Answer(status=answer.status, body=answer.read())


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """AWS's error code, whichever protocol it came in; nothing where there is none."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        if found:
            return found[1].decode()
        try:
            return str(json.loads(self.body).get("__type", ""))
        except ValueError:
            return ""


def reading(server: Server, name: str, **more: object) -> Forged:
    """Return a request for the value of a secret, not yet signed."""
    headers = (
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "secretsmanager.GetSecretValue"),
    )
    asked = Forged(server=server, body=json.dumps({"SecretId": name}).encode(), headers=headers)
    return replace(asked, **more)  # type: ignore[arg-type]


def presigned(
    server: Server, fields: Mapping[str, str], *, seconds: str = "60", minutes: float = 0, service: str = "sts"
) -> Forged:
    """Return a presigned GET of a query service by the administrator."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = Scope(date=stamp[:8], region="us-east-1", service=service)
    own = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{server.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": seconds,
        "X-Amz-SignedHeaders": "host",
    }
    query = urlencode(sorted({**fields, **own}.items()), quote_via=quote)
    host = (("host", urlsplit(server.url).netloc),)
    request = HttpRequest(method="GET", path="/", query=query, headers=host, body=b"")
    secret = server.secret_access_key.encode()
    line = sign(request, access_key_id=server.access_key_id, secret_key=secret, scope=scope, stamp=stamp)
    signature = line.rpartition("Signature=")[2]
    return Forged(server=server, body=b"", method="GET", query=f"{query}&X-Amz-Signature={signature}", headers=host)
