"""PostgreSQL and what speaks as it does: logins, and passwords that the server is told as SCRAM verifiers.

So no password stands in a statement or in a server's log (decision 0005). Sources: PostgreSQL documentation,
PQencryptPasswordConn, ALTER ROLE and libpq's `require_auth`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.alternating import AlternatingUsers
from vault.rotation.rotators.base import Errand, RotationFailed, Rotator
from vault.rotation.rotators.engines import Engine, engines
from vault.rotation.rotators.login import CLONE, Login
from vault.rotation.rotators.postgres_rights import clone_rights, is_member
from vault.rotation.rotators.service import (
    Denied,
    Refused,
    Service,
    Session,
    Standing,
    at,
    no_clone,
    no_tls,
    read_only,
    unreachable,
)
from vault.rotation.rotators.tls import authorities
from vault.rotation.rotators.users import SingleUser, locked

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 30
_METHODS = "scram-sha-256,md5"
"""Methods that never send the password. A server that asks for none tells nothing, one that asks for it too much."""
_REFUSED = re.compile("authentication failed|no password supplied")
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist|permission denied for database')
"""What is said only after the password was accepted (InitPostgres in src/backend/utils/init/postinit.c)."""
_NOT_ASKED = re.compile(r'authentication method requirement "[^"]*" failed')


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function for a strategy. Raises `RotationFailed` where the driver is missing."""
    kind = AlternatingUsers if strategy == "alternating" else SingleUser
    return kind(errand, PostgresService(engines()[engine]))


class PostgresService(Service):
    """A PostgreSQL server."""

    def open(self, login: Login, *, database: bool) -> Session:
        """Log in. Raises `Refused`, `Locked`, `RotationFailed`; a database that is not there refuses no password."""
        psycopg = _driver()
        try:
            return _session_kind(login)(_connected(psycopg, login), self.engine, login)
        except psycopg.OperationalError as error:
            told, asked = str(error), error.pgconn is not None and error.pgconn.used_password
        raise self._known(told, login) or self._guessed(psycopg, told, login, asked=asked)

    def works(self, login: Login) -> bool:
        """Tell whether the password is accepted, also where the database then is not open to the user."""
        try:
            return super().works(login)
        except _Inside:
            return True

    def _known(self, message: str, login: Login) -> RotationFailed | None:
        where = at(self.engine, login)
        if _REFUSED.search(message):
            return Refused(f"{where} refuses the password")
        if "is not permitted to log in" in message:
            return locked(login.username, where)
        if _NOT_ASKED.search(message):
            return RotationFailed(f"{where} asks this user for no password, or for one without protection")
        if "no pg_hba.conf entry" in message:
            return RotationFailed(f"{where} has no entry for the user {login.username} in its pg_hba.conf")
        if _NO_DATABASE.search(message):
            database = login.database or "postgres"
            return _Inside(f"{where} lets the user {login.username} into no database {database}")
        return None

    def _guessed(self, psycopg: Any, message: str, login: Login, *, asked: bool) -> RotationFailed:
        """Servers speak the language they are set to: refused is what a password that is surely wrong ends like."""
        if login.tls and ("SSL" in message or "certificate" in message):
            return no_tls(self.engine, login)
        if not asked:
            return unreachable(self.engine, login)
        try:
            _connected(psycopg, replace(login, password=SecretValue(secrets.token_urlsafe(24)))).close()
        except psycopg.OperationalError as error:
            if str(error) == message:
                return Refused(f"{at(self.engine, login)} refuses the password")
        return unreachable(self.engine, login, "the login ended with neither yes nor no")


class _Inside(RotationFailed):
    """The password was accepted, and what came after it failed."""


class PostgresSession(Session):
    """A session of a role; what it sees is its own role, also where that role logs in as another one."""

    def __init__(self, connection: Any, engine: Engine, login: Login) -> None:
        super().__init__(engine, login)
        self._connection = connection

    def close(self) -> None:
        """Log out."""
        self._connection.close()

    def probe(self) -> None:
        """Ask for the time."""
        self._run("SELECT now()")

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the password of the role that logged in."""
        self._run("SET ROLE NONE")
        self._set_password(self._login.username, password)

    def standing(self, username: str) -> Standing:
        """Tell whether a role is there, may log in, and has not expired."""
        row = self._run(
            "SELECT rolcanlogin AND coalesce(rolvaliduntil > now(), true) FROM pg_roles WHERE rolname = %s", username
        ).fetchone()
        if row is None:
            return Standing.ABSENT
        return Standing.READY if row[0] else Standing.LOCKED

    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Change the password of a role."""
        self._set_password(account, password)

    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Make `username` a member of `account` that logs in as it, and set its password: all of it or nothing."""
        with self._told(), self._connection.transaction():
            if username.endswith(CLONE):
                self._copy_rights(account, username)
            elif not self._is_clone(account, of=username):
                raise no_clone(account, username, self._where)
            self._set_password(username, password)

    def _copy_rights(self, original: str, clone: str) -> None:
        """Make the double; a role of that name that is another one's is nobody's to give away."""
        if self.standing(clone) is not Standing.ABSENT and not self._is_clone(clone, of=original):
            raise no_clone(clone, original, self._where)
        clone_rights(self._connection, original, clone)

    def _is_clone(self, clone: str, *, of: str) -> bool:
        return is_member(self._connection, clone, of)

    def _set_password(self, user: str, password: SecretValue) -> None:
        from psycopg import sql

        encrypted = self._connection.pgconn.encrypt_password(password.reveal(), user.encode(), b"scram-sha-256")
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        self._run(statement.format(sql.Identifier(user), sql.Literal(encrypted.decode())))

    def _run(self, statement: Any, *parameters: str) -> Any:
        with self._told():
            return self._connection.execute(statement, parameters or None)

    def _told(self) -> _Told:
        return _Told(self._engine, self._login)


def _session_kind(login: Login) -> type[PostgresSession]:
    from vault.rotation.rotators.redshift import LAYOUT, RedshiftSession

    return RedshiftSession if login.layout == LAYOUT else PostgresSession


class _Told:
    """Turns the server's errors into reasons; its words may quote a statement, so none are kept."""

    def __init__(self, engine: Engine, login: Login) -> None:
        self._engine = engine
        self._login = login
        self._where = at(engine, login)

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from psycopg import Error, errors

        if not isinstance(error, Error):
            return
        if isinstance(error, errors.ReadOnlySqlTransaction):
            raise read_only(self._engine, self._login) from None
        if isinstance(error, errors.InsufficientPrivilege):
            raise Denied(f"{self._where} does not let {self._login.username} do it") from None
        if isinstance(error, errors.UndefinedObject):
            raise RotationFailed(f"{self._where} does not know a user of {self._login.username}'s") from None
        raise RotationFailed(f"{self._where} failed ({error.sqlstate or 'the connection was lost'})") from None


def _connected(psycopg: Any, login: Login) -> Any:
    verified = {"sslmode": "verify-full", "sslrootcert": authorities()}
    tls = verified if login.tls else {"sslmode": "prefer" if login.tls is None else "disable"}
    connection = psycopg.connect(
        host=login.host,
        port=login.port,
        user=login.username,
        password=login.password.reveal_text(),
        dbname=login.database or "postgres",
        passfile="/dev/null",
        require_auth=_METHODS,
        connect_timeout=_CONNECT_SECONDS,
        client_encoding="utf8",
        autocommit=True,
        application_name="strongroom-rotation",
        tcp_user_timeout=_ANSWER_SECONDS * 1000,
        **tls,
    )
    # Said here and not on connecting, which poolers refuse: whoever holds a lock on the user must not hold the worker.
    connection.execute(f"SET statement_timeout = {_ANSWER_SECONDS * 1000}")
    return connection


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise RotationFailed("the PostgreSQL driver is missing: pip install 'strongroom[rotators]'") from None
    return psycopg
