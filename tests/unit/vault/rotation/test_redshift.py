"""Redshift's way of rotating, shown on PostgreSQL set to MD5: no Redshift can be had, and both know the statements."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import sql

from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer, running_postgres
from tests.testing.rotators import Subject, hurting_password, stored, subject
from vault.bootstrap import Vault


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as made:
        rules = made.folder / "data" / "pg_hba.conf"
        rules.write_text(
            f"host all postgres 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 md5\n{rules.read_text()}"
        )
        admin(made, "SELECT pg_reload_conf()")
        yield made


def admin(server: PostgresServer, statement: Any, dbname: str = "postgres") -> None:
    with server.connect(dbname=dbname) as session:
        session.autocommit = True
        session.execute(statement)


def login_of(vault: Vault, server: PostgresServer, strategy: str) -> Subject:
    name, password = f'Shop "{secrets.token_hex(4)}', hurting_password()
    server.create_role(name, password, name)
    where = {"engine": "redshift", "host": server.host, "port": server.port, "dbname": name}
    master = stored(vault, {**where, "username": "postgres", "password": ADMIN_PASSWORD})
    return subject(vault, strategy, {**where, "username": name, "password": password, "masterarn": master})


@pytest.mark.parametrize("strategy", ["postgres-single", "postgres-alternating"])
def test_passwords_are_told_as_md5_hashes(vault: Vault, server: PostgresServer, strategy: str) -> None:
    login = login_of(vault, server, strategy)
    admin(server, "ALTER SYSTEM SET log_statement TO 'all'")
    admin(server, "SELECT pg_reload_conf()")
    for _ in range(3):
        login.rotate()
        content = login.content()
        assert server.accepts(content["username"], content["password"], content["dbname"])
        assert content["password"] not in (server.folder / "log").read_text()
    assert "PASSWORD 'md5" in (server.folder / "log").read_text()


def test_rights_and_groups_are_copied(vault: Vault, server: PostgresServer) -> None:
    login = login_of(vault, server, "postgres-alternating")
    name, dbname = sql.Identifier(login.content()["username"]), login.content()["dbname"]
    group = sql.Identifier(f"g {secrets.token_hex(3)}")
    admin(server, sql.SQL("CREATE ROLE {}").format(group))
    admin(server, sql.SQL("GRANT {} TO {}").format(group, name))
    for statement in (
        'CREATE SCHEMA "My Schema"',
        'CREATE TABLE "My Schema"."a ""b" (id int)',
        'GRANT USAGE ON SCHEMA "My Schema" TO {}',
        'GRANT SELECT, INSERT ON "My Schema"."a ""b" TO {}',
    ):
        admin(server, sql.SQL(statement).format(name), dbname)
    login.rotate()
    content = login.content()
    with server.connect(content["username"], content["password"], dbname) as session:
        session.execute('INSERT INTO "My Schema"."a ""b" VALUES (1)')
        assert session.execute('SELECT * FROM "My Schema"."a ""b"').fetchall() == [(1,)]
        members = (
            "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE rolname = session_user"
        )
        assert session.execute(members).fetchone() == (1,)
