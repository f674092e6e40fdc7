"""MySQL and MariaDB: logins, and passwords that are sent as hashes where the server takes them.

MariaDB is told a hash, so that no password stands in its logs. MySQL hides passwords of these statements from its logs
by itself (MySQL Reference Manual, "Passwords and Logging"). Error numbers are those of both servers' manuals.
"""

from __future__ import annotations

import secrets
import ssl
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.alternating import AlternatingUsers
from vault.rotation.rotators.base import Errand, RotationFailed, Rotator
from vault.rotation.rotators.engines import Engine, engines
from vault.rotation.rotators.login import Login
from vault.rotation.rotators.mysql_rights import Account, limits, plugin_of, replayed, usual_roles
from vault.rotation.rotators.mysql_secrets import hashed
from vault.rotation.rotators.service import (
    Denied,
    Refused,
    Service,
    Session,
    Standing,
    at,
    no_tls,
    read_only,
    unreachable,
)
from vault.rotation.rotators.tls import context
from vault.rotation.rotators.users import SingleUser, locked

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 30
_REFUSED = (1045, 1698)
_LOCKED = (3118, 4150, 4151)
_DENIED = (1044, 1045, 1142, 1143, 1227, 1698)
_READ_ONLY = (1290, 1836)
_NO_USER = (1133, 1396)
_NO_DATABASE = (1044, 1049)
_NO_TLS = 2026
_CLIENT_ERRORS = 2000
"""Numbers from here on are the driver's own: no server was reached."""
_OPTION = 1290


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function for a strategy."""
    kind = AlternatingUsers if strategy == "alternating" else SingleUser
    return kind(errand, MySQLService(engines()[engine]))


class MySQLService(Service):
    """A server of MySQL or MariaDB."""

    def open(self, login: Login, *, database: bool) -> Session:
        """Log in. Raises `Refused`, `Locked`, `RotationFailed`."""
        pymysql = _driver()
        ways = [True] if login.tls else [False] if login.tls is False else [True, False]
        for tls in ways:
            try:
                connection = _connected(pymysql, login, tls=tls, database=database)
            except pymysql.MySQLError as error:
                code = _code(error)
                if code == _NO_TLS and tls is not ways[-1]:
                    continue
                raise self._told(code, login) from None
            return MySQLSession(connection, self.engine, login)
        raise unreachable(self.engine, login)

    def _told(self, code: int, login: Login) -> RotationFailed:
        where = at(self.engine, login)
        if code in _REFUSED:
            return Refused(f"{where} refuses the password")
        if code in _LOCKED:
            return locked(login.username, where)
        if code in _NO_DATABASE:
            return RotationFailed(f"{where} lets the user {login.username} into no database {login.database}")
        if code == _NO_TLS:
            return no_tls(self.engine, login)
        return unreachable(self.engine, login, f"error {code}" if 0 < code < _CLIENT_ERRORS else "")


class MySQLSession(Session):
    """A session of a user; `account` is the user with the host pattern that the server found for it."""

    def __init__(self, connection: Any, engine: Engine, login: Login) -> None:
        super().__init__(engine, login)
        self._connection = connection
        self._maria = "MariaDB" in connection.get_server_info()
        self.account = str(self._run("SELECT CURRENT_USER()")[0][0])

    def close(self) -> None:
        """Log out."""
        self._connection.close()

    def probe(self) -> None:
        """Ask for the time."""
        self._run("SELECT NOW()")

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the password of the account that logged in."""
        if not self._maria:
            self._run(f"ALTER USER USER() IDENTIFIED BY {self._literal(password.reveal_text())}")
            return
        plugin = plugin_of(self._run("SHOW CREATE USER")[0][0])
        self._set_password("SET PASSWORD = ", plugin, password)

    def standing(self, username: str) -> Standing:
        """Tell whether a user is there, and none of its accounts is locked."""
        name = self._literal(username)
        found = self._run(f"SELECT Host FROM mysql.user WHERE User = {name}")  # noqa: S608 - the driver has quoted it
        hosts = [str(row[0]) for row in found]
        if not hosts:
            return Standing.ABSENT
        shown = [self._created(Account(name=username, host=host)) for host in hosts]
        return Standing.LOCKED if any(" ACCOUNT LOCK" in text for text in shown) else Standing.READY

    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Change the password of an account."""
        self._writable()
        self._set_other(Account.read(account), password)

    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Make the double of an account at its host; the password comes last, so a half is never taken for done."""
        self._writable()
        original = Account.read(account)
        double = Account(name=username, host=original.host)
        created = self._created(original)
        self._create(double, plugin_of(created))
        for (grant,) in self._run(f"SHOW GRANTS FOR {self._quoted(original)}"):
            self._run(replayed(grant, original, self._quoted(double)))
        if not self._maria:
            self._copy_options(created, double)
        self._set_other(double, password)

    def _copy_options(self, created: str, double: Account) -> None:
        """MySQL does not tell TLS options, limits and usual roles among the grants, as MariaDB does."""
        self._run(f"ALTER USER {self._quoted(double)} {limits(created)}")
        roles = usual_roles(created)
        if roles:
            self._run(f"SET DEFAULT ROLE {roles} TO {self._quoted(double)}")

    def _create(self, double: Account, plugin: str) -> None:
        """Make an account that logs in by a plug-in, with a password that nobody knows until it is set."""
        statement, unknown = f"CREATE USER IF NOT EXISTS {self._quoted(double)} IDENTIFIED", SecretValue(_unknown())
        if self._maria:
            self._set_password(f"{statement} VIA {plugin} USING ", plugin, unknown)
        else:
            self._run(f"{statement} WITH {self._literal(plugin)} BY {self._literal(unknown.reveal_text())}")

    def _set_other(self, account: Account, password: SecretValue) -> None:
        quoted = self._quoted(account)
        if self._maria:
            self._set_password(f"SET PASSWORD FOR {quoted} = ", plugin_of(self._created(account)), password)
        else:
            self._run(f"ALTER USER {quoted} IDENTIFIED BY {self._literal(password.reveal_text())}")

    def _set_password(self, statement: str, plugin: str, password: SecretValue) -> None:
        found, plain = hashed(plugin, password), f"PASSWORD({self._literal(password.reveal_text())})"
        try:
            self._run(statement + (plain if found is None else self._literal(found)))
        except _Strict:
            # The server looks at new passwords by its own rules, and a hash tells it nothing.
            self._run(statement + plain)

    def _created(self, account: Account) -> str:
        return str(self._run(f"SHOW CREATE USER {self._quoted(account)}")[0][0])

    def _writable(self) -> None:
        """A superuser may write to a replica, where the change would be lost on the primary's next word."""
        if self._run("SELECT @@global.read_only")[0][0]:
            raise read_only(self._engine, self._login)

    def _quoted(self, account: Account) -> str:
        return f"{self._literal(account.name)}@{self._literal(account.host)}"

    def _literal(self, text: str) -> str:
        """Return a text as a statement has it. Whole statements are made so: hosts hold the driver's own sign, `%`."""
        return str(self._connection.escape(text))

    def _run(self, statement: str) -> list[Any]:
        pymysql = _driver()
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except pymysql.MySQLError as error:
            code, strict = _code(error), "strict" in str(error)
        raise self._reason(code, strict=strict)

    def _reason(self, code: int, *, strict: bool) -> RotationFailed:
        if code == _OPTION and strict:
            return _Strict(f"{self._where} takes no hashes of passwords")
        if code in _READ_ONLY:
            return read_only(self._engine, self._login)
        if code in _DENIED:
            return Denied(f"{self._where} does not let {self._login.username} do it")
        if code in _NO_USER:
            return RotationFailed(f"{self._where} does not know the user; was it renamed or removed by hand?")
        return RotationFailed(f"{self._where} failed with error {code}")


class _Strict(RotationFailed):
    """The server wants to see passwords, to judge them."""


class _Unwilling:
    """Refuses the method that sends the password as it is."""

    def __init__(self, connection: object) -> None:
        pass

    def authenticate(self, packet: object) -> None:
        """Raise `RotationFailed`."""
        raise RotationFailed("the server wants the password unprotected")


def _connected(pymysql: Any, login: Login, *, tls: bool, database: bool) -> Any:
    return pymysql.connect(
        host=login.host,
        port=login.port,
        user=login.username,
        # The driver takes text for Latin-1, and servers compare bytes of UTF-8.
        password=login.password.reveal(),
        database=(login.database or None) if database else None,
        charset="utf8mb4",
        autocommit=True,
        sql_mode="",
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        write_timeout=_ANSWER_SECONDS,
        program_name="strongroom-rotation",
        auth_plugin_map={b"mysql_clear_password": _Unwilling},
        ssl=context(verified=bool(login.tls)) if tls else None,
        ssl_disabled=not tls,
    )


def _unknown() -> str:
    """Return a password that has what servers demand of one."""
    return "aA1!" + secrets.token_urlsafe(24)


def _code(error: Any) -> int:
    """Return an error's number; what failed in TLS comes in the driver's error for hosts that are not reached."""
    if isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return _NO_TLS
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def _driver() -> Any:
    try:
        import pymysql
    except ImportError:
        raise RotationFailed("the MySQL driver is missing: pip install 'strongroom[rotators]'") from None
    return pymysql
