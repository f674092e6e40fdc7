"""What a server says of itself where its store or a library is wanting, and to whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from strongroom.wire.sigv4 import HttpRequest
from vault.api import metrics, own
from vault.api.measures import Measures
from vault.api.own import Own, Pulse, is_from_here
from vault.domain.errors import StoreUnavailable
from vault.storage.figures import Figures

FIGURES = Figures(events=1, overdue=0, failed=0)


def _request(name: str, *headers: tuple[str, str]) -> HttpRequest:
    return HttpRequest(method="GET", path=f"/_strongroom/{name}", query="", headers=headers, body=b"")


class Watched:
    """A store that answers as it is told to."""

    sealed = False
    waiting = 0

    def __init__(self, ask: Callable[[], Figures] = lambda: FIGURES) -> None:
        self.figures = ask


def _answer(watched: Watched, name: str) -> tuple[int, bytes]:
    response = asyncio.run(Own(watched, Measures()).answer(_request(name), "127.0.0.1"))
    return response.status, response.body


def test_without_the_library_metrics_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda _: None)
    status, body = _answer(Watched(), "metrics")
    assert (status, b"pip install 'strongroom[metrics]'" in body) == (501, True)


def test_a_store_that_fails_is_not_ready() -> None:
    def fail() -> Figures:
        raise StoreUnavailable("gone")

    assert _answer(Watched(fail), "ready") == (503, b'{"status": "store unavailable"}')


def test_a_store_that_does_not_answer_in_time_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "PATIENCE_SECONDS", 0.05)
    answered = threading.Event()

    def hang() -> Figures:
        assert answered.wait(30)
        return FIGURES

    async def ask() -> int:
        status = (await Own(Watched(hang), Measures()).answer(_request("ready"), "127.0.0.1")).status
        answered.set()
        return status

    assert asyncio.run(ask()) == 503


def test_however_many_ask_the_store_is_asked_once_a_second() -> None:
    asked: list[int] = []

    def count() -> Figures:
        asked.append(1)
        return FIGURES

    async def ask() -> list[Figures | None]:
        pulse = Pulse(count)
        return [*await asyncio.gather(*(pulse.figures() for _ in range(50))), await pulse.figures()]

    assert asyncio.run(ask()) == [FIGURES] * 51
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("source", "headers", "here"),
    [
        ("127.0.0.1", (), True),
        ("::1", (), True),
        ("192.0.2.1", (), False),
        ("", (), False),
        ("127.0.0.1", (("x-forwarded-for", "192.0.2.1"),), False),
        ("127.0.0.1", (("via", "1.1 proxy"),), False),
    ],
)
def test_who_is_from_here(source: str, headers: tuple[tuple[str, str], ...], here: bool) -> None:
    assert is_from_here(_request("metrics", *headers), source) is here
