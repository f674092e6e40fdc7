"""Why a rotation failed is told apart, never with a value; what was current goes on, and a retry completes."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest

from tests.contract.rotators.servers import Server
from tests.testing.ports import free_port
from tests.testing.rotators import Cut, CutOff, Subject, stored
from vault.rotation.rotators.base import RotationFailed, Step
from vault.rotation.rotators.mysql import MySQLSession
from vault.rotation.rotators.postgres import PostgresSession
from vault.rotation.rotators.redis_acl import RedisSession


@contextmanager
def failing(login: Subject, reason: str) -> Iterator[str]:
    """Expect the rotation of a new token to fail with a reason; yields the token."""
    token, before = login.start(), login.value()
    yield token
    with pytest.raises(RotationFailed, match=reason) as told:
        login.run(token)
    values = [json.loads(value)["password"] for value in (before, login.value("AWSPENDING")) if value]
    assert not any(value in f"{told.value!r}{told.value.__context__!r}" for value in values)
    assert login.value() == before


def completes(login: Subject, server: Server, token: str) -> None:
    login.run(token)
    assert server.accepted(login.value() or "")


def name_of(login: Subject) -> str:
    return str(login.content()["username"])


@pytest.mark.parametrize("ssl", [None, True, False])
def test_a_server_that_is_down(login: Subject, ssl: bool | None) -> None:
    login.put({**login.content(), "port": free_port(), "ssl": ssl})
    with failing(login, "cannot be reached$"):
        pass


def test_a_locked_user(login: Subject, server: Server) -> None:
    with failing(login, f"the user {re.escape(name_of(login))} is locked on") as token:
        server.lock(name_of(login))
    server.unlock(name_of(login))
    completes(login, server, token)


def test_a_user_renamed_by_hand(login: Subject, server: Server) -> None:
    name = name_of(login)
    with failing(login, f"there is no user {re.escape(name)} on .*; was it renamed") as token:
        server.rename(name, f"{name}2")
    server.rename(f"{name}2", name)
    completes(login, server, token)


def test_a_password_changed_by_hand(login: Subject, server: Server) -> None:
    first = login.content()["password"]
    with failing(login, "refuses the (current )?password of .*; was the password changed") as token:
        server.set_password(name_of(login), secrets.token_hex(8))
    server.set_password(name_of(login), first)
    completes(login, server, token)


def test_a_read_only_replica(login: Subject, server: Server) -> None:
    with server.read_only():
        with failing(login, "is a read-only replica; name the primary server") as token:
            pass
        assert server.accepted(login.value() or "")
    completes(login, server, token)


def changed_master(login: Subject, **fields: object) -> None:
    arn = login.content()["masterarn"]
    master = json.loads(login.client.get_secret_value(SecretId=arn)["SecretString"])
    login.put({**login.content(), "masterarn": stored(login.vault, {**master, **fields})})


ALONE = ("postgres-single", "mariadb-single")
"""Where users may change their own passwords, so that nobody else is asked."""


def test_a_wrong_superuser(login: Subject, server: Server) -> None:
    changed_master(login, password=secrets.token_hex(8))
    if login.strategy in ALONE:
        completes(login, server, login.start())
    else:
        with failing(login, f"refuses the superuser of {login.content()['masterarn']}"):
            pass


def test_a_superuser_of_another_server_is_not_used(login: Subject, server: Server) -> None:
    changed_master(login, host="localhost")
    if login.strategy in ALONE:
        completes(login, server, login.start())
    else:
        with failing(login, "is at localhost:.*, and .* is at 127.0.0.1"):
            pass


def test_no_superuser(login: Subject, server: Server) -> None:
    login.put({name: value for name, value in login.content().items() if name != "masterarn"})
    if login.strategy in ALONE:
        completes(login, server, login.start())
    else:
        with failing(login, "masterarn"):
            pass


def test_a_pending_value_of_another_user_is_refused(login: Subject, server: Server) -> None:
    token = login.start()
    login.function(token).run(Step.CREATE)
    other = server.first(login.vault)
    login.put_while_pending({**login.content(), "username": other["username"], "password": other["password"]})
    with pytest.raises(RotationFailed, match=r"the pending value of .* is of the user"):
        login.function(token).run(Step.SET)
    assert server.accepted(json.dumps(other))


def test_a_pending_value_for_another_server_is_refused(login: Subject) -> None:
    token = login.start()
    login.function(token).run(Step.CREATE)
    login.put_while_pending({**login.content(), "port": free_port()})
    with pytest.raises(RotationFailed, match=r"the pending value of .* is for 127.0.0.1"):
        login.function(token).run(Step.SET)


def test_nothing_is_told_of_values_while_the_server_is_down(login: Subject) -> None:
    value = json.dumps({**login.content(), "port": free_port()})
    with pytest.raises(RotationFailed, match="cannot be reached"):
        login.accepts(value)


def test_settings_of_the_templates_shape_new_passwords(login: Subject, server: Server) -> None:
    shaped = Subject(
        vault=login.vault,
        arn=login.arn,
        strategy=login.strategy,
        settings={"PASSWORD_LENGTH": "41", "EXCLUDE_PUNCTUATION": "true", "EXCLUDE_UPPERCASE": "yes"},
    )
    shaped.rotate()
    assert re.fullmatch("[0-9a-z]{41}", login.content()["password"])
    assert server.accepted(login.value() or "")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cut_off_at_any_change_on_the_server_it_is_completed(
    login: Subject, server: Server, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for at in count(1):
        token, cut = login.start(), Cut(at=at, after=after)
        with monkeypatch.context() as patch, suppress(CutOff):
            for kind in (PostgresSession, MySQLSession, RedisSession):
                for name in ("change_own", "change", "clone", "write_down", "standing"):
                    patch.setattr(kind, name, _cut(getattr(kind, name), cut))
            login.run(token)
        values = (login.value(stage) for stage in ("AWSCURRENT", "AWSPENDING"))
        assert any(server.accepted(value) for value in values if value is not None)
        completes(login, server, token)
        if cut.calls < at:
            break
    assert at > 1, "nothing was changed on the server"


def _cut(method: Callable[..., Any], cut: Cut) -> Callable[..., Any]:
    return lambda self, *arguments: cut.through(method, self, *arguments)


def test_a_value_that_was_put_back_by_hand_is_revoked_by_the_current_one(login: Subject, server: Server) -> None:
    old = login.value() or ""
    login.rotate()
    current = login.content()
    server.set_password(json.loads(old)["username"], json.loads(old)["password"])
    assert server.accepted(old)
    login.revoke(old)
    assert not server.accepted(old)
    assert login.content() == current
    assert server.accepted(login.value() or "")


def test_a_value_of_another_user_is_revoked_too(login: Subject, server: Server) -> None:
    other = json.dumps(server.first(login.vault))
    login.revoke(other)
    assert not server.accepted(other)
    assert server.accepted(login.value() or "")
