"""The background round on KMS keys: due ones rotate, lapsed ones are removed; functions may use those they need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strongroom.kernel.clock import utc_now
from tests.unit.vault.rotation.conftest import ACCOUNT, REGION, store
from vault.bootstrap import Vault, open_in_memory
from vault.domain.keys import Key
from vault.initialise import NewStore


class Clock:
    """A clock that a test turns on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(clock: Clock) -> Iterator[Vault]:
    made, _ = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)), clock)
    yield made
    made.close()


@pytest.fixture
def kms(vault: Vault) -> Any:
    return vault.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    made: str = kms.create_key()["KeyMetadata"]["KeyId"]
    return made


def _events(vault: Vault, name: str) -> list[Any]:
    with vault.store.transaction() as tx:
        head = tx.trail.heads()[0]
        events = [row.event for row in tx.trail.read(head.writer)]
    return [event for event in events if event["eventName"] == name]


def _stored(vault: Vault, key: str) -> Key | None:
    with vault.store.transaction() as tx:
        return tx.keys.find(key)


def test_a_key_that_is_due_rotates_once(vault: Vault, kms: Any, key: str, clock: Clock) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    for days, materials in ((89, 1), (91, 2), (91, 2), (182, 3)):
        clock.ahead = timedelta(days=days)
        vault.worker.tend_keys()
        stored = _stored(vault, key)
        assert stored is not None
        assert len(stored.materials) == materials
    event, _ = _events(vault, "RotateKey")
    assert event["eventSource"] == "kms.amazonaws.com"
    assert event["serviceEventDetails"] == {"keyId": stored.arn()}


def test_what_was_sealed_before_opens_afterwards(vault: Vault, kms: Any, key: str, clock: Clock) -> None:
    secret = store(vault, "generated", SecretString="old", KmsKeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.ahead = timedelta(days=91)
    vault.worker.tend_keys()
    clock.ahead = timedelta()
    assert secret.value() == "old"
    (rotated,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotated["RotationType"] == "AUTOMATIC"


def test_the_key_that_aws_manages_rotates_every_year(vault: Vault, clock: Clock) -> None:
    secret = store(vault, "generated", SecretString="old")
    key = vault.client("kms").describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["KeyId"]
    clock.ahead = timedelta(days=366)
    vault.worker.tend_keys()
    clock.ahead = timedelta()
    assert len(vault.client("kms").list_key_rotations(KeyId=key)["Rotations"]) == 1
    assert secret.value() == "old"


def test_a_key_is_removed_when_its_window_is_over(vault: Vault, kms: Any, key: str, clock: Clock) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.ahead = timedelta(days=6)
    vault.worker.tend_keys()
    stored = _stored(vault, key)
    assert stored is not None
    assert stored.materials
    clock.ahead = timedelta(days=7, minutes=1)
    for _ in range(2):
        vault.worker.tend_keys()
    stored = _stored(vault, key)
    assert stored is not None
    assert not stored.materials
    clock.ahead = timedelta()
    with pytest.raises(ClientError, match="does not exist"):
        kms.cancel_key_deletion(KeyId=key)
    (event,) = _events(vault, "DeleteKey")
    assert event["serviceEventDetails"]["keyId"].endswith(key)


@pytest.mark.parametrize("named", ["id", "alias"])
def test_a_rotation_function_may_use_the_key_of_its_secret(vault: Vault, kms: Any, key: str, named: str) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    secret = store(vault, "generated", SecretString="old", KmsKeyId=key if named == "id" else "alias/mine")
    assert secret.rotate().error == ""
    assert secret.value() != "old"
    assert secret.value("AWSPREVIOUS") == "old"


def test_a_rotation_function_may_use_the_key_its_secret_is_moved_to(vault: Vault, kms: Any, key: str) -> None:
    secret = store(vault, "generated", SecretString="old")
    secret.client.update_secret(SecretId=secret.arn, KmsKeyId=key)
    assert secret.rotate().error == ""
