"""Managed policies and policies of users, groups and roles, over HTTP with boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting
from vault.domain.iam.tagging import SAME_KEY

LIMIT = (
    "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
)
ABSENT = f"arn:aws:iam::{ACCOUNT}:policy/absent"


@pytest.mark.shows("iam:CreatePolicy", "iam:GetPolicy", "iam:ListPolicies", "iam:DeletePolicy")
def test_a_policy_is_made_found_listed_and_deleted(iam: Any, name: str) -> None:
    made = iam.create_policy(PolicyName=name, Path="/a/b/", PolicyDocument=allowing("s3:*"))["Policy"]
    assert (made["Arn"], made["PolicyId"][:4]) == (f"arn:aws:iam::{ACCOUNT}:policy/a/b/{name}", "ANPA")
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == ("v1", 0, True)
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"] == {**made, "Tags": []}
    assert made in iam.list_policies(Scope="Local", PathPrefix="/a/")["Policies"]
    told = f"A policy called {name} already exists. Duplicate names are not allowed."
    assert refusal(iam.create_policy, PolicyName=name, PolicyDocument=allowing("s3:*")) == ("EntityAlreadyExists", told)
    iam.delete_policy(PolicyArn=made["Arn"])
    for asked in (iam.get_policy, iam.delete_policy):
        assert refusal(asked, PolicyArn=made["Arn"]) == ("NoSuchEntity", f"Policy {made['Arn']} was not found.")


def test_policies_that_aws_keeps_are_there(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["PolicyName"], found["DefaultVersionId"]) == ("SecretsManagerReadWrite", "v5")
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v5")["PolicyVersion"]["Document"]
    assert "secretsmanager:*" in document["Statement"][0]["Action"]
    names = {each["PolicyName"] for each in iam.list_policies(Scope="AWS")["Policies"]}
    assert {"AdministratorAccess", "AWSSecretsManagerClientReadOnlyAccess", "IAMUserChangePassword"} <= names
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "ValidationError"


@pytest.mark.shows("iam:CreatePolicyVersion", "iam:GetPolicyVersion", "iam:ListPolicyVersions")
@pytest.mark.shows("iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion")
def test_the_default_version_is_the_one_that_holds(
    iam: Any, user: str, policy: Callable[..., str], client_of: Callable[..., Any]
) -> None:
    arn = policy("iam:ListUsers")
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    own = client_of(user, "iam")
    own.list_users()
    added = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("iam:ListRoles"))["PolicyVersion"]
    assert (added["VersionId"], added["IsDefaultVersion"]) == ("v2", False)
    own.list_users()
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert refusal(own.list_users)[0] == "AccessDenied"
    shown = [
        (each["VersionId"], each["IsDefaultVersion"]) for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]
    ]
    assert shown == [("v2", True), ("v1", False)]
    told = "Cannot delete the default version of a policy."
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == ("DeleteConflict", told)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert (
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"), SetAsDefault=True)["PolicyVersion"][
            "VersionId"
        ]
        == "v3"
    )


def test_a_policy_has_five_versions_at_most(iam: Any, policy: Callable[..., str]) -> None:
    arn = policy("s3:*")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=allowing("s3:*")) == (
        "LimitExceeded",
        LIMIT,
    )
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"


def test_versions_that_are_not_there_are_told(iam: Any, policy: Callable[..., str]) -> None:
    arn = policy("s3:*")
    for asked in (iam.get_policy_version, iam.delete_policy_version, iam.set_default_policy_version):
        told = f"Policy {arn} version v9 does not exist or is not attachable."
        assert refusal(asked, PolicyArn=arn, VersionId="v9") == ("NoSuchEntity", told)
    told = f"Policy {ABSENT} version v1 does not exist or is not attachable."
    assert refusal(iam.get_policy_version, PolicyArn=ABSENT, VersionId="v1") == ("NoSuchEntity", told)


_HOLDERS = ("user", "group", "role")


@pytest.fixture(params=_HOLDERS)
def holder(iam: Any, name: str, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A user, a group or a role: what it is, and the member that names it."""
    kind = str(request.param)
    named = {f"{kind.title()}Name": name}
    more = {"AssumeRolePolicyDocument": trusting({"AWS": ACCOUNT})} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**named, **more)
    return kind, named


@pytest.mark.shows("iam:PutUserPolicy", "iam:GetUserPolicy", "iam:ListUserPolicies", "iam:DeleteUserPolicy")
@pytest.mark.shows("iam:PutGroupPolicy", "iam:GetGroupPolicy", "iam:ListGroupPolicies", "iam:DeleteGroupPolicy")
@pytest.mark.shows("iam:PutRolePolicy", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:DeleteRolePolicy")
def test_an_own_policy_is_put_read_and_deleted(iam: Any, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}
    getattr(iam, f"put_{kind}_policy")(**named, PolicyName="own", PolicyDocument=json.dumps(document))
    found = getattr(iam, f"get_{kind}_policy")(**named, PolicyName="own")
    assert (found["PolicyName"], found["PolicyDocument"]) == ("own", document)
    assert getattr(iam, f"list_{kind}_policies")(**named)["PolicyNames"] == ["own"]
    getattr(iam, f"delete_{kind}_policy")(**named, PolicyName="own")
    for asked in (f"get_{kind}_policy", f"delete_{kind}_policy"):
        told = f"The {kind} policy with name own cannot be found."
        assert refusal(getattr(iam, asked), **named, PolicyName="own") == ("NoSuchEntity", told)


@pytest.mark.shows("iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:ListAttachedUserPolicies")
@pytest.mark.shows("iam:AttachGroupPolicy", "iam:DetachGroupPolicy", "iam:ListAttachedGroupPolicies")
@pytest.mark.shows("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies")
@pytest.mark.shows("iam:ListEntitiesForPolicy")
def test_a_managed_policy_is_attached_counted_and_detached(
    iam: Any, holder: tuple[str, dict[str, str]], policy: Callable[..., str]
) -> None:
    kind, named = holder
    arn = policy("s3:*")
    attached = getattr(iam, f"list_attached_{kind}_policies")
    assert attached(**named)["AttachedPolicies"] == []
    for _ in range(2):
        getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=arn)
    assert attached(**named)["AttachedPolicies"] == [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    title = kind.title()
    assert [each[f"{title}Name"] for each in entities[f"Policy{title}s"]] == list(named.values())
    told = "Cannot delete a policy attached to entities."
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", told)
    getattr(iam, f"detach_{kind}_policy")(**named, PolicyArn=arn)
    told = f"Policy {arn} was not found."
    assert refusal(getattr(iam, f"detach_{kind}_policy"), **named, PolicyArn=arn) == ("NoSuchEntity", told)


def test_what_cannot_be_attached_is_told(iam: Any, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    attach = getattr(iam, f"attach_{kind}_policy")
    told = f"Policy {ABSENT} does not exist or is not attachable."
    assert refusal(attach, **named, PolicyArn=ABSENT) == ("NoSuchEntity", told)
    told = "Invalid ARN:  Could not be parsed!"
    assert refusal(attach, **named, PolicyArn="longpolicynamebutnoarn") == ("ValidationError", told)


def test_ten_policies_are_attached_at_most(
    iam: Any, holder: tuple[str, dict[str, str]], policy: Callable[..., str]
) -> None:
    kind, named = holder
    attach = getattr(iam, f"attach_{kind}_policy")
    for _ in range(10):
        attach(**named, PolicyArn=policy("s3:*"))
    code, told = refusal(attach, **named, PolicyArn=policy("s3:*"))
    assert (code, told) == ("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind.title()}: 10")


@pytest.mark.shows("iam:TagPolicy", "iam:UntagPolicy", "iam:ListPolicyTags")
def test_tag_keys_of_policies_differ_by_case(iam: Any, policy: Callable[..., str]) -> None:
    arn = policy("s3:*")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "small"}, {"Key": "A", "Value": "large"}])
    assert [each["Key"] for each in iam.list_policy_tags(PolicyArn=arn)["Tags"]] == ["A", "a"]
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "A", "Value": "large"}]
    twice = [{"Key": "b", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert refusal(iam.tag_policy, PolicyArn=arn, Tags=twice) == ("InvalidInput", SAME_KEY)


def test_policies_that_are_too_long_are_refused(iam: Any, name: str, user: str) -> None:
    long = allowing(*[f"s3:Get{number:04}" for number in range(700)])
    told = "Cannot exceed quota for PolicySize: 6144"
    assert refusal(iam.create_policy, PolicyName=name, PolicyDocument=long) == ("LimitExceeded", told)
    code, told = refusal(iam.put_user_policy, UserName=user, PolicyName="long", PolicyDocument=long)
    assert (code, told) == ("LimitExceeded", f"Maximum policy size of 2048 bytes exceeded for user {user}")


def test_what_is_no_policy_is_refused(iam: Any, name: str, user: str) -> None:
    for document in ("{", '{"Version": "2012-10-17"}', '{"Version": "2012-10-17", "Statement": []}'):
        for put, named in ((iam.create_policy, {}), (iam.put_user_policy, {"UserName": user})):
            assert refusal(put, **named, PolicyName=name, PolicyDocument=document)[0] == "MalformedPolicyDocument"
