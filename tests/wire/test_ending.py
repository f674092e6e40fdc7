"""A server that is told to stop answers what it has taken, leaves its digest, and ends with status 0."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.testing.raw_http import connection, parsed, signed, until_closed
from tests.testing.server import Server, make_vault, serving

Running = tuple[Server, subprocess.Popen[bytes]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A server of its own that has answered once, and its process."""
    with serving(tmp_path / "data", make_vault(tmp_path / "data")) as both:
        both[0].client().list_secrets()
        yield both


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once_and_leaves_a_digest(running: Running, told: signal.Signals) -> None:
    server, process = running
    process.send_signal(told)
    assert process.wait(10) == 0
    assert list((server.data_dir / "digests").iterdir())
    assert process.stderr is not None
    assert process.stderr.read() == b""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_has_only_just_said_that_it_serves_ends_as_any_other(
    tmp_path: Path, told: signal.Signals
) -> None:
    with serving(tmp_path / "data", make_vault(tmp_path / "data")) as (_, process):
        process.send_signal(told)
        assert process.wait(10) == 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_requests_that_wait_for_the_store_are_answered_first(running: Running, told: signal.Signals) -> None:
    server, process = running
    body = b'{"Name": "late", "ClientRequestToken": "tttttttttttttttttttttttttttttttt", "SecretString": "v"}'
    with closing(_locked(server)) as lock, connection(server.url) as opened:
        opened.sendall(signed(server, body, "CreateSecret"))
        _until_taken(server, opened.getsockname()[1])
        process.send_signal(told)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        lock.execute("ROLLBACK")
        assert parsed(until_closed(opened)).status == 200
    assert process.wait(10) == 0
    with serving(server.data_dir, {**_key(server), "region": server.region}) as (again, _):
        assert again.client().get_secret_value(SecretId="late")["SecretString"] == "v"


def test_told_twice_it_does_not_wait_for_clients(running: Running) -> None:
    server, process = running
    with connection(server.url) as opened:
        opened.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        _until_taken(server, opened.getsockname()[1])
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


def _locked(server: Server) -> sqlite3.Connection:
    lock = sqlite3.connect(server.data_dir / "store.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    return lock


def _until_taken(server: Server, port: int) -> None:
    """Wait until the server has read all that was sent from a port: nothing is left in its socket's queue."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if any(row[2].endswith(f":{port:04X}") and row[3] == "01" and row[4].endswith(":00000000") for row in rows):
            return
    raise AssertionError("the server did not read")


def _key(server: Server) -> dict[str, str]:
    return {"access_key_id": server.access_key_id, "secret_access_key": server.secret_access_key}
