"""What is PostgreSQL's own about rotation: clones that are as good as the first, and servers that are not as usual."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer, running_postgres, standby_of
from tests.testing.rotators import Subject, hurting_password, stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators import postgres as rotator
from vault.rotation.rotators.base import RotationFailed


@pytest.fixture
def name() -> str:
    return f'Shop "{secrets.token_hex(4)}'


def login_of(vault: Vault, server: PostgresServer, name: str, strategy: str, **changed: Any) -> Subject:
    password = hurting_password()
    server.create_role(name, password, name)
    where = {"engine": "postgres", "host": server.host, "port": server.port}
    master = stored(vault, {**where, "username": "postgres", "password": ADMIN_PASSWORD})
    mine = {**where, "username": name, "password": password, "dbname": name, "masterarn": master}
    return subject(vault, strategy, {**mine, **changed})


@pytest.fixture
def login(vault: Vault, postgres: PostgresServer, name: str) -> Subject:
    return login_of(vault, postgres, name, "postgres-alternating")


def admin(server: PostgresServer, statement: Any) -> list[Any]:
    with server.connect() as session:
        session.autocommit = True
        found = session.execute(statement)
        return [] if found.description is None else found.fetchall()


def as_current(login: Subject, server: PostgresServer) -> psycopg.Connection:
    content = login.content()
    session = server.connect(content["username"], content["password"], content["dbname"])
    session.autocommit = True
    return session


def test_what_one_of_the_two_creates_the_other_may_alter(login: Subject, postgres: PostgresServer) -> None:
    for number in range(3):
        login.rotate()
        with as_current(login, postgres) as session:
            session.execute("CREATE TABLE IF NOT EXISTS orders (id int)")
            session.execute(sql.SQL("ALTER TABLE orders ADD COLUMN {} int").format(sql.Identifier(f"c{number}")))


def test_the_clone_works_as_the_first_user(login: Subject, postgres: PostgresServer, name: str) -> None:
    login.rotate()
    with as_current(login, postgres) as session:
        assert session.execute("SELECT session_user, current_user").fetchone() == (f"{name}_clone", name)


def test_settings_attributes_and_limits_are_cloned(login: Subject, postgres: PostgresServer, name: str) -> None:
    role = sql.Identifier(name)
    for statement in (
        'ALTER ROLE {} SET search_path TO audit, "My Schema"',
        "ALTER ROLE {0} IN DATABASE {0} SET work_mem TO '8MB'",
        "ALTER ROLE {} CREATEDB CONNECTION LIMIT 7",
    ):
        admin(postgres, sql.SQL(statement).format(role))
    login.rotate()
    with as_current(login, postgres) as session:
        assert session.execute("SHOW search_path").fetchone() == ('audit, "My Schema"',)
        assert session.execute("SHOW work_mem").fetchone() == ("8MB",)
    found = admin(
        postgres,
        sql.SQL("SELECT rolcreatedb, rolconnlimit, rolsuper FROM pg_roles WHERE rolname = {}").format(
            sql.Literal(f"{name}_clone")
        ),
    )
    assert found == [(True, 7, False)]


def test_a_right_given_later_is_the_clones_too(login: Subject, postgres: PostgresServer, name: str) -> None:
    login.rotate()
    with postgres.connect(dbname=name) as session:
        session.execute("CREATE TABLE given (id int)")
        session.execute(sql.SQL("GRANT SELECT ON given TO {}").format(sql.Identifier(name)))
    with as_current(login, postgres) as session:
        session.execute("SELECT * FROM given")


def test_a_role_that_becomes_another_one_has_a_clone_that_does_too(
    login: Subject, postgres: PostgresServer, name: str
) -> None:
    owner = f"{name} owner"
    admin(postgres, sql.SQL("CREATE ROLE {}").format(sql.Identifier(owner)))
    admin(postgres, sql.SQL("GRANT {} TO {}").format(sql.Identifier(owner), sql.Identifier(name)))
    admin(postgres, sql.SQL("ALTER ROLE {} SET role TO {}").format(sql.Identifier(name), sql.Literal(owner)))
    for _ in range(2):
        login.rotate()
        with as_current(login, postgres) as session:
            assert session.execute("SELECT current_user").fetchone() == (owner,)


def test_a_user_who_becomes_another_one_changes_its_own_password(
    vault: Vault, postgres: PostgresServer, name: str
) -> None:
    login = login_of(vault, postgres, name, "postgres-single")
    owner = f"{name} owner"
    admin(postgres, sql.SQL("CREATE ROLE {}").format(sql.Identifier(owner)))
    admin(postgres, sql.SQL("GRANT {} TO {}").format(sql.Identifier(owner), sql.Identifier(name)))
    admin(postgres, sql.SQL("ALTER ROLE {} SET role TO {}").format(sql.Identifier(name), sql.Literal(owner)))
    login.rotate()
    assert login.accepts(login.value() or "")


def test_no_password_stands_in_the_servers_log(login: Subject, postgres: PostgresServer) -> None:
    admin(postgres, "ALTER SYSTEM SET log_statement TO 'all'")
    admin(postgres, "SELECT pg_reload_conf()")
    try:
        passwords = [login.content()["password"]]
        for _ in range(2):
            login.rotate()
            passwords.append(login.content()["password"])
    finally:
        admin(postgres, "ALTER SYSTEM RESET log_statement")
        admin(postgres, "SELECT pg_reload_conf()")
    log = (postgres.folder / "log").read_text()
    assert "SCRAM-SHA-256$" in log
    assert not any(password in log for password in passwords)


def test_a_name_too_long_to_clone_is_refused(vault: Vault, postgres: PostgresServer) -> None:
    login = login_of(vault, postgres, "é" * 29, "postgres-alternating")
    with pytest.raises(RotationFailed, match="more than 63 bytes"):
        login.rotate()


@pytest.mark.parametrize("mine", ["first", "clone"])
def test_a_user_who_is_a_partner_by_name_only_is_left_alone(
    vault: Vault, postgres: PostgresServer, name: str, mine: str
) -> None:
    users = [name, f"{name}_clone"]
    ours, theirs = users if mine == "first" else users[::-1]
    password = secrets.token_hex(8)
    postgres.create_role(theirs, password, theirs)
    login = login_of(vault, postgres, ours, "postgres-alternating")
    with pytest.raises(RotationFailed, match="is no clone of"):
        login.rotate()
    assert postgres.accepts(theirs, password, theirs)


def test_a_superuser_without_the_right_is_told(login: Subject, postgres: PostgresServer, name: str) -> None:
    weak, password = f"weak_{secrets.token_hex(4)}", secrets.token_hex(8)
    postgres.create_role(weak, password, weak)
    master = stored(login.vault, {**login.content(), "username": weak, "password": password, "dbname": weak})
    login.put({**login.content(), "masterarn": master})
    with pytest.raises(RotationFailed, match=f"the superuser of {master} may not do it: .* does not let {weak} do it"):
        login.rotate()
    assert admin(postgres, sql.SQL("SELECT 1 FROM pg_roles WHERE rolname = {}").format(f"{name}_clone")) == []


def test_a_server_that_asks_for_no_password_proves_nothing(vault: Vault, postgres: PostgresServer, name: str) -> None:
    login = login_of(vault, postgres, name, "postgres-single")
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    trusted = '"' + name.replace('"', '""') + '"'
    rules.write_text(f"host all {trusted} 127.0.0.1/32 trust\n{before}")
    admin(postgres, "SELECT pg_reload_conf()")
    try:
        with pytest.raises(RotationFailed, match="asks this user for no password"):
            login.rotate()
    finally:
        rules.write_text(before)
        admin(postgres, "SELECT pg_reload_conf()")


def test_a_password_is_accepted_also_where_its_database_is_gone(
    vault: Vault, postgres: PostgresServer, name: str
) -> None:
    login = login_of(vault, postgres, name, "postgres-single", dbname="gone")
    assert login.accepts(login.value() or "")
    with pytest.raises(RotationFailed, match="into no database gone"):
        login.rotate()


@pytest.mark.parametrize("strategy", ["postgres-single", "postgres-alternating"])
def test_refusals_are_known_in_any_language(
    vault: Vault, postgres: PostgresServer, name: str, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = login_of(vault, postgres, name, strategy)
    monkeypatch.setattr(rotator, "_REFUSED", re.compile("Passwort-Authentifizierung fehlgeschlagen"))
    login.rotate()
    assert login.accepts(login.value() or "")
    assert not login.accepts(login.value().replace('"password": "', '"password": "x'))  # type: ignore[union-attr]


def test_tls_that_is_demanded_of_a_server_without_is_told(vault: Vault, postgres: PostgresServer, name: str) -> None:
    login = login_of(vault, postgres, name, "postgres-single", ssl="true")
    with pytest.raises(RotationFailed, match="TLS, which the secret demands by ssl, failed"):
        login.rotate()


@pytest.mark.parametrize("ssl", [False, "False", "whatever", None])
def test_without_tls_it_goes_on_unless_it_is_demanded(
    vault: Vault, postgres: PostgresServer, name: str, ssl: object
) -> None:
    login = login_of(vault, postgres, name, "postgres-single", ssl=ssl)
    login.rotate()
    assert login.accepts(login.value() or "")


@pytest.mark.parametrize("host", ["/var/run/postgresql", "a,b", "@abstract", "a b", "-x"])
def test_a_host_that_is_more_than_one_host_is_refused(login: Subject, host: str) -> None:
    login.put({**login.content(), "host": host})
    with pytest.raises(RotationFailed, match="is no host name and no address"):
        login.rotate()


@pytest.fixture
def primary() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


def test_a_hot_standby_is_told_and_left_alone(vault: Vault, primary: PostgresServer, name: str, tmp_path: Path) -> None:
    for strategy in ("postgres-single", "postgres-alternating"):
        login = login_of(vault, primary, f"{name} {strategy}", strategy)
        with standby_of(primary) as standby:
            port = standby.port
            master = stored(
                vault,
                {"host": standby.host, "port": port, "username": "postgres", "password": ADMIN_PASSWORD},
            )
            login.put({**login.content(), "port": port, "masterarn": master})
            with pytest.raises(RotationFailed, match="is a read-only replica"):
                login.rotate()
