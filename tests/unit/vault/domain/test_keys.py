"""The states of a KMS key, its deletion, rotation and aliases; KMS's texts for what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vault.domain.errors import AccessDenied, ValidationFailed
from vault.domain.key_documents import key_document, key_of
from vault.domain.key_material import Material, RotationKind
from vault.domain.keys import Key, KeyManager, KeyState
from vault.domain.kms_errors import InvalidKeyState, KeyDisabled, KeyLimitExceeded, KmsRefusal

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ARN = "arn:aws:kms:us-east-1:123456789012:key/k"


def _key(manager: KeyManager = KeyManager.CUSTOMER) -> Key:
    return Key(
        key_id="k",
        account_id="123456789012",
        region="us-east-1",
        created=NOON,
        manager=manager,
        materials=(_material(0, RotationKind.FIRST),),
    )


def _material(number: int, kind: RotationKind = RotationKind.ON_DEMAND) -> Material:
    return Material(material_id=f"{number:064x}", created=NOON, kind=kind)


def test_a_disabled_key_is_refused_in_awss_words() -> None:
    with pytest.raises(KeyDisabled, match=f"^{ARN} is disabled\\.$"):
        _key().disabled().check_enabled()


def test_a_key_pending_deletion_is_refused_in_awss_words() -> None:
    pending = _key().scheduled_for_deletion(NOON, 7)
    for refused in (pending.check_enabled, pending.enabled, pending.disabled, lambda: pending.described("x")):
        with pytest.raises(InvalidKeyState, match=f"^{ARN} is pending deletion\\.$"):
            refused()
    with pytest.raises(InvalidKeyState):
        pending.scheduled_for_deletion(NOON, 7)


def test_a_deletion_waits_thirty_days_unless_said() -> None:
    assert _key().scheduled_for_deletion(NOON, None).purge_at == NOON + timedelta(days=30)
    pending = _key().scheduled_for_deletion(NOON, 7)
    assert not pending.gone(NOON + timedelta(days=6))
    assert pending.gone(NOON + timedelta(days=7))


@pytest.mark.parametrize(("days", "bound"), [(6, "greater than or equal to 7"), (31, "less than or equal to 30")])
def test_a_window_out_of_bounds_is_refused(days: int, bound: str) -> None:
    with pytest.raises(ValidationFailed, match=f"Value '{days}' at 'pendingWindowInDays'.*{bound}"):
        _key().scheduled_for_deletion(NOON, days)


def test_a_cancelled_deletion_leaves_the_key_disabled() -> None:
    back = _key().scheduled_for_deletion(NOON, 7).deletion_cancelled()
    assert (back.state, back.purge_at) == (KeyState.DISABLED, None)
    with pytest.raises(InvalidKeyState, match=f"^{ARN} is not pending deletion\\.$"):
        back.deletion_cancelled()


def test_a_key_rotates_a_period_after_it_was_told_to() -> None:
    key = _key().rotating(NOON, 90)
    assert key.rotated_when_due(_material(1), NOON + timedelta(days=89)) == key
    late = NOON + timedelta(days=93)
    rotated = key.rotated_when_due(_material(1), late)
    assert rotated.newest.material_id == _material(1).material_id
    assert rotated.due == late + timedelta(days=90)
    assert _key().rotating(NOON, None).due == NOON + timedelta(days=365)


def test_a_disabled_key_catches_up_when_it_is_enabled() -> None:
    key = _key().rotating(NOON, 90).disabled()
    later = NOON + timedelta(days=100)
    assert key.rotated_when_due(_material(1), later) == key
    assert len(key.enabled().rotated_when_due(_material(1), later).materials) == 2


def test_a_key_pending_deletion_rotates_again_once_it_is_taken_back() -> None:
    pending = _key().rotating(NOON, 90).scheduled_for_deletion(NOON, 7)
    assert not pending.rotates
    assert pending.deletion_cancelled().rotates


def test_ten_rotations_on_demand_are_all() -> None:
    key = _key()
    for number in range(1, 11):
        key = key.rotated_on_demand(_material(number))
    with pytest.raises(KeyLimitExceeded):
        key.rotated_on_demand(_material(11))


def test_a_key_has_at_most_fifty_aliases() -> None:
    key = _key()
    for number in range(50):
        key = key.with_alias(f"alias/{number}", NOON)
    with pytest.raises(KeyLimitExceeded):
        key.with_alias("alias/more", NOON)


def test_keys_that_aws_manages_are_not_for_callers() -> None:
    with pytest.raises(AccessDenied, match="is not authorized to perform: kms:DisableKey on resource"):
        _key(KeyManager.AWS).check_customer_managed("arn:aws:iam::123456789012:root", "kms:DisableKey")
    _key().check_customer_managed("anybody", "kms:DisableKey")


class KeyLaws(RuleBasedStateMachine):
    """Whatever is done to a key, in whatever order, the laws hold."""

    def __init__(self) -> None:
        super().__init__()
        self.key = _key()
        self.now = NOON
        self.drawn = 0

    def _do(self, change: str, *arguments: object) -> None:
        before = self.key
        try:
            self.key = getattr(self.key, change)(*arguments)
        except (KmsRefusal, KeyLimitExceeded):
            assert self.key == before
            return
        if before.state is KeyState.PENDING_DELETION:
            assert change in ("deletion_cancelled", "without_alias", "rotated_when_due")

    @rule(change=st.sampled_from(["enabled", "disabled", "deletion_cancelled", "not_rotating"]))
    def plain(self, change: str) -> None:
        self._do(change)

    @rule(days=st.integers(7, 30))
    def delete(self, days: int) -> None:
        self._do("scheduled_for_deletion", self.now, days)

    @rule(days=st.integers(90, 2560))
    def rotating(self, days: int) -> None:
        self._do("rotating", self.now, days)

    @rule(number=st.integers(0, 3))
    def alias(self, number: int) -> None:
        name = f"alias/{number}"
        if self.key.has_alias(name):
            self._do("without_alias", name)
            assert not self.key.has_alias(name)
        else:
            self._do("with_alias", name, self.now)

    @rule(days=st.integers(0, 400))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def rotate(self) -> None:
        self.drawn += 1
        self._do("rotated_on_demand", _material(self.drawn))

    @precondition(lambda self: self.key.due is not None)
    @rule()
    def sweep(self) -> None:
        self.drawn += 1
        self._do("rotated_when_due", _material(self.drawn, RotationKind.AUTOMATIC), self.now)

    @invariant()
    def laws(self) -> None:
        key = self.key
        assert (key.purge_at is not None) == (key.state is KeyState.PENDING_DELETION) == (key.window_days is not None)
        assert key.materials[0] == _material(0, RotationKind.FIRST)
        assert len({each.material_id for each in key.materials}) == len(key.materials)
        assert sum(each.kind is RotationKind.ON_DEMAND for each in key.materials) <= 10
        assert len({each.name for each in key.aliases}) == len(key.aliases)
        assert key.due is None or key.state is KeyState.ENABLED
        assert key_of(key_document(key)) == key


TestKeyLaws = KeyLaws.TestCase
