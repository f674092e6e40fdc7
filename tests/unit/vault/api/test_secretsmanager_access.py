"""Which permissions a request asks for."""

from __future__ import annotations

import pytest

from tests.testing.vault_bench import ACCOUNT, FUNCTION, REGION, Bench
from vault.api.operations.secretsmanager import OPERATIONS

BASE = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"


def test_a_stored_secret_is_asked_for_by_its_arn_whatever_the_caller_wrote(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n", SecretString="v")["ARN"]
    for secret_id in ("n", arn, arn[:-7]):
        (check,) = bench.checks("GetSecretValue", SecretId=secret_id)
        assert (check.action, check.resource, check.named) == ("secretsmanager:GetSecretValue", arn, secret_id)


def test_an_absent_secret_is_asked_for_by_the_arn_of_its_name(bench: Bench) -> None:
    (check,) = bench.checks("GetSecretValue", SecretId="absent")
    assert check.resource == BASE + "absent"


def test_an_arn_of_another_account_stays_as_it_is(bench: Bench) -> None:
    foreign = BASE.replace(ACCOUNT, "210987654321") + "n-Ab12Cd"
    (check,) = bench.checks("DescribeSecret", SecretId=foreign)
    assert check.resource == foreign


def test_a_plain_read_asks_for_the_current_stage(bench: Bench) -> None:
    (check,) = bench.checks("GetSecretValue", SecretId="n")
    assert check.condition_keys["secretsmanager:VersionStage"] == "AWSCURRENT"
    (check,) = bench.checks("GetSecretValue", SecretId="n", VersionId="v")
    assert "secretsmanager:VersionStage" not in check.condition_keys


def test_the_tags_of_a_secret_are_condition_keys(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", Tags=[{"Key": "team", "Value": "payments"}])
    (check,) = bench.checks("DescribeSecret", SecretId="n")
    assert check.condition_keys["aws:ResourceTag/team"] == "payments"
    assert check.condition_keys["secretsmanager:ResourceTag/team"] == "payments"


def test_creating_with_tags_asks_for_tagging_too(bench: Bench) -> None:
    checks = bench.checks("CreateSecret", Name="n", Tags=[{"Key": "team", "Value": "payments"}])
    assert [check.action for check in checks] == ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    assert {check.resource for check in checks} == {BASE + "n"}


def test_a_batch_asks_for_itself_and_a_search_for_listing_too(bench: Bench) -> None:
    (check,) = bench.checks("BatchGetSecretValue", SecretIdList=["n"])
    assert (check.action, check.resource) == ("secretsmanager:BatchGetSecretValue", "*")
    checks = bench.checks("BatchGetSecretValue", Filters=[{"Key": "name", "Values": ["n"]}])
    assert [check.action for check in checks] == ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"]


def test_validating_a_policy_asks_for_putting_it_too(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n")["ARN"]
    for request, resource in (({"SecretId": "n"}, arn), ({}, "*")):
        checks = bench.checks("ValidateResourcePolicy", ResourcePolicy="{}", **request)
        assert [(check.action, check.resource) for check in checks] == [
            ("secretsmanager:ValidateResourcePolicy", resource),
            ("secretsmanager:PutResourcePolicy", resource),
        ]


def test_tags_of_a_request_are_condition_keys(bench: Bench) -> None:
    (check,) = bench.checks("TagResource", SecretId="n", Tags=[{"Key": "team", "Value": "payments"}])
    assert check.condition_keys["aws:RequestTag/team"] == "payments"
    assert check.condition_keys["aws:TagKeys"] == ["team"]
    (check,) = bench.checks("UntagResource", SecretId="n", TagKeys=["team"])
    assert check.condition_keys["aws:TagKeys"] == ["team"]


@pytest.mark.parametrize(
    ("operation", "request_", "key", "value"),
    [
        ("DeleteSecret", {"RecoveryWindowInDays": 7}, "RecoveryWindowInDays", "7"),
        ("DeleteSecret", {"ForceDeleteWithoutRecovery": True}, "ForceDeleteWithoutRecovery", "true"),
        ("PutResourcePolicy", {"BlockPublicPolicy": False}, "BlockPublicPolicy", "false"),
        ("RotateSecret", {"RotationLambdaARN": FUNCTION}, "RotationLambdaARN", FUNCTION),
    ],
)
def test_members_that_decide_are_condition_keys(
    bench: Bench, operation: str, request_: dict[str, object], key: str, value: str
) -> None:
    check, *_ = bench.checks(operation, SecretId="n", **request_)
    assert check.condition_keys[f"secretsmanager:{key}"] == value


def test_replicas_asked_for_are_condition_keys(bench: Bench) -> None:
    regions = [{"Region": "eu-west-1"}]
    checks = bench.checks("CreateSecret", Name="n", AddReplicaRegions=regions, ForceOverwriteReplicaSecret=True)
    actions = [check.action.partition(":")[2] for check in checks]
    assert actions == ["CreateSecret", "ReplicateSecretToRegions"]
    check = checks[0]
    assert check.condition_keys["secretsmanager:AddReplicaRegions"] == ["eu-west-1"]
    assert check.condition_keys["secretsmanager:ForceOverwriteReplicaSecret"] == "true"


def test_region_and_function_of_a_secret_are_condition_keys(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    bench.call("RotateSecret", SecretId="n", RotationLambdaARN=FUNCTION)
    (check,) = bench.checks("GetSecretValue", SecretId="n")
    assert check.condition_keys["secretsmanager:SecretPrimaryRegion"] == REGION
    assert check.condition_keys["secretsmanager:resource/AllowRotationLambdaArn"] == FUNCTION


@pytest.mark.parametrize("operation", ["ListSecrets", "GetRandomPassword"])
def test_what_has_no_resource_asks_for_all(bench: Bench, operation: str) -> None:
    (check,) = bench.checks(operation)
    assert (check.action, check.resource) == (f"secretsmanager:{operation}", "*")


def test_no_value_may_enter_the_trail() -> None:
    allowed = {"ARN", "Name", "VersionId", "DeletionDate"}
    assert {name for each in OPERATIONS.values() for name in each.recorded_response} <= allowed


def test_a_random_password_keeps_the_rules_of_the_request(bench: Bench) -> None:
    answer = bench.call("GetRandomPassword", PasswordLength=64, ExcludePunctuation=True, ExcludeCharacters="abc")
    assert len(answer["RandomPassword"]) == 64
    assert answer["RandomPassword"].isalnum()
    assert not set("abc") & set(answer["RandomPassword"])
