"""Redis and Valkey: users of the access control list, whose passwords the server is told as SHA-256 hashes.

A user may have two passwords at once, so a single user's old one stays good until the next rotation. What is changed is
written to the server's ACL file or its configuration, so that a restart keeps it. Source: Redis documentation, "ACL",
and the commands ACL SETUSER, ACL LIST, ACL SAVE, CONFIG REWRITE and HELLO.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
from dataclasses import replace
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.alternating import AlternatingUsers
from vault.rotation.rotators.base import Errand, RotationFailed, Rotator
from vault.rotation.rotators.engines import Engine, engines
from vault.rotation.rotators.login import Login
from vault.rotation.rotators.service import (
    Denied,
    Refused,
    Service,
    Session,
    Standing,
    at,
    no_user,
    read_only,
    unanswered,
)
from vault.rotation.rotators.tls import authorities
from vault.rotation.rotators.users import SingleUser

_SECONDS = 10
_RULE = re.compile(r"\([^)]*\)|\S+")
_STATE = ("on", "off", "nopass")
_NO_FILE = "not configured to use an ACL file"
_NOT_KEPT = "cannot keep the change beyond a restart, it failed at"
_QUOTES = (b"'", b'"')


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function for a strategy."""
    kind = AlternatingUsers if strategy == "alternating" else SingleUser
    return kind(errand, RedisService(engines()[engine]))


class RedisService(Service):
    """A server of Redis or Valkey."""

    forgetful = True

    def works(self, login: Login) -> bool:
        """Tell whether a login is accepted. Raises `RotationFailed` also where any password is."""
        if not super().works(login):
            return False
        wrong = replace(login, password=SecretValue(secrets.token_urlsafe(24)))
        if super().works(wrong):
            raise RotationFailed(f"{at(self.engine, login)} takes any password of the user {login.username} (nopass)")
        return True

    def open(self, login: Login, *, database: bool) -> Session:
        """Log in. Raises `Refused`, `RotationFailed`."""
        redis = _driver()
        tls = _speaks_tls(login) if login.tls is None else login.tls
        connection = _connection(redis, login, tls=tls)
        try:
            connection.connect()
        except redis.AuthenticationError:
            raise Refused(f"{at(self.engine, login)} refuses the password") from None
        except redis.RedisError:
            raise unanswered(self.engine, login) from None
        return RedisSession(connection, self.engine, login)


class _NoFile(RotationFailed):
    """The server has no ACL file."""


class RedisSession(Session):
    """A session of a user of the access control list."""

    def __init__(self, connection: Any, engine: Engine, login: Login) -> None:
        super().__init__(engine, login)
        self._connection = connection

    def close(self) -> None:
        """Log out."""
        self._connection.disconnect()

    def probe(self) -> None:
        """Say hello: a user may be let do nothing else."""
        self._run("HELLO")

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Give the user who logged in two passwords."""
        self.change(self.account, password, kept)

    def standing(self, username: str) -> Standing:
        """Tell whether a user is there and on."""
        rules = self._rules(username)
        if rules is None:
            return Standing.ABSENT
        return Standing.LOCKED if "off" in rules else Standing.READY

    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Give a user these passwords and no others, at once."""
        if self._rules(account) is None:
            raise no_user(account, self._where)
        self._set_user(account, "resetpass", *_hashes(password, kept))

    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Give a user the rules of another one and a password, at once."""
        rules = self._rules(account) or ()
        kept = [rule for rule in rules if rule not in _STATE and not rule.startswith("#")]
        self._set_user(username, "reset", "on", *kept, *_hashes(password, None))

    def _set_user(self, username: str, *rules: str) -> None:
        if _role(self._run("HELLO")) != b"master":
            raise read_only(self._engine, self._login)
        # First what is there already: so nothing is changed where nothing could be kept.
        self.write_down()
        self._run("ACL", "SETUSER", username, *rules)
        self.write_down()

    def write_down(self) -> None:
        """Have a restart keep the users, where the server has anything that outlives one."""
        if self._saved_to_file() or not self._has_configuration():
            return
        if any(quote in line for line in self._run("ACL", "LIST") for quote in _QUOTES):
            raise RotationFailed(
                f"{self._where} has users with quotes in their names, with which it cannot read its configuration "
                "after a restart; give it an ACL file"
            )
        self._run("CONFIG", "REWRITE", failed=_NOT_KEPT)

    def _saved_to_file(self) -> bool:
        """Write the ACL file; False where the server is set to have none."""
        try:
            self._run("ACL", "SAVE", failed=_NOT_KEPT)
        except _NoFile:
            return False
        return True

    def _has_configuration(self) -> bool:
        lines = bytes(self._run("INFO", "server")).split(b"\r\n")
        return next((line for line in lines if line.startswith(b"config_file:")), b"config_file:") != b"config_file:"

    def _rules(self, username: str) -> tuple[str, ...] | None:
        """Return a user's rules as the server lists them, None where there is no such user."""
        start = f"user {username} "
        lines = [line.decode() for line in self._run("ACL", "LIST")]
        found = next((line for line in lines if line.startswith(start)), None)
        return None if found is None else tuple(_RULE.findall(found[len(start) :]))

    def _run(self, *words: str, failed: str = "failed at") -> Any:
        redis = _driver()
        try:
            return self._command(*words)
        except redis.exceptions.NoPermissionError:
            raise Denied(f"{self._where} does not let {self._login.username} run {words[0]}") from None
        except redis.exceptions.ReadOnlyError:
            raise read_only(self._engine, self._login) from None
        except redis.RedisError as error:
            kind = _NoFile if _NO_FILE in str(error) else RotationFailed
        raise kind(f"{self._where} {failed} {' '.join(words[:2])}")

    def _command(self, *words: str) -> Any:
        self._connection.send_command(*words)
        return self._connection.read_response()


def _hashes(password: SecretValue, kept: SecretValue | None) -> list[str]:
    values = [password] if kept is None or kept == password else [password, kept]
    return ["#" + hashlib.sha256(value.reveal()).hexdigest() for value in values]


def _role(hello: Any) -> bytes:
    """Return the role in the answer to HELLO: names and values in turn."""
    pairs = dict(zip(hello[::2], hello[1::2], strict=False))
    return bytes(pairs.get(b"role", b""))


def _speaks_tls(login: Login) -> bool:
    """Ask a server that nothing is known of without a word of who asks: one without TLS answers in its own protocol."""
    try:
        plain = socket.create_connection((login.host, login.port), timeout=_SECONDS)
    except OSError:
        return False
    with plain:
        try:
            plain.sendall(b"PING\r\n")
            return plain.recv(1) not in (b"+", b"-")
        except OSError:
            # A server of TLS may hang up at once.
            return True


def _connection(redis: Any, login: Login, *, tls: bool) -> Any:
    shared = {
        "host": login.host,
        "port": login.port,
        "username": login.username,
        "password": login.password.reveal(),
        "socket_timeout": _SECONDS,
        "socket_connect_timeout": _SECONDS,
        "protocol": 2,
        "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),
    }
    if not tls:
        return redis.Connection(**shared)
    checks = {"ssl_cert_reqs": "required", "ssl_ca_certs": authorities()} if login.tls else {"ssl_cert_reqs": "none"}
    return redis.SSLConnection(**shared, **checks, ssl_check_hostname=bool(login.tls))


def _driver() -> Any:
    try:
        import redis
    except ImportError:
        raise RotationFailed("the Redis driver is missing: pip install 'strongroom[rotators]'") from None
    return redis
