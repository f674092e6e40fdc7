"""An endpoint over TLS: which versions, which certificate, and a new one without a restart."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import SSLError

from tests.testing.certificates import Certificate, certificate
from tests.testing.server import Server, command_line, make_vault, plain_environment, serving

Running = tuple[Server, subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for this machine."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, files: Certificate) -> Iterator[Running]:
    """A server with the certificate."""
    data = tmp_path_factory.mktemp("vault") / "data"
    arguments = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key), "--log-format", "json")
    with serving(data, make_vault(data), arguments) as both:
        yield both


def _presented(server: Server, context: ssl.SSLContext | None = None) -> bytes:
    """Return the certificate that the server shows now."""
    place = urlsplit(server.url)
    if context is None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((place.hostname, place.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=place.hostname) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) or b""


def _client(server: Server, verify: Path) -> object:
    return boto3.session.Session().client(
        "secretsmanager",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        verify=str(verify),
    )


def test_boto3_is_answered_over_tls(running: Running, files: Certificate) -> None:
    server, _ = running
    assert server.url.startswith("https://")
    client = _client(server, files.certificate)
    assert client.list_secrets()["SecretList"] == []  # type: ignore[attr-defined]


def test_who_does_not_trust_the_certificate_sends_nothing(running: Running, tmp_path: Path) -> None:
    server, _ = running
    other = certificate(tmp_path)
    with pytest.raises(SSLError):
        _client(server, other.certificate).list_secrets()  # type: ignore[attr-defined]


def test_tls_1_2_is_the_least_that_is_spoken(running: Running) -> None:
    server, _ = running
    for version, answered in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        with nullcontext() if answered else pytest.warns(DeprecationWarning):
            context.minimum_version = context.maximum_version = version
        if answered:
            assert _presented(server, context)
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                _presented(server, context)


def test_a_renewed_certificate_is_taken_at_sighup_and_a_broken_one_is_not(running: Running, files: Certificate) -> None:
    server, process = running
    assert process.stderr is not None
    before = _presented(server)
    certificate(files.certificate.parent)
    process.send_signal(signal.SIGHUP)
    assert b"was read anew" in process.stderr.readline()
    renewed = _presented(server)
    assert renewed != before
    files.certificate.write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    process.send_signal(signal.SIGHUP)
    assert b"was not read anew" in process.stderr.readline()
    assert _presented(server) == renewed
    certificate(files.certificate.parent)


def test_a_client_that_never_ends_its_handshake_holds_nobody_up(running: Running) -> None:
    server, _ = running
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as idle:
        idle.sendall(b"\x16\x03\x01")
        begun = time.monotonic()
        assert _presented(server)
        assert time.monotonic() - begun < 5


def _refused(*arguments: str) -> str:
    done = subprocess.run(
        command_line("serve", "--listen", "127.0.0.1:0", *arguments),
        env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    first, second = certificate(one), certificate(other)
    assert "go together" in _refused("--tls-cert", str(first.certificate))
    mixed = _refused("--tls-cert", str(first.certificate), "--tls-key", str(second.key))
    assert (str(second.key) in mixed, "key values mismatch" in mixed) == (True, True)
    first.key.chmod(0o644)
    assert f"chmod 600 {first.key}" in _refused("--tls-cert", str(first.certificate), "--tls-key", str(first.key))


def test_an_encrypted_key_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    files = certificate(tmp_path, password=b"of the key")
    assert "the TLS key is encrypted" in _refused("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
