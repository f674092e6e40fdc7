"""GetKeyLastUsage over HTTP with boto3: what a key was last used for, by the trail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ABSENT, arn
from tests.wire.test_kms_pairs import MESSAGE, made


def _last(kms: Any, key: str) -> Any:
    return kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]


@pytest.mark.shows("kms:GetKeyLastUsage", parameters=("KeyId",))
def test_a_fresh_key_was_not_used_since_it_was_made(kms: Any, key: str) -> None:
    told = kms.get_key_last_usage(KeyId=key)
    created = kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]
    assert (told["KeyId"], told["KeyLastUsage"]) == (arn(key), {})
    assert told["TrackingStartDate"] == told["KeyCreationDate"] == created


def test_the_last_use_is_told_with_its_event(server: Server, kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    assert _last(kms, key)["Operation"] == "Encrypt"
    # The ciphertext alone says which key opens it.
    answer = kms.decrypt(CiphertextBlob=blob)
    used = _last(kms, key)
    assert (used["Operation"], used["KmsRequestId"]) == ("Decrypt", answer["ResponseMetadata"]["RequestId"])
    lookup = [{"AttributeKey": "EventId", "AttributeValue": used["CloudTrailEventId"]}]
    (event,) = server.client("cloudtrail").lookup_events(LookupAttributes=lookup)["Events"]
    (resource,) = json.loads(event["CloudTrailEvent"])["resources"]
    assert resource == {"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": arn(key)}


def test_other_keys_refusals_and_management_are_no_use(kms: Any, key: str) -> None:
    other = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    kms.generate_mac(KeyId=other, Message=MESSAGE, MacAlgorithm="HMAC_SHA_256")
    kms.describe_key(KeyId=key)
    kms.disable_key(KeyId=key)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"p")[0] == "DisabledException"
    assert _last(kms, key) == {}
    assert _last(kms, other)["Operation"] == "GenerateMac"


def test_moving_a_ciphertext_uses_both_keys(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
    assert [_last(kms, each)["Operation"] for each in (key, other)] == ["ReEncrypt", "ReEncrypt"]


def test_a_secret_uses_its_key(client: Any, kms: Any, key: str, name: str) -> None:
    client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    assert _last(kms, key)["Operation"] == "GenerateDataKey"
    client.get_secret_value(SecretId=name)
    assert _last(kms, key)["Operation"] == "Decrypt"


def test_events_of_a_key_are_found_by_its_arn_however_it_was_named(server: Server, kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    lookup = [{"AttributeKey": "ResourceName", "AttributeValue": arn(key)}]
    found = server.client("cloudtrail").lookup_events(LookupAttributes=lookup)["Events"]
    assert {each["EventName"] for each in found} >= {"Encrypt", "Decrypt"}


@pytest.mark.shows("kms:GetKeyLastUsage", errors=("NotFoundException", "InvalidArnException"))
def test_a_key_that_is_not_there_was_never_used(kms: Any) -> None:
    told = ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")
    assert refusal(kms.get_key_last_usage, KeyId=ABSENT) == told
    assert refusal(kms.get_key_last_usage, KeyId="arn:aws:s3:::bucket")[0] == "InvalidArnException"
