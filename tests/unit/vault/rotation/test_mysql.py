"""What is MySQL's and MariaDB's own about rotation, on a real MariaDB."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.testing.mariadb import MariaDBServer
from tests.testing.rotators import Cut, CutOff, Subject, hurting_password, stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.mysql import MySQLSession

HOST = "127.0.0.%"


@pytest.fixture
def name() -> str:
    return f"o'`{secrets.token_hex(3)}@%"


def login_of(vault: Vault, server: MariaDBServer, name: str, strategy: str, **changed: Any) -> Subject:
    password, root, root_password = hurting_password(), f"root{secrets.token_hex(4)}", hurting_password()
    server.create_user(name, password, HOST)
    server.create_user(root, root_password)
    server.run("GRANT ALL ON *.* TO %s@'127.0.0.1' WITH GRANT OPTION", root)
    server.run("GRANT PROXY ON ''@'%%' TO %s@'127.0.0.1' WITH GRANT OPTION", root)
    where = {"engine": "mariadb", "host": server.host, "port": server.port}
    master = stored(vault, {**where, "username": root, "password": root_password})
    return subject(vault, strategy, {**where, "username": name, "password": password, "masterarn": master, **changed})


@pytest.fixture
def login(vault: Vault, mariadb: MariaDBServer, name: str) -> Subject:
    return login_of(vault, mariadb, name, "mariadb-alternating")


def grants(server: MariaDBServer, name: str) -> list[str]:
    """Return what an account may, without what tells the two users apart."""
    rows = [str(row[0]) for row in server.run("SHOW GRANTS FOR %s@%s", name, HOST)]
    shown = "`" + name.replace("`", "``") + "`"
    found = [row.replace(shown, "`user`").partition(" IDENTIFIED BY PASSWORD ") for row in rows]
    return sorted(before + (after.partition("' ")[2] and " " + after.partition("' ")[2]) for before, _, after in found)


def test_the_clone_has_the_same_rights_roles_limits_and_proxies(
    login: Subject, mariadb: MariaDBServer, name: str
) -> None:
    role, database = f"r'{secrets.token_hex(3)}", f"d TO `app`@`%` {secrets.token_hex(3)}"
    mariadb.run(f"CREATE DATABASE `{database.replace('`', '``')}`")
    mariadb.run("CREATE ROLE %s", role)
    quoted = database.replace("`", "``").replace("%", "%%")
    for statement in (
        f"GRANT SELECT, INSERT (a) ON `{quoted}`.`orders` TO %s@%s WITH GRANT OPTION",
        f"GRANT ALL ON `{quoted}`.* TO %s@%s",
        "GRANT PROXY ON ''@'%%' TO %s@%s",
        "ALTER USER %s@%s WITH MAX_QUERIES_PER_HOUR 100000",
    ):
        if "INSERT (a)" in statement:
            mariadb.run(f"CREATE TABLE `{database.replace('`', '``')}`.`orders` (a int)")
        mariadb.run(statement, name, HOST)
    mariadb.run("GRANT %s TO %s@%s", role, name, HOST)
    mariadb.run("GRANT %s TO %s@'127.0.0.1' WITH ADMIN OPTION", role, root_of(login))
    mariadb.run("SET DEFAULT ROLE %s FOR %s@%s", role, name, HOST)
    login.rotate()
    assert grants(mariadb, f"{name}_clone") == grants(mariadb, name)
    assert len(grants(mariadb, name)) == 6
    with mariadb.connect(f"{name}_clone", login.content()["password"]) as session, session.cursor() as cursor:
        cursor.execute("SELECT CURRENT_ROLE()")
        assert cursor.fetchone() == (role,)


def root_of(login: Subject) -> str:
    arn = login.content()["masterarn"]
    return str(json.loads(login.client.get_secret_value(SecretId=arn)["SecretString"])["username"])


def test_a_user_whom_the_server_takes_over_tls_only_is_told(login: Subject, mariadb: MariaDBServer, name: str) -> None:
    login.rotate()
    mariadb.run("ALTER USER %s@%s REQUIRE SSL", f"{name}_clone", HOST)
    # The clone is current now, and may not log in without TLS, which this server does not have.
    with pytest.raises(RotationFailed, match="refuses the current password"):
        login.rotate()


def test_the_server_is_told_hashes(login: Subject, mariadb: MariaDBServer, tmp_path: Path) -> None:
    mariadb.run("SET GLOBAL log_output = 'TABLE'")
    mariadb.run("TRUNCATE mysql.general_log")
    mariadb.run("SET GLOBAL general_log = ON")
    passwords = [login.content()["password"]]
    try:
        for _ in range(2):
            login.rotate()
            passwords.append(login.content()["password"])
    finally:
        mariadb.run("SET GLOBAL general_log = OFF")
    log = "\n".join(str(row[0]) for row in mariadb.run("SELECT argument FROM mysql.general_log"))
    assert "SET PASSWORD FOR" in log
    assert not any(password in log or pymysql.converters.escape_string(password) in log for password in passwords)


def test_one_user_alone_changes_its_password_as_a_hash(vault: Vault, mariadb: MariaDBServer, name: str) -> None:
    login = login_of(vault, mariadb, name, "mariadb-single")
    login.put({key: value for key, value in login.content().items() if key != "masterarn"})
    login.rotate()
    assert mariadb.accepts(name, login.content()["password"])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_clone_cut_off_at_any_statement_is_completed(
    vault: Vault, mariadb: MariaDBServer, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    plain = MySQLSession._run
    for at in range(1, 100):
        name = f"cut{secrets.token_hex(4)}"
        login = login_of(vault, mariadb, name, "mariadb-alternating")
        mariadb.run("GRANT SELECT ON mysql.time_zone TO %s@%s", name, HOST)
        token, cut = login.start(), Cut(at=at, after=after)
        with monkeypatch.context() as patch:
            patch.setattr(MySQLSession, "_run", lambda self, statement, cut=cut: cut.through(plain, self, statement))
            with suppress(CutOff):
                login.run(token)
        assert mariadb.accepts(name, login.content("AWSCURRENT")["password"]) or cut.calls < at
        login.run(token)
        assert grants(mariadb, f"{name}_clone") == grants(mariadb, name)
        if cut.calls < at:
            assert at > 10
            return


@pytest.mark.parametrize("layout", ["mysql", "aurora-mysql"])
@pytest.mark.parametrize("strategy", ["mysql-single", "mysql-alternating"])
def test_servers_of_both_are_known_by_what_they_say(
    vault: Vault, mariadb: MariaDBServer, name: str, strategy: str, layout: str
) -> None:
    login = login_of(vault, mariadb, name, strategy, engine=layout)
    content = login.content()
    master = login.client.get_secret_value(SecretId=content["masterarn"])["SecretString"]
    login.put({**content, "masterarn": stored(vault, {**json.loads(master), "engine": layout})})
    for _ in range(2):
        login.rotate()
        assert mariadb.accepts(login.content()["username"], login.content()["password"])


def test_a_name_too_long_to_clone_is_refused(vault: Vault, mariadb: MariaDBServer) -> None:
    login = login_of(vault, mariadb, "n" * 27, "mysql-alternating", engine="mysql")
    with pytest.raises(RotationFailed, match="more than 32 characters"):
        login.rotate()


@pytest.mark.parametrize(("limit", "reason"), [("16", "more than 16 characters"), ("few", "it is a whole number")])
def test_the_limit_of_names_is_a_setting(
    vault: Vault, mariadb: MariaDBServer, name: str, limit: str, reason: str
) -> None:
    login = login_of(vault, mariadb, f"{name}-long", "mariadb-alternating")
    limited = Subject(vault=vault, arn=login.arn, strategy=login.strategy, settings={"USERNAME_CHARACTER_LIMIT": limit})
    with pytest.raises(RotationFailed, match=reason):
        limited.rotate()


def test_a_layout_of_another_engine_is_refused(vault: Vault, mariadb: MariaDBServer, name: str) -> None:
    login = login_of(vault, mariadb, name, "mysql-single")
    with pytest.raises(RotationFailed, match="is not for MySQL: its engine is none of mysql, aurora-mysql"):
        login.rotate()


def test_tls_that_is_demanded_of_a_server_without_is_told(vault: Vault, mariadb: MariaDBServer, name: str) -> None:
    login = login_of(vault, mariadb, name, "mariadb-single", ssl=True)
    with pytest.raises(RotationFailed, match="TLS, which the secret demands by ssl, failed"):
        login.rotate()


def test_a_database_that_is_not_there_is_told(vault: Vault, mariadb: MariaDBServer, name: str) -> None:
    login = login_of(vault, mariadb, name, "mariadb-single", dbname="gone")
    assert login.accepts(login.value() or "")
    with pytest.raises(RotationFailed, match="into no database gone"):
        login.rotate()


def test_a_superuser_on_a_replica_changes_nothing(login: Subject, mariadb: MariaDBServer, name: str) -> None:
    mariadb.run("SET GLOBAL read_only = ON")
    try:
        with pytest.raises(RotationFailed, match="is a read-only replica"):
            login.rotate()
    finally:
        mariadb.run("SET GLOBAL read_only = OFF")
    with pytest.raises(pymysql.MySQLError):
        grants(mariadb, f"{name}_clone")
