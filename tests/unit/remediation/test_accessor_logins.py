"""`with_secret` of the accessor module: one more login where the first was refused and the store has another value."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import yaml

from remediation import accessor
from tests.testing.credentials import made_up_credential
from tests.testing.mariadb import MariaDBServer
from tests.testing.postgres import PostgresServer
from tests.unit.remediation.building import made_up
from tests.unit.remediation.memory_store import MemoryStore

TABLE = yaml.safe_load(Path(accessor.__file__).with_name("authentication_errors.yaml").read_text())
SEEN = [(error, seen) for row in TABLE for error in row["errors"] for seen in row["seen"]]
SAID = [error for row in TABLE if "says" in row for error in row["errors"]]
OLD, NEW = made_up(51), made_up(52)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def module(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """The rendered module, asking the memory store, with the rotating secret `app/db` at its old password."""
    made = types.ModuleType("app_secrets")
    exec(accessor.source(["app/db"], with_bytes=False), made.__dict__)
    client = store.client()
    monkeypatch.setitem(made.__dict__, "_client", lambda: client)
    store.CreateSecret({"Name": "app/db", "SecretString": document(OLD)})
    made.secret("app/db", "password")
    store.calls.clear()
    yield made
    client.close()


def document(password: str) -> str:
    return json.dumps({"username": "app", "password": password, "port": 5432})


def error_named(dotted: str, message: str) -> Exception:
    """An error as the driver of that dotted name raises it, of a class derived from the one that is named."""
    module, _, name = dotted.rpartition(".")
    named = type(name, (Exception,), {"__module__": module})
    return type("Derived", (named,), {"__module__": "elsewhere"})(message)


class Service:
    """What is logged in to: it accepts one password, and notes what it was given."""

    def __init__(self, accepted: str, refusal: Exception | None = None) -> None:
        self.accepted = accepted
        self.refusal = refusal or error_named("redis.exceptions.AuthenticationError", "no")
        self.given: list[Any] = []

    def __call__(self, password: str) -> str:
        self.given.append(password)
        if password != self.accepted:
            raise self.refusal
        return "connected"


def rotate(store: MemoryStore) -> None:
    store.secrets["app/db"]["SecretString"] = document(NEW)


def test_a_login_that_works_asks_nobody(module: Any, store: MemoryStore) -> None:
    assert module.with_secret("app/db", Service(OLD), "password") == "connected"
    assert store.calls == []


def test_a_refused_login_is_tried_once_more_with_what_the_store_has_by_now(module: Any, store: MemoryStore) -> None:
    rotate(store)
    service = Service(NEW)

    assert module.with_secret("app/db", service, "password") == "connected"
    assert service.given == [OLD, NEW]
    assert store.calls == ["GetSecretValue"]
    assert module.secret("app/db", "password") == NEW


def test_with_the_value_unchanged_the_drivers_error_is_raised_as_it_was(module: Any, store: MemoryStore) -> None:
    service = Service("changed by hand")

    with pytest.raises(Exception, match=r"\Ano\Z") as caught:
        module.with_secret("app/db", service, "password")

    assert caught.value is service.refusal
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert service.given == [OLD]


def test_a_second_refusal_is_raised(module: Any, store: MemoryStore) -> None:
    rotate(store)
    service = Service("changed by hand")

    with pytest.raises(type(service.refusal)):
        module.with_secret("app/db", service, "password")
    assert service.given == [OLD, NEW]


def test_amid_a_rotation_the_pending_value_is_tried_and_not_kept(module: Any, store: MemoryStore) -> None:
    store.pending["app/db"] = document(NEW)
    service = Service(NEW)

    assert module.with_secret("app/db", service, "password") == "connected"
    assert service.given == [OLD, NEW]
    assert module.secret("app/db", "password") == OLD


def test_where_the_store_does_not_answer_the_drivers_error_is_raised(module: Any, store: MemoryStore) -> None:
    store.fail = "AccessDeniedException"
    service = Service(NEW)

    with pytest.raises(Exception, match=r"\Ano\Z") as caught:
        module.with_secret("app/db", service, "password")
    assert caught.value is service.refusal


def test_another_error_is_not_a_refused_login(module: Any, store: MemoryStore) -> None:
    rotate(store)
    service = Service(NEW, TimeoutError("the server is down"))

    with pytest.raises(TimeoutError):
        module.with_secret("app/db", service, "password")
    assert store.calls == []


def test_a_json_secret_is_given_as_a_dict_and_other_text_as_it_is(module: Any, store: MemoryStore) -> None:
    store.CreateSecret({"Name": "app/key", "SecretString": "12 {no JSON object}"})
    store.CreateSecret({"Name": "app/pin", "SecretString": "1234"})

    assert module.with_secret("app/db", dict) == {"username": "app", "password": OLD, "port": 5432}
    assert module.with_secret("app/key", str) == "12 {no JSON object}"
    assert module.with_secret("app/pin", lambda value: value) == "1234"


def test_environment_variables_win_and_are_not_asked_for_again(
    module: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_DB__PASSWORD", "mine")
    service = Service("another")

    assert module.with_secret("app/db", dict) == {"username": "app", "password": "mine", "port": 5432}
    with pytest.raises(type(service.refusal)):
        module.with_secret("app/db", service, "password")
    assert service.given == ["mine"]
    assert store.calls == []


@pytest.mark.parametrize(("error", "seen"), SEEN, ids=[f"{error}: {seen[:30]}" for error, seen in SEEN])
def test_every_drivers_refusal_is_known(error: str, seen: str, module: Any, store: MemoryStore) -> None:
    rotate(store)

    assert module.with_secret("app/db", Service(NEW, error_named(error, seen)), "password") == "connected"


@pytest.mark.parametrize("error", SAID)
def test_another_message_of_the_same_class_is_no_refusal(error: str, module: Any, store: MemoryStore) -> None:
    rotate(store)

    with pytest.raises(Exception, match="too many connections"):
        module.with_secret("app/db", Service(NEW, error_named(error, "too many connections")), "password")


@pytest.mark.parametrize("link", ["orig", "__cause__"])
def test_a_wrapped_refusal_is_known(link: str, module: Any, store: MemoryStore) -> None:
    rotate(store)
    wrapping = RuntimeError("the pool is empty")
    setattr(wrapping, link, error_named("redis.exceptions.AuthenticationError", "no"))

    assert module.with_secret("app/db", Service(NEW, wrapping), "password") == "connected"


def _postgresql(postgres: PostgresServer) -> tuple[str, Callable[[Any], Any]]:
    user, password = made_up_credential(12).lower(), made_up_credential()
    postgres.create_role(user, password, user)
    return password, lambda given: psycopg.connect(
        host=postgres.host, port=postgres.port, user=user, password=given, dbname=user
    )


def _mariadb(mariadb: MariaDBServer) -> tuple[str, Callable[[Any], Any]]:
    user, password = made_up_credential(12), made_up_credential()
    mariadb.create_user(user, password)
    return password, lambda given: pymysql.connect(host=mariadb.host, port=mariadb.port, user=user, password=given)


@pytest.mark.parametrize(("server", "login"), [("postgres", _postgresql), ("mariadb", _mariadb)])
def test_a_real_server_refuses_the_old_password_and_takes_the_new(
    server: str,
    login: Callable[[Any], tuple[str, Callable[[Any], Any]]],
    module: Any,
    store: MemoryStore,
    request: pytest.FixtureRequest,
) -> None:
    right, connect = login(request.getfixturevalue(server))
    store.secrets["app/db"]["SecretString"] = document(right)

    module.with_secret("app/db", connect, "password").close()
    assert store.calls == ["GetSecretValue"]
