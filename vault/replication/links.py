"""Carries messages to other regions: signed requests, answered in this process or over HTTP by another server.

A region's chain answers both alike, after the same check of the signature. Nothing that comes back is believed but
what the model of an answer has; who the other server is, TLS says.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from strongroom.kernel.clock import Clock
from strongroom.kernel.errors import UsageError
from strongroom.wire.loopback import is_loopback
from strongroom.wire.sigv4 import HttpRequest, Scope, sign
from vault.api.protocol.json11 import CONTENT_TYPE
from vault.api.response import Response
from vault.domain.reply import Outcome, Reply
from vault.services.shipping import Shipment

SERVICE = "strongroom"
TARGET_PREFIX = "StrongroomReplication"
SECONDS = 5.0
"""How long a connection, and each piece of an answer, may take; a lease is far longer."""
_MOST_BODY = 65_536
_CA_VARIABLE = "AWS_CA_BUNDLE"
_log = logging.getLogger("strongroom.replication")
_NO_ANSWER = Reply(outcome=Outcome.NO_ANSWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a region is reached. `deliver` raises `OSError` or `HTTPException` where it is not."""

    host: str
    deliver: Callable[[HttpRequest], Response]


class Links:
    """The ways to regions, by their names."""

    def __init__(self, ways: Mapping[str, Way], clock: Clock) -> None:
        self._ways = ways
        self._clock = clock

    def send(self, shipment: Shipment) -> Reply:
        """Return how the region took a message. Never raises."""
        way = self._ways.get(shipment.task.region)
        if way is None:
            return Reply(outcome=Outcome.NOT_ENABLED)
        try:
            return _reply(way.deliver(self._signed(shipment, way.host)))
        except (OSError, http.client.HTTPException) as error:
            # Why TLS was refused, say, is nothing that callers are told.
            _log.warning("region %s is not reached: %s", shipment.task.region, error)
            return _NO_ANSWER

    def _signed(self, shipment: Shipment, host: str) -> HttpRequest:
        stamp = f"{self._clock():%Y%m%dT%H%M%SZ}"
        content = {"Source": shipment.source, "Message": base64.b64encode(shipment.message).decode("ascii")}
        unsigned = HttpRequest(
            method="POST",
            path="/",
            query="",
            headers=(
                ("content-type", CONTENT_TYPE),
                ("host", host),
                ("x-amz-date", stamp),
                ("x-amz-target", f"{TARGET_PREFIX}.{shipment.operation}"),
            ),
            body=json.dumps(content).encode(),
        )
        credential = shipment.credential
        authorization = sign(
            unsigned,
            access_key_id=credential.access_key_id,
            secret_key=credential.secret.reveal(),
            scope=Scope(date=stamp[:8], region=shipment.task.region, service=SERVICE),
            stamp=stamp,
        )
        return replace(unsigned, headers=(*unsigned.headers, ("authorization", authorization)))


class Peer:
    """A server elsewhere that answers for a region; each message has a connection of its own."""

    def __init__(self, url: str) -> None:
        """Raises `UsageError` for an address that is none, or that would be spoken to in the clear."""
        self._place = _checked(url)

    @property
    def way(self) -> Way:
        """The way to the region."""
        return Way(host=self._place.netloc, deliver=self.deliver)

    def deliver(self, request: HttpRequest) -> Response:
        """Return the server's answer. Raises `OSError` or `HTTPException` where there is none."""
        connection = self._connection()
        # A program may have switched on `http.client`'s printing for all connections.
        connection.set_debuglevel(0)
        try:
            connection.request(request.method, request.path, body=request.body, headers=dict(request.headers))
            answer = connection.getresponse()
            return Response(status=answer.status, headers=(), body=answer.read(_MOST_BODY))
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._place.hostname or "", self._place.port
        if self._place.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        context = ssl.create_default_context(cafile=os.environ.get(_CA_VARIABLE))
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)


def _checked(url: str) -> SplitResult:
    hint = "for instance --peer eu-west-1=https://vault.example.com:8470"
    try:
        place = urlsplit(url)
        port_is_none_or_a_number = place.port is None or place.port > 0
    except ValueError:
        raise UsageError(f"the peer's address {url} cannot be read", hint=hint) from None
    if place.scheme not in ("http", "https") or not place.hostname or not port_is_none_or_a_number:
        raise UsageError(f"the peer's address {url} is no http or https URL", hint=hint)
    if place.path not in ("", "/") or place.query or place.fragment or place.username is not None:
        raise UsageError("a peer's address has a host and a port, and nothing else", hint=hint)
    if place.scheme == "http" and not is_loopback(place.hostname):
        raise UsageError(f"the peer {url} would be spoken to without TLS", hint="use https:// between machines")
    return place


def _reply(response: Response) -> Reply:
    if response.status >= http.client.INTERNAL_SERVER_ERROR:
        return _NO_ANSWER
    try:
        content = dict(json.loads(response.body))
        if response.status == http.client.OK:
            return Reply.from_members(content)
        return Reply(outcome=Outcome.REFUSED, detail=str(content["__type"])[:64])
    except (ValueError, KeyError, TypeError):
        return Reply(outcome=Outcome.REFUSED, detail="no answer of a region")
