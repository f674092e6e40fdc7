"""A KMS key that somebody edited is refused and named; one that was deleted leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench
from vault.domain.errors import DecryptionFailed
from vault.domain.grants import Grant
from vault.domain.kms_errors import InvalidCiphertext, KeyDamaged, KeyNotFound
from vault.services.keyring import Keyring
from vault.services.keys import NewKey
from vault.services.verification import Verification


@pytest.fixture
def key(bench: Bench) -> str:
    """The id of a key with an alias, a grant and two materials, under which the secret `mine` is."""
    with bench.services() as services:
        key_id = services.keys.create(bench.context, NewKey(description="mine")).key_id
        services.key_aliases.create(bench.context, "alias/mine", key_id)
        services.key_rotation.rotate(bench.context, key_id)
        services.tx.grants.add(_grant(bench, key_id))
    bench.call("CreateSecret", Name="mine", SecretString="value", KmsKeyId="alias/mine")
    return key_id


def _grant(bench: Bench, key_id: str) -> Grant:
    return Grant(
        grant_id="0" * 64,
        key_id=key_id,
        account_id=bench.account_id,
        region=bench.region,
        created=bench.now,
        grantee="arn:aws:iam::123456789012:user/ann",
        operations=("Decrypt",),
        constraints={},
    )


EDITS = (
    "UPDATE keys SET state = replace(state, 'Enabled', 'Disabled') WHERE state LIKE '%CUSTOMER%'",
    "UPDATE keys SET mac = zeroblob(32)",
    "UPDATE keys SET region = 'eu-west-1'",
    "UPDATE keys SET purge_at = 1",
    "UPDATE keys SET rotation_due = 1",
)


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_key_is_refused_and_named(bench: Bench, key: str, sql: Sql, statement: str) -> None:
    sql(statement)
    with bench.services() as services, pytest.raises(KeyDamaged):
        services.keys.describe(bench.context, key)
    with pytest.raises(DecryptionFailed):
        bench.value("mine")
    assert f"KMS key {key}" in _named(bench)


def test_an_alias_that_was_bent_to_another_key_is_refused_and_named(bench: Bench, key: str, sql: Sql) -> None:
    with bench.services() as services:
        other = services.keys.create(bench.context, NewKey()).key_id
    sql("UPDATE key_aliases SET key_id = ? WHERE alias = 'alias/mine'", other)
    with bench.services() as services, pytest.raises(KeyDamaged):
        services.keys.describe(bench.context, "alias/mine")
    assert {f"KMS key {key}, alias alias/mine", f"KMS key {other}, alias alias/mine"} <= set(_named(bench))


def test_materials_that_changed_places_open_nothing_and_are_named(bench: Bench, key: str, sql: Sql) -> None:
    with bench.services() as services:
        blob = services.ciphers.encrypt(bench.context, key, b"plain", {}).blob
    (one, first), (two, second) = sql("SELECT material_id, wrapped FROM key_materials WHERE key_id = ?", key)
    sql("UPDATE key_materials SET wrapped = ? WHERE material_id = ?", second, one)
    sql("UPDATE key_materials SET wrapped = ? WHERE material_id = ?", first, two)
    with bench.services() as services, pytest.raises(InvalidCiphertext):
        services.ciphers.decrypt(bench.context, blob, {})
    assert f"KMS key {key}" in _named(bench)


@pytest.mark.parametrize("column", ["state = replace(state, 'Decrypt', 'Encrypt')", "retiring = 'x'"])
def test_an_edited_grant_is_refused_and_named(bench: Bench, key: str, sql: Sql, column: str) -> None:
    sql(f"UPDATE key_grants SET {column}")
    with bench.services() as services, pytest.raises(KeyDamaged):
        services.grants.page(bench.context, key, limit=10)
    assert f"grant {'0' * 64}" in _named(bench)


def test_a_key_that_was_taken_out_of_the_storage_is_missed(bench: Bench, key: str, sql: Sql) -> None:
    sql("DELETE FROM keys WHERE key_id = ?", key)
    with pytest.raises(DecryptionFailed):
        bench.value("mine")
    faults = list(Verification(bench.store, Keyring(bench.store)).faults())
    assert any(f"its KMS key {key} was removed outside the store" in fault.problem for fault in faults)


def test_an_untouched_store_with_keys_has_no_fault(bench: Bench, key: str) -> None:
    assert _named(bench) == []


def test_a_key_whose_window_is_over_is_gone_for_good(bench: Bench, key: str, tmp_path: Path) -> None:
    with bench.services() as services:
        blob = services.ciphers.encrypt(bench.context, key, b"plain", {}).blob
        wrapped = [
            services.tx.keys.wrapped(key, each.material_id)
            for each in services.keys.describe(bench.context, key).materials
        ]
        services.keys.schedule_deletion(bench.context, key, 7)
    bench.pass_time(days=7)
    with bench.services() as services:
        # Before anybody has swept it up it is gone already.
        with pytest.raises(KeyNotFound):
            services.keys.describe(bench.context, key)
        with pytest.raises(InvalidCiphertext):
            services.ciphers.decrypt(bench.context, blob, {})
        assert [each.key_id for each in services.keys.purge(bench.now)] == [key]
    with pytest.raises(DecryptionFailed):
        bench.value("mine")
    assert _named(bench) == []
    bench.store.close()
    assert len(wrapped) == 2
    content = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert not any(each in content for each in wrapped)


def test_what_a_transaction_undid_is_not_remembered_of_a_key(bench: Bench, key: str) -> None:
    with bench.services() as services:
        with pytest.raises(ZeroDivisionError), services.tx.savepoint():
            services.keys.disable(bench.context, key)
            assert not services.keys.describe(bench.context, key).due
            raise ZeroDivisionError
        assert services.keys.describe(bench.context, key).state == "Enabled"


def test_due_keys_rotate_and_open_what_they_sealed(bench: Bench, key: str) -> None:
    with bench.services() as services:
        blob = services.ciphers.encrypt(bench.context, key, b"plain", {}).blob
        services.key_rotation.enable(bench.context, key, 90)
    bench.now += timedelta(days=90)
    with bench.services() as services:
        (rotated,) = services.keys.rotate_due(bench.now)
        assert services.keys.rotate_due(bench.now) == []
        opened = services.ciphers.decrypt(bench.context, blob, {})
    assert (rotated.newest.kind, len(rotated.materials)) == ("AUTOMATIC", 3)
    assert opened.plaintext.reveal() == b"plain"
    assert bench.value("mine") == "value"


def _named(bench: Bench) -> list[str]:
    return [fault.row for fault in Verification(bench.store, Keyring(bench.store)).faults()]
