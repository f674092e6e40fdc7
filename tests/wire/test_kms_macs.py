"""KMS's GenerateMac and VerifyMac over HTTP with boto3."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ABSENT, arn
from tests.wire.test_kms_pairs import made

MESSAGE = b"a message to be authenticated"
SIZES = (224, 256, 384, 512)


@pytest.fixture(scope="module")
def mac_key(kms: Any) -> str:
    """The id of a key for HMAC_SHA_256."""
    return made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")


@pytest.mark.shows("kms:GenerateMac", parameters=("KeyId", "Message", "MacAlgorithm"))
@pytest.mark.shows("kms:VerifyMac", parameters=("KeyId", "Message", "MacAlgorithm", "Mac"))
@pytest.mark.parametrize("size", SIZES)
def test_a_mac_is_made_and_holds(kms: Any, size: int) -> None:
    spec, algorithm = f"HMAC_{size}", f"HMAC_SHA_{size}"
    shown = kms.create_key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    assert (shown["KeySpec"], shown["MacAlgorithms"]) == (spec, [algorithm])
    named = {"KeyId": shown["KeyId"], "Message": MESSAGE, "MacAlgorithm": algorithm}
    answer = kms.generate_mac(**named)
    assert (answer["KeyId"], answer["MacAlgorithm"]) == (shown["Arn"], algorithm)
    assert len(answer["Mac"]) == hashlib.new(f"sha{size}").digest_size
    assert kms.generate_mac(**named)["Mac"] == answer["Mac"]
    found = kms.verify_mac(Mac=answer["Mac"], **named)
    assert (found["KeyId"], found["MacValid"], found["MacAlgorithm"]) == (shown["Arn"], True, algorithm)


@pytest.mark.shows("kms:VerifyMac", errors=("KMSInvalidMacException",))
def test_a_mac_of_another_message_or_key_is_refused_without_a_word(kms: Any, mac_key: str) -> None:
    named = {"KeyId": mac_key, "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**named)["Mac"]
    other = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    for changed in ({"Message": b"another"}, {"KeyId": other}, {"Mac": mac[:-1]}, {"Mac": b"\0" * 32}):
        assert refusal(kms.verify_mac, **{**named, "Mac": mac, **changed}) == ("KMSInvalidMacException", "")


@pytest.mark.shows("kms:GenerateMac", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:VerifyMac", errors=("InvalidKeyUsageException",))
def test_another_algorithm_or_kind_of_key_is_refused_in_awss_words(kms: Any, mac_key: str, key: str) -> None:
    request = {"Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_512"}
    incompatible = ("InvalidKeyUsageException", "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.")
    assert refusal(kms.generate_mac, KeyId=mac_key, **request) == incompatible
    assert refusal(kms.verify_mac, KeyId=mac_key, Mac=b"m", **request) == incompatible
    code, usage = "InvalidKeyUsageException", f"{arn(key)} key usage is ENCRYPT_DECRYPT which is not valid for"
    assert refusal(kms.generate_mac, KeyId=key, **request) == (code, f"{usage} GenerateMac.")
    assert refusal(kms.verify_mac, KeyId=key, Mac=b"m", **request) == (code, f"{usage} VerifyMac.")


@pytest.mark.shows("kms:GenerateMac", errors=("DisabledException", "KMSInvalidStateException", "NotFoundException"))
@pytest.mark.shows("kms:VerifyMac", errors=("DisabledException", "KMSInvalidStateException", "NotFoundException"))
@pytest.mark.parametrize(("operation", "more"), [("generate_mac", {}), ("verify_mac", {"Mac": b"m"})])
def test_a_key_that_is_off_or_absent_makes_no_mac(kms: Any, operation: str, more: dict[str, Any]) -> None:
    call, off = getattr(kms, operation), made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    request = {"Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256", **more}
    kms.disable_key(KeyId=off)
    assert refusal(call, KeyId=off, **request) == ("DisabledException", f"{arn(off)} is disabled.")
    kms.schedule_key_deletion(KeyId=off)
    assert refusal(call, KeyId=off, **request) == ("KMSInvalidStateException", f"{arn(off)} is pending deletion.")
    assert refusal(call, KeyId=ABSENT, **request) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")


@pytest.mark.shows("kms:GenerateMac", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:VerifyMac", parameters=("DryRun",), errors=("DryRunOperationException",))
def test_a_dry_run_of_a_good_request_says_so(kms: Any, mac_key: str) -> None:
    named = {"KeyId": mac_key, "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**named)["Mac"]
    assert refusal(kms.generate_mac, DryRun=True, **named)[0] == "DryRunOperationException"
    assert refusal(kms.verify_mac, DryRun=True, Mac=mac, **named)[0] == "DryRunOperationException"
    assert refusal(kms.verify_mac, DryRun=True, Mac=b"m", **named)[0] == "KMSInvalidMacException"


@pytest.mark.shows("kms:GenerateMac", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:VerifyMac", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
def test_grant_tokens_must_be_of_grants(kms: Any, mac_key: str) -> None:
    named = {"KeyId": mac_key, "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256", "GrantTokens": ["made up"]}
    assert refusal(kms.generate_mac, **named)[0] == "InvalidGrantTokenException"
    assert refusal(kms.verify_mac, Mac=b"m", **named)[0] == "InvalidGrantTokenException"


def test_a_message_too_long_is_refused_and_not_shown(raw_kms: Any, mac_key: str) -> None:
    answer = refusal(raw_kms.generate_mac, KeyId=mac_key, Message=b"a" * 4097, MacAlgorithm="HMAC_SHA_256")
    assert answer == (
        "ValidationException",
        "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less "
        "than or equal to 4096",
    )
