"""Keys of every kind on every database: kept, used, verified, tampered with; imported material that expires."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench
from vault.domain.errors import DecryptionFailed
from vault.domain.key_import import ImportRequest
from vault.domain.key_specs import spec_named
from vault.domain.kms_errors import ExpiredImportToken, InvalidKeyState, KeyDamaged
from vault.services import Services
from vault.services.key_pairs import Message
from vault.services.keyring import Keyring
from vault.services.keys import NewKey
from vault.services.verification import Verification

SPECS = [
    "SYMMETRIC_DEFAULT", "RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "HMAC_512",
    "ML_DSA_44", "ML_KEM_768",
]  # fmt: skip
FOR_EVER = "KEY_MATERIAL_DOES_NOT_EXPIRE"


def _named(bench: Bench) -> list[str]:
    return [fault.row for fault in Verification(bench.store, Keyring(bench.store)).faults()]


@pytest.mark.parametrize("spec", SPECS)
def test_a_key_of_every_kind_is_kept_whole(bench: Bench, spec: str) -> None:
    usage = list(spec_named(spec).usages)[-1]
    with bench.services() as services:
        made = services.keys.create(bench.context, NewKey(spec=spec, usage=usage))
    with bench.services() as services:
        found = services.keys.describe(bench.context, made.key_id)
    assert (found, found.spec, found.usage) == (made, spec, usage)
    assert _named(bench) == []


@pytest.fixture
def signing(bench: Bench) -> str:
    """The id of a key that signs."""
    with bench.services() as services:
        return services.keys.create(bench.context, NewKey(spec="ECC_NIST_P256", usage="SIGN_VERIFY")).key_id


def _sign(bench: Bench, services: Services, key: str) -> bytes:
    message = Message(content=SecretValue(b"m"))
    return services.key_pairs.sign(bench.context, key, message, algorithm="ECDSA_SHA_256")[1]


def test_private_keys_that_changed_places_sign_nothing_and_are_named(bench: Bench, signing: str, sql: Sql) -> None:
    with bench.services() as services:
        other = services.keys.create(bench.context, NewKey(spec="ECC_NIST_P256", usage="SIGN_VERIFY")).key_id
    (mine,), (others,) = (
        sql("SELECT material_id, wrapped FROM key_materials WHERE key_id = ?", each) for each in (signing, other)
    )
    sql("UPDATE key_materials SET wrapped = ? WHERE material_id = ?", others[1], mine[0])
    with bench.services() as services, pytest.raises(DecryptionFailed):
        _sign(bench, services, signing)
    assert f"KMS key {signing}" in _named(bench)


@pytest.mark.parametrize("edit", ["'ECC_NIST_P256', 'ECC_NIST_P384'", "'SIGN_VERIFY', 'KEY_AGREEMENT'"])
def test_a_key_whose_kind_was_edited_is_refused_and_named(bench: Bench, signing: str, sql: Sql, edit: str) -> None:
    sql(f"UPDATE keys SET state = replace(state, {edit})")
    with bench.services() as services, pytest.raises(KeyDamaged):
        services.keys.describe(bench.context, signing)
    assert f"KMS key {signing}" in _named(bench)


def test_a_key_pair_that_is_deleted_leaves_nothing_behind(bench: Bench, signing: str, tmp_path: Path) -> None:
    with bench.services() as services:
        _sign(bench, services, signing)
        wrapped = services.tx.keys.wrapped(signing, services.keys.describe(bench.context, signing).newest.material_id)
        services.keys.schedule_deletion(bench.context, signing, 7)
    bench.pass_time(days=7)
    with bench.services() as services:
        assert [each.key_id for each in services.keys.purge(bench.now)] == [signing]
    assert _named(bench) == []
    bench.store.close()
    assert not any(wrapped in each.read_bytes() for each in tmp_path.iterdir())


@pytest.fixture
def external(bench: Bench) -> str:
    """The id of a symmetric key whose material is imported."""
    with bench.services() as services:
        return services.keys.create(bench.context, NewKey(origin="EXTERNAL")).key_id


def _import(bench: Bench, key: str, material: bytes, **told: Any) -> str:
    with bench.services() as services:
        given = services.key_import.parameters(bench.context, key, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048")
        public: Any = load_der_public_key(given.public_key)
        blob = public.encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        return services.key_import.put(
            bench.context, key, token=given.token, wrapped=blob, request=ImportRequest(**told)
        )[1]


def _sealed(bench: Bench, key: str) -> bytes:
    with bench.services() as services:
        return services.ciphers.encrypt(bench.context, key, b"plain", {}).blob


def _opened(bench: Bench, blob: bytes) -> bytes:
    with bench.services() as services:
        return services.ciphers.decrypt(bench.context, blob, {}).plaintext.reveal()


def test_a_key_that_lacks_material_is_not_gone(bench: Bench, external: str) -> None:
    with bench.services() as services:
        assert [each.key_id for each in services.keys.page(bench.context, limit=10).items] == [external]
        assert services.keys.describe(bench.context, external).shown_state == "PendingImport"
        assert services.keys.purge(bench.now) == []
    assert _named(bench) == []


def test_material_that_expired_is_gone_before_it_is_swept_up_and_after(
    bench: Bench, external: str, sql: Sql, tmp_path: Path
) -> None:
    material, ends = os.urandom(32), bench.now + timedelta(days=30)
    _import(bench, external, material, valid_to=ends)
    blob = _sealed(bench, external)
    ((wrapped,),) = sql("SELECT wrapped FROM key_materials WHERE key_id = ?", external)
    bench.now = ends - timedelta(seconds=1)
    assert _opened(bench, blob) == b"plain"
    bench.now = ends
    with pytest.raises(InvalidKeyState):
        _opened(bench, blob)
    assert _named(bench) == []
    with bench.services() as services:
        assert [each.key_id for each in services.keys.expire(bench.now)] == [external]
        assert services.keys.expire(bench.now) == []
    assert sql("SELECT * FROM key_materials WHERE key_id = ?", external) == []
    assert _named(bench) == []
    _import(bench, external, material, model=FOR_EVER)
    assert _opened(bench, blob) == b"plain"
    bench.store.close()
    assert not any(bytes(wrapped) in each.read_bytes() for each in tmp_path.iterdir())


def test_a_change_of_a_key_after_its_material_expired_sweeps_it_up(bench: Bench, external: str, sql: Sql) -> None:
    _import(bench, external, b"k" * 32, valid_to=bench.now + timedelta(days=1))
    bench.pass_time(days=2)
    with bench.services() as services:
        services.keys.describe_as(bench.context, external, "changed")
    assert sql("SELECT * FROM key_materials WHERE key_id = ?", external) == []
    assert _named(bench) == []


def test_expired_material_is_imported_again_before_it_was_swept_up(bench: Bench, external: str) -> None:
    first = _import(bench, external, b"k" * 32, valid_to=bench.now + timedelta(days=1))
    blob = _sealed(bench, external)
    bench.pass_time(days=2)
    assert _import(bench, external, b"k" * 32, model=FOR_EVER) == first
    assert _opened(bench, blob) == b"plain"
    assert _named(bench) == []


@pytest.mark.shows("kms:ImportKeyMaterial", errors=("ExpiredImportTokenException",))
def test_an_import_token_is_good_for_a_day(bench: Bench, external: str) -> None:
    with bench.services() as services:
        given = services.key_import.parameters(bench.context, external, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048")
    bench.pass_time(days=1)
    with bench.services() as services, pytest.raises(ExpiredImportToken):
        services.key_import.put(
            bench.context, external, token=given.token, wrapped=b"x", request=ImportRequest(model=FOR_EVER)
        )


def test_a_material_that_waits_and_expires_is_forgotten(bench: Bench, external: str) -> None:
    _import(bench, external, b"1" * 32, model=FOR_EVER)
    _import(bench, external, b"2" * 32, valid_to=bench.now + timedelta(days=1), kind="NEW_KEY_MATERIAL")
    bench.pass_time(days=1)
    with bench.services() as services:
        services.keys.expire(bench.now)
        key = services.keys.describe(bench.context, external)
    assert (key.pending, key.shown_state) == (None, "Enabled")
    assert _named(bench) == []


def test_the_same_material_has_one_id_in_one_key_and_another_in_another(bench: Bench, external: str) -> None:
    with bench.services() as services:
        other = services.keys.create(bench.context, NewKey(origin="EXTERNAL")).key_id
    first = _import(bench, external, b"k" * 32, model=FOR_EVER)
    assert _import(bench, external, b"k" * 32, model=FOR_EVER) == first
    assert _import(bench, other, b"k" * 32, model=FOR_EVER) != first


def test_imported_material_that_was_taken_out_of_the_storage_is_named(bench: Bench, external: str, sql: Sql) -> None:
    material_id = _import(bench, external, b"k" * 32, model=FOR_EVER)
    sql("DELETE FROM key_materials WHERE key_id = ?", external)
    assert f"KMS key {external}, material {material_id}" in _named(bench)
