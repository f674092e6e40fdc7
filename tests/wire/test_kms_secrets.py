"""Secrets under keys of customers, over HTTP with boto3: which key, what opens with it, what is recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ACCOUNT, REGION, arn

CANNOT_ENCRYPT = (
    "EncryptionFailure",
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state.",
)
CANNOT_DECRYPT = (
    "DecryptionFailure",
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
)


@pytest.fixture
def other(kms: Any) -> str:
    """The id of another key."""
    key_id: str = kms.create_key()["KeyMetadata"]["KeyId"]
    return key_id


@pytest.fixture
def mine(client: Any, key: str, name: str) -> str:
    """The name of a secret under the key: a version of its own, then the previous and the current one."""
    client.create_secret(Name=name, SecretString="first", KmsKeyId=key, ClientRequestToken=f"{name}/first"[-40:])
    for value in ("second", "third"):
        client.put_secret_value(SecretId=name, SecretString=value)
    return name


def _value(client: Any, name: str, **more: Any) -> str:
    value: str = client.get_secret_value(SecretId=name, **more)["SecretString"]
    return value


def _first(name: str) -> str:
    return f"{name}/first"[-40:]


def _keys_of(client: Any, name: str) -> dict[str, list[str]]:
    listed = client.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
    return {each["VersionId"]: each["KmsKeyIds"] for each in listed}


@pytest.mark.shows("CreateSecret", parameters=("KmsKeyId",))
def test_a_secret_is_under_the_key_it_names_in_each_way(client: Any, kms: Any, key: str, name: str) -> None:
    alias = f"alias/{name}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    for number, text in enumerate((key, arn(key), alias, f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}")):
        client.create_secret(Name=f"{name}{number}", SecretString="v", KmsKeyId=text)
        assert _value(client, f"{name}{number}") == "v"
        assert client.describe_secret(SecretId=f"{name}{number}")["KmsKeyId"] == text
        assert list(_keys_of(client, f"{name}{number}").values()) == [[arn(key)]]
        (listed,) = client.list_secrets(Filters=[{"Key": "name", "Values": [f"{name}{number}"]}])["SecretList"]
        assert listed["KmsKeyId"] == text


@pytest.mark.shows("GetSecretValue", errors=("DecryptionFailure",))
@pytest.mark.shows("PutSecretValue", errors=("EncryptionFailure",))
@pytest.mark.shows("CreateSecret", errors=("EncryptionFailure",))
@pytest.mark.parametrize("off", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_is_off_neither_opens_nor_seals(
    client: Any, kms: Any, key: str, mine: str, name: str, off: str
) -> None:
    getattr(kms, off)(KeyId=key)
    assert refusal(client.get_secret_value, SecretId=mine) == CANNOT_DECRYPT
    assert refusal(client.put_secret_value, SecretId=mine, SecretString="v") == CANNOT_ENCRYPT
    assert refusal(client.create_secret, Name=f"{name}2", SecretString="v", KmsKeyId=key) == CANNOT_ENCRYPT
    assert refusal(client.update_secret, SecretId=mine, KmsKeyId=key) == CANNOT_ENCRYPT
    batch = client.batch_get_secret_value(SecretIdList=[mine])
    assert [(each["ErrorCode"], each["Message"]) for each in batch["Errors"]] == [CANNOT_DECRYPT]
    if off == "schedule_key_deletion":
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert _value(client, mine) == "third"


@pytest.mark.shows("UpdateSecret", parameters=("KmsKeyId",))
def test_a_new_key_opens_the_labelled_versions_too(client: Any, kms: Any, key: str, other: str, mine: str) -> None:
    client.update_secret(SecretId=mine, KmsKeyId=other)
    keys, first = _keys_of(client, mine), _first(mine)
    assert keys.pop(first) == [arn(key)]
    assert list(keys.values()) == [[arn(other), arn(key)]] * 2
    assert client.describe_secret(SecretId=mine)["KmsKeyId"] == other
    kms.disable_key(KeyId=key)
    assert _value(client, mine) == "third"
    assert _value(client, mine, VersionStage="AWSPREVIOUS") == "second"
    assert refusal(client.get_secret_value, SecretId=mine, VersionId=first) == CANNOT_DECRYPT
    kms.enable_key(KeyId=key)
    kms.disable_key(KeyId=other)
    assert _value(client, mine) == "third"
    assert _value(client, mine, VersionId=first) == "first"


def test_with_the_old_key_off_the_three_labelled_versions_stay_readable(
    client: Any, kms: Any, key: str, other: str, mine: str
) -> None:
    client.put_secret_value(SecretId=mine, SecretString="pending", VersionStages=["AWSPENDING"])
    client.put_secret_value(SecretId=mine, SecretString="custom", VersionStages=["blue"])
    client.update_secret(SecretId=mine, KmsKeyId=other)
    kms.disable_key(KeyId=key)
    read = {label: _value(client, mine, VersionStage=label) for label in ("AWSCURRENT", "AWSPREVIOUS", "AWSPENDING")}
    assert read == {"AWSCURRENT": "third", "AWSPREVIOUS": "second", "AWSPENDING": "pending"}
    for asked in ({"VersionStage": "blue"}, {"VersionId": _first(mine)}):
        assert refusal(client.get_secret_value, SecretId=mine, **asked) == CANNOT_DECRYPT


def test_new_versions_are_under_the_new_key_alone(client: Any, kms: Any, key: str, other: str, mine: str) -> None:
    client.update_secret(SecretId=mine, KmsKeyId=other, SecretString="fourth")
    client.put_secret_value(SecretId=mine, SecretString="fifth")
    current = client.get_secret_value(SecretId=mine)["VersionId"]
    assert _keys_of(client, mine)[current] == [arn(other)]
    kms.disable_key(KeyId=other)
    assert refusal(client.get_secret_value, SecretId=mine) == CANNOT_DECRYPT


def test_there_and_back_again_both_keys_open(client: Any, kms: Any, key: str, other: str, mine: str) -> None:
    for target in (other, key, "", other):
        client.update_secret(SecretId=mine, KmsKeyId=target)
    current = client.get_secret_value(SecretId=mine)["VersionId"]
    assert _keys_of(client, mine)[current] == ["DefaultEncryptionKey", arn(other), arn(key)]
    for each in (key, other):
        kms.disable_key(KeyId=each)
    assert _value(client, mine) == "third"


def test_the_managed_key_is_taken_by_an_empty_name(client: Any, key: str, mine: str) -> None:
    client.update_secret(SecretId=mine, KmsKeyId="")
    assert "KmsKeyId" not in client.describe_secret(SecretId=mine)
    current = client.get_secret_value(SecretId=mine)["VersionId"]
    assert _keys_of(client, mine)[current] == ["DefaultEncryptionKey", arn(key)]


def test_a_secret_whose_key_is_off_is_moved_to_another(client: Any, kms: Any, key: str, other: str, mine: str) -> None:
    kms.disable_key(KeyId=key)
    client.update_secret(SecretId=mine, KmsKeyId=other)
    client.put_secret_value(SecretId=mine, SecretString="after")
    assert _value(client, mine) == "after"
    assert refusal(client.get_secret_value, SecretId=mine, VersionStage="AWSPREVIOUS") == CANNOT_DECRYPT


def test_an_alias_is_followed_at_each_write(client: Any, kms: Any, key: str, other: str, name: str) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    client.create_secret(Name=name, SecretString="one", KmsKeyId=f"alias/{name}")
    kms.update_alias(AliasName=f"alias/{name}", TargetKeyId=other)
    client.put_secret_value(SecretId=name, SecretString="two")
    assert sorted(_keys_of(client, name).values()) == sorted([[arn(key)], [arn(other)]])
    assert _value(client, name, VersionStage="AWSPREVIOUS") == "one"


def test_what_kms_rotated_still_opens(client: Any, kms: Any, key: str, mine: str) -> None:
    kms.rotate_key_on_demand(KeyId=key)
    client.put_secret_value(SecretId=mine, SecretString="fourth")
    assert _value(client, mine) == "fourth"
    assert _value(client, mine, VersionStage="AWSPREVIOUS") == "third"
    assert _value(client, mine, VersionId=_first(mine)) == "first"


def test_each_use_of_a_key_is_an_event_of_its_own(server: Server, client: Any, key: str, name: str) -> None:
    created = client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    for _ in range(2):
        client.get_secret_value(SecretId=name)
    pages = (
        server.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn(key)}])
    )
    found = [event for page in pages for event in page["Events"]]
    assert all(event["Resources"] == [{"ResourceType": "AWS::KMS::Key", "ResourceName": arn(key)}] for event in found)
    events = [json.loads(event["CloudTrailEvent"]) for event in found]
    uses = [event for event in events if created["ARN"] in json.dumps(event)]
    assert [event["eventName"] for event in uses] == ["Decrypt", "Decrypt", "GenerateDataKey"]
    assert all(event["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com" for event in uses)
    assert all(event["resources"][0]["ARN"] == arn(key) for event in uses)
    context = {"SecretARN": created["ARN"], "SecretVersionId": created["VersionId"]}
    assert all(event["requestParameters"]["encryptionContext"] == context for event in uses)


def _session(server: Server, name: str, *statements: tuple[list[str], str]) -> Any:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": where} for actions, where in statements],
    }
    made = server.client("sts").get_federation_token(Name=name, Policy=json.dumps(policy))["Credentials"]
    return server.client(
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )


def test_a_customers_key_needs_the_callers_own_permission(server: Server, client: Any, key: str, mine: str) -> None:
    secrets = (["secretsmanager:*"], "*")
    no_access = ("AccessDeniedException", "Access to KMS is not allowed")
    without = _session(server, "without", secrets)
    assert refusal(without.get_secret_value, SecretId=mine) == no_access
    assert refusal(without.put_secret_value, SecretId=mine, SecretString="v") == no_access
    reader = _session(server, "reader", secrets, (["kms:Decrypt"], arn(key)))
    assert _value(reader, mine) == "third"
    assert refusal(reader.put_secret_value, SecretId=mine, SecretString="v") == no_access
    writer = _session(server, "writer", secrets, (["kms:Decrypt", "kms:GenerateDataKey"], arn(key)))
    writer.put_secret_value(SecretId=mine, SecretString="fourth")
    assert _value(client, mine) == "fourth"
