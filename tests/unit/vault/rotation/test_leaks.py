"""A leaked value that a rotation has replaced is looked after until the service refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strongroom.kernel.leaktags import GRACE, LEAKED, REFUSED, UNKNOWN
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.vault.rotation.conftest import ACCOUNT, REGION, Rotated
from vault.bootstrap import Vault, open_in_memory
from vault.domain.rotation_job import JobKind
from vault.initialise import NewStore
from vault.rotation.rotators.base import CannotTell, RotationFailed
from vault.rotation.rotators.generated import GeneratedRotator

LEAKED_VALUE = "leaked"


@dataclass
class Service:
    """What the secret is for: accepts some values, until it is told otherwise."""

    accepted: set[str] = field(default_factory=lambda: {LEAKED_VALUE})
    down: bool = False

    def accepts(self, value: SecretValue) -> bool:
        """Stand in for a real login."""
        if self.down:
            raise RotationFailed("the service cannot be reached")
        return value.reveal_text() in self.accepted

    def revoke(self, value: SecretValue) -> None:
        """Stand in for whatever ends a value."""
        self.accepted.discard(value.reveal_text())


@dataclass
class Clock:
    """The time, which a test turns on."""

    late: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.late


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service behind the rotation function."""
    made = Service()
    monkeypatch.setattr(GeneratedRotator, "accepts", made.accepts)
    monkeypatch.setattr(GeneratedRotator, "revoke", made.revoke)
    return made


@pytest.fixture
def clock() -> Clock:
    """The vault's clock."""
    return Clock()


@pytest.fixture
def vault(clock: Clock) -> Iterator[Vault]:
    """A vault with that clock; signatures are checked against the time that it is."""
    made, _ = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)))
    made.worker._clock = clock
    yield made
    made.close()


def _store(vault: Vault, **tags: str) -> Rotated:
    client = vault.client("secretsmanager")
    made = client.create_secret(Name="app/secret", SecretString=LEAKED_VALUE)
    told = {LEAKED: made["VersionId"], **tags}
    client.tag_resource(SecretId=made["ARN"], Tags=[{"Key": key, "Value": value} for key, value in told.items()])
    return Rotated(vault=vault, arn=made["ARN"], strategy="generated")


def _tags(secret: Rotated) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in secret.client.describe_secret(SecretId=secret.arn)["Tags"]}


def _kinds(secret: Rotated) -> list[JobKind]:
    return [outcome.kind for outcome in secret.vault.worker.run_due()]


def _events(vault: Vault, name: str) -> list[dict[str, Any]]:
    with vault.store.transaction() as tx:
        rows = [row for head in tx.trail.heads() for row in tx.trail.read(head.writer)]
    return [row.event["serviceEventDetails"] for row in rows if row.event["eventName"] == name]


def test_a_value_that_setting_a_new_one_ended_is_noted_as_refused_at_once(vault: Vault, service: Service) -> None:
    service.accepted.clear()
    secret = _store(vault)
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    assert datetime.fromisoformat(_tags(secret)[REFUSED]) <= datetime.now(UTC)
    assert [each["versionId"] for each in _events(vault, "LeakedValueRefused")] == [secret.version("AWSPREVIOUS")]
    assert _kinds(secret) == []


def test_a_value_that_is_still_accepted_lives_until_its_grace_is_over(
    vault: Vault, service: Service, clock: Clock
) -> None:
    secret = _store(vault, **{GRACE: "2h"})
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    clock.late = timedelta(hours=1, minutes=59)
    assert _kinds(secret) == []
    assert REFUSED not in _tags(secret)
    clock.late = timedelta(hours=2, minutes=1)
    assert _kinds(secret) == [JobKind.LEAK]
    assert service.accepted == set()
    assert REFUSED in _tags(secret)


def test_without_a_grace_it_ends_with_the_rotation(vault: Vault, service: Service) -> None:
    secret = _store(vault, **{GRACE: "0h"})
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    assert REFUSED in _tags(secret)


def test_another_rotation_begins_no_new_grace(vault: Vault, service: Service, clock: Clock) -> None:
    secret = _store(vault, **{GRACE: "2h"})
    secret.rotate()
    clock.late = timedelta(hours=1)
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    clock.late = timedelta(hours=2, minutes=1)
    assert _kinds(secret) == [JobKind.LEAK]
    assert REFUSED in _tags(secret)


def test_where_users_take_turns_another_rotation_ends_it(
    vault: Vault, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GeneratedRotator, "ends_by_rotating", True)
    secret = _store(vault, **{GRACE: "0h"})
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    service.accepted.clear()
    assert _kinds(secret) == [JobKind.ROTATE]
    assert _kinds(secret) == [JobKind.LEAK]
    assert REFUSED in _tags(secret)


def test_a_service_that_is_down_is_asked_again_later(vault: Vault, service: Service, clock: Clock) -> None:
    service.down = True
    secret = _store(vault, **{GRACE: "0h"})
    secret.rotate()
    (outcome,) = vault.worker.run_due()
    assert outcome.error == "testSecret: the service cannot be reached"
    assert _kinds(secret) == []
    service.down = False
    clock.late = timedelta(hours=1)
    assert _kinds(secret) == [JobKind.LEAK]
    assert REFUSED in _tags(secret)


def test_one_that_cannot_be_tried_is_told_of_and_let_go(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bool:
        raise CannotTell("nobody knows")

    monkeypatch.setattr(GeneratedRotator, "accepts", cannot)
    secret = _store(vault)
    secret.rotate()
    assert _kinds(secret) == [JobKind.LEAK]
    assert [each["reason"] for each in _events(vault, "LeakedValueUnknown")] == ["nobody knows"]
    assert _tags(secret)[REFUSED] == UNKNOWN
    assert _kinds(secret) == []


def test_a_value_that_is_replaced_by_hand_is_looked_after_too(vault: Vault, service: Service) -> None:
    secret = _store(vault, **{GRACE: "0h"})
    secret.start()
    secret.client.put_secret_value(SecretId=secret.arn, SecretString="by hand")
    assert _kinds(secret) == [JobKind.LEAK]
    assert REFUSED in _tags(secret)


def test_a_secret_that_never_leaked_has_nothing_looked_after(vault: Vault, service: Service) -> None:
    arn = vault.client("secretsmanager").create_secret(Name="app/other", SecretString="v")["ARN"]
    secret = Rotated(vault=vault, arn=arn, strategy="generated")
    secret.rotate()
    assert _kinds(secret) == []
