"""Harnesses of real servers with users; names and first passwords are full of characters that hurt."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import redis

from tests.contract.rotators.harness import Harness
from tests.testing.mariadb import MariaDBServer
from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer
from tests.testing.rotators import hurting_password, stored
from vault.bootstrap import Vault


def _alternates(strategy: str) -> bool:
    return strategy.endswith("alternating")


class Postgres(Harness):
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


class MariaDB(Harness):
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


class Redis(Harness):
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
