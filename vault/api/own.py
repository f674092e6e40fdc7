"""What a server says of itself, below `/_strongroom/`: that it lives, that its store answers, what it counted.

None of it tells a name or a value. Whether the store answers is looked up at most once a second, whoever asks: the
question needs no signature.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.loopback import is_loopback
from strongroom.wire.sigv4 import HttpRequest
from vault.api.measures import Measures
from vault.api.metrics import CONTENT_TYPE, exposition
from vault.api.response import Response
from vault.storage.figures import Figures

PREFIX = "/_strongroom/"
FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 2.0
_FORWARDED = ("forwarded", "x-forwarded-for", "via")


class Watched(Protocol):
    """The store that a server answers for."""

    @property
    def sealed(self) -> bool:
        """Whether nothing of it is open."""

    @property
    def waiting(self) -> int:
        """Requests that wait for it."""

    def figures(self) -> Figures:
        """Ask the store; called on a thread. Raises whatever keeps it from answering."""


class Pulse:
    """The latest answer of a store; None where it gave none in time."""

    def __init__(self, ask: Callable[[], Figures]) -> None:
        self._ask = ask
        self._asked = -FRESH_SECONDS
        self._answer: asyncio.Future[Figures] | None = None

    async def figures(self) -> Figures | None:
        """Return what the store answers now, or did a moment ago."""
        now = time.monotonic()
        if self._answer is None or (self._answer.done() and now - self._asked >= FRESH_SECONDS):
            self._asked = now
            self._answer = asyncio.ensure_future(asyncio.to_thread(self._ask))
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer), PATIENCE_SECONDS)
        except Exception:  # noqa: BLE001 - whatever it is, the store does not answer
            return None


class Own:
    """Answers requests below `PREFIX`. `doors` are further paths, by name, that take POST."""

    def __init__(
        self,
        watched: Watched,
        measures: Measures,
        *,
        token: SecretValue | None = None,
        doors: Mapping[str, Callable[[HttpRequest, str], Awaitable[Response]]] | None = None,
    ) -> None:
        """`token` opens the metrics to others than this machine."""
        self._watched = watched
        self._measures = measures
        self._token = token
        self._doors = doors or {}
        self._pulse = Pulse(watched.figures)

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to a request below `PREFIX`."""
        name = request.path.removeprefix(PREFIX)
        if name in self._doors and request.method == "POST":
            return await self._doors[name](request, source_ip)
        if request.method not in ("GET", "HEAD"):
            return said(405, "method not allowed")
        if name == "health":
            return said(200, "ok")
        if name == "ready":
            return await self._ready()
        if name == "metrics":
            return await self._metrics(request, source_ip)
        return said(404, "not found")

    async def _ready(self) -> Response:
        if self._watched.sealed:
            return said(503, "sealed")
        return said(200, "ready") if await self._pulse.figures() is not None else said(503, "store unavailable")

    async def _metrics(self, request: HttpRequest, source_ip: str) -> Response:
        if not self._may_see(request, source_ip):
            return said(403, "metrics are for this machine, or need their bearer token")
        sealed = self._watched.sealed
        figures = None if sealed else await self._pulse.figures()
        try:
            text = exposition(self._measures, sealed=sealed, waiting=self._watched.waiting, figures=figures)
        except UsageError as error:
            return said(501, f"{error.message}: {error.hint}")
        return Response(status=200, headers=(("content-type", CONTENT_TYPE), ("cache-control", "no-store")), body=text)

    def _may_see(self, request: HttpRequest, source_ip: str) -> bool:
        given = (request.header("authorization") or "").removeprefix("Bearer ").encode()
        if self._token is not None and hmac.compare_digest(given, self._token.reveal()):
            return True
        return is_from_here(request, source_ip)


def is_from_here(request: HttpRequest, source_ip: str) -> bool:
    """Tell whether a request comes from this machine, and no proxy says that it brings it from another."""
    if any(name in _FORWARDED for name, _ in request.headers):
        return False
    return is_loopback(source_ip)


def said(status: int, word: str, **more: object) -> Response:
    """Return an answer of a word, and members besides."""
    body = json.dumps({"status": word, **more}).encode()
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Response(status=status, headers=headers, body=body)
