"""Asks databases by logging in, as their own clients do; only servers that people named with `--verify-host`."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import unquote

from scanner.verify.base import Question, Said, Unreachable, active, inactive, unknown
from scanner.verify.reach import Reach
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

_MOST_PORT = 65535
_LONGEST_LINE = 1_000
_EXTRA = "pip install 'strongroom[verify]'"
_POSTGRES_KNOWS = re.compile(r'database "[^"]*" does not exist|permission denied for database')
"""What PostgreSQL says only after a login was accepted (InitPostgres in its src/backend/utils/init/postinit.c)."""
_POSTGRES_METHODS = "scram-sha-256,md5"
"""Methods that never send the password. A server that asks for none tells nothing, one that asks for it too much."""
_MYSQL_DENIED = 1045
"""ER_ACCESS_DENIED_ERROR: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html."""
_MYSQL_NO_TLS = 2026
_REDIS_REFUSALS = (b"-WRONGPASS", b"-ERR invalid password")


class Login(Record):
    """Where to log in, as whom."""

    host: str
    port: int
    user: str
    database: str
    tls: bool
    password: SecretValue


def postgresql(question: Question, reach: Reach) -> Said:
    """Return whether PostgreSQL accepts a password."""
    login = _login(question, 5432)
    try:
        said = _postgresql_said(login, reach)
    except ImportError:
        return unknown(f"PostgreSQL is asked with the package psycopg: {_EXTRA}")
    if said is None or _POSTGRES_KNOWS.search(said):
        return _accepted(login)
    return _refused(login) if "password authentication failed" in said else _unclear(login)


def _postgresql_said(login: Login, reach: Reach) -> str | None:
    """Return what a login ends with; None where it is accepted."""
    import psycopg

    address = reach.address(login.host, login.port)
    reach.turn(login.host, login.port)
    try:
        psycopg.connect(
            host=login.host, hostaddr=address, port=login.port, user=login.user,
            password=login.password.reveal_text(), dbname=login.database or "postgres", passfile="/dev/null",
            connect_timeout=int(reach.transport.limits.connect), require_auth=_POSTGRES_METHODS, application_name="",
        ).close()  # fmt: skip
    except psycopg.Error as error:
        return str(error)
    return None


def mysql(question: Question, reach: Reach) -> Said:
    """Return whether MySQL or MariaDB accepts a password; by TLS wherever the server, on another machine, offers it."""
    login = _login(question, 3306)
    tls = not ipaddress.ip_address(reach.address(login.host, login.port)).is_loopback
    try:
        code = _mysql_code(login, reach, tls=tls)
        if code == _MYSQL_NO_TLS:
            code = _mysql_code(login, reach, tls=False)
    except ImportError:
        return unknown(f"MySQL is asked with the package PyMySQL: {_EXTRA}")
    if code is None:
        return _accepted(login)
    return _refused(login) if code == _MYSQL_DENIED else _unclear(login)


def _mysql_code(login: Login, reach: Reach, *, tls: bool) -> int | None:
    """Return the number of the error that a login ends with, 0 for one without; None where it is accepted."""
    import pymysql

    context = reach.transport.context() if tls else None
    client = pymysql.Connection(
        host=login.host, user=login.user, password=login.password.reveal_text(), ssl=context, ssl_disabled=not tls,
        read_timeout=reach.transport.limits.total, write_timeout=reach.transport.limits.total, defer_connect=True,
        auth_plugin_map={b"mysql_clear_password": _Unwilling},
    )  # fmt: skip
    try:
        client.connect(reach.connected(login.host, login.port))
    except pymysql.MySQLError as error:
        number = error.args[0] if error.args else 0
        return number if isinstance(number, int) else 0
    client.close()
    return None


class _Unwilling:
    """Refuses the method that sends the password as it is."""

    def __init__(self, connection: object) -> None:
        pass

    def authenticate(self, packet: object) -> None:
        """Raise `Unreachable`."""
        raise Unreachable("the server wants the password unprotected")


def redis(question: Question, reach: Reach) -> Said:
    """Return whether Redis or Valkey accepts a password, by its one command: https://redis.io/docs/latest/commands/auth/.

    The form with the password alone is refused where none is set; the one with a user would be accepted.
    """
    login = _login(question, 6379)
    named = [login.user.encode()] if login.user and login.user != "default" else []
    words = [b"AUTH", *named, login.password.reveal()]
    command = b"*%d\r\n%s" % (len(words), b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    with reach.connected(login.host, login.port) as plain:
        plain.settimeout(reach.transport.limits.connect)
        opened = reach.transport.context().wrap_socket(plain, server_hostname=login.host) if login.tls else plain
        opened.sendall(command)
        line = _line(opened)
    if line == b"+OK":
        return _accepted(login)
    return _refused(login) if line.startswith(_REDIS_REFUSALS) else _unclear(login)


def _line(opened: socket.socket) -> bytes:
    data = b""
    while b"\r\n" not in data and len(data) < _LONGEST_LINE:
        more = opened.recv(_LONGEST_LINE)
        if not more:
            break
        data += more
    return data.partition(b"\r\n")[0]


def _login(question: Question, usual_port: int) -> Login:
    """Return where a password belongs, by the connection URL around it or what stands near. Raises `Unreachable`."""
    found = {name: values[0].reveal().decode("utf-8", "replace") for name, values in question.surroundings if values}
    in_url = "scheme" in found
    host = found.get("host", "").strip("[]").lower()
    port = found.get("port") or str(usual_port)
    if not host or not port.isdigit() or not 0 < int(port) <= _MOST_PORT:
        raise Unreachable("the server that it belongs to is not named near it")
    password = question.value.reveal()
    return Login(
        host=host,
        port=int(port),
        user=unquote(found.get("user", "")),
        database=unquote(found.get("database", "")),
        tls=found.get("scheme", "").lower() in ("rediss", "valkeys"),
        password=SecretValue(unquote(password.decode("utf-8", "surrogateescape")) if in_url else password),
    )


def _accepted(login: Login) -> Said:
    return active(f"the server accepted it at {login.host}")


def _refused(login: Login) -> Said:
    return inactive(f"the server refused it at {login.host}")


def _unclear(login: Login) -> Said:
    return unknown(f"the login at {login.host} ended with neither yes nor no")


VERIFIERS = {"postgresql": postgresql, "mysql": mysql, "redis": redis}
