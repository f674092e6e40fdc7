"""The way out: TLS that is verified, bounds in time and size, the user's proxy, and nobody else's settings."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanner.model import Verified
from scanner.verify.base import Unreachable
from scanner.verify.hosts import read_hosts
from scanner.verify.http import ask
from scanner.verify.messages import Origin, Request
from scanner.verify.reach import Reach
from scanner.verify.wire import MOST_BODY, Limits, Transport
from tests.testing.stub import Answer, Stub, certified, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import question, reach_to, verifier

HOST = "api.acme.example"
SHORT = Limits(connect=0.3, total=0.3)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def secure(folder: Path, name: str) -> Iterator[tuple[Stub, ssl.SSLContext]]:
    """Serve by TLS as `name`, and give what a client needs to trust that."""
    context, authority = certified(folder, name)
    with serving(context=context) as stub:
        yield stub, ssl.create_default_context(cafile=authority)


def to(port: int, context: ssl.SSLContext | None = None, limits: Limits | None = None) -> Transport:
    """Return a transport for which every name leads to this machine."""
    return Transport(read_hosts([]), resolve=lambda _host, _port: [("127.0.0.1", port)], context=context, limits=limits)


def request(scheme: str = "https", *, target: str = "/me", origin: Origin = Origin.RULE) -> Request:
    return Request(method="GET", host=HOST, target=target, origin=origin, scheme=scheme)


def why(transport: Transport, asked: Request) -> str:
    with pytest.raises(Unreachable) as refused:
        transport.send(asked)
    return refused.value.why


def test_a_host_that_proves_its_name_is_asked(tmp_path: Path) -> None:
    with secure(tmp_path, HOST) as (stub, trusting):
        assert to(stub.port, trusting).send(request()).status == 200
        assert stub.asked[0].headers["Host"] == HOST


def test_a_host_whose_certificate_nobody_vouches_for_is_not(tmp_path: Path) -> None:
    with secure(tmp_path, HOST) as (stub, _):
        assert "certificate is not trusted" in why(to(stub.port), request())
        assert stub.asked == []


def test_a_host_that_proves_another_name_is_not(tmp_path: Path) -> None:
    with secure(tmp_path, "evil.example") as (stub, trusting):
        assert "certificate is not trusted" in why(to(stub.port, trusting), request())
        assert stub.asked == []


def test_the_authorities_of_the_environment_are_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with secure(tmp_path, HOST) as (stub, _):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert to(stub.port).send(request()).status == 200


def test_a_host_that_speaks_no_tls_is_not_asked() -> None:
    with serving() as stub:
        assert why(to(stub.port), request()) == f"{HOST}: TLS failed"
        assert stub.asked == []


def test_a_name_is_looked_up_once_so_that_it_cannot_lead_elsewhere_later() -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[str, int]]:
        looked_up.append(host)
        return [("127.0.0.1", stub.port)]

    with serving() as stub:
        assert Transport(read_hosts([]), resolve=resolve).send(request("http")).status == 200
    assert looked_up == [HOST]


def test_each_address_of_a_name_is_tried() -> None:
    with serving() as stub:
        dead = socket.create_server(("127.0.0.1", 0))
        port = dead.getsockname()[1]
        dead.close()
        transport = Transport(
            read_hosts([]), resolve=lambda _host, _port: [("127.0.0.1", port), ("127.0.0.1", stub.port)]
        )
        assert transport.send(request("http")).status == 200


def test_a_host_that_is_not_there_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert why(to(port), request("http")) == f"{HOST}: the connection was refused"
    nowhere = Transport(read_hosts([]), resolve=lambda _host, _port: [])
    assert why(nowhere, request()) == f"{HOST}: there is no such host"


@contextmanager
def dripping(data: bytes) -> Iterator[int]:
    """Serve `data` again and again, a byte at a time, to whoever connects, until the block ends."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while data and not over.wait(0.02):
                try:
                    self.request.sendall(data)
                except OSError:
                    return
            over.wait()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        over.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("data", [b"", b"x", b"H"], ids=["silent", "no header", "an endless header"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_never_ends_its_answer_is_left(data: bytes, scheme: str) -> None:
    with dripping(data) as port:
        said = why(to(port, limits=SHORT), request(scheme))
    assert said in (f"{HOST}: no answer in time", f"{HOST}: TLS failed")


def test_a_slow_answer_tells_nothing() -> None:
    waiting = threading.Event()

    def answer(_: object) -> Answer:
        waiting.wait()
        return Answer()

    with serving(answer) as stub:
        said = ask(question(token("slow")), reach_to(stub, limits=SHORT))
        waiting.set()
    assert said.state is Verified.UNKNOWN
    assert said.why == "127.0.0.1: no answer in time"


def test_of_a_long_answer_no_more_is_read_than_is_looked_at() -> None:
    with serving(lambda _: Answer(body=b"x" * 10_000_000)) as stub:
        answer = to(stub.port).send(request("http"))
    assert len(answer.body) == MOST_BODY
    assert not answer.whole


def test_a_long_answer_tells_by_its_status_only() -> None:
    with serving(lambda _: Answer(body=b'{"ok": true}'.ljust(MOST_BODY + 1))) as stub:
        assert ask(question(token("x")), reach_to(stub)).state is Verified.ACTIVE
        by_body = ask(question(token("x"), verifier(active={"json": {"/ok": True}})), reach_to(stub))
    assert by_body.state is Verified.UNKNOWN
    assert "longer than 64 kB" in by_body.why


def test_an_answer_that_ends_too_early_is_not_whole() -> None:
    with serving(lambda _: Answer(body=b"{}", headers={"Content-Length": "9"})) as stub:
        assert not to(stub.port).send(request("http")).whole


def test_an_answer_that_is_no_http_tells_nothing() -> None:
    with dripping(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        assert why(to(port), request("http")) == f"{HOST}: its answer cannot be read"


@contextmanager
def proxying(target: int) -> Iterator[tuple[int, list[bytes]]]:
    """Be a proxy that connects to `target`, whatever it is asked for, and tell what that was."""
    seen: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.readline()
            seen.append(head)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", target)) as onward:
                back = threading.Thread(target=_copy, args=(onward, self.connection), daemon=True)
                back.start()
                _copy(self.connection, onward)
                back.join()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()


def _copy(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(4096):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_the_proxy_of_the_environment_is_used_and_sees_the_host_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secure(tmp_path, HOST) as (stub, trusting), proxying(stub.port) as (port, seen):
        monkeypatch.setenv("https_proxy", f"http://me:pass@127.0.0.1:{port}")
        secret = token("behind a proxy")
        answer = to(0, trusting).send(request(target=f"/{secret}"))
    assert answer.status == 200
    assert seen[0].startswith(f"CONNECT {HOST}:443 ".encode())
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in seen[0]
    assert secret.encode() not in seen[0]


def test_hosts_that_the_environment_excepts_are_asked_without_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secure(tmp_path, HOST) as (stub, trusting):
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "acme.example")
        assert to(stub.port, trusting).send(request()).status == 200


def test_a_proxy_of_another_kind_is_named_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    assert "kind of proxy" in why(to(1), request())


def test_no_credentials_of_a_netrc_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving() as stub:
        reach = reach_to(stub)
        ask(question(token("x"), verifier(headers={"X-Key": "{value}"})), reach)
    assert "Authorization" not in stub.asked[0].headers


def test_only_hosts_that_a_rule_or_people_chose_need_no_permission() -> None:
    reach = Reach(read_hosts(["db.internal"]), to(1))
    with pytest.raises(Unreachable, match="named by the finding only"):
        reach.send(request(origin=Origin.FINDING), 2)
    with pytest.raises(Unreachable, match="named by the finding only"):
        reach.connected("other.internal", 5432)
    with pytest.raises(Unreachable, match="named by the finding only"):
        reach.address("other.internal", 5432)
