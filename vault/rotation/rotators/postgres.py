"""Rotates a PostgreSQL user's password, single user: the user changes its own password.

The server is told a SCRAM verifier made here, so that the password stands in no statement and no server log.
Source: Secrets Manager User Guide, "Single user" rotation strategy; PostgreSQL documentation, PQencryptPasswordConn.
"""

from __future__ import annotations

import json
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import PREVIOUS, RotationFailed, Rotator

_CONNECT_SECONDS = 10
_REQUIRED = ("host", "username", "password")


class PostgresRotator(Rotator):
    """Takes `{"engine": "postgres", "host", "port", "username", "password", "dbname"}`."""

    name = "postgresql-single-user"

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the same connection with a new password."""
        return SecretValue(json.dumps({**_connection(current, self._arn), "password": self.new_password()}))

    def set_secret(self) -> None:
        """Give the database user the pending password, logging in with the current or the previous one."""
        pending = _connection(self.pending(), self._arn)
        if _login(pending) is not None:
            return
        with self._session(pending) as session:
            _set_password(session, pending["username"], pending["password"])

    def test_secret(self) -> None:
        """Log in with the pending password."""
        if _login(_connection(self.pending(), self._arn)) is None:
            raise RotationFailed(f"the database does not accept the new password of {self._arn}")

    def accepts(self, value: SecretValue) -> bool:
        """Tell whether a login with a value succeeds."""
        return _login(_connection(value, self._arn)) is not None

    def _session(self, pending: dict[str, Any]) -> Any:
        for value in (self.current(), self.value(PREVIOUS)):
            known = None if value is None else _connection(value, self._arn)
            if known is None or (known["username"], known["host"]) != (pending["username"], pending["host"]):
                continue
            session = _login(known, keep=True)
            if session is not None:
                return session
        raise RotationFailed(f"the database accepts neither the current nor the previous password of {self._arn}")


def _connection(value: SecretValue, arn: str) -> dict[str, Any]:
    try:
        content = json.loads(value.reveal_text())
    except ValueError:
        content = None
    if not isinstance(content, dict) or any(not isinstance(content.get(name), str) for name in _REQUIRED):
        raise RotationFailed(f"{arn} is not a JSON object with {', '.join(_REQUIRED)}")
    if content.get("engine", "postgres") not in ("postgres", "postgresql"):
        raise RotationFailed(f"{arn} is not for PostgreSQL")
    return content


def _login(connection: dict[str, Any], *, keep: bool = False) -> Any:
    """Return a session (closed already unless `keep`), or None where the server refuses the password."""
    psycopg = _driver()
    try:
        session = psycopg.connect(
            host=connection["host"],
            port=int(connection.get("port", 5432)),
            user=connection["username"],
            password=connection["password"],
            dbname=connection.get("dbname") or "postgres",
            connect_timeout=_CONNECT_SECONDS,
            autocommit=True,
            application_name="strongroom-rotation",
        )
    except psycopg.OperationalError as error:
        if _refused(str(error)):
            return None
        raise RotationFailed(f"the database {connection['host']} cannot be reached") from None
    if not keep:
        session.close()
    return session


def _refused(message: str) -> bool:
    return "authentication failed" in message or "no password supplied" in message


def _set_password(session: Any, user: str, password: str) -> None:
    from psycopg import sql

    verifier = session.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    session.execute(sql.SQL("ALTER USER {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(verifier)))


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise RotationFailed("the PostgreSQL driver is missing: pip install 'strongroom[postgres]'") from None
    return psycopg
