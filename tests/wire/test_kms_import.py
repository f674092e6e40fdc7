"""Imported key material over HTTP with boto3, wrapped by a client's own library."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ABSENT, arn

FOR_EVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
HASHES = {"1": hashes.SHA1, "256": hashes.SHA256}


def external(kms: Any, spec: str = "SYMMETRIC_DEFAULT", usage: str = "ENCRYPT_DECRYPT", **more: Any) -> str:
    """Return the id of a fresh key without material."""
    key_id: str = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["KeyId"]
    return key_id


def wrapped(kms: Any, key: str, material: bytes, algorithm: str = "RSAES_OAEP_SHA_256", spec: str = "RSA_2048") -> Any:
    """Return the members of a request that imports material, wrapped as its client would."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    public: Any = load_der_public_key(given["PublicKey"])
    made = HASHES[algorithm.rsplit("_", 1)[1]]
    oaep = padding.OAEP(padding.MGF1(made()), made(), None)
    if algorithm.startswith("RSAES"):
        blob = public.encrypt(material, oaep)
    else:
        aes = os.urandom(32)
        blob = public.encrypt(aes, oaep) + aes_key_wrap_with_padding(aes, material)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


def _der(private: Any) -> bytes:
    made: bytes = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return made


def _state(kms: Any, key: str) -> str:
    state: str = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    return state


@pytest.mark.shows("kms:GetParametersForImport", parameters=("KeyId", "WrappingAlgorithm", "WrappingKeySpec"))
@pytest.mark.shows(
    "kms:ImportKeyMaterial", parameters=("KeyId", "ImportToken", "EncryptedKeyMaterial", "ExpirationModel")
)
@pytest.mark.shows("kms:DeleteImportedKeyMaterial", parameters=("KeyId",))
def test_a_key_lives_by_the_material_that_is_imported(kms: Any) -> None:
    key = external(kms)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"], shown["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert "ExpirationModel" not in shown
    assert "CurrentKeyMaterialId" not in shown
    pending = ("KMSInvalidStateException", f"{arn(key)} is pending import.")
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"p") == pending
    material = os.urandom(32)
    answer = kms.import_key_material(**wrapped(kms, key, material), **FOR_EVER)
    assert answer["KeyId"] == arn(key)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"]) == ("Enabled", True)
    assert shown["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    assert shown["CurrentKeyMaterialId"] == answer["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    gone = kms.delete_imported_key_material(KeyId=key)
    assert (gone["KeyId"], gone["KeyMaterialId"]) == (arn(key), answer["KeyMaterialId"])
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["CurrentKeyMaterialId"]) == ("PendingImport", answer["KeyMaterialId"])
    assert "ExpirationModel" not in shown
    assert refusal(kms.decrypt, CiphertextBlob=blob) == pending
    assert "KeyMaterialId" not in kms.delete_imported_key_material(KeyId=key)
    again = kms.import_key_material(**wrapped(kms, key, material), **FOR_EVER)
    assert again["KeyMaterialId"] == answer["KeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
@pytest.mark.parametrize(
    "algorithm",
    ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"],
)
def test_material_is_unwrapped_by_every_algorithm(kms: Any, algorithm: str, spec: str) -> None:
    key = external(kms)
    kms.import_key_material(**wrapped(kms, key, os.urandom(32), algorithm, spec), **FOR_EVER)
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


PRIVATE: dict[str, Callable[[], Any]] = {
    "RSA_2048": lambda: rsa.generate_private_key(65537, 2048),
    "ECC_NIST_P256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECC_NIST_P384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ECC_NIST_P521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ECC_SECG_P256K1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ECC_NIST_EDWARDS25519": Ed25519PrivateKey.generate,
}
BY = {
    "RSA_2048": "RSASSA_PSS_SHA_256",
    "ECC_NIST_P384": "ECDSA_SHA_384",
    "ECC_NIST_P521": "ECDSA_SHA_512",
    "ECC_NIST_EDWARDS25519": "ED25519_SHA_512",
}


@pytest.mark.parametrize("spec", PRIVATE)
def test_a_private_key_that_was_imported_signs(kms: Any, spec: str) -> None:
    key, private = external(kms, spec, "SIGN_VERIFY"), PRIVATE[spec]()
    assert _state(kms, key) == "PendingImport"
    request = wrapped(kms, key, _der(private), "RSA_AES_KEY_WRAP_SHA_256", "RSA_4096")
    kms.import_key_material(**request, **FOR_EVER)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert kms.get_public_key(KeyId=key)["PublicKey"] == public
    named = {"KeyId": key, "Message": b"m", "SigningAlgorithm": BY.get(spec, "ECDSA_SHA_256")}
    signature = kms.sign(**named)["Signature"]
    assert kms.verify(Signature=signature, **named)["SignatureValid"]
    kms.delete_imported_key_material(KeyId=key)
    pending = ("KMSInvalidStateException", f"{arn(key)} is pending import.")
    assert refusal(kms.sign, **named) == pending
    assert refusal(kms.get_public_key, KeyId=key) == pending
    other = wrapped(kms, key, _der(PRIVATE[spec]()), "RSA_AES_KEY_WRAP_SHA_256")
    assert refusal(kms.import_key_material, **other, **FOR_EVER)[0] == "IncorrectKeyMaterialException"


@pytest.mark.parametrize(("size", "length"), [(224, 28), (256, 32), (384, 48), (512, 64)])
def test_a_mac_key_that_was_imported_is_the_clients_own(kms: Any, size: int, length: int) -> None:
    import hmac

    key, secret = external(kms, f"HMAC_{size}", "GENERATE_VERIFY_MAC"), os.urandom(length)
    kms.import_key_material(**wrapped(kms, key, secret), **FOR_EVER)
    mac = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=f"HMAC_SHA_{size}")["Mac"]
    assert mac == hmac.digest(secret, b"m", f"sha{size}")


@pytest.mark.shows("kms:ImportKeyMaterial", errors=("IncorrectKeyMaterialException",))
@pytest.mark.parametrize(
    ("spec", "usage", "material"),
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", b"k" * 31),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", b"k" * 16),
        ("HMAC_512", "GENERATE_VERIFY_MAC", b"k" * 32),
        ("ECC_NIST_P256", "SIGN_VERIFY", b"no private key"),
        ("ECC_NIST_P256", "SIGN_VERIFY", _der(ec.generate_private_key(ec.SECP256K1()))),
        ("RSA_3072", "SIGN_VERIFY", _der(rsa.generate_private_key(65537, 2048))),
    ],
)
def test_material_of_another_kind_is_refused(kms: Any, spec: str, usage: str, material: bytes) -> None:
    key = external(kms, spec, usage)
    request = wrapped(kms, key, material, "RSA_AES_KEY_WRAP_SHA_256")
    code, message = refusal(kms.import_key_material, **request, **FOR_EVER)
    assert (code, spec in message) == ("IncorrectKeyMaterialException", True)
    assert _state(kms, key) == "PendingImport"


def test_another_material_does_not_take_the_place_of_the_first(kms: Any) -> None:
    key = external(kms)
    kms.import_key_material(**wrapped(kms, key, b"k" * 32), **FOR_EVER)
    request = {**wrapped(kms, key, b"o" * 32), **FOR_EVER}
    for more in ({}, {"ImportType": "EXISTING_KEY_MATERIAL"}):
        assert refusal(kms.import_key_material, **request, **more)[0] == "IncorrectKeyMaterialException"
    first = {**wrapped(kms, key, b"k" * 32), **FOR_EVER, "ImportType": "NEW_KEY_MATERIAL"}
    assert refusal(kms.import_key_material, **first)[0] == "IncorrectKeyMaterialException"


@pytest.mark.shows("kms:ImportKeyMaterial", errors=("InvalidImportTokenException", "InvalidCiphertextException"))
def test_token_and_wrapping_belong_together(kms: Any) -> None:
    key, other = external(kms), external(kms)
    good, others = wrapped(kms, key, b"k" * 32), wrapped(kms, other, b"k" * 32)
    for token in (others["ImportToken"], b"made up", good["ImportToken"][:-1]):
        answer = refusal(kms.import_key_material, **{**good, "ImportToken": token}, **FOR_EVER)
        assert answer == ("InvalidImportTokenException", "")
    for blob in (others["EncryptedKeyMaterial"], b"made up", good["EncryptedKeyMaterial"] + b"x"):
        answer = refusal(kms.import_key_material, **{**good, "EncryptedKeyMaterial": blob}, **FOR_EVER)
        assert answer == ("InvalidCiphertextException", "")
    assert kms.import_key_material(**good, **FOR_EVER)["KeyId"] == arn(key)


@pytest.mark.shows("kms:ImportKeyMaterial", parameters=("ValidTo",))
def test_material_may_expire(kms: Any) -> None:
    key = external(kms)
    request, ends = wrapped(kms, key, b"k" * 32), datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    kms.import_key_material(**request, ValidTo=ends)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["ExpirationModel"], shown["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", ends)
    kms.import_key_material(**request, **FOR_EVER)
    assert "ValidTo" not in kms.describe_key(KeyId=key)["KeyMetadata"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"),
        (
            {**FOR_EVER, "ValidTo": datetime(2099, 1, 1, tzinfo=UTC)},
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        ),
        (
            {"ValidTo": datetime(2020, 1, 1, tzinfo=UTC)},
            "The validTo date must be in the future, and at most 365 days away",
        ),
        (
            {"ValidTo": datetime(2099, 1, 1, tzinfo=UTC)},
            "The validTo date must be in the future, and at most 365 days away",
        ),
        (
            {**FOR_EVER, "ImportType": "NEW_KEY_MATERIAL", "KeyMaterialId": "0" * 64},
            "KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL",
        ),
    ],
)
def test_what_is_said_of_an_import_must_fit_together(kms: Any, more: dict[str, Any], message: str) -> None:
    request = wrapped(kms, external(kms), b"k" * 32)
    assert refusal(kms.import_key_material, **request, **more) == ("ValidationException", message)


@pytest.mark.parametrize(
    "more", [{"ImportType": "NEW_KEY_MATERIAL"}, {"KeyMaterialDescription": "d"}, {"KeyMaterialId": "0" * 64}]
)
def test_only_symmetric_keys_take_more_than_one_material(kms: Any, more: dict[str, str]) -> None:
    key = external(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    code, message = refusal(kms.import_key_material, **wrapped(kms, key, b"k" * 32), **FOR_EVER, **more)
    assert (code, next(iter(more)) in message) == ("ValidationException", True)


@pytest.mark.shows("kms:ImportKeyMaterial", parameters=("ImportType", "KeyMaterialDescription", "KeyMaterialId"))
@pytest.mark.shows("kms:DeleteImportedKeyMaterial", parameters=("KeyMaterialId",), errors=("NotFoundException",))
def test_a_further_material_seals_from_the_next_rotation_on(kms: Any) -> None:
    key = external(kms)
    no_more = f"No available key material pending rotation for the key: {arn(key)}."
    first = kms.import_key_material(**wrapped(kms, key, b"1" * 32), **FOR_EVER, KeyMaterialDescription="first")
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == ("KMSInvalidStateException", no_more)
    new = {**FOR_EVER, "ImportType": "NEW_KEY_MATERIAL"}
    second = kms.import_key_material(**wrapped(kms, key, b"2" * 32), **new)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == first["KeyMaterialId"]
    code, message = refusal(kms.import_key_material, **wrapped(kms, key, b"3" * 32), **new)
    assert code == "KMSInvalidStateException"
    assert message.startswith("New key material (id: ")
    assert message.endswith(
        f") cannot be imported into KMS key {arn(key)}, because another key material (id: {second['KeyMaterialId']}) "
        "is pending rotation."
    )
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [each["KeyMaterialState"] for each in listed] == ["CURRENT", "PENDING_ROTATION"]
    assert [each.get("KeyMaterialDescription") for each in listed] == ["first", None]
    assert {each["ImportState"] for each in listed} == {"IMPORTED"}
    assert {each["ExpirationModel"] for each in listed} == {"KEY_MATERIAL_DOES_NOT_EXPIRE"}
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == second["KeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=old)["KeyMaterialId"] == first["KeyMaterialId"]
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert (rotation["KeyMaterialId"], rotation["RotationType"]) == (second["KeyMaterialId"], "ON_DEMAND")
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=first["KeyMaterialId"])
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"p")[0] == "KMSInvalidStateException"
    states = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [each["ImportState"] for each in states] == ["PENDING_IMPORT", "IMPORTED"]
    again = {**FOR_EVER, "KeyMaterialId": first["KeyMaterialId"]}
    others = wrapped(kms, key, b"2" * 32)
    assert refusal(kms.import_key_material, **others, **again)[0] == "IncorrectKeyMaterialException"
    kms.import_key_material(**wrapped(kms, key, b"1" * 32), **again)
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    gone = refusal(kms.delete_imported_key_material, KeyId=key, KeyMaterialId="0" * 64)
    assert gone[0] == "NotFoundException"


def test_a_material_that_waits_may_be_taken_back(kms: Any) -> None:
    key = external(kms)
    kms.import_key_material(**wrapped(kms, key, b"1" * 32), **FOR_EVER)
    new = {**FOR_EVER, "ImportType": "NEW_KEY_MATERIAL"}
    second = kms.import_key_material(**wrapped(kms, key, b"2" * 32), **new)
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=second["KeyMaterialId"])
    assert _state(kms, key) == "Enabled"
    kms.import_key_material(**wrapped(kms, key, b"3" * 32), **new)


@pytest.mark.shows("kms:GetParametersForImport", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:ImportKeyMaterial", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:DeleteImportedKeyMaterial", errors=("UnsupportedOperationException",))
def test_a_key_whose_material_is_drawn_takes_none_in_awss_words(kms: Any, key: str) -> None:
    told = ("UnsupportedOperationException", f"{arn(key)} origin is AWS_KMS which is not valid for this operation.")
    asked = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    assert refusal(kms.get_parameters_for_import, KeyId=key, **asked) == told
    given = {"ImportToken": b"t", "EncryptedKeyMaterial": b"m", **FOR_EVER}
    assert refusal(kms.import_key_material, KeyId=key, **given) == told
    assert refusal(kms.delete_imported_key_material, KeyId=key) == told


@pytest.mark.parametrize(
    ("spec", "algorithm", "wrapping"),
    [
        ("SYMMETRIC_DEFAULT", "RSAES_PKCS1_V1_5", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "SM2PKE", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256", "SM2"),
        ("RSA_2048", "RSAES_OAEP_SHA_256", "RSA_4096"),
        ("ECC_NIST_P521", "RSAES_OAEP_SHA_256", "RSA_2048"),
    ],
)
def test_a_wrapping_that_is_not_offered_or_too_small_is_refused(
    kms: Any, spec: str, algorithm: str, wrapping: str
) -> None:
    key = external(kms, spec, "ENCRYPT_DECRYPT" if spec == "SYMMETRIC_DEFAULT" else "SIGN_VERIFY")
    asked = {"WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping}
    assert refusal(kms.get_parameters_for_import, KeyId=key, **asked)[0] == "UnsupportedOperationException"


@pytest.mark.shows("kms:GetParametersForImport", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:ImportKeyMaterial", errors=("KMSInvalidStateException",))
def test_a_key_pending_deletion_takes_no_material(kms: Any) -> None:
    key = external(kms)
    request = wrapped(kms, key, b"k" * 32)
    kms.schedule_key_deletion(KeyId=key)
    told = ("KMSInvalidStateException", f"{arn(key)} is pending deletion.")
    assert refusal(kms.import_key_material, **request, **FOR_EVER) == told
    asked = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    assert refusal(kms.get_parameters_for_import, KeyId=key, **asked) == told
    kms.cancel_key_deletion(KeyId=key)
    assert _state(kms, key) == "PendingImport"


@pytest.mark.shows("kms:GetParametersForImport", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ImportKeyMaterial", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:DeleteImportedKeyMaterial", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_parameters_for_import", {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        ("import_key_material", {"ImportToken": b"t", "EncryptedKeyMaterial": b"m"}),
        ("delete_imported_key_material", {}),
    ],
)
def test_a_key_that_is_not_there_takes_nothing(kms: Any, operation: str, more: dict[str, Any]) -> None:
    call = getattr(kms, operation)
    assert refusal(call, KeyId=ABSENT, **more) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")
    assert refusal(call, KeyId="arn:aws:s3:::bucket", **more)[0] == "InvalidArnException"


@pytest.mark.parametrize("operation", ["enable_key", "disable_key", "rotate_key_on_demand"])
def test_a_key_that_lacks_material_is_left_as_it_is(kms: Any, operation: str) -> None:
    key = external(kms)
    told = ("KMSInvalidStateException", f"{arn(key)} is pending import.")
    assert refusal(getattr(kms, operation), KeyId=key) == told


@pytest.mark.parametrize("operation", ["enable_key_rotation", "disable_key_rotation"])
def test_a_key_with_imported_material_does_not_rotate_by_itself(kms: Any, operation: str) -> None:
    key = external(kms)
    told = ("UnsupportedOperationException", f"{arn(key)} origin is EXTERNAL which is not valid for this operation.")
    assert refusal(getattr(kms, operation), KeyId=key) == told
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


@pytest.mark.parametrize(("spec", "usage"), [("ML_DSA_44", "SIGN_VERIFY"), ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE")])
def test_material_of_lattices_is_not_imported(kms: Any, spec: str, usage: str) -> None:
    code, message = refusal(kms.create_key, Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)
    assert (code, spec in message) == ("UnsupportedOperationException", True)


def test_a_secret_under_imported_material_is_readable_while_it_is_there(client: Any, kms: Any, name: str) -> None:
    key = external(kms)
    assert refusal(client.create_secret, Name=name, SecretString="v", KmsKeyId=key)[0] == "EncryptionFailure"
    kms.import_key_material(**wrapped(kms, key, b"k" * 32), **FOR_EVER)
    client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    assert client.get_secret_value(SecretId=name)["SecretString"] == "v"
    kms.delete_imported_key_material(KeyId=key)
    assert refusal(client.get_secret_value, SecretId=name)[0] == "DecryptionFailure"
    kms.import_key_material(**wrapped(kms, key, b"k" * 32), **FOR_EVER)
    assert client.get_secret_value(SecretId=name)["SecretString"] == "v"
