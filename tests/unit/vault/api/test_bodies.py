"""Large bodies are held a few at a time, however their length is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from strongroom.wire.sigv4 import HttpRequest
from vault.api.app import Application
from vault.api.bodies import MAX_CODE, MOST_UPLOADS
from vault.api.response import Response


async def _answer(request: HttpRequest, _source_ip: str) -> Response:
    return Response(status=200, headers=(), body=str(len(request.body)).encode())


async def _status(application: Application, headers: Sequence[tuple[bytes, bytes]], come: asyncio.Event) -> int:
    """Return the status of the answer to an upload whose body ends when it is told to."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await come.wait()
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/2015-03-31/functions", "raw_path": b"/2015-03-31/functions",
        "query_string": b"", "headers": headers, "client": ("192.0.2.1", 1),
    }  # fmt: skip
    await application(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"2000000")],
        [(b"content-length", b"0000000000000000000000002000000")],
        [(b"transfer-encoding", b"chunked")],
    ],
)
def test_one_upload_more_than_there_is_room_for_is_refused_until_another_is_over(
    headers: list[tuple[bytes, bytes]],
) -> None:
    async def run() -> tuple[int, list[int], int]:
        application, come = Application(_answer, _answer), asyncio.Event()
        first = [asyncio.create_task(_status(application, headers, come)) for _ in range(MOST_UPLOADS)]
        await asyncio.sleep(0)
        refused = await asyncio.wait_for(_status(application, headers, come), 10)
        come.set()
        return refused, await asyncio.gather(*first), await _status(application, headers, come)

    assert asyncio.run(run()) == (429, [200] * MOST_UPLOADS, 200)


@pytest.mark.parametrize("length", [str(MAX_CODE + 1), f"{'0' * 30}{MAX_CODE + 1}", "9" * 4500])
def test_more_than_the_largest_code_is_refused_unread(length: str) -> None:
    async def run() -> int:
        headers, never = [(b"content-length", length.encode())], asyncio.Event()
        return await asyncio.wait_for(_status(Application(_answer, _answer), headers, never), 10)

    assert asyncio.run(run()) == 413
