"""KMS keys over HTTP with boto3: made, described, listed, disabled, deleted; AWS's words for what is refused."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal, refused

ACCOUNT, REGION = "123456789012", "us-east-1"
ABSENT = "1234abcd-12ab-34cd-56ef-1234567890ab"


def arn(key_id: str) -> str:
    """Return the ARN of a key of the server under test."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"


@pytest.mark.shows("kms:CreateKey", parameters=("Description", "Tags", "KeyUsage", "KeySpec", "Origin", "MultiRegion"))
@pytest.mark.shows("kms:DescribeKey", parameters=("KeyId",))
def test_a_key_is_made_and_described(kms: Any) -> None:
    made = kms.create_key(
        Description="orders",
        Tags=[{"TagKey": "team", "TagValue": "a"}],
        KeyUsage="ENCRYPT_DECRYPT",
        KeySpec="SYMMETRIC_DEFAULT",
        Origin="AWS_KMS",
        MultiRegion=False,
    )["KeyMetadata"]
    assert made == kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert uuid.UUID(made["KeyId"])
    created = made.pop("CreationDate")
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=5)
    assert len(made.pop("CurrentKeyMaterialId")) == 64
    assert made == {
        "AWSAccountId": ACCOUNT,
        "KeyId": made["KeyId"],
        "Arn": arn(made["KeyId"]),
        "Enabled": True,
        "Description": "orders",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "a"}]


@pytest.mark.shows("kms:CreateKey", parameters=("CustomerMasterKeySpec",))
def test_a_key_is_made_by_the_older_name_of_its_spec(kms: Any) -> None:
    made = kms.create_key(CustomerMasterKeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]
    assert made["KeySpec"] == "SYMMETRIC_DEFAULT"


@pytest.mark.shows(
    "kms:CreateKey", parameters=("CustomKeyStoreId", "XksKeyId"), errors=("UnsupportedOperationException",)
)
@pytest.mark.parametrize(
    "other",
    [
        {"CustomKeyStoreId": "cks-1"},
        {"XksKeyId": "x"},
        {"Origin": "AWS_CLOUDHSM"},
        {"Origin": "EXTERNAL_KEY_STORE"},
        {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"},
    ],
)
def test_a_kind_of_key_that_is_not_offered_is_refused_by_name(kms: Any, other: dict[str, Any]) -> None:
    code, message = refusal(kms.create_key, **other)
    assert code == "UnsupportedOperationException"
    assert next(iter(other)) in message


def test_a_key_of_another_spec_needs_its_usage(kms: Any) -> None:
    assert refusal(kms.create_key, KeySpec="HMAC_256") == (
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    )


@pytest.mark.shows("kms:CreateKey", errors=("TagException",))
@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([("aws:x", "v")], "Tags beginning with aws: are reserved"),
        ([("a", "v"), ("a", "w")], "Duplicate tag keys"),
        ([(f"t{number}", "v") for number in range(51)], "Too many tags"),
    ],
)
def test_tags_that_may_not_be_are_refused(kms: Any, tags: list[tuple[str, str]], message: str) -> None:
    pairs = [{"TagKey": key, "TagValue": value} for key, value in tags]
    assert refusal(kms.create_key, Tags=pairs) == ("TagException", message)


@pytest.mark.shows(
    "kms:CreateKey",
    parameters=("Policy", "BypassPolicyLockoutSafetyCheck"),
    errors=("MalformedPolicyDocumentException",),
)
def test_a_key_with_a_policy_must_not_lock_its_maker_out(kms: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, "Action": "kms:Encrypt"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    response = refused(kms.create_key, Policy=policy)
    assert response["Error"]["Code"] == "MalformedPolicyDocumentException"
    assert response["message"] == "The new key policy will not allow you to update the key policy in the future."
    assert refusal(kms.create_key, Policy="{}")[0] == "MalformedPolicyDocumentException"
    made = kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    assert refusal(kms.get_key_policy, KeyId=made["KeyId"])[0] == "AccessDeniedException"


@pytest.mark.shows("kms:DescribeKey", parameters=("KeyId",))
def test_a_key_is_found_by_each_of_its_names(kms: Any, key: str, name: str) -> None:
    alias = f"alias/{name}"
    kms.create_alias(AliasName=alias, TargetKeyId=arn(key))
    for text in (key, arn(key), alias, f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"):
        assert kms.describe_key(KeyId=text)["KeyMetadata"]["KeyId"] == key


@pytest.mark.shows("kms:DescribeKey", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (ABSENT, "NotFoundException", f"Key '{arn(ABSENT)}' does not exist"),
        (arn(ABSENT), "NotFoundException", f"Key '{arn(ABSENT)}' does not exist"),
        ("nonsense", "NotFoundException", "Invalid keyId 'nonsense'"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ABSENT}", "NotFoundException", "Invalid arn eu-west-1"),
        (
            "alias/absent",
            "NotFoundException",
            f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/absent is not found.",
        ),
        ("arn:aws:s3:::bucket", "InvalidArnException", "Invalid arn arn:aws:s3:::bucket"),
        (
            f"arn:aws:kms:{REGION}:210987654321:key/{ABSENT}",
            "NotFoundException",
            f"Key 'arn:aws:kms:{REGION}:210987654321:key/{ABSENT}' does not exist",
        ),
    ],
)
def test_names_that_lead_nowhere_are_refused_in_awss_words(kms: Any, text: str, code: str, message: str) -> None:
    response = refused(kms.describe_key, KeyId=text)
    assert (response["Error"]["Code"], response["message"]) == (code, message)


@pytest.mark.shows("kms:DescribeKey", parameters=("GrantTokens",))
def test_a_grant_token_is_taken_along(kms: Any, key: str) -> None:
    made = kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/a", Operations=["DescribeKey"])
    assert kms.describe_key(KeyId=key, GrantTokens=[made["GrantToken"]])["KeyMetadata"]["KeyId"] == key


@pytest.mark.shows("kms:ListKeys", parameters=("Limit", "Marker", "ResourceOwners"), errors=("InvalidMarkerException",))
def test_keys_are_listed_page_by_page(kms: Any) -> None:
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)}
    first = kms.list_keys(Limit=2)
    assert first["Truncated"] is True
    second = kms.list_keys(Limit=1000, Marker=first["NextMarker"])
    assert second["Truncated"] is False
    assert "NextMarker" not in second
    listed = [*first["Keys"], *second["Keys"]]
    assert made <= {each["KeyId"] for each in listed}
    assert all(each["KeyArn"] == arn(each["KeyId"]) for each in listed)
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert refusal(kms.list_keys, Marker="made up") == ("InvalidMarkerException", "")


@pytest.mark.shows("kms:DisableKey", parameters=("KeyId",))
@pytest.mark.shows("kms:EnableKey", parameters=("KeyId",))
def test_a_key_is_disabled_and_enabled(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["Enabled"], shown["KeyState"]) == (False, "Disabled")
    kms.enable_key(KeyId=arn(key))
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is True


@pytest.mark.shows("kms:ScheduleKeyDeletion", parameters=("KeyId", "PendingWindowInDays"))
@pytest.mark.shows("kms:CancelKeyDeletion", parameters=("KeyId",))
def test_a_deletion_is_scheduled_and_cancelled(kms: Any, key: str) -> None:
    gone = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (gone["KeyId"], gone["KeyState"], gone["PendingWindowInDays"]) == (arn(key), "PendingDeletion", 7)
    assert shown["DeletionDate"] == gone["DeletionDate"]
    assert (shown["KeyState"], shown["Enabled"]) == ("PendingDeletion", False)
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == arn(key)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert shown["KeyState"] == "Disabled"
    assert "DeletionDate" not in shown


def test_a_deletion_waits_thirty_days_unless_said(kms: Any, key: str) -> None:
    assert kms.schedule_key_deletion(KeyId=key)["PendingWindowInDays"] == 30


@pytest.mark.parametrize(("days", "bound"), [(6, "greater than or equal to 7"), (31, "less than or equal to 30")])
def test_a_window_out_of_bounds_is_refused(kms: Any, key: str, days: int, bound: str) -> None:
    assert refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days) == (
        "ValidationException",
        f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


@pytest.mark.shows("kms:CancelKeyDeletion", errors=("KMSInvalidStateException",))
def test_only_a_deletion_is_cancelled(kms: Any, key: str) -> None:
    assert refusal(kms.cancel_key_deletion, KeyId=key) == (
        "KMSInvalidStateException",
        f"{arn(key)} is not pending deletion.",
    )


@pytest.mark.shows("kms:UpdateKeyDescription", parameters=("KeyId", "Description"))
def test_a_description_is_changed(kms: Any, key: str) -> None:
    kms.update_key_description(KeyId=key, Description="other")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "other"
    kms.update_key_description(KeyId=key, Description="")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == ""


ON_ONE_KEY = {
    "enable_key": {},
    "disable_key": {},
    "schedule_key_deletion": {},
    "update_key_description": {"Description": "d"},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "untag_resource": {"TagKeys": ["a"]},
    "enable_key_rotation": {},
    "disable_key_rotation": {},
    "rotate_key_on_demand": {},
    "create_grant": {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/a", "Operations": ["Decrypt"]},
    "create_alias": {"AliasName": "alias/pending-deletion"},
}
OTHERS_ON_ONE_KEY: dict[str, dict[str, Any]] = {
    "cancel_key_deletion": {},
    "get_key_policy": {},
    "list_key_policies": {},
    "put_key_policy": {"Policy": "{}"},
    "list_resource_tags": {},
    "get_key_rotation_status": {},
    "list_key_rotations": {},
    "list_grants": {},
    "revoke_grant": {"GrantId": "0" * 64},
    "retire_grant": {"GrantId": "0" * 64},
    "list_aliases": {},
}


def _call(kms: Any, operation: str, key: str, more: dict[str, Any]) -> tuple[str, str]:
    member = "TargetKeyId" if operation == "create_alias" else "KeyId"
    return refusal(getattr(kms, operation), **{member: key}, **more)


@pytest.mark.shows("kms:EnableKey", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:DisableKey", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:ScheduleKeyDeletion", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:UpdateKeyDescription", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:TagResource", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:UntagResource", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:EnableKeyRotation", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:DisableKeyRotation", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:RotateKeyOnDemand", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:CreateGrant", errors=("KMSInvalidStateException",))
@pytest.mark.shows("kms:CreateAlias", errors=("KMSInvalidStateException",))
@pytest.mark.parametrize("operation", ON_ONE_KEY)
def test_a_key_pending_deletion_is_left_as_it_is(kms: Any, key: str, operation: str) -> None:
    kms.schedule_key_deletion(KeyId=key)
    assert _call(kms, operation, key, ON_ONE_KEY[operation]) == (
        "KMSInvalidStateException",
        f"{arn(key)} is pending deletion.",
    )


@pytest.mark.shows("kms:EnableKey", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:DisableKey", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ScheduleKeyDeletion", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:CancelKeyDeletion", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:UpdateKeyDescription", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:TagResource", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:UntagResource", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ListResourceTags", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:EnableKeyRotation", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:DisableKeyRotation", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:GetKeyRotationStatus", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:RotateKeyOnDemand", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ListKeyRotations", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:CreateGrant", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ListGrants", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:RevokeGrant", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:RetireGrant", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:CreateAlias", errors=("NotFoundException",))
@pytest.mark.shows("kms:ListAliases", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:GetKeyPolicy", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:PutKeyPolicy", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:ListKeyPolicies", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.parametrize("operation", [*ON_ONE_KEY, *OTHERS_ON_ONE_KEY])
def test_a_key_that_is_not_there_is_refused_by_every_operation(kms: Any, operation: str) -> None:
    more = (ON_ONE_KEY | OTHERS_ON_ONE_KEY)[operation]
    assert _call(kms, operation, ABSENT, more) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")
    assert _call(kms, operation, "arn:aws:s3:::bucket", more)[0] == "InvalidArnException"


@pytest.mark.parametrize("operation", [*ON_ONE_KEY, *OTHERS_ON_ONE_KEY])
def test_an_alias_does_not_serve_where_a_key_is_changed(kms: Any, key: str, operation: str, name: str) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    more = (ON_ONE_KEY | OTHERS_ON_ONE_KEY)[operation]
    code, message = _call(kms, operation, f"alias/{name}", more)
    expected = ("ValidationException", "Aliases must refer to keys. Not aliases")
    assert (code, message) == (
        expected if operation == "create_alias" else ("NotFoundException", f"Invalid keyId 'alias/{name}'")
    )


def test_the_key_that_aws_manages_is_described_and_nothing_else(client: Any, kms: Any, stored: str) -> None:
    shown = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]
    assert shown["KeyManager"] == "AWS"
    assert kms.get_key_rotation_status(KeyId=shown["KeyId"])["KeyRotationEnabled"] is True
    assert "kms:ViaService" in kms.get_key_policy(KeyId=shown["KeyId"])["Policy"]
    for operation in ("disable_key", "schedule_key_deletion", "enable_key_rotation", "rotate_key_on_demand"):
        assert refusal(getattr(kms, operation), KeyId=shown["KeyId"])[0] == "AccessDeniedException"
    assert refusal(kms.encrypt, KeyId=shown["KeyId"], Plaintext=b"x")[0] == "AccessDeniedException"
    assert refusal(kms.create_alias, AliasName="alias/own", TargetKeyId=shown["KeyId"])[0] == "AccessDeniedException"


def test_identity_policies_decide_by_the_keys_arn(server: Server, kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:DescribeKey"], "Resource": arn(key)}],
    }
    made = server.client("sts").get_federation_token(Name="crypt", Policy=json.dumps(policy))["Credentials"]
    session = server.client(
        "kms",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    blob = session.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    code, message = refusal(session.decrypt, CiphertextBlob=blob)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: kms:Decrypt on resource: {arn(key)}" in message
    assert refusal(session.describe_key, KeyId=other)[0] == "AccessDeniedException"
    assert refusal(session.describe_key, KeyId=ABSENT)[0] == "AccessDeniedException"
    assert refusal(session.list_keys)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_custom_key_store", {"CustomKeyStoreName": "store"}),
        ("describe_custom_key_stores", {}),
        ("connect_custom_key_store", {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
        ("disconnect_custom_key_store", {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
        ("update_custom_key_store", {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
        ("delete_custom_key_store", {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
    ],
)
def test_key_stores_outside_are_not_offered(kms: Any, operation: str, request_: dict[str, str]) -> None:
    name = "".join(part.title() for part in operation.split("_"))
    told = ("UnknownOperationException", f"The operation {name} is not supported.")
    assert refusal(getattr(kms, operation), **request_) == told
