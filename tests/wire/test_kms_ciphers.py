"""KMS's cryptographic operations over HTTP with boto3, and AWS's words for what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.wire import refusal, refused
from tests.wire.test_kms_keys import ABSENT, ACCOUNT, arn

CONTEXT = {"app": "orders", "stage": "test"}
USER = f"arn:aws:iam::{ACCOUNT}:user/a"


@pytest.fixture
def blob(kms: Any, key: str) -> bytes:
    """`plain` under the key, in `CONTEXT`."""
    sealed: bytes = kms.encrypt(KeyId=key, Plaintext=b"plain", EncryptionContext=CONTEXT)["CiphertextBlob"]
    return sealed


@pytest.mark.shows("kms:Encrypt", parameters=("KeyId", "Plaintext", "EncryptionContext", "EncryptionAlgorithm"))
@pytest.mark.shows("kms:Decrypt", parameters=("CiphertextBlob", "EncryptionContext", "EncryptionAlgorithm"))
def test_what_was_encrypted_is_decrypted(kms: Any, key: str) -> None:
    sealed = kms.encrypt(
        KeyId=key, Plaintext=b"plain", EncryptionContext=CONTEXT, EncryptionAlgorithm="SYMMETRIC_DEFAULT"
    )
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (arn(key), "SYMMETRIC_DEFAULT")
    opened = kms.decrypt(
        CiphertextBlob=sealed["CiphertextBlob"],
        EncryptionContext=dict(reversed(CONTEXT.items())),
        EncryptionAlgorithm="SYMMETRIC_DEFAULT",
    )
    assert opened["Plaintext"] == b"plain"
    assert (opened["KeyId"], opened["EncryptionAlgorithm"]) == (arn(key), "SYMMETRIC_DEFAULT")
    assert opened["KeyMaterialId"] == kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


@pytest.mark.parametrize("size", [1, 4096])
def test_plaintexts_of_every_size_survive(kms: Any, key: str, size: int) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"\0" * size)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"\0" * size


def test_a_plaintext_too_long_is_refused_and_not_shown(raw_kms: Any, key: str) -> None:
    assert refusal(raw_kms.encrypt, KeyId=key, Plaintext=b"a" * 4097) == (
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length "
        "less than or equal to 4096",
    )


@pytest.mark.shows("kms:Decrypt", errors=("InvalidCiphertextException",))
@pytest.mark.parametrize(
    "context", [{}, {"app": "orders"}, {**CONTEXT, "more": ""}, {"APP": "orders", "stage": "test"}]
)
def test_another_context_is_refused_without_a_word(kms: Any, blob: bytes, context: dict[str, str]) -> None:
    response = refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)
    assert response["Error"] == {"Code": "InvalidCiphertextException", "Message": ""}
    assert "message" not in response


def test_every_flipped_byte_is_refused_without_a_word(kms: Any, blob: bytes) -> None:
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 0x01
        answer = refusal(kms.decrypt, CiphertextBlob=bytes(changed), EncryptionContext=CONTEXT)
        assert answer == ("InvalidCiphertextException", "")


@pytest.mark.parametrize("garbage", [b"x", b"\x02", b"\x02$" + b"a" * 36, b"\0" * 200])
def test_garbage_is_refused_without_a_word(kms: Any, garbage: bytes) -> None:
    assert refusal(kms.decrypt, CiphertextBlob=garbage) == ("InvalidCiphertextException", "")


@pytest.mark.shows("kms:Decrypt", parameters=("KeyId",), errors=("IncorrectKeyException", "NotFoundException"))
def test_the_key_that_is_named_must_be_the_one(kms: Any, key: str, blob: bytes) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=key)["Plaintext"] == b"plain"
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=other) == (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=ABSENT)[0] == "NotFoundException"


@pytest.mark.shows(
    "kms:ReEncrypt",
    parameters=(
        "CiphertextBlob",
        "SourceEncryptionContext",
        "SourceKeyId",
        "DestinationKeyId",
        "DestinationEncryptionContext",
        "SourceEncryptionAlgorithm",
        "DestinationEncryptionAlgorithm",
    ),
)
def test_a_ciphertext_moves_to_another_key_and_context(kms: Any, key: str, blob: bytes) -> None:
    other = kms.create_key()["KeyMetadata"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        SourceKeyId=key,
        DestinationKeyId=other["KeyId"],
        DestinationEncryptionContext={"new": "context"},
        SourceEncryptionAlgorithm="SYMMETRIC_DEFAULT",
        DestinationEncryptionAlgorithm="SYMMETRIC_DEFAULT",
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (arn(key), other["Arn"])
    assert moved["SourceEncryptionAlgorithm"] == moved["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert moved["DestinationKeyMaterialId"] == other["CurrentKeyMaterialId"]
    assert moved["SourceKeyMaterialId"] != moved["DestinationKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"new": "context"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"plain", other["Arn"])


@pytest.mark.shows("kms:ReEncrypt", errors=("IncorrectKeyException", "InvalidCiphertextException", "NotFoundException"))
def test_what_cannot_be_moved_is_refused(kms: Any, key: str, blob: bytes) -> None:
    good = {"CiphertextBlob": blob, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": key}
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.re_encrypt, **{**good, "SourceKeyId": other})[0] == "IncorrectKeyException"
    assert refusal(kms.re_encrypt, **{**good, "SourceEncryptionContext": {}}) == ("InvalidCiphertextException", "")
    assert refusal(kms.re_encrypt, **{**good, "DestinationKeyId": ABSENT})[0] == "NotFoundException"


@pytest.mark.shows("kms:GenerateDataKey", parameters=("KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec"))
@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1024}, 1024),
    ],
)
def test_a_data_key_comes_plain_and_sealed(kms: Any, key: str, asked: dict[str, Any], size: int) -> None:
    made = kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **asked)
    assert len(made["Plaintext"]) == size
    assert made["KeyId"] == arn(key)
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (made["Plaintext"], made["KeyMaterialId"])


@pytest.mark.shows(
    "kms:GenerateDataKeyWithoutPlaintext", parameters=("KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec")
)
@pytest.mark.parametrize("asked", [{"KeySpec": "AES_256"}, {"NumberOfBytes": 32}])
def test_a_data_key_comes_sealed_alone(kms: Any, key: str, asked: dict[str, Any]) -> None:
    made = kms.generate_data_key_without_plaintext(KeyId=key, EncryptionContext=CONTEXT, **asked)
    assert "Plaintext" not in made
    assert len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"]) == 32


@pytest.mark.parametrize("asked", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
@pytest.mark.parametrize("operation", ["generate_data_key", "generate_data_key_without_plaintext"])
def test_either_spec_or_number_is_needed(kms: Any, key: str, operation: str, asked: dict[str, Any]) -> None:
    assert refusal(getattr(kms, operation), KeyId=key, **asked) == (
        "ValidationException",
        "Please specify either number of bytes or key spec.",
    )


@pytest.mark.shows("kms:GenerateRandom", parameters=("NumberOfBytes",))
def test_random_bytes_are_as_many_as_asked(kms: Any, raw_kms: Any) -> None:
    drawn = [kms.generate_random(NumberOfBytes=1024)["Plaintext"] for _ in range(2)]
    assert [len(each) for each in drawn] == [1024, 1024]
    assert drawn[0] != drawn[1]
    assert refusal(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.")
    for number, bound in ((0, "greater than or equal to 1"), (1025, "less than or equal to 1024")):
        assert refusal(raw_kms.generate_random, NumberOfBytes=number) == (
            "ValidationException",
            f"1 validation error detected: Value '{number}' at 'numberOfBytes' failed to satisfy constraint: Member "
            f"must have value {bound}",
        )


@pytest.mark.shows("kms:GenerateRandom", parameters=("CustomKeyStoreId",), errors=("UnsupportedOperationException",))
def test_random_bytes_of_a_key_store_are_not_offered(kms: Any) -> None:
    code, _ = refusal(kms.generate_random, NumberOfBytes=1, CustomKeyStoreId="cks-1")
    assert code == "UnsupportedOperationException"


def _use(kms: Any, key: str, blob: bytes) -> dict[str, Any]:
    return {
        "encrypt": {"KeyId": key, "Plaintext": b"x"},
        "decrypt": {"CiphertextBlob": blob, "EncryptionContext": CONTEXT},
        "re_encrypt": {"CiphertextBlob": blob, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": key},
        "generate_data_key": {"KeyId": key, "KeySpec": "AES_256"},
        "generate_data_key_without_plaintext": {"KeyId": key, "KeySpec": "AES_256"},
    }


USES = ("encrypt", "decrypt", "re_encrypt", "generate_data_key", "generate_data_key_without_plaintext")


@pytest.mark.shows("kms:Encrypt", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:Decrypt", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:ReEncrypt", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:GenerateDataKey", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:GenerateDataKeyWithoutPlaintext", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.parametrize("operation", USES)
def test_a_key_that_is_off_is_used_for_nothing(kms: Any, key: str, blob: bytes, operation: str) -> None:
    request = _use(kms, key, blob)[operation]
    kms.disable_key(KeyId=key)
    assert refusal(getattr(kms, operation), **request) == ("DisabledException", f"{arn(key)} is disabled.")
    kms.schedule_key_deletion(KeyId=key)
    assert refusal(getattr(kms, operation), **request) == (
        "KMSInvalidStateException",
        f"{arn(key)} is pending deletion.",
    )


@pytest.mark.shows("kms:Encrypt", errors=("NotFoundException",))
@pytest.mark.shows("kms:GenerateDataKey", errors=("NotFoundException",))
@pytest.mark.shows("kms:GenerateDataKeyWithoutPlaintext", errors=("NotFoundException",))
@pytest.mark.parametrize("operation", ["encrypt", "generate_data_key", "generate_data_key_without_plaintext"])
def test_a_key_that_is_not_there_is_used_for_nothing(kms: Any, blob: bytes, operation: str) -> None:
    request = _use(kms, ABSENT, blob)[operation]
    assert refusal(getattr(kms, operation), **request) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")


@pytest.mark.shows("kms:Encrypt", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:Decrypt", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:ReEncrypt", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:GenerateDataKey", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:GenerateDataKeyWithoutPlaintext", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.parametrize("operation", USES)
def test_a_dry_run_of_a_good_request_says_so(kms: Any, key: str, blob: bytes, operation: str) -> None:
    request = _use(kms, key, blob)[operation]
    assert refusal(getattr(kms, operation), DryRun=True, **request) == (
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    )
    kms.disable_key(KeyId=key)
    assert refusal(getattr(kms, operation), DryRun=True, **request)[0] == "DisabledException"


@pytest.mark.shows("kms:Encrypt", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:Decrypt", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:ReEncrypt", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:GenerateDataKey", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows(
    "kms:GenerateDataKeyWithoutPlaintext", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",)
)
@pytest.mark.parametrize("operation", USES)
def test_grant_tokens_must_be_of_grants(kms: Any, key: str, blob: bytes, operation: str) -> None:
    request = _use(kms, key, blob)[operation]
    made = kms.create_grant(KeyId=key, GranteePrincipal=USER, Operations=["Decrypt"])
    getattr(kms, operation)(GrantTokens=[made["GrantToken"]], **request)
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    for token in ("made up", "bWFkZSB1cA==", made["GrantToken"]):
        assert refusal(getattr(kms, operation), GrantTokens=[token], **request)[0] == "InvalidGrantTokenException"


@pytest.mark.shows("kms:Encrypt", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:Decrypt", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:ReEncrypt", errors=("InvalidKeyUsageException",))
@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("encrypt", "EncryptionAlgorithm"),
        ("decrypt", "EncryptionAlgorithm"),
        ("re_encrypt", "SourceEncryptionAlgorithm"),
        ("re_encrypt", "DestinationEncryptionAlgorithm"),
    ],
)
def test_an_algorithm_of_other_keys_is_refused(kms: Any, key: str, blob: bytes, operation: str, member: str) -> None:
    request = {**_use(kms, key, blob)[operation], member: "RSAES_OAEP_SHA_256"}
    assert refusal(getattr(kms, operation), **request) == (
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
    )


@pytest.mark.shows("kms:Decrypt", parameters=("Recipient", "DryRunModifiers"))
@pytest.mark.shows("kms:ReEncrypt", parameters=("DryRunModifiers",))
@pytest.mark.shows("kms:GenerateDataKey", parameters=("Recipient",))
@pytest.mark.shows("kms:GenerateRandom", parameters=("Recipient",))
@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("decrypt", "Recipient"),
        ("generate_data_key", "Recipient"),
        ("generate_random", "Recipient"),
        ("decrypt", "DryRunModifiers"),
        ("re_encrypt", "DryRunModifiers"),
    ],
)
def test_what_is_not_offered_is_refused_by_name(kms: Any, key: str, blob: bytes, operation: str, member: str) -> None:
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    given = {"Recipient": recipient, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}[member]
    request = (_use(kms, key, blob) | {"generate_random": {"NumberOfBytes": 1}})[operation]
    assert refusal(getattr(kms, operation), **request, **{member: given}) == (
        "ValidationException",
        f"{member} is not supported.",
    )


def test_an_unknown_algorithm_is_refused_with_those_there_are(raw_kms: Any, key: str) -> None:
    code, message = refusal(raw_kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionAlgorithm="ROT13")
    assert code == "ValidationException"
    assert (
        "Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value" in message
    )


def test_without_a_ciphertext_there_is_nothing_to_open(raw_kms: Any, key: str) -> None:
    words = (
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
        "Member must not be null"
    )
    assert refusal(raw_kms.decrypt, KeyId=key) == ("ValidationException", words)
    assert refusal(raw_kms.re_encrypt, DestinationKeyId=key) == ("ValidationException", words)
