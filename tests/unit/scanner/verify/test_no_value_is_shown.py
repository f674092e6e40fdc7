"""No value in a log, on a stream or in an exception, whatever happens while it is asked about."""

from __future__ import annotations

import http.client
import logging
import pickle
import threading
from collections.abc import Iterator

import pytest

from scanner.rulebook.verifying import read_verifier
from scanner.verify import wire
from scanner.verify.base import Said, Unreachable
from scanner.verify.http import ask
from scanner.verify.messages import Origin, Request, Response
from scanner.verify.named import answer
from scanner.verify.wire import Limits
from tests.testing.leaks import leaks
from tests.testing.stub import Answer, Stub, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import question, reach_to

VALUE = token("telegram", "[1-9][0-9]{9}:AA[A-Za-z0-9_]{33}")
EVERYWHERE = read_verifier(
    {
        "http": {
            "method": "POST",
            "url": "https://api.acme.example/bot{value}/getMe?key={value}",
            "headers": {"X-Key": "{value}"},
            "basic": "{value}:",
            "json": {"key": "{value}"},
        }
    }
)


@pytest.fixture
def noisy(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Have every logger and `http.client` say all they know."""
    for name in ("", "urllib3", "http.client", "requests", "botocore"):
        caplog.set_level(logging.DEBUG, logger=name)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    return caplog


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as running:
        yield running


def shown(said: Said, noisy: pytest.LogCaptureFixture, streams: pytest.CaptureFixture[str]) -> list[int]:
    out, err = streams.readouterr()
    return leaks([VALUE.encode()], "\n".join([repr(said), said.why, noisy.text, out, err]).encode())


def echo(status: int) -> Answer:
    return Answer(status=status, body=VALUE.encode(), headers={"X-Echo": VALUE, "Location": f"https://x/{VALUE}"})


@pytest.mark.parametrize("status", [200, 302, 401, 404, 429, 500])
def test_nothing_is_shown_of_an_exchange(
    stub: Stub, status: int, noisy: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer = lambda _: echo(status)
    said = ask(question(VALUE, EVERYWHERE), reach_to(stub))
    assert VALUE in stub.asked[0].target
    assert shown(said, noisy, capsys) == []


@pytest.mark.parametrize(
    "failure",
    [
        ValueError(f"Invalid header value {VALUE!r}"),
        OSError(f"cannot send /bot{VALUE}/getMe"),
        http.client.InvalidURL(f"URL can't contain control characters. '/bot{VALUE}'"),
        http.client.BadStatusLine(VALUE),
        RuntimeError(VALUE),
        TimeoutError(VALUE),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_a_library_says_of_a_request_is_not_passed_on(
    stub: Stub, failure: Exception, noisy: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(http.client.HTTPConnection, "request", fail)
    reach = reach_to(stub)
    request = Request(
        method="GET", host="127.0.0.1", port=stub.port, scheme="http", target=f"/{VALUE}", origin=Origin.PEOPLE
    )
    with pytest.raises(Unreachable) as refused:
        reach.transport.send(request)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    assert leaks([VALUE.encode()], repr(refused.value).encode()) == []
    assert shown(ask(question(VALUE, EVERYWHERE), reach), noisy, capsys) == []


def test_a_verifier_that_breaks_leaves_doubt_and_shows_nothing(
    stub: Stub, noisy: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError(VALUE)

    monkeypatch.setattr(wire.Transport, "send", fail)
    said = answer(question(VALUE, EVERYWHERE), reach_to(stub))
    assert said.why == "asking failed (KeyError)"
    assert shown(said, noisy, capsys) == []


def test_a_silent_host_is_reported_without_what_it_was_asked(
    noisy: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = threading.Event()

    def late(_: object) -> Answer:
        waiting.wait()
        return Answer()

    with serving(late) as stub:
        said = ask(question(VALUE, EVERYWHERE), reach_to(stub, limits=Limits(connect=0.3, total=0.3)))
        waiting.set()
    assert "no answer in time" in said.why
    assert shown(said, noisy, capsys) == []


def test_what_holds_a_value_does_not_show_it() -> None:
    request = Request(
        method="GET",
        host="a.example",
        target=f"/{VALUE}",
        origin=Origin.RULE,
        headers={"X": VALUE},
        body=VALUE.encode(),
    )
    response = Response(status=200, body=VALUE.encode(), whole=True, retry_after=VALUE)
    asked = question(VALUE, EVERYWHERE)
    for held in (request, response, asked):
        assert leaks([VALUE.encode()], f"{held!r} {held}".encode()) == []
    assert leaks([VALUE.encode()], repr(asked.key(b"a key")).encode()) == []
    with pytest.raises(TypeError):
        pickle.dumps(asked)
