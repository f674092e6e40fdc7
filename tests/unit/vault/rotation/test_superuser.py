"""The worker lets a function read the secret that masterarn names, and no other."""

from __future__ import annotations

import json
import secrets

from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer
from tests.unit.vault.rotation.conftest import store
from vault.bootstrap import Vault


def test_two_users_alternate_through_the_worker(vault: Vault, postgres: PostgresServer) -> None:
    name = f"shop_{secrets.token_hex(4)}"
    postgres.create_role(name, "first", name)
    where = {"engine": "postgres", "host": postgres.host, "port": postgres.port}
    master = vault.client("secretsmanager").create_secret(
        Name="admin", SecretString=json.dumps({**where, "username": "postgres", "password": ADMIN_PASSWORD})
    )["ARN"]
    value = json.dumps({**where, "username": name, "password": "first", "dbname": name, "masterarn": master})
    login = store(vault, "postgres-alternating", SecretString=value)
    assert login.rotate().error == ""
    assert login.field("username") == f"{name}_clone"
    assert postgres.accepts(f"{name}_clone", login.field("password"), name)
    assert postgres.accepts(name, "first", name)
    assert login.rotate().error == ""
    assert login.field("username") == name
    assert not postgres.accepts(name, "first", name)
