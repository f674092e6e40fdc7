"""Secrets go from a laptop's vault to a company's: whole, compared, and never over what differs there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.testing.commands import run_command
from tests.testing.server import Server, plain_environment, running_server, vault_command


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """A vault with a text and a binary secret."""
    place = tmp_path / "laptop"
    assert vault_command(place, "init").returncode == 0
    assert vault_command(place, "create", "app/db", "--description", "Orders", given="one").returncode == 0
    assert vault_command(place, "create", "app/key", given="two").returncode == 0
    assert vault_command(place, "tag", "app/db", "team=payments").returncode == 0
    return place


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Server]:
    """A server that has none of them."""
    with running_server(tmp_path / "company") as server:
        yield server


@pytest.fixture
def copy(laptop: Path, company: Server) -> Any:
    """Runs the command from the one to the other."""

    def run(*arguments: str, to: str = company.url, **variables: str) -> subprocess.CompletedProcess[str]:
        words = ("vault", "copy", "--from", f"embedded:{laptop}", "--to", to, *arguments)
        return run_command(*words, environment={**plain_environment(), **company.environment(), **variables})

    return run


def test_all_secrets_arrive_with_what_is_known_of_them(copy: Any, company: Server, laptop: Path) -> None:
    done = copy()
    assert (done.returncode, done.stdout) == (0, "copied      app/db\ncopied      app/key\n")
    client = company.client()
    assert client.get_secret_value(SecretId="app/db")["SecretString"] == "one"
    described = client.describe_secret(SecretId="app/db")
    assert (described["Description"], described["Tags"]) == ("Orders", [{"Key": "team", "Value": "payments"}])


def test_a_version_keeps_its_id(copy: Any, company: Server, laptop: Path) -> None:
    copy("app/db")
    here = json.loads(vault_command(laptop, "describe", "app/db").stdout)["VersionIdsToStages"]
    assert company.client().describe_secret(SecretId="app/db")["VersionIdsToStages"] == here


def test_the_same_again_changes_nothing(copy: Any, company: Server) -> None:
    copy()
    before = company.client().describe_secret(SecretId="app/db")["LastChangedDate"]
    again = copy()
    assert (again.returncode, again.stdout) == (0, "same        app/db\nsame        app/key\n")
    assert company.client().describe_secret(SecretId="app/db")["LastChangedDate"] == before


def test_another_value_there_is_left_as_it_is(copy: Any, company: Server) -> None:
    company.client().create_secret(Name="app/db", SecretString="theirs")
    done = copy()
    assert done.returncode == 1
    assert done.stdout.startswith("differs     app/db")
    assert "copied      app/key" in done.stdout
    assert company.client().get_secret_value(SecretId="app/db")["SecretString"] == "theirs"


def test_a_dry_run_tells_and_copies_nothing(copy: Any, company: Server) -> None:
    done = copy("--dry-run", "-f", "json")
    assert [(each["name"], each["outcome"]) for each in json.loads(done.stdout)] == [
        ("app/db", "would copy"),
        ("app/key", "would copy"),
    ]
    assert company.client().list_secrets()["SecretList"] == []


def test_a_secret_without_a_current_value_is_named(copy: Any, laptop: Path) -> None:
    assert vault_command(laptop, "delete", "app/key").returncode == 0
    done = copy("app/db", "app/key")
    assert done.returncode == 3
    assert done.stdout.startswith("copied      app/db\nunreadable  app/key")


def test_no_value_is_shown(copy: Any) -> None:
    done = copy()
    assert not any(value in done.stdout + done.stderr for value in ("one", "two"))


def test_a_store_that_does_not_answer_ends_it(copy: Any) -> None:
    refused = copy(to="http://127.0.0.1:9")
    assert (refused.returncode, "did not answer" in refused.stderr) == (4, True)


def test_a_profile_that_is_not_there_is_named(copy: Any) -> None:
    refused = copy("--to-profile", "nobody")
    assert (refused.returncode, "no profile nobody" in refused.stderr) == (2, True)


def test_a_store_is_not_copied_to_itself(copy: Any, laptop: Path) -> None:
    assert copy(to=f"embedded:{laptop}").returncode == 2
