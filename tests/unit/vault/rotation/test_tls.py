"""Servers that speak TLS: used where the secret leaves it open, judged by their certificates where it demands it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.testing.certificates import Certificate, certificate
from tests.testing.mariadb import MariaDBServer, running_mariadb
from tests.testing.ports import free_port
from tests.testing.postgres import PostgresServer, running_postgres
from tests.testing.redis import running_redis
from tests.testing.rotators import stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators import tls
from vault.rotation.rotators.base import RotationFailed


@contextmanager
def readable_by(account: str) -> Iterator[Certificate]:
    """Make a certificate whose key an account of the system may read, where we may give it away."""
    folder = Path(tempfile.mkdtemp(prefix="tls", dir="/tmp"))
    try:
        files = certificate(folder)
        if os.geteuid() == 0:
            for path in (folder, files.certificate, files.key):
                os.chown(path, pwd.getpwnam(account).pw_uid, -1)
        yield files
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def postgres() -> Iterator[tuple[PostgresServer, Certificate]]:
    with running_postgres() as server, readable_by("postgres") as files:
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text(
            "hostssl all all 127.0.0.1/32 scram-sha-256\n" + "hostnossl all postgres 127.0.0.1/32 scram-sha-256\n"
        )
        with server.connect() as session:
            session.autocommit = True
            session.execute(f"ALTER SYSTEM SET ssl_cert_file TO '{files.certificate}'")
            session.execute(f"ALTER SYSTEM SET ssl_key_file TO '{files.key}'")
            session.execute("ALTER SYSTEM SET ssl TO on")
            session.execute("SELECT pg_reload_conf()")
        yield server, files


@pytest.fixture(scope="module")
def mariadb() -> Iterator[tuple[MariaDBServer, Certificate]]:
    with (
        readable_by("nobody") as files,
        running_mariadb(f"--ssl-cert={files.certificate}", f"--ssl-key={files.key}") as server,
    ):
        yield server, files


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    tls.context.cache_clear()
    yield monkeypatch
    tls.context.cache_clear()


def value_of_postgres(server: PostgresServer, **changed: Any) -> dict[str, Any]:
    name, password = f"tls_{secrets.token_hex(4)}", secrets.token_hex(8)
    server.create_role(name, password, name)
    where = {"engine": "postgres", "host": server.host, "port": server.port, "dbname": name}
    return {**where, "username": name, "password": password, **changed}


def value_of_mariadb(server: MariaDBServer, **changed: Any) -> dict[str, Any]:
    name, password = f"tls_{secrets.token_hex(4)}", secrets.token_hex(8)
    server.create_user(name, password)
    server.run("ALTER USER %s@'127.0.0.1' REQUIRE SSL", name)
    where = {"engine": "mariadb", "host": server.host, "port": server.port}
    return {**where, "username": name, "password": password, **changed}


def test_postgres_over_tls(
    vault: Vault, postgres: tuple[PostgresServer, Certificate], trusted: pytest.MonkeyPatch
) -> None:
    server, files = postgres
    subject(vault, "postgres-single", value_of_postgres(server)).rotate()
    with pytest.raises(RotationFailed, match="TLS, which the secret demands by ssl, failed"):
        subject(vault, "postgres-single", value_of_postgres(server, ssl=True)).rotate()
    with pytest.raises(RotationFailed, match="has no entry for the user"):
        subject(vault, "postgres-single", value_of_postgres(server, ssl=False)).rotate()
    trusted.setenv("SSL_CERT_FILE", str(files.certificate))
    subject(vault, "postgres-single", value_of_postgres(server, ssl="true")).rotate()


def test_mariadb_over_tls(
    vault: Vault, mariadb: tuple[MariaDBServer, Certificate], trusted: pytest.MonkeyPatch
) -> None:
    server, files = mariadb
    subject(vault, "mariadb-single", value_of_mariadb(server)).rotate()
    with pytest.raises(RotationFailed, match="TLS, which the secret demands by ssl, failed"):
        subject(vault, "mariadb-single", value_of_mariadb(server, ssl=True)).rotate()
    with pytest.raises(RotationFailed, match="refuses the password"):
        subject(vault, "mariadb-single", value_of_mariadb(server, ssl=False)).rotate()
    tls.context.cache_clear()
    trusted.setenv("SSL_CERT_FILE", str(files.certificate))
    subject(vault, "mariadb-single", value_of_mariadb(server, ssl=True)).rotate()


def test_demands_on_tls_are_cloned(
    vault: Vault, mariadb: tuple[MariaDBServer, Certificate], trusted: pytest.MonkeyPatch
) -> None:
    server, _ = mariadb
    root, password = f"root_{secrets.token_hex(4)}", secrets.token_hex(8)
    server.create_user(root, password)
    server.run("GRANT ALL ON *.* TO %s@'127.0.0.1' WITH GRANT OPTION", root)
    value = value_of_mariadb(server)
    master = {**value, "username": root, "password": password}
    login = subject(vault, "mariadb-alternating", {**value, "masterarn": stored(vault, master)})
    login.rotate()
    assert "REQUIRE SSL" in server.run("SHOW CREATE USER %s@'127.0.0.1'", f"{value['username']}_clone")[0][0]


def test_redis_over_tls(vault: Vault, tmp_path: Path, trusted: pytest.MonkeyPatch) -> None:
    files, port, password = certificate(tmp_path), free_port(), secrets.token_hex(12)
    settings = [
        f"tls-port {port}",
        f"tls-cert-file {files.certificate}",
        f"tls-key-file {files.key}",
        "tls-auth-clients no",
    ]
    with running_redis(tmp_path, f"requirepass {password}", *settings):
        where = {"engine": "redis", "host": "127.0.0.1", "port": port}
        left_open = subject(vault, "redis-single", {**where, "password": password})
        left_open.rotate()
        current = left_open.content()["password"]
        demanded = {**where, "password": current, "ssl": True}
        with pytest.raises(RotationFailed, match="TLS, which the secret demands by ssl, failed"):
            subject(vault, "redis-single", demanded).rotate()
        with pytest.raises(RotationFailed, match="cannot be reached"):
            subject(vault, "redis-single", {**demanded, "ssl": False}).rotate()
        trusted.setenv("SSL_CERT_FILE", str(files.certificate))
        login = subject(vault, "redis-single", demanded)
        login.rotate()
        with redis.Redis(port=port, password=login.content()["password"], ssl=True, ssl_cert_reqs="none") as client:
            assert client.ping()
