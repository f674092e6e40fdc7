"""What IAM tells of an account as a whole, and simulations, over HTTP with boto3."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.regions import until
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app-AbCdEf"
READ = "secretsmanager:GetSecretValue"


@pytest.mark.shows("iam:CreateAccountAlias", "iam:ListAccountAliases", "iam:DeleteAccountAlias")
def test_an_account_has_an_alias(iam: Any) -> None:
    iam.create_account_alias(AccountAlias="the-vault")
    assert iam.list_account_aliases()["AccountAliases"] == ["the-vault"]
    assert refusal(iam.delete_account_alias, AccountAlias="another")[0] == "NoSuchEntity"
    iam.delete_account_alias(AccountAlias="the-vault")
    assert iam.list_account_aliases()["AccountAliases"] == []


@pytest.mark.shows("iam:GetAccountSummary")
def test_the_summary_counts(iam: Any, name: str) -> None:
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName=name)
    after = iam.get_account_summary()["SummaryMap"]
    assert after["Users"] >= before["Users"] + 1
    assert (after["AccessKeysPerUserQuota"], after["UsersQuota"]) == (2, 5000)


@pytest.mark.shows("iam:GenerateCredentialReport", "iam:GetCredentialReport")
def test_the_credential_report_has_a_line_for_each_user(iam: Any, user: str) -> None:
    iam.create_access_key(UserName=user)
    iam.create_login_profile(UserName=user, Password="Correct-Horse-1")
    until(lambda: iam.generate_credential_report()["State"], lambda state: state == "COMPLETE")
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    lines = {line["user"]: line for line in csv.DictReader(report["Content"].decode().splitlines())}
    assert {"<root_account>", user} <= lines.keys()
    mine = lines[user]
    told = (mine["password_enabled"], mine["access_key_1_active"], mine["access_key_2_active"], mine["mfa_active"])
    assert told == ("true", "true", "false", "false")


@pytest.mark.shows("iam:GetAccountAuthorizationDetails")
def test_everything_that_may_be_done_is_told(iam: Any, user: str, policy: Callable[..., str]) -> None:
    arn = policy("s3:*")
    iam.create_role(RoleName=user, AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}))
    iam.create_group(GroupName=user)
    iam.add_user_to_group(GroupName=user, UserName=user)
    iam.attach_role_policy(RoleName=user, PolicyArn=arn)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("s3:*"))
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
    mine = next(each for page in pages for each in page["UserDetailList"] if each["UserName"] == user)
    assert (mine["GroupList"], mine["UserPolicyList"][0]["PolicyName"]) == ([user], "own")
    role = next(each for page in pages for each in page["RoleDetailList"] if each["RoleName"] == user)
    assert role["AttachedManagedPolicies"] == [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}]
    shown = next(each for page in pages for each in page["Policies"] if each["Arn"] == arn)
    assert (shown["AttachmentCount"], shown["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"]) == (
        1,
        ["s3:*"],
    )
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert only["UserDetailList"] == [] != only["GroupDetailList"]


@pytest.mark.shows("iam:SimulateCustomPolicy")
def test_a_simulation_names_the_statements_that_decide(iam: Any) -> None:
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
        {"Effect": "Deny", "Action": READ, "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    asked = {"PolicyInputList": [text], "ActionNames": [READ], "ResourceArns": [SECRET]}
    (allowed,) = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert (allowed["EvalActionName"], allowed["EvalResourceName"], allowed["EvalDecision"]) == (
        READ,
        SECRET,
        "allowed",
    )
    assert allowed["MissingContextValues"] == ["aws:SecureTransport"]
    (match,) = allowed["MatchedStatements"]
    assert (match["SourcePolicyId"], match["StartPosition"]) == ("PolicyInputList.1", {"Line": 4, "Column": 3})
    plain = [{"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["false"], "ContextKeyType": "boolean"}]
    (denied,) = iam.simulate_custom_policy(**asked, ContextEntries=plain)["EvaluationResults"]
    assert (denied["EvalDecision"], denied["MissingContextValues"]) == ("explicitDeny", [])
    lines = text.splitlines()
    assert lines[denied["MatchedStatements"][0]["StartPosition"]["Line"] - 1].strip() == "{"


def test_a_long_simulation_comes_in_pages(iam: Any) -> None:
    statements = [{"Effect": "Allow", "Action": f"s3:Get{number}", "Resource": "*"} for number in range(1500)]
    asked = {
        "PolicyInputList": [json.dumps({"Version": "2012-10-17", "Statement": statements})],
        "ActionNames": [f"s3:Get{number}" for number in range(1400, 1450)],
        "ResourceArns": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
    }
    first = iam.simulate_custom_policy(**asked)
    assert (first["IsTruncated"], len(first["EvaluationResults"]) < 100) == (True, True)
    pages = iam.get_paginator("simulate_custom_policy").paginate(**asked)
    results = [each for page in pages for each in page["EvaluationResults"]]
    assert (len(results), {each["EvalDecision"] for each in results}) == (100, {"allowed"})


def test_a_simulation_heeds_boundaries_and_resource_policies(iam: Any) -> None:
    caller = f"arn:aws:iam::{ACCOUNT}:user/alice"
    resource_policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": caller}, "Action": READ, "Resource": "*"},
        }
    )
    asked = {"PolicyInputList": [allowing("s3:*")], "ActionNames": [READ], "ResourceArns": [SECRET]}
    (without,) = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert without["EvalDecision"] == "implicitDeny"
    named = {"ResourcePolicy": resource_policy, "CallerArn": caller}
    (vouched,) = iam.simulate_custom_policy(**asked, **named)["EvaluationResults"]
    assert vouched["EvalDecision"] == "allowed"
    asked["PolicyInputList"] = [allowing(READ)]
    bounded = {"PermissionsBoundaryPolicyInputList": [allowing("s3:*")]}
    (refused,) = iam.simulate_custom_policy(**asked, **bounded)["EvaluationResults"]
    assert refused["EvalDecision"] == "implicitDeny"
    assert refused["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


@pytest.mark.shows("iam:SimulatePrincipalPolicy")
def test_a_simulation_of_a_user_has_what_its_groups_have(iam: Any, user: str, policy: Callable[..., str]) -> None:
    iam.create_group(GroupName=user)
    iam.add_user_to_group(GroupName=user, UserName=user)
    mine = allowing(READ, Condition={"StringEquals": {"aws:username": user}})
    iam.put_group_policy(GroupName=user, PolicyName="read", PolicyDocument=mine)
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    asked = {"PolicySourceArn": arn, "ActionNames": [READ, "kms:Decrypt"]}
    results = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == f"group_{user}_read"
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=policy("kms:*"))
    results = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["implicitDeny", "implicitDeny"]
    told = refusal(iam.simulate_principal_policy, PolicySourceArn=f"{arn}x", ActionNames=[READ])
    assert told[0] == "NoSuchEntity"


@pytest.mark.shows("iam:GetContextKeysForCustomPolicy", "iam:GetContextKeysForPrincipalPolicy")
def test_the_keys_that_policies_ask_for_are_told(iam: Any, user: str) -> None:
    text = allowing(READ, resource="*", Condition={"StringLike": {"aws:PrincipalTag/team": "${aws:username}-*"}})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"] == [
        "aws:PrincipalTag/team",
        "aws:username",
    ]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=text)
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    assert len(iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"]) == 2


def test_what_is_no_policy_is_not_simulated(iam: Any) -> None:
    asked = {"PolicyInputList": ["{"], "ActionNames": [READ]}
    assert refusal(iam.simulate_custom_policy, **asked)[0] == "InvalidInput"


def test_an_operation_that_is_not_offered_says_so(iam: Any) -> None:
    code, told = refusal(iam.list_server_certificates)
    assert (code, told) == ("InvalidAction", "The operation ListServerCertificates is not supported.")
