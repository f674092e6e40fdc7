"""What the worker of a running server does about secrets whose recovery window is over."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.context import CallContext
from vault.initialise import NewStore, initialise
from vault.rotation import worker as working

ACCOUNT = "123456789012"


class _Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    """A clock that a test turns on."""
    return _Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: _Clock) -> Iterator[Vault]:
    """A vault in a folder, with the secrets `a` and `b` marked for deletion in seven days."""
    initialise(DataDir(path=tmp_path / "vault"), NewStore(account_id=ACCOUNT, regions=("us-east-1",)), clock())
    opened = open_vault(DataDir(path=tmp_path / "vault"), clock)
    client = opened.client("secretsmanager")
    for name in ("a", "b"):
        client.create_secret(Name=name, SecretString="v")
        client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    yield opened
    opened.close()


def _ended(vault: Vault) -> list[Any]:
    with vault.store.transaction() as tx:
        rows = [row for head in tx.trail.heads() for row in tx.trail.read(head.writer)]
    return [
        row.event["serviceEventDetails"]["secretId"].rpartition(":")[2][0]
        for row in rows
        if row.event["eventName"] == "EndSecretVersionDelete"
    ]


def _versions(tmp_path: Path) -> int:
    with closing(sqlite3.connect(tmp_path / "vault" / "store.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM versions").fetchone()[0])


def test_within_the_window_nothing_is_removed(tmp_path: Path, vault: Vault, clock: _Clock) -> None:
    clock.now += timedelta(days=7, microseconds=-1)
    vault.worker.purge()
    assert (_versions(tmp_path), _ended(vault)) == (2, [])


def test_after_it_the_secret_its_versions_and_data_keys_are_gone(tmp_path: Path, vault: Vault, clock: _Clock) -> None:
    clock.now += timedelta(days=7)
    vault.worker.purge()
    assert (_versions(tmp_path), sorted(_ended(vault))) == (0, ["a", "b"])
    assert (tmp_path / "vault" / "store.db-wal").stat().st_size == 0


def test_what_was_restored_meanwhile_stays(tmp_path: Path, vault: Vault, clock: _Clock) -> None:
    vault.client("secretsmanager").restore_secret(SecretId="a")
    clock.now += timedelta(days=7)
    vault.worker.purge()
    assert (_versions(tmp_path), _ended(vault)) == (1, ["b"])


def test_a_secret_that_somebody_asks_for_first_ends_with_the_same_event(vault: Vault, clock: _Clock) -> None:
    clock.now += timedelta(days=7)
    context = CallContext(
        account_id=ACCOUNT, region="us-east-1", principal_arn="arn:x", access_key_id="k", request_id="r", now=clock.now
    )
    with vault.store.transaction() as tx:
        assert vault.regions["us-east-1"].own_services(tx).secrets.find(context, "a") is None
    assert _ended(vault) == ["a"]


def test_one_bad_round_of_rotations_does_not_keep_what_is_over(
    tmp_path: Path, vault: Vault, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged = threading.Event()
    real = vault.worker.purge

    def fails(_: object) -> None:
        raise ValueError

    def purge() -> None:
        real()
        purged.set()

    monkeypatch.setattr(working, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(vault.worker, "_send_out", fails)
    monkeypatch.setattr(vault.worker, "purge", purge)
    clock.now += timedelta(days=7)
    with vault.worker.running():
        assert purged.wait(20)
    assert _versions(tmp_path) == 0


def test_a_name_is_free_again_after_the_window_only(vault: Vault) -> None:
    client = vault.client("secretsmanager")
    with pytest.raises(ClientError, match="already scheduled for deletion"):
        client.create_secret(Name="a", SecretString="w")
