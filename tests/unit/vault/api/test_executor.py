"""Requests that wait are answered together, and those of a moment ago are given one to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from strongroom.wire.sigv4 import HttpRequest
from vault.api import executor
from vault.api.executor import PAUSES, Executor
from vault.api.response import Response

REQUEST = HttpRequest(method="POST", path="/", query="", headers=(), body=b"")


class Answering:
    """Answers whatever it is asked, and notes how many requests came together and how often the thread slept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        self.naps = 0
        monkeypatch.setattr(executor.time, "sleep", self._nap)
        self.executor = Executor(self._all)

    def _nap(self, _seconds: float) -> None:
        self.naps += 1

    def _all(self, requests: Sequence[tuple[HttpRequest, str]]) -> list[Response]:
        self.batches.append(len(requests))
        return [Response(status=200, headers=(), body=b"") for _ in requests]

    async def asked_by(self, clients: int) -> None:
        """Have so many ask at once, whom the thread finds waiting."""
        asked = [asyncio.create_task(self.executor.answer(REQUEST, "127.0.0.1")) for _ in range(clients)]
        await asyncio.sleep(0)
        assert self.executor.waiting == clients
        with self.executor.running():
            await asyncio.gather(*asked)


def test_requests_that_wait_are_answered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(monkeypatch)
    asyncio.run(answering.asked_by(3))
    assert (answering.batches, answering.naps) == ([3], 0)


def test_a_client_that_asks_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(monkeypatch)

    async def one_after_another() -> None:
        with answering.executor.running():
            for _ in range(3):
                await answering.executor.answer(REQUEST, "127.0.0.1")

    asyncio.run(one_after_another())
    assert (answering.batches, answering.naps) == ([1, 1, 1], 0)


def test_who_stays_away_is_waited_for_a_moment_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(monkeypatch)

    async def three_and_then_one() -> None:
        asked = [asyncio.create_task(answering.executor.answer(REQUEST, "127.0.0.1")) for _ in range(3)]
        await asyncio.sleep(0)
        with answering.executor.running():
            await asyncio.gather(*asked)
            await answering.executor.answer(REQUEST, "127.0.0.1")
            await answering.executor.answer(REQUEST, "127.0.0.1")

    asyncio.run(three_and_then_one())
    assert (answering.batches, answering.naps) == ([3, 1, 1], PAUSES)
