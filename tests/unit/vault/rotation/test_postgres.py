"""The rotation of a PostgreSQL user's password, on a real server."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pytest
from psycopg import sql

from tests.testing.postgres import PostgresServer
from tests.unit.vault.rotation.conftest import Rotated, store
from vault.bootstrap import Vault

STRATEGY = "postgres-single"


@pytest.fixture
def role(postgres: PostgresServer) -> str:
    """A role with a quote, a blank and a capital in its name, owner of the database of the same name."""
    name = f'Shop "{secrets.token_hex(4)}'
    postgres.create_role(name, "first", name)
    return name


@pytest.fixture
def login(vault: Vault, postgres: PostgresServer, role: str) -> Rotated:
    return store(vault, STRATEGY, SecretString=json.dumps(connection(postgres, role)))


def connection(postgres: PostgresServer, role: str, **changed: Any) -> Mapping[str, Any]:
    where = {"engine": "postgres", "host": postgres.host, "port": postgres.port, "username": role, "dbname": role}
    return {**where, "password": "first", **changed}


def set_password(postgres: PostgresServer, role: str, password: str) -> None:
    with postgres.connect() as session:
        session.execute(sql.SQL("ALTER USER {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def test_the_old_password_is_refused_and_the_new_one_accepted(
    login: Rotated, postgres: PostgresServer, role: str
) -> None:
    assert login.rotate().error == ""
    assert not postgres.accepts(role, "first", role)
    assert postgres.accepts(role, login.field("password"), role)


def test_everything_but_the_password_stays(login: Rotated, postgres: PostgresServer, role: str) -> None:
    login.rotate()
    assert json.loads(login.value()) == connection(postgres, role, password=login.field("password"))


def test_the_server_is_never_told_the_password_itself(login: Rotated, postgres: PostgresServer, role: str) -> None:
    with postgres.connect() as session:
        session.execute(sql.SQL("ALTER ROLE {} SET log_statement TO 'all'").format(sql.Identifier(role)))
    login.rotate()
    log = (postgres.folder / "log").read_text()
    assert "ALTER ROLE" in log
    assert "SCRAM-SHA-256$" in log
    assert login.field("password") not in log


def test_with_the_server_down_it_fails_and_is_completed_with_the_same_version(
    login: Rotated, postgres: PostgresServer, role: str
) -> None:
    token = login.start()
    before = login.version("AWSCURRENT")
    with postgres.stopped():
        failed = login.work()
    assert failed.error == f"setSecret: PostgreSQL at {postgres.host}:{postgres.port} cannot be reached"
    assert (login.version("AWSCURRENT"), login.version("AWSPENDING")) == (before, token)
    assert postgres.accepts(role, "first", role)
    with pytest.raises(login.client.exceptions.InvalidRequestException, match="reattempted"):
        login.start()
    assert login.work().error == ""
    assert login.version("AWSCURRENT") == token
    assert not postgres.accepts(role, "first", role)


def test_a_user_that_somebody_else_has_locked_keeps_the_worker_for_a_while_only(
    login: Rotated, postgres: PostgresServer, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.rotation.rotators.postgres._ANSWER_SECONDS", 1)
    token = login.start()
    with postgres.connect() as session, session.transaction():
        session.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 9").format(sql.Identifier(role)))
        assert "failed (57014)" in login.work().error
    assert postgres.accepts(role, "first", role)
    login.client.cancel_rotate_secret(SecretId=login.arn)
    login.client.update_secret_version_stage(SecretId=login.arn, VersionStage="AWSPENDING", RemoveFromVersionId=token)
    assert login.rotate().error == ""


def test_a_database_set_back_to_the_previous_password_is_taken_up(
    login: Rotated, postgres: PostgresServer, role: str
) -> None:
    login.rotate()
    set_password(postgres, role, "first")
    assert login.rotate().error == ""
    assert postgres.accepts(role, login.field("password"), role)


def test_a_password_changed_elsewhere_stops_it_with_the_reason(
    login: Rotated, postgres: PostgresServer, role: str
) -> None:
    set_password(postgres, role, "changed elsewhere")
    failed = login.rotate()
    assert failed.error == (
        f"setSecret: PostgreSQL at {postgres.host}:{postgres.port} refuses the password of {login.arn}; "
        f"was the password changed, or the user {role} renamed, by hand?"
    )
    assert login.field("password") == "first"


def test_a_previous_login_of_another_user_is_not_tried(login: Rotated, postgres: PostgresServer, role: str) -> None:
    stranger = f"other_{secrets.token_hex(4)}"
    postgres.create_role(stranger, "theirs", stranger)
    wrong = json.dumps(connection(postgres, stranger, password="not theirs"))
    login.client.put_secret_value(SecretId=login.arn, SecretString=wrong)
    assert "refuses the password" in login.rotate().error
    assert postgres.accepts(role, "first", role)


IS_NOT = "is not for PostgreSQL: its engine is none of postgres, postgresql, aurora-postgresql, redshift"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hunter2 in plain text", "is not a JSON object with host, username, password"),
        ('{"host": "h", "username": "u"}', "is not a JSON object with host, username, password"),
        ('{"engine": "mysql", "host": "h", "username": "u", "password": "hunter2"}', IS_NOT),
    ],
)
def test_what_is_no_login_is_refused_without_a_word_of_its_value(vault: Vault, content: str, reason: str) -> None:
    secret = store(vault, STRATEGY, SecretString=content)
    assert secret.rotate().error == f"createSecret: {secret.arn} {reason}"
