"""How messages travel: to whom a server speaks in the clear, and what is made of what comes back."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, parse_authorization, verify
from tests.testing.ports import free_port
from tests.testing.regions import EAST, WEST
from vault.domain.replication import Action, Task
from vault.domain.reply import Outcome
from vault.replication.links import Links, Peer
from vault.services.messages import Credential
from vault.services.shipping import Shipment

ACCOUNT = "123456789012"
_ARN = f"arn:aws:secretsmanager:{EAST}:{ACCOUNT}:secret:s-Ab12Cd"


def _shipment() -> Shipment:
    credential = Credential(access_key_id="AKIAREPLICATION", secret=SecretValue("shared"), account_id=ACCOUNT)
    task = Task(arn=_ARN, region=WEST, action=Action.SHIP, due=None)
    return Shipment(task=task, operation="PutReplica", source=EAST, credential=credential, message=b"sealed")


def _links(url: str) -> Links:
    return Links({WEST: Peer(url).way}, lambda: datetime.now(UTC))


@contextmanager
def _answering(status: int, body: bytes, certificate: Path | None = None) -> Iterator[tuple[str, list[HttpRequest]]]:
    """Serve one answer to every request, over TLS with a certificate; yields the address and the requests that came."""
    heard: list[HttpRequest] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            headers = tuple((name.lower(), value) for name, value in self.headers.items())
            heard.append(HttpRequest(method="POST", path=self.path, query="", headers=headers, body=content))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_message_is_signed_with_the_credential_for_the_region_it_goes_to() -> None:
    with _answering(200, b'{"Outcome": "Applied"}') as (url, heard):
        assert _links(url).send(_shipment()).outcome is Outcome.APPLIED
    (request,) = heard
    claims = parse_authorization(request)
    assert (claims.scope.region, claims.scope.service) == (WEST, "strongroom")
    verify(request, claims, b"shared", datetime.now(UTC))
    assert set(json.loads(request.body)) == {"Source", "Message"}


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a peer under test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = tmp_path / "peer.pem"
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.write_bytes(made.public_bytes(Encoding.PEM) + key.private_bytes(*plain))
    return place


def test_a_peer_that_no_authority_vouches_for_gets_no_message(authority: Path) -> None:
    with _answering(200, b'{"Outcome": "Applied"}', authority) as (url, heard):
        assert _links(url).send(_shipment()).outcome is Outcome.NO_ANSWER
    assert heard == []


def test_a_peer_that_an_authority_of_the_operators_vouches_for_gets_it(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
    with _answering(200, b'{"Outcome": "Applied"}', authority) as (url, heard):
        assert _links(url).send(_shipment()).outcome is Outcome.APPLIED
    assert len(heard) == 1


def test_a_region_without_a_way_to_it_is_not_enabled() -> None:
    assert Links({}, lambda: datetime.now(UTC)).send(_shipment()).outcome is Outcome.NOT_ENABLED


def test_a_server_that_is_not_there_gives_no_answer() -> None:
    assert _links(f"http://127.0.0.1:{free_port()}").send(_shipment()).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_gives_no_answer(status: int) -> None:
    with _answering(status, b"{}") as (url, _):
        assert _links(url).send(_shipment()).outcome is Outcome.NO_ANSWER


def test_a_refusal_is_told_by_its_code() -> None:
    with _answering(400, b'{"__type": "UnrecognizedClientException", "message": "x"}') as (url, _):
        reply = _links(url).send(_shipment())
    assert (reply.outcome, reply.detail) == (Outcome.REFUSED, "UnrecognizedClientException")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"Outcome": "Perhaps"}', b'{"Outcome": "Applied", "AccessedOn": "x"}']
)
def test_what_is_no_answer_of_a_region_is_no_success(body: bytes) -> None:
    with _answering(200, body) as (url, _):
        assert _links(url).send(_shipment()).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8470", "http://localhost:1", "http://[::1]:8470/", "https://vault.example.com"]
)
def test_a_peer_is_spoken_to_over_tls_or_within_the_machine(url: str) -> None:
    assert Peer(url).way.host


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://vault.example.com:8470", "without TLS"),
        ("http://10.0.0.7:8470", "without TLS"),
        ("ftp://vault.example.com", "no http or https URL"),
        ("vault.example.com:8470", "no http or https URL"),
        ("https://", "no http or https URL"),
        ("https://vault.example.com:port", "cannot be read"),
        ("https://vault.example.com/path", "nothing else"),
        ("https://user@vault.example.com", "nothing else"),
    ],
)
def test_an_address_that_cannot_be_a_peers_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Peer(url)


def test_neither_a_shipment_nor_its_credential_shows_what_it_holds() -> None:
    shown = repr(_shipment())
    assert "shared" not in shown
    assert "sealed" not in shown
