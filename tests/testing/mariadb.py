"""A real MariaDB for one test session: own data folder, own port, stopped and removed at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.testing.ports import free_port, until_it_listens

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MariaDBServer:
    """Where the server listens; `root` comes in through the socket without a password."""

    host: str
    port: int
    socket: str

    def create_user(self, name: str, password: str, host: str = "127.0.0.1") -> None:
        """Create a user who comes in over TCP with a password."""
        self.run("CREATE USER %s@%s IDENTIFIED BY %s", name, host, password)

    def run(self, statement: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Run a statement as `root` and return its rows."""
        with (
            pymysql.connect(unix_socket=self.socket, user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall())

    def connect(self, name: str, password: str, database: str | None = None) -> pymysql.Connection:
        """Log in with a password over TCP. Raises `pymysql.MySQLError` when the server refuses."""
        return pymysql.connect(
            host=self.host, port=self.port, user=name, password=password.encode(), database=database, autocommit=True
        )

    def accepts(self, name: str, password: str) -> bool:
        """Tell whether a login works."""
        try:
            self.connect(name, password).close()
        except pymysql.OperationalError:
            return False
        return True


@contextmanager
def running_mariadb(*options: str) -> Iterator[MariaDBServer]:
    """Start a server on a free port of this machine, with more options if any; as root it runs as `nobody`."""
    folder = Path(tempfile.mkdtemp(prefix="maria", dir="/tmp"))
    data, where = folder / "data", str(folder / "s")
    account = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
    port = free_port()
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        install = [
            _binary("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
        ]
        subprocess.run([*install, f"--user={account}", "--skip-test-db"], check=True, **quiet)  # type: ignore[call-overload]
        serve = [
            *(_binary("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={where}", f"--port={port}"),
            *("--bind-address=127.0.0.1", f"--user={account}", f"--pid-file={folder / 'pid'}", "--skip-name-resolve"),
            "--innodb-flush-log-at-trx-commit=0",
            *options,
        ]
        with subprocess.Popen(serve, **quiet) as process:  # type: ignore[call-overload]
            try:
                until_it_listens(process, where, within=_PATIENCE)
                yield MariaDBServer(host="127.0.0.1", port=port, socket=where)
            finally:
                process.terminate()
                process.wait(timeout=_PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: run `sh tests/servers.sh`"
    return found
