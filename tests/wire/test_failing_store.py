"""When the disk is full or another process holds the store, every caller is told so and nothing has happened."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.testing.raw_http import exchange, signed
from tests.testing.server import Server, command_line, make_vault, plain_environment, serving
from vault.bootstrap import open_vault
from vault.config import DataDir

_EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}

Running = tuple[Server, subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own with the secret `kept`, and its process."""
    place = tmp_path_factory.mktemp("failing") / "data"
    with serving(place, make_vault(place)) as both:
        both[0].client().create_secret(Name="kept", SecretString="as it was")
        yield both


def _events(server: Server) -> int:
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate()
    return sum(each["EventName"] != "LookupEvents" for page in pages for each in page["Events"])


@contextmanager
def _full_disk(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """No file of the process can be written while the block runs."""
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def _status(server: Server, operation: str, **request: str) -> int:
    return exchange(server, signed(server, json.dumps(request).encode(), operation)).status


def _create(server: Server, name: str, token: str = "t" * 32) -> int:
    return _status(server, "CreateSecret", Name=name, ClientRequestToken=token, SecretString="v")


def test_on_a_full_disk_nothing_happens_and_all_are_told(running: Running) -> None:
    server, process = running
    before = _events(server)
    with _full_disk(process), ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(_create, server, f"full/{number}") for number in range(24)]
        asked += [pool.submit(_status, server, "GetSecretValue", SecretId="kept") for _ in range(24)]
        assert {each.result() for each in asked} == {503}
    assert [each["Name"] for each in server.client().list_secrets()["SecretList"]] == ["kept"]
    assert server.client().get_secret_value(SecretId="kept")["SecretString"] == "as it was"
    # What was listed and read since, and the read's use of a KMS key.
    assert _events(server) == before + 3
    assert process.stderr is not None
    # The log has it once, not once for each of them.
    assert b"error strongroom.store: The store cannot be used: disk I/O error." in process.stderr.readline()


def test_a_store_that_another_process_holds_is_unavailable_to_all_at_once(running: Running) -> None:
    server, _ = running
    with closing(sqlite3.connect(server.data_dir / "store.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(_status, server, "GetSecretValue", SecretId="kept") for _ in range(12)]
            assert {each.result() for each in asked} == {503}
        # Each of the twelve by itself would wait ten seconds: two minutes in all.
        # Some come later than others where the machine is busy, and are answered with the next ones.
        assert time.monotonic() - begun < 100
        lock.execute("ROLLBACK")
    assert server.client().get_secret_value(SecretId="kept")["SecretString"] == "as it was"


def test_a_refused_request_takes_nothing_with_it(running: Running) -> None:
    server, _ = running

    def ask(number: int) -> int:
        return _create(server, "one-of-many", f"{number:032d}")

    with ThreadPoolExecutor(16) as pool:
        puts = [pool.submit(_create, server, f"batch/{number}") for number in range(16)]
        assert sorted(pool.map(ask, range(16))) == [200] + [400] * 15
    assert {each.result() for each in puts} == {200}


def test_what_happened_and_what_did_not_verifies(running: Running) -> None:
    server, _ = running
    done = subprocess.run(
        command_line("vault", "verify", "--data-dir", str(server.data_dir)),
        env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_a_removed_access_key_stops_working_at_once_in_the_server_that_knows_it(running: Running) -> None:
    server, _ = running
    with closing(open_vault(DataDir(path=server.data_dir))) as vault:
        operator = server.client(
            aws_access_key_id=vault.operator.access_key_id, aws_secret_access_key=vault.operator.secret.reveal_text()
        )
        session = server.client("sts").get_federation_token(Name="visitor", Policy=json.dumps(_EVERYTHING))[
            "Credentials"
        ]
        federated = server.client(
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        for client in (operator, federated):
            assert client.get_secret_value(SecretId="kept")["SecretString"] == "as it was"
        with vault.store.transaction() as tx:
            tx.identities.remove(vault.operator.access_key_id)
            tx.identities.remove(server.access_key_id)
        for client in (operator, federated):
            with pytest.raises(ClientError) as refused:
                client.get_secret_value(SecretId="kept")
            assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_a_server_that_cannot_write_its_last_digest_says_so(tmp_path: Path) -> None:
    with serving(tmp_path / "data", make_vault(tmp_path / "data")) as (server, process):
        server.client().list_secrets()
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 2
        assert process.stderr is not None
        assert b"error: File too large" in process.stderr.read()
