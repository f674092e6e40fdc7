"""The ASGI application: reads one bounded request, awaits its answer from the store, writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from strongroom.wire.sigv4 import HttpRequest
from vault.api.bodies import MAX_BODY, Bodies, no_room, too_large
from vault.api.own import PREFIX
from vault.api.response import Response

BODY_SECONDS = 30
_HANG_UP = (("connection", "close"),)
"""Said where the rest of a body is not read: without it, what still comes would be read for ever."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = Callable[[HttpRequest, str], Awaitable[Response]]


class BodyTooLarge(Exception):
    """The body passes the limit; the rest of it is not read."""


class ClientGone(Exception):
    """The client hung up before its request was whole."""


class Application:
    """Serves `answer(request, client_ip)` over HTTP, and `own` alike for what the server says of itself."""

    def __init__(self, answer: Answer, own: Answer) -> None:
        self._answer = answer
        self._own = own
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP exchange (ASGI 3)."""
        if scope["type"] != "http":
            return
        most = self._bodies.most(scope["method"], scope["path"])
        length = _length(scope, most)
        if length > most:
            await _write(send, _too_large(scope))
            return
        with self._bodies.room(length) as free:
            if free:
                await self._exchange(scope, receive, send, most)
            else:
                await _write(send, _hanging_up(no_room()))

    async def _exchange(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(receive, most)
        except BodyTooLarge:
            await _write(send, _too_large(scope))
            return
        except TimeoutError:
            await _write(send, _plain(408, "RequestTimeout", _HANG_UP))
            return
        except ClientGone:
            return
        client = (scope.get("client") or ("", 0))[0]
        answer = self._own if scope["path"].startswith(PREFIX) else self._answer
        await _write(send, await answer(http_request(scope, body), client))


def http_request(scope: Scope, body: bytes) -> HttpRequest:
    """Return the request as it came: raw path and query, header names in lower case."""
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return HttpRequest(
        method=scope["method"],
        path=raw_path.decode("latin-1").partition("?")[0],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=body,
        secure=scope.get("scheme") == "https",
    )


def _length(scope: Scope, most: int) -> int:
    """Return how long a request says its body is; one that does not say may come to be as long as one can be."""
    headers = dict(scope["headers"])
    said = headers.get(b"content-length", b"")
    if said.isdigit():
        # Whatever stands behind nineteen digits is too large, but noughts in front of them count for nothing.
        return int(said.lstrip(b"0")[:19] or b"0")
    return most if b"transfer-encoding" in headers else 0


def _too_large(scope: Scope) -> Response:
    told = too_large(scope["method"], scope["path"])
    return _plain(413, "RequestEntityTooLarge", _HANG_UP) if told is None else _hanging_up(told)


def _hanging_up(response: Response) -> Response:
    return replace(response, headers=(*response.headers, *_HANG_UP))


async def _read(receive: Receive, most: int = MAX_BODY) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise BodyTooLarge
        chunks.append(chunk)
        more = bool(message.get("more_body", False))
    return b"".join(chunks)


async def _write(send: Send, response: Response) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _plain(status: int, word: str, more: tuple[tuple[str, str], ...] = ()) -> Response:
    body = json.dumps({"status": word}).encode()
    return Response(status=status, headers=(("content-type", "application/json"), *more), body=body)
