"""Readers go over to each new password of a database while it rotates: our accessor, and AWS's own caching library."""

from __future__ import annotations

import json
import secrets
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aws_secretsmanager_caching import SecretCache
from aws_secretsmanager_caching.cache.items import SecretCacheObject

from remediation import accessor
from tests.testing.credentials import made_up_credential
from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer
from tests.testing.regions import until
from tests.testing.server import make_vault, serving
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.rotation.functions import function_arn

NAME = "shop/db"
ROTATIONS = 50


@dataclass(frozen=True, kw_only=True)
class Rotating:
    """A served secret, the database that it opens, and what rotates it."""

    client: Any
    """The administrator's, over HTTP."""
    vault: Vault
    function: str

    def rotate(self) -> None:
        """Rotate once, here rather than when the server next looks, unless the server was first."""
        token = self.client.rotate_secret(SecretId=NAME, RotationLambdaARN=self.function)["VersionId"]
        self.vault.rotate()
        until(
            lambda: self.client.describe_secret(SecretId=NAME)["VersionIdsToStages"].get(token, []),
            lambda labels: "AWSCURRENT" in labels,
        )
        until(lambda: self.client.describe_secret(SecretId=NAME).get("LastRotatedDate"), lambda date: date is not None)


@dataclass
class Reader:
    """What a reader saw, by the logins that it ended."""

    logins: int = 0
    refused: int = 0
    failures: list[Exception] = field(default_factory=list)


@contextmanager
def _rotating(strategy: str, postgres: PostgresServer, folder: Path) -> Iterator[Rotating]:
    user, password = f"u{secrets.token_hex(4)}", made_up_credential()
    postgres.create_role(user, password, user)
    where = {"engine": "postgres", "host": postgres.host, "port": postgres.port}
    administrator = make_vault(folder)
    function = function_arn(strategy, administrator["region"], administrator["account_id"])
    with serving(folder, administrator) as (server, _), closing(open_vault(DataDir(path=folder))) as vault:
        client = server.client()
        superuser = json.dumps({**where, "username": "postgres", "password": ADMIN_PASSWORD})
        master = client.create_secret(Name="shop/superuser", SecretString=superuser)["ARN"]
        login = {**where, "username": user, "password": password, "dbname": user, "masterarn": master}
        client.create_secret(Name=NAME, SecretString=json.dumps(login))
        yield Rotating(client=client, vault=vault, function=function)


@pytest.fixture
def rotating(postgres: PostgresServer, tmp_path: Path) -> Iterator[Rotating]:
    """A user that changes its own password."""
    with _rotating("postgres-single", postgres, tmp_path / "data") as made:
        yield made


@pytest.fixture
def alternating(postgres: PostgresServer, tmp_path: Path) -> Iterator[Rotating]:
    """Two users that take turns."""
    with _rotating("postgres-alternating", postgres, tmp_path / "data") as made:
        yield made


def log_in(value: dict[str, Any]) -> None:
    """Log in to the database and out again."""
    host, port, user, password = value["host"], value["port"], value["username"], value["password"]
    psycopg.connect(host=host, port=port, user=user, password=password, dbname=value["dbname"]).close()


@contextmanager
def reading(look: Callable[[Reader], None]) -> Iterator[Reader]:
    """Have a reader log in again and again on a thread while the block runs."""
    seen, stop = Reader(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                look(seen)
            except Exception as error:  # noqa: BLE001 - whatever it is, the application would have seen it
                seen.failures.append(error)
            seen.logins += 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def noting_refusals(seen: Reader) -> Callable[[dict[str, Any]], None]:
    """Return a login that counts how often the server refuses it."""

    def connect(value: dict[str, Any]) -> None:
        try:
            log_in(value)
        except psycopg.OperationalError:
            seen.refused += 1
            raise

    return connect


def two_more(seen: Reader) -> None:
    """Wait until the reader has begun and ended a login since now."""
    before = seen.logins
    until(lambda: seen.logins, lambda logins: logins >= before + 2)


def accessor_of(client: Any) -> Any:
    """Return the module that `fix` writes, asking over `client`."""
    module = types.ModuleType("app_secrets")
    exec(accessor.source([NAME], with_bytes=False), module.__dict__)
    module.__dict__["_client"] = lambda: client
    return module


def test_the_accessor_logs_in_through_fifty_rotations_without_an_error(rotating: Rotating) -> None:
    module = accessor_of(rotating.client)

    with reading(lambda seen: module.with_secret(NAME, noting_refusals(seen))) as seen:
        two_more(seen)
        for _ in range(ROTATIONS):
            rotating.rotate()
            two_more(seen)

    assert seen.failures == []
    assert seen.refused >= ROTATIONS
    assert seen.logins > 2 * ROTATIONS


def test_with_users_that_take_turns_no_login_is_ever_refused(alternating: Rotating) -> None:
    def read(seen: Reader) -> None:
        value = json.loads(alternating.client.get_secret_value(SecretId=NAME)["SecretString"])
        noting_refusals(seen)(value)

    with reading(read) as seen:
        two_more(seen)
        for _ in range(ROTATIONS):
            alternating.rotate()
            two_more(seen)

    assert (seen.failures, seen.refused) == ([], 0)
    assert seen.logins > 2 * ROTATIONS


def test_awss_caching_library_needs_one_refresh_after_each_rotation(
    rotating: Rotating, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It sleeps for seconds before it asks again, so that many clients do not ask at once.
    monkeypatch.setattr(SecretCacheObject, "FORCE_REFRESH_JITTER_SLEEP", 0)
    cache = SecretCache(client=rotating.client)
    log_in(json.loads(cache.get_secret_string(NAME)))

    for _ in range(ROTATIONS):
        rotating.rotate()
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            log_in(json.loads(cache.get_secret_string(NAME)))
        assert cache.refresh_secret_now(NAME)
        log_in(json.loads(cache.get_secret_string(NAME)))
