"""Roles, and what they are for, over HTTP with boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

ANYONE_HERE = {"AWS": ACCOUNT}


@pytest.fixture
def role(iam: Any, name: str) -> str:
    """The name of a role that this account's users may assume where their own policies let them."""
    iam.create_role(
        RoleName=f"r{name}", AssumeRolePolicyDocument=trusting(ANYONE_HERE, "sts:AssumeRole", "sts:TagSession")
    )
    return f"r{name}"


@pytest.fixture
def sts(iam: Any, user: str, client_of: Callable[..., Any]) -> Any:
    """STS for a user who may assume every role."""
    iam.put_user_policy(UserName=user, PolicyName="sts", PolicyDocument=allowing("sts:*"))
    return client_of(user, "sts")


def _arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


@pytest.mark.shows("iam:CreateRole", "iam:GetRole", "iam:ListRoles", "iam:DeleteRole")
def test_a_role_is_made_found_listed_and_deleted(iam: Any, name: str) -> None:
    trust = json.loads(trusting({"Service": "ec2.amazonaws.com"}))
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Description="d")["Role"]
    assert sorted(made) == ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"]
    assert (made["RoleId"][:4], made["AssumeRolePolicyDocument"]) == ("AROA", trust)
    found = iam.get_role(RoleName=name)["Role"]
    assert found == {**made, "Description": "d", "MaxSessionDuration": 3600, "RoleLastUsed": {}}
    listed = next(each for each in iam.list_roles(MaxItems=1000)["Roles"] if each["RoleName"] == name)
    assert listed == {**made, "Description": "d", "MaxSessionDuration": 3600}
    told = f"Role with name {name} already exists."
    code = refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    assert code == ("EntityAlreadyExists", told)
    iam.delete_role(RoleName=name)
    told = f"The role with name {name} cannot be found."
    assert refusal(iam.get_role, RoleName=name) == ("NoSuchEntity", told)


@pytest.mark.shows("iam:UpdateRole", "iam:UpdateRoleDescription")
def test_what_an_update_does_not_name_stays(iam: Any, role: str) -> None:
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=7200)
    changed = iam.update_role_description(RoleName=role, Description="newer")["Role"]
    assert changed["Description"] == "newer"
    iam.update_role(RoleName=role)
    found = iam.get_role(RoleName=role)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("newer", 7200)


@pytest.mark.shows("iam:UpdateAssumeRolePolicy")
@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "This policy contains invalid Json"),
        (trusting(ANYONE_HERE, "s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trusting(ANYONE_HERE, Resource="*"), "Has prohibited field Resource"),
    ],
)
def test_what_is_no_trust_policy_is_refused(iam: Any, role: str, document: str, told: str) -> None:
    code = refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=document)
    assert code == ("MalformedPolicyDocument", told)


@pytest.mark.shows("iam:TagRole", "iam:UntagRole", "iam:ListRoleTags")
@pytest.mark.shows("iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary")
def test_a_role_has_tags_and_a_boundary(iam: Any, role: str, policy: Callable[..., str]) -> None:
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam.untag_role(RoleName=role, TagKeys=["A"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "b", "Value": ""}]
    boundary = policy("s3:*")
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    shown = iam.get_role(RoleName=role)["Role"]
    assert (shown["Tags"], shown["PermissionsBoundary"]["PermissionsBoundaryArn"]) == (
        [{"Key": "b", "Value": ""}],
        boundary,
    )
    assert iam.get_policy(PolicyArn=boundary)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.delete_role_permissions_boundary(RoleName=role)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=role)["Role"]


@pytest.mark.shows("sts:AssumeRole")
def test_a_session_may_what_its_role_may(
    iam: Any, role: str, sts: Any, client: Any, session_client: Callable[..., Any]
) -> None:
    client.create_secret(Name=f"iam/{role}", SecretString="value")
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=allowing("secretsmanager:GetSecretValue"))
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="one")
    role_id = iam.get_role(RoleName=role)["Role"]["RoleId"]
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/one"
    assert made["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:one", "Arn": arn}
    assert (made["Credentials"]["AccessKeyId"][:4], "PackedPolicySize" in made) == ("ASIA", False)
    own = session_client(made["Credentials"])
    assert own.get_secret_value(SecretId=f"iam/{role}")["SecretString"] == "value"
    assert refusal(own.list_secrets)[0] == "AccessDeniedException"
    who = session_client(made["Credentials"], "sts").get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (arn, f"{role_id}:one")
    assert iam.get_role(RoleName=role)["Role"]["RoleLastUsed"]["Region"] == "us-east-1"


def test_a_session_is_narrowed_by_its_policies(
    iam: Any, role: str, sts: Any, client: Any, policy: Callable[..., str], session_client: Callable[..., Any]
) -> None:
    for each in ("a", "b"):
        client.create_secret(Name=f"iam/{role}/{each}", SecretString="value")
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=allowing("secretsmanager:*"))
    only = allowing("secretsmanager:GetSecretValue", resource=f"arn:aws:secretsmanager:*:*:secret:iam/{role}/a-*")
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="one", Policy=only)
    assert made["PackedPolicySize"] > 0
    own = session_client(made["Credentials"])
    own.get_secret_value(SecretId=f"iam/{role}/a")
    assert refusal(own.get_secret_value, SecretId=f"iam/{role}/b")[0] == "AccessDeniedException"
    listing = policy("secretsmanager:ListSecrets")
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="two", PolicyArns=[{"arn": listing}])
    own = session_client(made["Credentials"])
    own.list_secrets()
    assert refusal(own.get_secret_value, SecretId=f"iam/{role}/a")[0] == "AccessDeniedException"


def test_whoever_a_role_does_not_trust_is_not_told_why(iam: Any, role: str, sts: Any) -> None:
    nobody = trusting({"AWS": "arn:aws:iam::999999999999:root"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=nobody)
    code, told = refusal(sts.assume_role, RoleArn=_arn(role), RoleSessionName="one")
    absent, told_of_absent = refusal(sts.assume_role, RoleArn=_arn("absent"), RoleSessionName="one")
    assert code == absent == "AccessDenied"
    assert told.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {_arn(role)}")
    assert told_of_absent == told.replace(role, "absent")


def test_a_role_that_trusts_an_account_leaves_it_to_its_policies(
    role: str, user: str, client_of: Callable[..., Any]
) -> None:
    own = client_of(user, "sts")
    assert refusal(own.assume_role, RoleArn=_arn(role), RoleSessionName="one")[0] == "AccessDenied"


def test_a_role_that_trusts_a_user_by_name_needs_no_more(
    iam: Any, role: str, user: str, client_of: Callable[..., Any]
) -> None:
    named = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/{user}"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=named)
    client_of(user, "sts").assume_role(RoleArn=_arn(role), RoleSessionName="one")


def test_the_root_assumes_no_role(server: Server, role: str) -> None:
    asked = {"RoleArn": _arn(role), "RoleSessionName": "one"}
    told = ("AccessDenied", "Roles may not be assumed by root accounts.")
    assert refusal(server.client("sts").assume_role, **asked) == told


def test_an_external_id_keeps_a_confused_deputy_out(iam: Any, role: str, sts: Any) -> None:
    trust = trusting(ANYONE_HERE, Condition={"StringEquals": {"sts:ExternalId": "agreed"}})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    asked = {"RoleArn": _arn(role), "RoleSessionName": "one"}
    assert refusal(sts.assume_role, **asked)[0] == "AccessDenied"
    assert refusal(sts.assume_role, **asked, ExternalId="guessed")[0] == "AccessDenied"
    sts.assume_role(**asked, ExternalId="agreed")


def test_a_session_lasts_as_long_as_the_role_lets(iam: Any, role: str, sts: Any) -> None:
    asked = {"RoleArn": _arn(role), "RoleSessionName": "one"}
    told = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert refusal(sts.assume_role, **asked, DurationSeconds=3601) == ("ValidationError", told)
    iam.update_role(RoleName=role, MaxSessionDuration=43200)
    sts.assume_role(**asked, DurationSeconds=43200)


def test_a_chained_session_lasts_an_hour_at_most(
    iam: Any, role: str, sts: Any, session_client: Callable[..., Any]
) -> None:
    iam.update_role(RoleName=role, MaxSessionDuration=43200)
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=allowing("sts:*"))
    first = sts.assume_role(RoleArn=_arn(role), RoleSessionName="one")["Credentials"]
    chained = session_client(first, "sts")
    asked = {"RoleArn": _arn(role), "RoleSessionName": "two"}
    assert refusal(chained.assume_role, **asked, DurationSeconds=3601)[0] == "ValidationError"
    chained.assume_role(**asked, DurationSeconds=3600)


def test_session_tags_decide_and_are_handed_on(
    iam: Any, role: str, sts: Any, session_client: Callable[..., Any], client: Any
) -> None:
    client.create_secret(Name=f"iam/{role}", SecretString="v", Tags=[{"Key": "team", "Value": "blue"}])
    same = {"StringEquals": {"secretsmanager:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    mine = allowing("secretsmanager:GetSecretValue", Condition=same)
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=mine)
    iam.put_role_policy(RoleName=role, PolicyName="chain", PolicyDocument=allowing("sts:*"))
    asked = {"RoleArn": _arn(role), "RoleSessionName": "one"}
    tagged = {"Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"]}
    first = sts.assume_role(**asked, **tagged)["Credentials"]
    session_client(first).get_secret_value(SecretId=f"iam/{role}")
    second = session_client(first, "sts").assume_role(**asked)["Credentials"]
    session_client(second).get_secret_value(SecretId=f"iam/{role}")
    told = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session."
    )
    other = [{"Key": "TEAM", "Value": "red"}]
    assert refusal(session_client(first, "sts").assume_role, **asked, Tags=other) == ("InvalidParameterValue", told)


def test_session_tags_hold_together(role: str, sts: Any) -> None:
    asked = {"RoleArn": _arn(role), "RoleSessionName": "one"}
    told = "The specified transitive tag key must be included in the requested tags."
    assert refusal(sts.assume_role, **asked, TransitiveTagKeys=["a"]) == ("InvalidParameterValue", told)
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    told = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    assert refusal(sts.assume_role, **asked, Tags=twice) == ("InvalidParameterValue", told)


def test_a_role_that_does_not_let_sessions_be_tagged_refuses_tags(iam: Any, role: str, sts: Any) -> None:
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trusting(ANYONE_HERE))
    tags = [{"Key": "a", "Value": "1"}]
    code, told = refusal(sts.assume_role, RoleArn=_arn(role), RoleSessionName="one", Tags=tags)
    assert (code, "sts:TagSession" in told) == ("AccessDenied", True)


@pytest.mark.parametrize(
    "arn",
    ["nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:a::aaaaaaaaaa:"],
)
def test_what_is_no_arn_is_told(sts: Any, arn: str) -> None:
    asked = {"RoleArn": arn, "RoleSessionName": "one"}
    assert refusal(sts.assume_role, **asked) == ("ValidationError", f"{arn} is invalid")


def test_sessions_end_with_their_role(iam: Any, role: str, sts: Any, session_client: Callable[..., Any]) -> None:
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="one")["Credentials"]
    own = session_client(made, "sts")
    own.get_caller_identity()
    iam.delete_role(RoleName=role)
    assert refusal(own.get_caller_identity)[0] == "InvalidClientTokenId"
    # A role of the same name is another one.
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusting(ANYONE_HERE))
    assert refusal(own.get_caller_identity)[0] == "InvalidClientTokenId"


def test_older_sessions_are_revoked_by_a_policy_on_their_issue(
    iam: Any, role: str, sts: Any, session_client: Callable[..., Any]
) -> None:
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=allowing("iam:ListUsers"))
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="one")["Credentials"]
    own = session_client(made, "iam")
    own.list_users()
    revoked = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}},
        },
    }
    iam.put_role_policy(RoleName=role, PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(revoked))
    code, told = refusal(own.list_users)
    assert (code, "with an explicit deny in an identity-based policy" in told) == ("AccessDenied", True)


def test_what_a_session_did_names_its_role_in_the_trail(
    iam: Any, role: str, sts: Any, server: Server, session_client: Callable[..., Any]
) -> None:
    made = sts.assume_role(RoleArn=_arn(role), RoleSessionName="traced")["Credentials"]
    session_client(made, "sts").get_caller_identity()
    asked = [{"AttributeKey": "AccessKeyId", "AttributeValue": made["AccessKeyId"]}]
    (event,) = server.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    identity = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("AssumedRole", f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/traced")
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["arn"], issuer["userName"]) == (_arn(role), role)


def _arn_of_user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def test_a_trust_policy_names_nobody_that_there_is_not(iam: Any, role: str, name: str) -> None:
    absent = _arn_of_user(f"no-{name}")
    code, told = refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=trusting({"AWS": absent}))
    assert (code, told) == ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{absent}"')


def test_another_user_of_a_deleted_users_name_is_not_trusted(
    iam: Any, role: str, name: str, client_of: Callable[..., Any]
) -> None:
    user = f"u{name[:12]}"
    first = iam.create_user(UserName=user)["User"]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trusting({"AWS": _arn_of_user(user)}))
    iam.delete_user(UserName=user)
    shown = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert shown == {"AWS": first["UserId"]}
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("sts:AssumeRole"))
    sts = client_of(user, "sts")
    assert refusal(sts.assume_role, RoleArn=_arn(role), RoleSessionName="one")[0] == "AccessDenied"
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == shown


def test_a_user_that_is_renamed_is_still_trusted(iam: Any, role: str, name: str, client_of: Callable[..., Any]) -> None:
    user = f"u{name[:12]}"
    iam.create_user(UserName=user)
    iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=trusting({"AWS": [_arn_of_user(user), f"arn:aws:iam::{ACCOUNT}:root"]})
    )
    iam.update_user(UserName=user, NewUserName=f"{user}-new")
    shown = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert shown == {"AWS": [_arn_of_user(f"{user}-new"), f"arn:aws:iam::{ACCOUNT}:root"]}
    client_of(f"{user}-new", "sts").assume_role(RoleArn=_arn(role), RoleSessionName="one")
