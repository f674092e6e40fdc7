"""What comes over HTTP and is no ordinary request: refused by its own client's fault, and nobody else notices."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Queue
from xml.etree import ElementTree

import pytest

from strongroom.wire.sigv4 import HttpRequest
from tests.testing.raw_http import connection, exchange, json_of, parsed, signed, signed_form, until_closed
from tests.testing.server import Server
from vault.api import app
from vault.api import server as edge
from vault.api.response import Response

_BEGIN = b"POST / HTTP/1.1\r\nHost: a\r\n"
_SESSION = "Action=GetFederationToken&Version=2011-06-15"


@pytest.fixture(autouse=True)
def still_serving(server: Server) -> Iterator[None]:
    """After whatever a test sent, the next caller gets an answer."""
    yield
    assert exchange(server, signed(server, b"{}")).status == 200


def test_the_longest_value_may_come_in_one_piece_with_its_head(server: Server) -> None:
    body = json.dumps({"Name": "http/long", "ClientRequestToken": "t" * 32, "SecretString": "v" * 65536}).encode()
    assert exchange(server, signed(server, body, "CreateSecret")).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        _BEGIN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        _BEGIN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        _BEGIN + b"Content-Length: -1\r\n\r\n",
        _BEGIN + b"Content-Length : 2\r\n\r\n{}",
        _BEGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        _BEGIN + b"X-Folded: a\r\n b\r\n\r\n",
        _BEGIN + b"X-Nul: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\nHost: a\n\n\x00",
        b"POST /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_is_refused_and_hung_up_on(server: Server, request_: bytes) -> None:
    assert exchange(server, request_).status == 400


@pytest.mark.parametrize("length", [edge.MAX_HEAD - 1000, edge.MAX_HEAD + 2000, 10 * edge.MAX_HEAD])
@pytest.mark.parametrize("number", [1, 100])
def test_a_long_head_is_hung_up_on(server: Server, length: int, number: int) -> None:
    lines = b"".join(b"x-%d: %s\r\n" % (each, b"v" * (length // number - 10)) for each in range(number))
    answer = exchange(server, b"GET /_strongroom/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + lines + b"\r\n")
    assert answer.status in ((200,) if length < edge.MAX_HEAD else (0, 400))


_ENDLESS = {
    "one length": b"Content-Length: 99999999\r\n\r\n" + b"v" * 1_100_000,
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + (b"v" * 1024 + b"\r\n400\r\n") * 1100,
}


@pytest.mark.parametrize("body", _ENDLESS.values(), ids=_ENDLESS)
def test_a_body_past_the_limit_is_hung_up_on(server: Server, body: bytes) -> None:
    with connection(server.url) as opened:
        with suppress(OSError):
            opened.sendall(_BEGIN + body)
        assert parsed(until_closed(opened)).status in (0, 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "HEAD", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_no_operation(server: Server, method: str) -> None:
    answer = exchange(server, signed(server, b"{}", method=method))
    assert answer.status == 400
    assert method == "HEAD" or answer.code == "UnknownOperationException"


@pytest.mark.parametrize("target", ["/other", "/%2e%2e/", "/?a=b", "/?", "//", "/%zz", "*", "http://elsewhere/"])
def test_another_target_is_no_operation(server: Server, target: str) -> None:
    answer = exchange(server, signed(server, b"{}", target=target))
    assert answer.status in (200, 400)
    assert answer.status == 400 or target == "/?"


def test_http_1_0_and_expected_bodies_are_answered(server: Server) -> None:
    assert exchange(server, signed(server, b"{}", version="HTTP/1.0", more="")).status == 200
    answer = exchange(server, signed(server, b"{}", more="Expect: 100-continue\r\nConnection: close\r\n"))
    assert (answer.status, b" 200 OK" in answer.body) == (100, True)


def test_requests_one_behind_the_other_are_answered_in_their_order(server: Server) -> None:
    both = signed(server, b"{}", more="") + signed(server, b"{}", "GetRandomPassword")
    with connection(server.url) as opened:
        opened.sendall(both)
        came = until_closed(opened)
    assert re.findall(rb"SecretList|RandomPassword", came) == [b"SecretList", b"RandomPassword"]


@pytest.mark.parametrize("name", ["Authorization", "Host", "X-Amz-Date", "X-Amz-Target"])
def test_a_header_of_the_signature_stands_once(server: Server, name: str) -> None:
    request = signed(server, b"{}", more=f"{name}: other\r\nConnection: close\r\n")
    answer = exchange(server, request)
    assert (answer.status // 100, b"SecretList" in answer.body) == (4, False)


_BODIES = (
    b'{"\\ud800": 1}',
    b'{"SecretId": "\\udfff"}',
    b'{"SecretId": "\xed\xa0\x80"}',
    b'{"\xed\xa0\x80": 1}',
    b'{"SecretId": "\\u0000"}',
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"SecretId":' * 5_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"MaxResults": 1e999}',
    b'{"MaxResults": -1e5}',
    b'{"MaxResults": ' + b"9" * 5000 + b"}",
    b'{"MaxResults": ' + b"9" * 4200 + b"}",
    b'{"MaxResults": NaN}',
    b'{"Filters": [{"Key": "name", "Values": ["\\ud800"]}]}',
    b'{"Filters": {"Key": "name"}}',
    b'{"Filters": [[[[]]]]}',
    b"null",
    b'"text"',
    b"{",
    b"\x00",
)


@pytest.mark.parametrize("body", _BODIES, ids=range(len(_BODIES)))
def test_json_that_is_not_as_it_must_be_is_refused(server: Server, body: bytes) -> None:
    answer = exchange(server, signed(server, body, "GetSecretValue"))
    assert answer.status == 400
    assert answer.code in ("SerializationException", "ValidationException")


@pytest.mark.parametrize("body", _BODIES, ids=range(len(_BODIES)))
def test_json_with_members_of_another_operation_is_refused_or_answered_without_them(
    server: Server, body: bytes
) -> None:
    answer = exchange(server, signed(server, body, "ListSecrets"))
    passed_over = answer.status == 200 and not any(known in body for known in (b"MaxResults", b"Filters"))
    assert passed_over or answer.code in ("SerializationException", "ValidationException")


def test_a_mark_of_byte_order_is_read_over_and_of_equal_keys_the_last_counts(server: Server) -> None:
    request = signed(server, b'\xef\xbb\xbf{"PasswordLength": 5000, "PasswordLength": 7}', "GetRandomPassword")
    assert len(json_of(exchange(server, request))["RandomPassword"]) == 7


@pytest.mark.parametrize(
    "fields",
    [
        "&Name=ab&DurationSeconds=\u00b2",
        "&Name=ab&DurationSeconds=-",
        "&Name=ab&DurationSeconds=" + "9" * 5000,
        "&Name.x=ab",
        "&Name=ab&Name.x=ab",
        "&Name=ab&PolicyArns.x=1",
        "&Name=ab&PolicyArns.member.x=1",
        "&Name=ab&PolicyArns.member.1.arn.arn.arn=1",
        "&Name=ab&Tags.member.\u0661.Key=k",
        "&Name=ab&Tags.member.1.Key=%ed%a0%80&Tags.member.1.Value=%00",
        "&Name=%00%01&\ud7ff=1",
        "&&&",
        "&Name=ab&Name=ab",
    ],
)
def test_form_fields_that_are_not_as_they_must_be_are_refused_in_xml(server: Server, fields: str) -> None:
    answer = exchange(server, signed_form(server, _SESSION + fields))
    assert answer.status == 400
    assert ElementTree.fromstring(answer.body).tag.endswith("ErrorResponse")


def test_an_unknown_action_of_control_characters_is_refused_in_xml(server: Server) -> None:
    answer = exchange(server, signed_form(server, "Action=%00%01&Version=2011-06-15"))
    assert ElementTree.fromstring(answer.body).tag.endswith("ErrorResponse")


def test_many_form_fields_cost_no_more_than_their_number(server: Server) -> None:
    fields = "".join(f"&Tags.member.{number}.Key=k" for number in range(1, 990))
    begun = time.perf_counter()
    assert exchange(server, signed_form(server, _SESSION + "&Name=ab" + fields)).status == 400
    assert time.perf_counter() - begun < 5


@dataclass(frozen=True, kw_only=True)
class Impatient:
    """A server that waits a fifth of a second where the real one waits half a minute, and what it was asked."""

    url: str
    bodies: list[bytes]
    lost: Queue[tuple[str, int]]
    """The clients' addresses of connections that have ended on the server's side."""

    def wait_for_the_end_of(self, client: tuple[str, int]) -> None:
        """Return once the server has ended the connection of a client. Raises `Empty` where it does not."""
        while self.lost.get(timeout=20) != client:
            pass


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[Impatient]:
    """A server in this process; its answers are longer than a connection holds unread."""
    monkeypatch.setattr(edge, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(app, "BODY_SECONDS", 0.2)
    bodies: list[bytes] = []
    lost: Queue[tuple[str, int]] = Queue()
    ended = edge.BoundedProtocol.connection_lost

    def connection_lost(self: edge.BoundedProtocol, exc: Exception | None) -> None:
        client: tuple[str, int] = self.transport.get_extra_info("peername")
        ended(self, exc)
        lost.put(client)

    async def answer(request: HttpRequest, _: str) -> Response:
        bodies.append(request.body)
        return Response(status=200, headers=(), body=b"v" * 8_000_000)

    async def lives(_request: HttpRequest, _: str) -> Response:
        return Response(status=200, headers=(), body=b"")

    monkeypatch.setattr(edge.BoundedProtocol, "connection_lost", connection_lost)
    listener = edge.bind("127.0.0.1:0")
    with edge.serving(app.Application(answer, lives), listener) as url:
        yield Impatient(url=url, bodies=bodies, lost=lost)


@pytest.mark.parametrize("begun", [b"", b"P", b"POST / HTTP/1.1\r\nHost:", b"\r\n"])
def test_a_head_that_does_not_come_is_hung_up_on(impatient: Impatient, begun: bytes) -> None:
    with connection(impatient.url) as opened:
        opened.sendall(begun)
        assert until_closed(opened) == b""


def test_a_head_that_comes_byte_by_byte_is_hung_up_on(impatient: Impatient) -> None:
    with connection(impatient.url) as opened:
        opened.settimeout(0.02)
        opened.sendall(_BEGIN + b"X-Slow: ")
        assert _hung_up_while_sending(opened)


def _hung_up_while_sending(opened: socket.socket) -> bool:
    for _ in range(1000):
        try:
            opened.send(b"x")
            return opened.recv(1) == b""
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_a_body_that_does_not_come_is_refused_and_hung_up_on(impatient: Impatient) -> None:
    with connection(impatient.url) as opened:
        opened.sendall(_BEGIN + b"Content-Length: 5\r\n\r\nwho")
        assert parsed(until_closed(opened)).status == 408


def test_a_request_whose_client_has_gone_is_not_answered(impatient: Impatient) -> None:
    with connection(impatient.url) as opened:
        opened.sendall(_BEGIN + b"Content-Length: 5\r\n\r\nwho")
        client = opened.getsockname()
    impatient.wait_for_the_end_of(client)
    with connection(impatient.url) as opened:
        opened.sendall(_BEGIN + b"Connection: close\r\nContent-Length: 5\r\n\r\nwhole")
        until_closed(opened)
    assert impatient.bodies == [b"whole"]


def test_an_answer_that_nobody_takes_is_dropped(impatient: Impatient) -> None:
    with connection(impatient.url) as opened:
        opened.sendall(_BEGIN + b"Content-Length: 5\r\n\r\nwhole")
        impatient.wait_for_the_end_of(opened.getsockname())
        assert len(until_closed(opened)) < 8_000_000
