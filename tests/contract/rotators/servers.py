"""Harnesses of real servers with users; names and first passwords are full of characters that hurt."""

from __future__ import annotations

import json
import secrets
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, LiteralString

import redis
from psycopg import sql

from tests.contract.rotators.harness import Harness
from tests.testing.mariadb import MariaDBServer
from tests.testing.ports import free_port
from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer
from tests.testing.rotators import hurting_password, stored
from vault.bootstrap import Vault


class Server(Harness):
    """A server with users that a superuser can do harm to."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Let a user in no more."""

    @abstractmethod
    def unlock(self, name: str) -> None:
        """Let a user in again."""

    @abstractmethod
    def rename(self, name: str, to: str) -> None:
        """Give a user another name."""

    @abstractmethod
    def set_password(self, name: str, password: str) -> None:
        """Change a password by hand."""

    @abstractmethod
    def read_only(self) -> AbstractContextManager[None]:
        """Have the server take no changes while the block runs."""


def _alternates(strategy: str) -> bool:
    return strategy.endswith("alternating")


class Postgres(Server):
    """A role that owns a table."""

    def __init__(self, strategy: str, server: PostgresServer) -> None:
        super().__init__(strategy)
        self.server = server
        self.previous_survives = _alternates(strategy)

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the role and its database."""
        name, password = f"Shop \"{secrets.token_hex(4)}'", hurting_password()
        self.server.create_role(name, password, name)
        where = {"engine": "postgres", "host": self.server.host, "port": self.server.port}
        master = stored(vault, {**where, "username": "postgres", "password": ADMIN_PASSWORD})
        return {**where, "username": name, "password": password, "dbname": name, "masterarn": master}

    def accepted(self, value: str) -> bool:
        """Log in."""
        content = json.loads(value)
        return self.server.accepts(content["username"], content["password"], content["dbname"])

    def lock(self, name: str) -> None:
        """Take the right to log in away."""
        self._run("ALTER ROLE {} NOLOGIN", sql.Identifier(name))

    def unlock(self, name: str) -> None:
        """Give it back."""
        self._run("ALTER ROLE {} LOGIN", sql.Identifier(name))

    def rename(self, name: str, to: str) -> None:
        """Rename the role."""
        self._run("ALTER ROLE {} RENAME TO {}", sql.Identifier(name), sql.Identifier(to))

    def set_password(self, name: str, password: str) -> None:
        """Change it as superuser."""
        self._run("ALTER ROLE {} PASSWORD {}", sql.Identifier(name), sql.Literal(password))

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Have sessions start with transactions that only read, as those of a hot standby do."""
        self._configured("ALTER SYSTEM SET default_transaction_read_only TO on", "on")
        try:
            yield
        finally:
            self._configured("ALTER SYSTEM RESET default_transaction_read_only", "off")

    def _configured(self, statement: LiteralString, outcome: str) -> None:
        with self.server.connect() as session:
            session.autocommit = True
            session.execute("SET default_transaction_read_only TO off")
            session.execute(statement)
            session.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 10
        while self._run("SHOW default_transaction_read_only") != [(outcome,)]:
            assert time.monotonic() < deadline

    def _run(self, statement: LiteralString, *parts: sql.Composable) -> list[Any]:
        with self.server.connect() as session:
            session.autocommit = True
            found = session.execute(sql.SQL(statement).format(*parts))
            return [] if found.description is None else found.fetchall()


class MariaDB(Server):
    """A user of any host with a right on one database."""

    def __init__(self, strategy: str, server: MariaDBServer) -> None:
        super().__init__(strategy)
        self.server = server
        self.previous_survives = _alternates(strategy)

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the user, and a superuser with a password."""
        name, password = f"o'`{secrets.token_hex(3)}@%", hurting_password()
        admin, admin_password = f"admin{secrets.token_hex(4)}", hurting_password()
        self.server.create_user(name, password, "127.0.0.%")
        self.server.create_user(admin, admin_password)
        self.server.run("GRANT SELECT ON `mysql`.`time_zone` TO %s@'127.0.0.%%'", name)
        self.server.run("GRANT ALL ON *.* TO %s@'127.0.0.1' WITH GRANT OPTION", admin)
        engine = self.strategy.partition("-")[0]
        where = {"engine": engine, "host": self.server.host, "port": str(self.server.port)}
        master = stored(vault, {**where, "username": admin, "password": admin_password})
        return {**where, "username": name, "password": password, "masterarn": master}

    def accepted(self, value: str) -> bool:
        """Log in."""
        content = json.loads(value)
        return self.server.accepts(content["username"], content["password"])

    def lock(self, name: str) -> None:
        """Lock the account."""
        self.server.run("ALTER USER %s@'127.0.0.%%' ACCOUNT LOCK", name)

    def unlock(self, name: str) -> None:
        """Unlock it."""
        self.server.run("ALTER USER %s@'127.0.0.%%' ACCOUNT UNLOCK", name)

    def rename(self, name: str, to: str) -> None:
        """Rename the account."""
        self.server.run("RENAME USER %s@'127.0.0.%%' TO %s@'127.0.0.%%'", name, to)

    def set_password(self, name: str, password: str) -> None:
        """Change it as superuser."""
        self.server.run("SET PASSWORD FOR %s@'127.0.0.%%' = PASSWORD(%s)", name, password)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Set the server read-only, which its superusers are not bound by."""
        self.server.run("SET GLOBAL read_only = ON")
        try:
            yield
        finally:
            self.server.run("SET GLOBAL read_only = OFF")


class Redis(Server):
    """A user who may read some keys."""

    previous_survives = True

    def __init__(self, strategy: str, port: int, admin_password: str) -> None:
        super().__init__(strategy)
        self.port = port
        self.admin_password = admin_password

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the user; the default one is the superuser."""
        name, password = f"o'\"{secrets.token_hex(4)}", hurting_password()
        admin = redis.Redis(port=self.port, password=self.admin_password)
        admin.execute_command("ACL", "SETUSER", name, "on", f">{password}".replace(" ", "_"), "~shop:*", "+get")
        where = {"engine": "redis", "host": "127.0.0.1", "port": self.port}
        master = stored(vault, {**where, "password": self.admin_password})
        return {**where, "username": name, "password": password.replace(" ", "_"), "masterarn": master}

    def accepted(self, value: str) -> bool:
        """Log in and read a key."""
        content = json.loads(value)
        client = redis.Redis(port=self.port, username=content["username"], password=content["password"])
        try:
            client.get("shop:any")
        except redis.AuthenticationError:
            return False
        return True

    def lock(self, name: str) -> None:
        """Turn the user off."""
        self._run("ACL", "SETUSER", name, "off")

    def unlock(self, name: str) -> None:
        """Turn the user on."""
        self._run("ACL", "SETUSER", name, "on")

    def rename(self, name: str, to: str) -> None:
        """Make another user of the same rules, as far as tests look at them, and remove the first."""
        rules = next(line for line in self._run("ACL", "LIST") if line.startswith(f"user {name} ".encode()))
        self._run("ACL", "SETUSER", to, *rules.decode().removeprefix(f"user {name} ").split())
        self._run("ACL", "DELUSER", name)

    def set_password(self, name: str, password: str) -> None:
        """Change it as superuser."""
        self._run("ACL", "SETUSER", name, "resetpass", f">{password}")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Make the server a replica of one that is not there."""
        self._run("REPLICAOF", "127.0.0.1", str(free_port()))
        try:
            yield
        finally:
            self._run("REPLICAOF", "NO", "ONE")

    def _run(self, *words: str) -> Any:
        with redis.Redis(port=self.port, password=self.admin_password) as admin:
            return admin.execute_command(*words)
