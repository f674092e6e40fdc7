"""What hangs on a KMS key, over HTTP with boto3: aliases, policy, tags and rotation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.testing.wire import refusal, refused
from tests.wire.test_kms_keys import ABSENT, ACCOUNT, REGION, arn

PREFIX = f"arn:aws:kms:{REGION}:{ACCOUNT}:"


def _aliases(kms: Any, key: str) -> list[str]:
    return [each["AliasName"] for each in kms.list_aliases(KeyId=key)["Aliases"]]


@pytest.mark.shows("kms:CreateAlias", parameters=("AliasName", "TargetKeyId"))
@pytest.mark.shows("kms:ListAliases", parameters=("KeyId",))
def test_an_alias_is_made_and_listed(kms: Any, key: str, name: str) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    (listed,) = kms.list_aliases(KeyId=key)["Aliases"]
    assert listed.pop("CreationDate") == listed.pop("LastUpdatedDate")
    assert listed == {"AliasName": f"alias/{name}", "AliasArn": f"{PREFIX}alias/{name}", "TargetKeyId": key}


@pytest.mark.shows("kms:ListAliases", parameters=("Limit", "Marker"), errors=("InvalidMarkerException",))
def test_aliases_are_listed_page_by_page(kms: Any, key: str, name: str) -> None:
    made = [f"alias/{name}/{number}" for number in range(3)]
    for alias in reversed(made):
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    first = kms.list_aliases(KeyId=key, Limit=2)
    second = kms.list_aliases(KeyId=key, Limit=2, Marker=first["NextMarker"])
    assert [each["AliasName"] for each in (*first["Aliases"], *second["Aliases"])] == made
    assert (first["Truncated"], second["Truncated"]) == (True, False)
    everything = [
        each["AliasName"]
        for page in kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 1})
        for each in page["Aliases"]
    ]
    assert set(made) <= set(everything)
    assert everything == sorted(everything)
    assert refusal(kms.list_aliases, KeyId=key, Marker="made up")[0] == "InvalidMarkerException"


@pytest.mark.shows("kms:CreateAlias", errors=("AlreadyExistsException",))
def test_an_alias_stands_for_one_key(kms: Any, key: str, name: str) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    response = refused(kms.create_alias, AliasName=f"alias/{name}", TargetKeyId=key)
    assert response["Error"]["Code"] == "AlreadyExistsException"
    assert response["message"] == f"An alias with the name {PREFIX}alias/{name} already exists"


@pytest.mark.shows("kms:CreateAlias", errors=("InvalidAliasNameException",))
@pytest.mark.parametrize(
    ("alias", "code", "text"),
    [
        ("mine", "ValidationException", 'Alias must start with the prefix "alias/"'),
        ("alias/aws/mine", "NotAuthorizedException", ""),
        ("alias/a:b", "InvalidAliasNameException", "alias/a:b contains invalid characters for an alias"),
        ("alias/a b", "ValidationException", "at 'aliasName' failed to satisfy constraint"),
    ],
)
def test_a_name_no_alias_can_have_is_refused(kms: Any, key: str, alias: str, code: str, text: str) -> None:
    refused_code, message = refusal(kms.create_alias, AliasName=alias, TargetKeyId=key)
    assert refused_code == code
    assert text in message


@pytest.mark.shows("kms:CreateAlias", errors=("LimitExceededException",))
def test_a_key_has_at_most_fifty_aliases(kms: Any, key: str, name: str) -> None:
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{name}/{number}", TargetKeyId=key)
    response = refused(kms.create_alias, AliasName=f"alias/{name}/more", TargetKeyId=key)
    assert response["Error"]["Code"] == "LimitExceededException"
    assert "message" in response


@pytest.mark.shows("kms:UpdateAlias", parameters=("AliasName", "TargetKeyId"))
def test_an_alias_is_moved_to_another_key(kms: Any, key: str, name: str) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    kms.update_alias(AliasName=f"alias/{name}", TargetKeyId=other)
    assert (_aliases(kms, key), _aliases(kms, other)) == ([], [f"alias/{name}"])
    kms.update_alias(AliasName=f"alias/{name}", TargetKeyId=other)
    (listed,) = kms.list_aliases(KeyId=other)["Aliases"]
    assert listed["CreationDate"] < listed["LastUpdatedDate"]


@pytest.mark.shows(
    "kms:UpdateAlias", errors=("NotFoundException", "KMSInvalidStateException", "LimitExceededException")
)
def test_an_alias_is_moved_to_a_key_that_can_have_it(kms: Any, key: str, name: str) -> None:
    alias, other = f"alias/{name}", kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.update_alias, AliasName=alias, TargetKeyId=key) == (
        "NotFoundException",
        f"Alias {PREFIX}{alias} is not found.",
    )
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    for number in range(50):
        kms.create_alias(AliasName=f"{alias}/{number}", TargetKeyId=other)
    assert refusal(kms.update_alias, AliasName=alias, TargetKeyId=other)[0] == "LimitExceededException"
    assert _aliases(kms, key) == [alias]
    kms.schedule_key_deletion(KeyId=other)
    assert refusal(kms.update_alias, AliasName=alias, TargetKeyId=other) == (
        "KMSInvalidStateException",
        f"{arn(other)} is pending deletion.",
    )


@pytest.mark.shows("kms:DeleteAlias", parameters=("AliasName",), errors=("NotFoundException",))
def test_an_alias_is_taken_off_in_any_state_of_its_key(kms: Any, key: str, name: str) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.delete_alias(AliasName=f"alias/{name}")
    assert _aliases(kms, key) == []
    assert refusal(kms.delete_alias, AliasName=f"alias/{name}")[0] == "NotFoundException"


@pytest.mark.shows("kms:PutKeyPolicy", parameters=("KeyId", "Policy", "PolicyName"))
@pytest.mark.shows("kms:GetKeyPolicy", parameters=("KeyId", "PolicyName"))
def test_a_policy_is_put_and_read_back_as_it_was(kms: Any, key: str) -> None:
    default = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert default["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert default["Statement"][0]["Action"] == "kms:*"
    mine = json.dumps({**default, "Id": "mine"}, indent=3)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=mine)
    assert kms.get_key_policy(KeyId=key)["Policy"] == mine
    assert kms.get_key_policy(KeyId=key)["PolicyName"] == "default"


@pytest.mark.shows(
    "kms:PutKeyPolicy",
    parameters=("BypassPolicyLockoutSafetyCheck",),
    errors=("MalformedPolicyDocumentException",),
)
def test_a_policy_that_locks_its_writer_out_needs_to_be_meant(kms: Any, key: str) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:Get*",
                "Resource": "*",
            },
        }
    )
    assert refusal(kms.put_key_policy, KeyId=key, Policy=policy) == (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )
    assert refusal(kms.put_key_policy, KeyId=key, Policy="no json")[0] == "MalformedPolicyDocumentException"
    kms.put_key_policy(KeyId=key, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    assert refusal(kms.put_key_policy, KeyId=key, Policy=policy)[0] == "AccessDeniedException"


def test_a_policy_that_denies_its_writer_locks_it_out_whatever_else_it_allows(kms: Any, key: str) -> None:
    whole = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    denied = {"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [whole, denied]})
    assert refusal(kms.put_key_policy, KeyId=key, Policy=policy)[0] == "MalformedPolicyDocumentException"
    assert refusal(kms.create_key, Policy=policy)[0] == "MalformedPolicyDocumentException"


@pytest.mark.shows("kms:ListKeyPolicies", parameters=("KeyId", "Limit"))
def test_the_one_policy_is_named_default(kms: Any, key: str) -> None:
    listed = kms.list_key_policies(KeyId=key, Limit=10)
    assert (listed["PolicyNames"], listed["Truncated"]) == (["default"], False)
    for call in (kms.get_key_policy, kms.put_key_policy):
        more = {"Policy": "{}"} if call == kms.put_key_policy else {}
        assert refusal(call, KeyId=key, PolicyName="other", **more) == ("NotFoundException", "No such policy exists")


@pytest.mark.shows("kms:ListKeyPolicies", parameters=("Marker",))
def test_the_list_of_policies_has_no_second_page(kms: Any, key: str) -> None:
    assert refusal(kms.list_key_policies, KeyId=key, Marker="made up")[0] == "InvalidMarkerException"


@pytest.mark.shows("kms:TagResource", parameters=("KeyId", "Tags"), errors=("TagException",))
@pytest.mark.shows("kms:UntagResource", parameters=("KeyId", "TagKeys"))
def test_tags_are_put_on_and_taken_off(kms: Any, key: str) -> None:
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "3"}])
    kms.untag_resource(KeyId=key, TagKeys=["b", "absent"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "3"}]
    assert refusal(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:a", "TagValue": "1"}]) == (
        "TagException",
        "Tags beginning with aws: are reserved",
    )


@pytest.mark.shows("kms:ListResourceTags", parameters=("KeyId", "Limit", "Marker"), errors=("InvalidMarkerException",))
def test_tags_are_listed_page_by_page(kms: Any, key: str) -> None:
    tags = [{"TagKey": str(number), "TagValue": "v"} for number in range(3)]
    kms.tag_resource(KeyId=key, Tags=tags)
    first = kms.list_resource_tags(KeyId=key, Limit=2)
    second = kms.list_resource_tags(KeyId=key, Limit=2, Marker=first["NextMarker"])
    assert [*first["Tags"], *second["Tags"]] == tags
    assert refusal(kms.list_resource_tags, KeyId=key, Marker="made up")[0] == "InvalidMarkerException"


@pytest.mark.shows("kms:EnableKeyRotation", parameters=("KeyId", "RotationPeriodInDays"))
@pytest.mark.shows("kms:DisableKeyRotation", parameters=("KeyId",))
@pytest.mark.shows("kms:GetKeyRotationStatus", parameters=("KeyId",))
def test_rotation_is_switched_on_and_off(kms: Any, key: str) -> None:
    off = kms.get_key_rotation_status(KeyId=key)
    assert (off["KeyId"], off["KeyRotationEnabled"]) == (arn(key), False)
    assert "NextRotationDate" not in off
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    shown = kms.get_key_rotation_status(KeyId=arn(key))
    assert (shown["KeyRotationEnabled"], shown["RotationPeriodInDays"]) == (True, 90)
    assert abs(shown["NextRotationDate"] - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_a_period_out_of_bounds_is_refused(kms: Any, raw_kms: Any, key: str) -> None:
    code, message = refusal(raw_kms.enable_key_rotation, KeyId=key, RotationPeriodInDays=89)
    assert code == "ValidationException"
    assert "Value '89' at 'rotationPeriodInDays' failed to satisfy constraint" in message


@pytest.mark.shows("kms:RotateKeyOnDemand", parameters=("KeyId",), errors=("LimitExceededException",))
@pytest.mark.shows(
    "kms:ListKeyRotations",
    parameters=("KeyId", "IncludeKeyMaterial", "Limit", "Marker"),
    errors=("InvalidMarkerException",),
)
def test_what_an_older_material_sealed_still_opens(kms: Any, key: str) -> None:
    blobs = [kms.encrypt(KeyId=key, Plaintext=b"0")["CiphertextBlob"]]
    for number in range(1, 11):
        assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == arn(key)
        blobs.append(kms.encrypt(KeyId=key, Plaintext=str(number).encode())["CiphertextBlob"])
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in blobs]
    assert [each["Plaintext"] for each in opened] == [str(number).encode() for number in range(11)]
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == (
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {arn(key)}",
    )
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [each["KeyMaterialId"] for each in everything] == [each["KeyMaterialId"] for each in opened]
    assert [each["KeyMaterialState"] for each in everything] == ["NON_CURRENT"] * 10 + ["CURRENT"]
    first = kms.list_key_rotations(KeyId=key, Limit=9)
    second = kms.list_key_rotations(KeyId=key, Limit=9, Marker=first["NextMarker"])
    assert [*first["Rotations"], *second["Rotations"]] == everything[1:]
    assert {each["RotationType"] for each in everything[1:]} == {"ON_DEMAND"}
    assert refusal(kms.list_key_rotations, KeyId=key, Marker="made up")[0] == "InvalidMarkerException"


@pytest.mark.shows("kms:EnableKeyRotation", errors=("DisabledException",))
@pytest.mark.shows("kms:DisableKeyRotation", errors=("DisabledException",))
@pytest.mark.shows("kms:RotateKeyOnDemand", errors=("DisabledException",))
@pytest.mark.shows("kms:CreateGrant", errors=("DisabledException",))
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("enable_key_rotation", {}),
        ("disable_key_rotation", {}),
        ("rotate_key_on_demand", {}),
        ("create_grant", {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/a", "Operations": ["Decrypt"]}),
    ],
)
def test_a_disabled_key_neither_rotates_nor_is_granted(
    kms: Any, key: str, operation: str, more: dict[str, Any]
) -> None:
    kms.disable_key(KeyId=key)
    assert refusal(getattr(kms, operation), KeyId=key, **more) == ("DisabledException", f"{arn(key)} is disabled.")


def test_an_alias_of_an_absent_key_is_not_made(kms: Any, name: str) -> None:
    assert refusal(kms.create_alias, AliasName=f"alias/{name}", TargetKeyId=ABSENT)[0] == "NotFoundException"
