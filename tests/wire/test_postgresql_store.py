"""Several servers on one PostgreSQL store: any of them answers any request, and a store is named without a password."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.testing.asking import Asking, own_client
from tests.testing.credentials import made_up_credential
from tests.testing.server import Server, command_line, make_vault, plain_environment, serving


@pytest.fixture
def variables(postgres_database: str) -> dict[str, str]:
    """What names the store in a command's environment."""
    return {"STRONGROOM_STORE": postgres_database, "PGPASSFILE": os.environ["PGPASSFILE"]}


@pytest.fixture
def servers(tmp_path: Path, variables: dict[str, str]) -> Iterator[tuple[Server, Server]]:
    """Two servers on one store."""
    administrator = make_vault(tmp_path / "vault", **variables)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(serving(tmp_path / "vault", administrator, **variables))[0] for _ in range(2)
        )
        yield first, second


def _command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_line(*arguments), env=plain_environment(**variables), capture_output=True, text=True, check=False
    )


def test_what_one_server_stored_the_other_answers(servers: tuple[Server, Server]) -> None:
    first, second = (server.client() for server in servers)
    made = first.create_secret(Name="shared", SecretString="one")
    assert second.get_secret_value(SecretId="shared")["VersionId"] == made["VersionId"]
    second.put_secret_value(SecretId="shared", SecretString="two")
    assert first.get_secret_value(SecretId="shared")["SecretString"] == "two"
    key, values = os.urandom(32), [made_up_credential() for _ in range(2)]
    for client, name, value in zip((first, second), ("a", "b"), values, strict=True):
        client.create_secret(Name=name, SecretString=value)
    for server in servers:
        assert Asking(client=own_client(server), key=key).found(*values) == [("a", ""), ("b", "")]


def test_each_server_has_a_chain_of_its_own_and_events_of_both_are_found(servers: tuple[Server, Server]) -> None:
    for server in servers:
        server.client().list_secrets()
    found = (
        servers[0]
        .client("cloudtrail")
        .lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListSecrets"}])
    )
    assert len(found["Events"]) == 2


def test_the_store_verifies_from_a_shell(
    servers: tuple[Server, Server], tmp_path: Path, variables: dict[str, str]
) -> None:
    servers[0].client().create_secret(Name="shared", SecretString="one")
    checked = _command("vault", "verify", "--data-dir", str(tmp_path / "vault"), **variables)
    assert (checked.returncode, "1 secrets, 1 versions" in checked.stderr) == (0, True), checked.stdout
    assert not (tmp_path / "vault" / "store.db").exists()


def test_a_store_is_named_by_a_file(tmp_path: Path, variables: dict[str, str]) -> None:
    administrator = make_vault(tmp_path / "vault", **variables)
    named = tmp_path / "store-url"
    named.write_text(variables["STRONGROOM_STORE"] + "\n")
    arguments = ("--store-file", str(named))
    with serving(tmp_path / "vault", administrator, arguments=arguments, PGPASSFILE=variables["PGPASSFILE"]) as (
        server,
        _,
    ):
        assert server.client().list_secrets()["SecretList"] == []


def test_a_second_store_in_the_same_database_is_refused(tmp_path: Path, variables: dict[str, str]) -> None:
    make_vault(tmp_path / "vault", **variables)
    refused = _command("vault", "init", "--data-dir", str(tmp_path / "other"), **variables)
    assert refused.returncode != 0
    assert "holds a store already" in refused.stderr
    assert not list((tmp_path / "other").iterdir())


def test_a_url_with_a_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    refused = _command(
        "vault", "init", "--data-dir", str(tmp_path / "vault"), STRONGROOM_STORE="postgresql://me:0p3n-s3s4me@host/db"
    )
    assert refused.returncode == 2
    assert "PGPASSFILE" in refused.stderr
    assert "0p3n-s3s4me" not in refused.stderr


def test_a_database_that_is_not_there_is_said_with_exit_status_4(tmp_path: Path, variables: dict[str, str]) -> None:
    make_vault(tmp_path / "vault", **variables)
    away = {**variables, "STRONGROOM_STORE": "postgresql://nobody@127.0.0.1:1/nothing"}
    refused = _command("vault", "list", "--data-dir", str(tmp_path / "vault"), **away)
    assert refused.returncode == 4
    assert "The store cannot be used" in refused.stderr
