"""A real PostgreSQL for one test session: own data folder, own port, stopped and removed at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.testing.ports import free_port

ADMIN_PASSWORD = (
    "adm1n-of-the-test-cluster"  # strongroom:allow postgresql-password reason="the throwaway cluster of the tests"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """Where the server listens; the superuser is `postgres`."""

    host: str
    port: int
    folder: Path
    account: str | None
    """The user that the server runs as, where it is another than ours."""

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses={self.host} -c fsync=off"
        self._control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server, ending its sessions."""
        self._control("-m", "fast", "stop")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the server down for as long as the block runs."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _control(self, *arguments: str) -> None:
        _run(self.account, [_binary("pg_ctl"), "-D", str(self.folder / "data"), "-w", *arguments])

    def connect(
        self, user: str = "postgres", password: str = ADMIN_PASSWORD, dbname: str = "postgres"
    ) -> psycopg.Connection:
        """Log in with a password over TCP. Raises `psycopg.OperationalError` when the server refuses."""
        return psycopg.connect(host=self.host, port=self.port, user=user, password=password, dbname=dbname)

    def create_role(self, name: str, password: str, dbname: str) -> None:
        """Create a login role and a database it owns."""
        with self.connect() as connection:
            connection.autocommit = True
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(dbname), sql.Identifier(name))
            )

    def accepts(self, user: str, password: str, dbname: str) -> bool:
        """Tell whether a login works."""
        try:
            self.connect(user, password, dbname).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server on a free port with scram passwords; PostgreSQL refuses root, so it then runs as `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    data = folder / "data"
    password_file = folder / "pw"
    password_file.write_text(ADMIN_PASSWORD)
    as_user = _other_user(folder)
    try:
        _run(
            as_user,
            [
                *(_binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"),
                *("--pwfile", str(password_file), "--no-sync", "-E", "UTF8", "--locale", "C"),
            ],
        )
        server = PostgresServer(host="127.0.0.1", port=free_port(), folder=folder, account=as_user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def standby_of(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Copy a server as it stands and have the copy follow it, to be read only: a hot standby."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if primary.account is not None:
        os.chown(folder, pwd.getpwnam(primary.account).pw_uid, pwd.getpwnam(primary.account).pw_gid)
    passwords = folder / "pgpass"
    passwords.touch(mode=0o600)
    passwords.write_text(f"*:*:*:postgres:{ADMIN_PASSWORD}\n")
    if primary.account is not None:
        os.chown(passwords, pwd.getpwnam(primary.account).pw_uid, -1)
    source = f"host={primary.host} port={primary.port} user=postgres passfile={passwords}"
    copied = [_binary("pg_basebackup"), "-D", str(folder / "data"), "-d", source, "-R", "-c", "fast", "--no-sync"]
    server = PostgresServer(host=primary.host, port=free_port(), folder=folder, account=primary.account)
    try:
        _run(primary.account, copied)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name)
    assert found, f"{name} is missing: run `sh tests/servers.sh`"
    return found


def _other_user(folder: Path) -> str | None:
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam("postgres")
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)
    return "postgres"


def _run(user: str | None, command: Sequence[str]) -> None:
    subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
