"""RabbitMQ: logins over AMQP, as applications make them, and changes by the management API, told as hashes.

Sources: RabbitMQ documentation, "Management HTTP API", "Credentials and Passwords" (salted SHA-256 hashes) and
"Authentication, Authorisation, Access Control".
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
from typing import Any
from urllib.parse import quote

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.alternating import AlternatingUsers
from vault.rotation.rotators.base import Errand, RotationFailed, Rotator
from vault.rotation.rotators.engines import Engine, engines
from vault.rotation.rotators.http import Answer, Request, ask
from vault.rotation.rotators.login import Login
from vault.rotation.rotators.service import Denied, Refused, Service, Session, Standing, at, no_user, unanswered
from vault.rotation.rotators.tls import context, speaks_tls
from vault.rotation.rotators.users import SingleUser

_SECONDS = 10
_SALT_BYTES = 4
_HASHING = "rabbit_password_hashing_sha256"
_MANAGEMENT = 15672
_RIGHTS: tuple[str, ...] = ("configure", "write", "read", "exchange")
"""Fields of permissions, and of those of topics."""


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function for a strategy."""
    kind = AlternatingUsers if strategy == "alternating" else SingleUser
    return kind(errand, RabbitService(engines()[engine]))


class RabbitService(Service):
    """A broker. The secret's `dbname` is the virtual host; `management_port` is where its API answers."""

    def open(self, login: Login, *, database: bool) -> Session:
        """Log in over AMQP. Raises `Refused`, `RotationFailed`; a closed virtual host refuses no password."""
        pika = _driver()
        tls = speaks_tls(login.host, login.port, _SECONDS) if login.tls is None else login.tls
        try:
            connection = pika.BlockingConnection(_parameters(pika, login, tls=tls))
        except (pika.exceptions.ProbableAuthenticationError, pika.exceptions.AuthenticationError):
            raise Refused(f"{at(self.engine, login)} refuses the password") from None
        except (pika.exceptions.ProbableAccessDeniedError, pika.exceptions.ConnectionClosedByBroker):
            if database:
                raise RotationFailed(
                    f"{at(self.engine, login)} lets the user {login.username} into no virtual host "
                    f"{login.database or '/'}"
                ) from None
            return RabbitSession(None, self.engine, login, tls=tls)
        except (pika.exceptions.AMQPError, OSError):
            raise unanswered(self.engine, login) from None
        return RabbitSession(connection, self.engine, login, tls=tls)


class RabbitSession(Session):
    """A session of a user; what changes users goes to the management API with the same password."""

    def __init__(self, connection: Any, engine: Engine, login: Login, *, tls: bool) -> None:
        super().__init__(engine, login)
        self._connection = connection
        self._tls = tls

    def close(self) -> None:
        """Log out."""
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def probe(self) -> None:
        """Open a channel, which is what applications do first."""
        self._connection.channel().close()

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the password of an administrator; other users may not."""
        self.change(self.account, password, None)

    def standing(self, username: str) -> Standing:
        """Tell whether a user is there, and has a password to log in with."""
        user = self._user(username)
        if user is None:
            return Standing.ABSENT
        return Standing.READY if user.get("password_hash") else Standing.LOCKED

    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Change the password of a user, whose tags stay."""
        user = self._user(account)
        if user is None:
            raise no_user(account, self._where)
        self._put_user(account, user["tags"], password)

    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Give a user the tags, permissions and limits of another one; the password comes last."""
        original = self._user(account) or {"tags": []}
        if self._user(username) is None:
            self._put_user(username, original["tags"], SecretValue(secrets.token_urlsafe(32)))
        for kind in ("permissions", "topic-permissions"):
            for row in self._get(f"users/{_part(account)}/{kind}"):
                rights = {name: row[name] for name in _RIGHTS if name in row}
                self._put(f"{kind}/{_part(row['vhost'])}/{_part(username)}", rights)
        for row in self._get(f"user-limits/{_part(account)}"):
            for name, value in row["value"].items():
                self._put(f"user-limits/{_part(username)}/{_part(name)}", {"value": value})
        self._put_user(username, original["tags"], password)

    def _user(self, username: str) -> dict[str, Any] | None:
        answer = self._ask("GET", f"users/{_part(username)}")
        found: dict[str, Any] | None = None if answer.status == 404 else answer.json()
        return found

    def _put_user(self, username: str, tags: object, password: SecretValue) -> None:
        told = {"password_hash": _hash(password), "hashing_algorithm": _HASHING, "tags": tags}
        self._put(f"users/{_part(username)}", told)

    def _get(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", path).json()
        return found

    def _put(self, path: str, body: dict[str, Any]) -> None:
        self._ask("PUT", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        login = self._login
        host = f"[{login.host}]" if ":" in login.host else login.host
        url = f"{'https' if self._tls else 'http'}://{host}:{_management_port(login)}/api/{path}"
        pair = login.username.encode() + b":" + login.password.reveal()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Content-Type": "application/json"}
        request = Request(method=method, url=url, headers=headers, body=body, verified=bool(login.tls))
        # The password has just gone to this host over AMQP, in the way that the secret says.
        answer = ask(request, plain_allowed=True)
        if answer.status in (401, 403):
            raise Denied(f"{self._where} does not let {login.username} do it by its management API")
        if answer.status >= 300 and answer.status != 404:
            raise RotationFailed(f"the management API of {self._where} answered {answer.status}")
        return answer


def _hash(password: SecretValue) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.b64encode(salt + hashlib.sha256(salt + password.reveal()).digest()).decode()


def _management_port(login: Login) -> int:
    port = json.loads(login.document.reveal_text()).get("management_port", _MANAGEMENT)
    if isinstance(port, bool) or not str(port).isdecimal():
        raise RotationFailed(f"the management_port of the secret for {login.place} is no number")
    return int(port)


def _part(text: str) -> str:
    return quote(text, safe="")


def _parameters(pika: Any, login: Login, *, tls: bool) -> Any:
    options = pika.SSLOptions(context(verified=bool(login.tls)), login.host) if tls else None
    return pika.ConnectionParameters(
        host=login.host,
        port=login.port,
        virtual_host=login.database or "/",
        credentials=pika.PlainCredentials(login.username, login.password.reveal_text(), erase_on_connect=True),
        ssl_options=options,
        socket_timeout=_SECONDS,
        stack_timeout=_SECONDS,
        blocked_connection_timeout=_SECONDS,
        connection_attempts=1,
    )


def _driver() -> Any:
    try:
        import pika
    except ImportError:
        raise RotationFailed("the RabbitMQ driver is missing: pip install 'strongroom[rotators]'") from None
    # It tells its own log of each refusal, which here is an answer like any other.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    return pika
