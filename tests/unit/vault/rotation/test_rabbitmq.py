"""What is RabbitMQ's own about rotation, on a real broker."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.testing.ports import free_port
from tests.testing.rabbitmq import RabbitMQServer, running_rabbitmq
from tests.testing.rotators import Subject, hurting_password, stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.rabbitmq import RabbitSession


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMQServer]:
    with running_rabbitmq() as server:
        yield server


def login_of(vault: Vault, broker: RabbitMQServer, strategy: str, **changed: Any) -> Subject:
    name, password = f"shop /{secrets.token_hex(4)}", hurting_password()
    broker.create_user(name, password)
    where = {"engine": "rabbitmq", "host": broker.host, "port": broker.port, "management_port": broker.management_port}
    master = stored(vault, {**where, "username": broker.admin, "password": broker.password})
    return subject(vault, strategy, {**where, "username": name, "password": password, "masterarn": master, **changed})


def part(name: str) -> str:
    return quote(name, safe="")


def test_the_clone_has_the_same_tags_permissions_and_limits(vault: Vault, broker: RabbitMQServer) -> None:
    login = login_of(vault, broker, "rabbitmq-alternating")
    name = login.content()["username"]
    clone = f"{name}_clone"
    vhost = f"v/{secrets.token_hex(3)}"
    broker.api("PUT", f"vhosts/{part(vhost)}", {})
    broker.api("PUT", f"permissions/{part(vhost)}/{part(name)}", {"configure": "a", "write": "b", "read": "c"})
    topics = {"exchange": "amq.topic", "write": "^w", "read": "^r"}
    broker.api("PUT", f"topic-permissions/%2F/{part(name)}", topics)
    broker.api("PUT", f"user-limits/{part(name)}/max-connections", {"value": 9})
    login.rotate()
    for kind in ("permissions", "topic-permissions"):
        theirs, ours = (broker.api("GET", f"users/{part(user)}/{kind}") for user in (name, clone))
        assert sorted(json.dumps({**row, "user": ""}) for row in theirs) == sorted(
            json.dumps({**row, "user": ""}) for row in ours
        )
        assert ours
    assert broker.api("GET", f"user-limits/{part(clone)}")[0]["value"] == {"max-connections": 9}


def test_an_administrator_needs_nobody_else_and_keeps_its_tags(vault: Vault, broker: RabbitMQServer) -> None:
    login = login_of(vault, broker, "rabbitmq-single", masterarn=None)
    content = login.content()
    told = {"password": content["password"], "tags": "administrator,team"}
    broker.api("PUT", f"users/{part(content['username'])}", told)
    login.rotate()
    user = broker.api("GET", f"users/{part(content['username'])}")
    assert set(user["tags"]) == {"administrator", "team"}
    assert login.accepts(login.value() or "")


def test_others_need_a_superuser(vault: Vault, broker: RabbitMQServer) -> None:
    login = login_of(vault, broker, "rabbitmq-single", masterarn=None)
    with pytest.raises(RotationFailed, match="name the secret of a superuser in masterarn"):
        login.rotate()


def test_the_broker_is_told_hashes(vault: Vault, broker: RabbitMQServer, monkeypatch: pytest.MonkeyPatch) -> None:
    login, told, plain = login_of(vault, broker, "rabbitmq-alternating"), [], RabbitSession._ask
    monkeypatch.setattr(RabbitSession, "_ask", lambda self, *words: told.append(words[2:]) or plain(self, *words))
    passwords = [login.content()["password"]]
    for _ in range(2):
        login.rotate()
        passwords.append(login.content()["password"])
    assert any(b"password_hash" in body for words in told for body in words)
    assert not any(
        json.dumps(password)[1:-1].encode() in body for password in passwords for words in told for body in words
    )


def test_a_user_that_is_gone_is_told(vault: Vault, broker: RabbitMQServer) -> None:
    login = login_of(vault, broker, "rabbitmq-single")
    broker.api("DELETE", f"users/{part(login.content()['username'])}")
    with pytest.raises(RotationFailed, match="there is no user shop /"):
        login.rotate()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"port": free_port()}, "RabbitMQ at .* cannot be reached"),
        ({"port": free_port(), "ssl": True}, "RabbitMQ at .* cannot be reached"),
        ({"management_port": "many"}, "the management_port of the secret .* is no number"),
        ({"dbname": "gone"}, "into no virtual host gone"),
        ({"ssl": True}, "TLS, which the secret demands by ssl, failed"),
    ],
)
def test_what_does_not_work_is_told(vault: Vault, broker: RabbitMQServer, changed: dict[str, Any], reason: str) -> None:
    login = login_of(vault, broker, "rabbitmq-single", **changed)
    arn = login.content()["masterarn"]
    master = json.loads(login.client.get_secret_value(SecretId=arn)["SecretString"])
    login.put({**login.content(), "masterarn": stored(vault, {**master, **changed})})
    with pytest.raises(RotationFailed, match=reason):
        login.rotate()
