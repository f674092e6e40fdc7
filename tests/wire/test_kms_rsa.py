"""Encrypt, Decrypt and ReEncrypt under keys of RSA over HTTP with boto3, and by a client's own library."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import arn
from tests.wire.test_kms_pairs import made

ALGORITHMS = {"RSAES_OAEP_SHA_1": hashes.SHA1, "RSAES_OAEP_SHA_256": hashes.SHA256}
ROOM = {
    ("RSA_2048", "RSAES_OAEP_SHA_1"): 214,
    ("RSA_2048", "RSAES_OAEP_SHA_256"): 190,
    ("RSA_3072", "RSAES_OAEP_SHA_1"): 342,
    ("RSA_3072", "RSAES_OAEP_SHA_256"): 318,
    ("RSA_4096", "RSAES_OAEP_SHA_1"): 470,
    ("RSA_4096", "RSAES_OAEP_SHA_256"): 446,
}


@pytest.fixture(scope="module")
def keys(kms: Any) -> dict[str, str]:
    """The ids of keys that encrypt, by their specs."""
    return {spec: made(kms, spec, "ENCRYPT_DECRYPT") for spec in ("RSA_2048", "RSA_3072", "RSA_4096")}


@pytest.mark.parametrize(("spec", "algorithm"), ROOM)
def test_what_was_encrypted_is_decrypted_up_to_the_last_byte_of_room(
    kms: Any, keys: dict[str, str], spec: str, algorithm: str
) -> None:
    named = {"KeyId": keys[spec], "EncryptionAlgorithm": algorithm}
    plaintext = b"p" * ROOM[spec, algorithm]
    sealed = kms.encrypt(Plaintext=plaintext, **named)
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (arn(keys[spec]), algorithm)
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], **named)
    assert (opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]) == (
        plaintext,
        arn(keys[spec]),
        algorithm,
    )
    assert "KeyMaterialId" not in opened
    assert refusal(kms.encrypt, Plaintext=plaintext + b"p", **named) == (
        "ValidationException",
        f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {len(plaintext)} bytes.",
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_a_client_encrypted_with_the_public_key_is_decrypted(
    kms: Any, keys: dict[str, str], algorithm: str
) -> None:
    shown = kms.get_public_key(KeyId=keys["RSA_2048"])
    assert shown["EncryptionAlgorithms"] == list(ALGORITHMS)
    public: Any = load_der_public_key(shown["PublicKey"])
    made = ALGORITHMS[algorithm]
    blob = public.encrypt(b"offline", padding.OAEP(padding.MGF1(made()), made(), None))
    named = {"KeyId": keys["RSA_2048"], "CiphertextBlob": blob}
    assert kms.decrypt(EncryptionAlgorithm=algorithm, **named)["Plaintext"] == b"offline"
    (other,) = set(ALGORITHMS) - {algorithm}
    assert refusal(kms.decrypt, EncryptionAlgorithm=other, **named) == ("InvalidCiphertextException", "")


def test_a_ciphertext_that_was_changed_or_is_anothers_is_refused_without_a_word(kms: Any, keys: dict[str, str]) -> None:
    algorithm = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(KeyId=keys["RSA_2048"], Plaintext=b"p", **algorithm)["CiphertextBlob"]
    other = made(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    changed = bytes([blob[0] ^ 1]) + blob[1:]
    for key, ciphertext in ((other, blob), (keys["RSA_2048"], changed), (keys["RSA_2048"], blob[:-1])):
        answer = refusal(kms.decrypt, KeyId=key, CiphertextBlob=ciphertext, **algorithm)
        assert answer == ("InvalidCiphertextException", "")


def test_the_key_of_a_ciphertext_that_names_none_must_be_named(kms: Any, keys: dict[str, str]) -> None:
    algorithm = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(KeyId=keys["RSA_2048"], Plaintext=b"p", **algorithm)["CiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, **algorithm)[0] == "ValidationException"


def test_algorithm_and_key_must_fit(kms: Any, keys: dict[str, str], key: str) -> None:
    rsa = keys["RSA_2048"]
    blob = kms.encrypt(KeyId=rsa, Plaintext=b"p", EncryptionAlgorithm="RSAES_OAEP_SHA_256")["CiphertextBlob"]
    unfit = ("InvalidKeyUsageException", "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
    assert refusal(kms.encrypt, KeyId=rsa, Plaintext=b"p") == unfit
    assert refusal(kms.decrypt, KeyId=rsa, CiphertextBlob=blob) == unfit
    assert refusal(kms.decrypt, KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256") == (
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
    )


def test_a_symmetric_ciphertext_is_not_for_another_kind_of_key(kms: Any, keys: dict[str, str], key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    for other in (keys["RSA_2048"], made(kms, "HMAC_224", "GENERATE_VERIFY_MAC")):
        assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other) == (
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )


def test_no_encryption_context_is_bound(kms: Any, keys: dict[str, str]) -> None:
    request = {"KeyId": keys["RSA_2048"], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "EncryptionContext": {"a": "b"}}
    told = ("ValidationException", "EncryptionContext is valid only with a symmetric encryption KMS key.")
    assert refusal(kms.encrypt, Plaintext=b"p", **request) == told
    assert refusal(kms.decrypt, CiphertextBlob=b"c", **request) == told


def test_a_ciphertext_moves_between_kinds_of_keys(kms: Any, keys: dict[str, str], key: str) -> None:
    rsa, algorithm = keys["RSA_2048"], "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    there = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=rsa, DestinationEncryptionAlgorithm=algorithm)
    assert (there["SourceKeyId"], there["KeyId"]) == (arn(key), arn(rsa))
    assert "DestinationKeyMaterialId" not in there
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"],
        SourceKeyId=rsa,
        SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=key,
    )
    assert (back["SourceEncryptionAlgorithm"], back["DestinationEncryptionAlgorithm"]) == (
        algorithm,
        "SYMMETRIC_DEFAULT",
    )
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"p"


def test_a_key_that_signs_takes_no_ciphertext(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    signing = made(kms, "ECC_NIST_P256")
    assert refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=signing) == (
        "InvalidKeyUsageException",
        f"{arn(signing)} key usage is SIGN_VERIFY which is not valid for ReEncryptTo.",
    )
    assert refusal(kms.encrypt, KeyId=signing, Plaintext=b"p") == (
        "InvalidKeyUsageException",
        f"{arn(signing)} key usage is SIGN_VERIFY which is not valid for Encrypt.",
    )


@pytest.mark.shows("kms:GenerateDataKey", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:GenerateDataKeyWithoutPlaintext", errors=("InvalidKeyUsageException",))
def test_data_keys_are_sealed_under_symmetric_keys_only(kms: Any, keys: dict[str, str]) -> None:
    mac = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    for operation, name in (
        (kms.generate_data_key, "GenerateDataKey"),
        (kms.generate_data_key_without_plaintext, "GenerateDataKeyWithoutPlaintext"),
    ):
        assert refusal(operation, KeyId=keys["RSA_2048"], KeySpec="AES_256")[0] == "InvalidKeyUsageException"
        assert refusal(operation, KeyId=mac, KeySpec="AES_256") == (
            "InvalidKeyUsageException",
            f"{arn(mac)} key usage is GENERATE_VERIFY_MAC which is not valid for {name}.",
        )


def test_a_secret_cannot_be_under_a_key_that_is_not_symmetric(client: Any, keys: dict[str, str], name: str) -> None:
    code, _ = refusal(client.create_secret, Name=name, SecretString="v", KmsKeyId=keys["RSA_2048"])
    assert code == "EncryptionFailure"
    assert refusal(client.describe_secret, SecretId=name)[0] == "ResourceNotFoundException"
