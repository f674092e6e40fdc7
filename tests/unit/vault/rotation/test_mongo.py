"""What is MongoDB's own about rotation, against the stand-in that checks commands by their documented shapes."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.testing.mongo import FakeMongo
from tests.testing.ports import free_port
from tests.testing.rotators import Subject, hurting_password, stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeMongo:
    made = FakeMongo()
    monkeypatch.setattr("vault.rotation.rotators.mongo.connected", made.connected)
    return made


def login_of(vault: Vault, server: FakeMongo, strategy: str, **changed: Any) -> Subject:
    name, password, admin = f"shop-{secrets.token_hex(4)}", hurting_password(), hurting_password()
    server.users["shop", name] = {
        "pwd": password,
        "roles": [{"role": "readWrite", "db": "shop"}],
        "customData": {"team": "shop"},
        "authenticationRestrictions": [{"clientSource": ["10.0.0.0/8"]}],
        "mechanisms": ["SCRAM-SHA-256"],
    }
    server.users["shop", "root"] = {"pwd": admin, "roles": [{"role": "userAdmin", "db": "shop"}]}
    where = {"engine": "mongo", "host": "db", "port": server.port, "dbname": "shop", "ssl": "false"}
    master = stored(vault, {**where, "username": "root", "password": admin})
    return subject(vault, strategy, {**where, "username": name, "password": password, "masterarn": master, **changed})


def test_the_clone_has_the_same_roles_data_and_restrictions(vault: Vault, server: FakeMongo) -> None:
    login = login_of(vault, server, "mongo-alternating")
    name = login.content()["username"]
    login.rotate()
    first, clone = (server.users["shop", user] for user in (name, f"{name}_clone"))
    assert {**first, "pwd": ""} == {**clone, "pwd": ""}


def test_a_role_given_later_is_the_others_at_the_next_rotation(vault: Vault, server: FakeMongo) -> None:
    login = login_of(vault, server, "mongo-alternating")
    name = login.content()["username"]
    login.rotate()
    login.rotate()
    server.users["shop", name]["roles"].append({"role": "dbAdmin", "db": "shop"})
    login.rotate()
    assert {"role": "dbAdmin", "db": "shop"} in server.users["shop", f"{name}_clone"]["roles"]


def test_a_user_who_may_change_its_own_needs_nobody_else(vault: Vault, server: FakeMongo) -> None:
    login = login_of(vault, server, "mongo-single", masterarn=None)
    server.users["shop", login.content()["username"]]["may_change_own"] = True
    login.rotate()
    assert login.accepts(login.value() or "")


@pytest.mark.parametrize("strategy", ["mongo-single", "mongo-alternating"])
def test_reasons_are_told_apart(vault: Vault, server: FakeMongo, strategy: str) -> None:
    login = login_of(vault, server, strategy)
    content = login.content()
    token = login.start()
    server.read_only = True
    with pytest.raises(RotationFailed, match="is a read-only replica"):
        login.run(token)
    server.read_only = False
    moved = server.users.pop(("shop", content["username"]))
    with pytest.raises(RotationFailed, match=f"there is no user {content['username']} on MongoDB"):
        login.run(token)
    server.users["shop", content["username"]] = {**moved, "pwd": "changed " + "by hand"}
    with pytest.raises(RotationFailed, match="was the password changed"):
        login.run(token)
    server.users["shop", content["username"]] = moved
    server.users["shop", "root"]["pwd"] = "another " + "one"
    with pytest.raises(RotationFailed, match="refuses the superuser of"):
        login.run(token)
    server.users["shop", "root"]["roles"] = []
    down = server.port
    server.port = free_port()
    with pytest.raises(RotationFailed, match=f"MongoDB at db:{down} cannot be reached"):
        login.run(token)


@pytest.mark.parametrize("ssl", [None, True])
def test_a_real_client_of_a_server_that_is_down_is_told(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, ssl: bool | None
) -> None:
    monkeypatch.setattr("vault.rotation.rotators.mongo._SECONDS", 1)
    value = {"host": "127.0.0.1", "port": free_port(), "username": "shop", "password": hurting_password(), "ssl": ssl}
    login = subject(vault, "mongo-single", value)
    with pytest.raises(RotationFailed, match=r"MongoDB at 127.0.0.1:\d+ cannot be reached$"):
        login.rotate()
