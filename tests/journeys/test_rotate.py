"""Rotating from a shell: at once, on a schedule, on trial, and what is told of it."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.testing.commands import run_command
from tests.testing.server import Server, make_vault, plain_environment, serving, vault_command

STRATEGY = "generated-single"


@pytest.fixture
def administrator(tmp_path: Path) -> dict[str, str]:
    """The first administrator of a new vault."""
    return make_vault(tmp_path / "vault")


@pytest.fixture
def folder(tmp_path: Path, administrator: dict[str, str]) -> Path:
    """The vault with the secret `app/key`."""
    place = tmp_path / "vault"
    assert vault_command(place, "create", "app/key", given="first").returncode == 0
    return place


def _rotate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("rotate", *arguments, "--data-dir", str(folder), environment=plain_environment())


def _value(folder: Path) -> str:
    return vault_command(folder, "get", "app/key").stdout


def _status(folder: Path) -> dict[str, Any]:
    (told,) = json.loads(_rotate(folder, "status", "app/key", "-f", "json").stdout)
    return dict(told)


@pytest.fixture
def rotating(folder: Path) -> Path:
    """The vault once `app/key` has rotated."""
    done = _rotate(folder, "now", "app/key", "--strategy", STRATEGY)
    assert (done.returncode, done.stdout) == (0, "rotated  app/key\n")
    return folder


def test_a_secret_rotates_at_once(rotating: Path) -> None:
    assert _value(rotating) not in ("", "first")


def test_its_status_tells_the_last_run(rotating: Path) -> None:
    told = _status(rotating)
    (run,) = told["runs"]
    assert (run["kind"], run["outcome"], run["attempts"], run["error"]) == ("rotation", "succeeded", 1, None)
    assert run["seconds"] >= 0
    assert (told["enabled"], told["schedule"]) == (True, "by hand")


def test_the_status_is_readable(rotating: Path) -> None:
    lines = _rotate(rotating, "status", "app/key").stdout.splitlines()
    assert lines[0].startswith("app/key  rotation on, rotated 20")
    assert lines[1:3] == [f"  strategy  {STRATEGY}", "  schedule  by hand"]
    assert "rotation succeeded in" in lines[3]


def test_a_failed_rotation_says_why_and_keeps_the_value(folder: Path) -> None:
    vault_command(folder, "put", "app/key", given="not a connection")
    failed = _rotate(folder, "now", "app/key", "--strategy", "postgres-single")
    assert failed.returncode == 1
    assert failed.stderr.count("createSecret: ") == 1
    assert "error: app/key: createSecret: " in failed.stderr
    assert _value(folder) == "not a connection"
    (run,) = _status(folder)["runs"]
    assert (run["outcome"], run["error"].partition(":")[0]) == ("waits for another attempt", "createSecret")


def test_a_strategy_is_not_changed_under_an_unfinished_rotation(folder: Path) -> None:
    _rotate(folder, "now", "app/key", "--strategy", "postgres-single")
    refused = _rotate(folder, "now", "app/key", "--strategy", STRATEGY)
    assert (refused.returncode, "was not attached" in refused.stderr) == (2, True)


def test_a_schedule_for_what_has_no_rotation_says_how_to_get_one(folder: Path) -> None:
    refused = _rotate(folder, "schedule", "app/key", "--days", "3")
    assert (refused.returncode, "--strategy" in refused.stderr) == (2, True)


def test_what_has_no_rotation_is_told_how_to_get_one(folder: Path) -> None:
    refused = _rotate(folder, "now", "app/key")
    assert refused.returncode == 2
    assert "--strategy" in refused.stderr


def test_an_unknown_strategy_is_refused_with_those_there_are(folder: Path) -> None:
    refused = _rotate(folder, "now", "app/key", "--strategy", "magic")
    assert (refused.returncode, "generated-single" in refused.stderr) == (2, True)


@pytest.fixture
def oracle(folder: Path) -> Path:
    """The vault once `app/key` is a login at a kind of server that no function knows."""
    value = {"engine": "oracle", "host": "db", "username": "shop", "password": secrets.token_hex(8)}
    assert vault_command(folder, "put", "app/key", given=json.dumps(value)).returncode == 0
    return folder


@pytest.mark.parametrize("strategy", [STRATEGY, "postgres-single", "oracle-single"])
def test_an_engine_that_nothing_rotates_is_told_and_nothing_attached(oracle: Path, strategy: str) -> None:
    before = _value(oracle)
    refused = _rotate(oracle, "now", "app/key", "--strategy", strategy)
    assert (refused.returncode, "app/key: no rotator for engine oracle" in refused.stderr) == (2, True)
    assert _value(oracle) == before
    assert _rotate(oracle, "status").stdout == "no secret has rotation\n"


def test_its_status_says_that_nothing_rotates_it(oracle: Path) -> None:
    assert _rotate(oracle, "status", "app/key").stdout == "app/key: no rotator for engine oracle\n"
    told = _rotate(oracle, "status", "app/key", "-f", "json")
    assert (json.loads(told.stdout), told.stderr) == ([], "app/key: no rotator for engine oracle\n")


def test_a_person_may_rotate_it_nevertheless(oracle: Path) -> None:
    _rotate(oracle, "now", "app/key", "--strategy", "manual-single")
    assert _status(oracle)["strategy"] == "manual-single"
    assert "manual-single" in _rotate(oracle, "status", "app/key").stdout


def test_each_secret_without_rotation_is_named_beside_those_that_rotate(rotating: Path) -> None:
    assert vault_command(rotating, "create", "app/other", given="first").returncode == 0
    lines = _rotate(rotating, "status", "app/key", "app/other").stdout.splitlines()
    assert lines[0] == "no rotation: app/other"
    assert lines[1].startswith("app/key  rotation on")


def test_a_schedule_is_set_and_the_calendar_shows_its_windows(rotating: Path) -> None:
    set_to = _rotate(rotating, "schedule", "app/key", "--expression", "rate(2 days)", "--duration", "3h")
    assert set_to.returncode == 0
    assert "next by" in set_to.stdout
    assert _status(rotating)["schedule"] == "every 2 days, window 00:00 to 03:00 UTC"
    windows = json.loads(_rotate(rotating, "schedule", "--days", "10", "-f", "json").stdout)
    assert len(windows) in (4, 5)
    assert {window["name"] for window in windows} == {"app/key"}
    shown = _rotate(rotating, "schedule", "--days", "10").stdout.splitlines()
    assert len(shown) == len(windows)
    assert all(line.endswith("  app/key") for line in shown)


def test_a_schedule_that_aws_would_refuse_is_refused_with_its_words(rotating: Path) -> None:
    refused = _rotate(rotating, "schedule", "app/key", "--expression", "rate(5 minutes)")
    assert refused.returncode == 2
    assert "Invalid schedule expression" in refused.stderr


def test_rotation_is_turned_off(rotating: Path) -> None:
    assert _rotate(rotating, "schedule", "app/key", "--off").stdout == "app/key  rotation off\n"
    assert _status(rotating)["enabled"] is False


def test_turning_rotation_off_takes_no_schedule(rotating: Path) -> None:
    assert _rotate(rotating, "schedule", "app/key", "--off", "--days", "3").returncode == 2
    assert _status(rotating)["enabled"] is True


def test_a_function_is_tried_and_nothing_changes(rotating: Path) -> None:
    before = _value(rotating)
    tried = _rotate(rotating, "test", "app/key")
    assert (tried.returncode, tried.stdout) == (0, "works    app/key\n")
    assert _value(rotating) == before
    assert _status(rotating)["runs"][0]["kind"] == "test"


def test_what_is_due_is_done_where_no_server_runs(rotating: Path) -> None:
    assert _rotate(rotating, "now", "--due").stdout == "nothing is due\n"


@pytest.fixture
def server(rotating: Path, administrator: dict[str, str]) -> Iterator[Server]:
    """A server on the vault."""
    with serving(rotating, administrator) as (running, _):
        yield running


def test_on_a_server_the_same_commands_wait_for_it(server: Server) -> None:
    def rotate(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**plain_environment(), **server.environment()}
        return run_command("rotate", *arguments, "--vault", server.url, environment=environment)

    before = server.client().get_secret_value(SecretId="app/key")["SecretString"]
    assert rotate("now", "app/key").stdout == "rotated  app/key\n"
    assert server.client().get_secret_value(SecretId="app/key")["SecretString"] != before
    told = json.loads(rotate("status", "app/key", "-f", "json").stdout)[0]
    assert [run["outcome"] for run in told["runs"]] == ["succeeded", "succeeded"]
