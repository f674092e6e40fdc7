"""KMS keys of another account over HTTP with boto3: used by their ARN, where both sides let it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT
from tests.wire.iam.test_accounts import OTHER, Make, other, reader, server

__all__ = ["other", "reader", "server"]
UNTOLD = "on the resource associated with this ciphertext because the resource does not exist in this Region"


def _policy(*actions: str) -> str:
    owner, foreign = (f"arn:aws:iam::{each}:root" for each in (ACCOUNT, OTHER))
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": owner}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": foreign}, "Action": list(actions), "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def key(server: Server) -> str:
    """The ARN of a key of the first account that lets the second one use it."""
    using = (
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey*",
        "kms:DescribeKey",
        "kms:CreateGrant",
        "kms:ReEncrypt*",
    )
    arn: str = server.client("kms").create_key(Policy=_policy(*using))["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def closed(server: Server) -> str:
    """The ARN of a key of the first account that lets nobody else in."""
    arn: str = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    return arn


def test_a_key_that_lets_the_account_in_is_used_by_its_arn(server: Server, reader: Make, key: str) -> None:
    kms = reader("kms")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"text")
    assert sealed["KeyId"] == key
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"text"
    assert server.client("kms").decrypt(CiphertextBlob=sealed["CiphertextBlob"])["KeyId"] == key
    assert len(kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]) == 32
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == ACCOUNT


def test_an_alias_of_another_account_is_named_by_its_arn(server: Server, reader: Make, key: str) -> None:
    name = f"alias/{uuid.uuid4()}"
    server.client("kms").create_alias(AliasName=name, TargetKeyId=key)
    assert reader("kms").encrypt(KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:{name}", Plaintext=b"x")["KeyId"] == key
    assert refusal(reader("kms").encrypt, KeyId=name, Plaintext=b"x")[0] == "NotFoundException"


def test_a_bare_id_is_of_the_own_account(reader: Make, key: str) -> None:
    assert refusal(reader("kms").encrypt, KeyId=key.rpartition("/")[2], Plaintext=b"x")[0] == "NotFoundException"


def test_an_alias_that_lets_nobody_in_is_told_from_an_absent_one_by_nothing(
    server: Server, reader: Make, closed: str
) -> None:
    name = f"alias/{uuid.uuid4()}"
    server.client("kms").create_alias(AliasName=name, TargetKeyId=closed)
    arns = [f"arn:aws:kms:us-east-1:{ACCOUNT}:{each}" for each in (name, f"{name}-absent")]
    told = [refusal(reader("kms").encrypt, KeyId=each, Plaintext=b"x") for each in arns]
    assert [(code, text.replace(arn, "K")) for (code, text), arn in zip(told, arns, strict=True)] == [
        ("AccessDeniedException", told[0][1].replace(arns[0], "K"))
    ] * 2


def test_a_key_that_lets_nobody_in_is_refused(reader: Make, closed: str) -> None:
    assert refusal(reader("kms").encrypt, KeyId=closed, Plaintext=b"x")[0] == "AccessDeniedException"


def test_a_ciphertext_of_a_key_that_is_closed_does_not_say_whose_it_is(
    server: Server, reader: Make, closed: str
) -> None:
    blob = server.client("kms").encrypt(KeyId=closed, Plaintext=b"x")["CiphertextBlob"]
    code, told = refusal(reader("kms").decrypt, CiphertextBlob=blob)
    assert (code, UNTOLD in told, ACCOUNT in told) == ("AccessDeniedException", True, False)


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("disable_key", {}),
        ("schedule_key_deletion", {}),
        ("get_key_policy", {}),
        ("put_key_policy", {"Policy": _policy("kms:*")}),
        ("tag_resource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        ("enable_key_rotation", {}),
        ("update_key_description", {"Description": "d"}),
    ],
)
def test_a_key_is_managed_in_its_own_account_alone(
    server: Server, reader: Make, operation: str, more: dict[str, Any]
) -> None:
    open_to_all = server.client("kms").create_key(Policy=_policy("kms:*"))["KeyMetadata"]["Arn"]
    assert refusal(getattr(reader("kms"), operation), KeyId=open_to_all, **more)[0] == "NotFoundException"
    assert server.client("kms").describe_key(KeyId=open_to_all)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_grant_lets_another_accounts_user_use_a_key(server: Server, reader: Make, closed: str) -> None:
    arn = reader("sts").get_caller_identity()["Arn"]
    server.client("kms").create_grant(KeyId=closed, GranteePrincipal=arn, Operations=["Encrypt", "RetireGrant"])
    reader("kms").encrypt(KeyId=closed, Plaintext=b"x")


def test_a_secret_is_put_under_a_key_of_another_account(server: Server, reader: Make, key: str) -> None:
    name = f"own/{uuid.uuid4()}x"
    reader().create_secret(Name=name, SecretString="value", KmsKeyId=key)
    assert reader().get_secret_value(SecretId=name)["SecretString"] == "value"
    assert reader().describe_secret(SecretId=name)["KmsKeyId"] == key
    server.client("kms").disable_key(KeyId=key)
    assert refusal(reader().get_secret_value, SecretId=name)[0] == "DecryptionFailure"


def test_both_accounts_have_the_use_in_their_trail(server: Server, reader: Make, other: Make, key: str) -> None:
    reader("kms").encrypt(KeyId=key, Plaintext=b"x")
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "Encrypt"}]
    shared = [
        json.loads(client.lookup_events(LookupAttributes=wanted, MaxResults=1)["Events"][0]["CloudTrailEvent"])
        for client in (server.client("cloudtrail"), other("cloudtrail"))
    ]
    assert shared[0]["sharedEventID"] in (shared[1].get("sharedEventID"), shared[1]["eventID"])
    assert [each["resources"][0]["ARN"] for each in shared] == [key, key]
