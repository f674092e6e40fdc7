"""What a server says of itself: that it lives, whether its store answers, what it counted; to whom it may."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families

from tests.testing.alarms import alarm
from tests.testing.postgres import PostgresServer
from tests.testing.regions import until
from tests.testing.server import Server, command_line, make_vault, plain_environment, serving


def asked(server: Server, name: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """Return status and body of an answer below `/_strongroom/`."""
    named = {key.replace("_", "-"): text for key, text in headers.items()}
    request = urllib.request.Request(f"{server.url}/_strongroom/{name}", method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def figures(server: Server) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return each number of the metrics by its name and the values of its labels, in the order of their names."""
    status, text = asked(server, "metrics")
    assert status == 200
    return {
        (sample.name, tuple(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_it_lives_and_its_store_answers(server: Server) -> None:
    assert asked(server, "health") == (200, b'{"status": "ok"}')
    assert asked(server, "ready") == (200, b'{"status": "ready"}')


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [
        ("POST", "health", 405),
        ("DELETE", "ready", 405),
        ("GET", "other", 404),
        ("GET", "", 404),
        ("HEAD", "health", 200),
    ],
)
def test_other_methods_and_paths_are_none_of_it(server: Server, method: str, name: str, status: int) -> None:
    assert asked(server, name, method)[0] == status


def test_a_store_that_another_process_writes_is_ready_all_the_same(server: Server) -> None:
    with closing(sqlite3.connect(server.data_dir / "store.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert asked(server, "ready")[0] == 200


def test_a_database_that_is_down_is_not_ready_and_is_again_when_it_is_up(
    tmp_path: Path, postgres: PostgresServer, postgres_database: str
) -> None:
    data = tmp_path / "data"
    administrator = make_vault(data, STRONGROOM_STORE=postgres_database)
    with serving(data, administrator, STRONGROOM_STORE=postgres_database) as (server, _):
        assert asked(server, "ready")[0] == 200
        with postgres.stopped():
            assert _until(server, 503) == b'{"status": "store unavailable"}'
            assert asked(server, "health")[0] == 200
            assert figures(server)["strongroom_store_up", ()] == 0
        assert _until(server, 200) == b'{"status": "ready"}'


def _until(server: Server, status: int) -> bytes:
    """Ask until the answer of a moment ago is no longer given."""
    for _ in range(10_000):
        found, body = asked(server, "ready")
        if found == status:
            return body
    raise AssertionError(body)


def test_requests_are_counted_by_operation_and_outcome(server: Server, client: Any, stored: str) -> None:
    reads = ("strongroom_requests_total", ("GetSecretValue", "OK", "secretsmanager"))
    absent = ("strongroom_requests_total", ("GetSecretValue", "ResourceNotFoundException", "secretsmanager"))
    before = figures(server)
    for _ in range(3):
        client.get_secret_value(SecretId=stored)
    with pytest.raises(ClientError):
        client.get_secret_value(SecretId="nowhere/at-all")
    after = figures(server)
    assert after[reads] - before.get(reads, 0) == 3
    assert after[absent] - before.get(absent, 0) == 1
    for name in ("request_seconds_count", "batch_requests_sum"):
        assert after[f"strongroom_{name}", ()] - before[f"strongroom_{name}", ()] == 4
    assert after["strongroom_trail_events_total", ()] > 0
    assert after["strongroom_commit_seconds_count", ()] > before["strongroom_commit_seconds_count", ()]


def test_names_that_nobody_knows_are_counted_as_one(server: Server) -> None:
    for target in ("secretsmanager.NoSuch", "Other.Thing", "x" * 3000, "secretsmanager.Get Secret"):
        request = urllib.request.Request(server.url, data=b"{}", headers={"X-Amz-Target": target})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        refused.value.close()
    counted = {(labels[2], labels[0]) for name, labels in figures(server) if name == "strongroom_requests_total"}
    assert ("other", "other") in counted
    known = {
        "secretsmanager",
        "kms",
        "sts",
        "iam",
        "lambda",
        "rolesanywhere",
        "cloudtrail",
        "monitoring",
        "logs",
        "other",
    }
    assert {service for service, _ in counted} <= {*known, "other"}


def test_alarms_are_numbers_by_their_state(server: Server, name: str) -> None:
    cloudwatch = server.client("cloudwatch")
    before = figures(server)["strongroom_alarms", ("INSUFFICIENT_DATA",)]
    cloudwatch.put_metric_alarm(**alarm(name, Period=86_400, TreatMissingData="missing"))
    # The store is asked for its numbers once a second, whoever asks.
    after = until(lambda: figures(server), lambda found: found["strongroom_alarms", ("INSUFFICIENT_DATA",)] > before)
    assert after["strongroom_notifications_waiting", ()] >= 0
    cloudwatch.delete_alarms(AlarmNames=[name])
    spoken = [labels for metric, labels in figures(server) if metric == "strongroom_requests_total"]
    assert ("DeleteAlarms", "OK", "monitoring") in spoken


def test_metrics_tell_no_name_and_no_value(server: Server, client: Any, name: str) -> None:
    value = secrets.token_hex(12)
    client.create_secret(Name=name, SecretString=value)
    client.get_secret_value(SecretId=name)
    _, text = asked(server, "metrics")
    assert name.encode() not in text
    assert value.encode() not in text
    assert server.access_key_id.encode() not in text


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "Via"])
def test_metrics_are_not_for_those_whom_a_proxy_brings(server: Server, header: str) -> None:
    assert asked(server, "metrics", **{header: "for=192.0.2.1"})[0] == 403


def test_a_bearer_token_opens_the_metrics(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(secrets.token_hex(16) + "\n")
    data = tmp_path / "data"
    with serving(data, make_vault(data), ["--metrics-token-file", str(token)]) as (server, _):
        there = {"X_Forwarded_For": "192.0.2.1"}
        right = asked(server, "metrics", Authorization=f"Bearer {token.read_text().strip()}", **there)
        assert (right[0], b"strongroom_sealed 0.0" in right[1]) == (200, True)
        for wrong in ("Bearer ", "Bearer none", f"Basic {token.read_text().strip()}"):
            assert asked(server, "metrics", Authorization=wrong, **there)[0] == 403


def test_a_short_token_is_refused(tmp_path: Path) -> None:
    import subprocess

    token = tmp_path / "token"
    token.write_text("short\n")
    done = subprocess.run(
        command_line("serve", "--metrics-token-file", str(token), "--listen", "127.0.0.1:0"),
        env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "shorter than 16 bytes" in done.stderr) == (2, True)


def test_background_work_is_counted(server: Server) -> None:
    rounds = ("strongroom_background_rounds_total", ("ok", "run_due"))
    before = figures(server).get(rounds, 0)
    for _ in range(10_000):
        if figures(server).get(rounds, 0) > before:
            return
    raise AssertionError("no round in ten thousand looks")


def test_every_answer_is_json_or_the_exposition_format(server: Server) -> None:
    assert json.loads(asked(server, "other")[1]) == {"status": "not found"}
    _, text = asked(server, "metrics")
    assert all(re.match(rb"#|strongroom_\w+(\{[^}]*\})? \S+$", line) for line in text.splitlines())
