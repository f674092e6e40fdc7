"""The five operations on resource policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.wire import refusal

STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:role/Reader"},
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}
MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)
PUBLIC = {"Principal": "*"}
NARROWED = {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}}


def policy(**members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**STATEMENT, **members}]}, indent=1)


@pytest.mark.shows("PutResourcePolicy", parameters=("SecretId", "ResourcePolicy"))
@pytest.mark.shows("GetResourcePolicy", parameters=("SecretId",))
def test_the_policy_comes_back_as_it_was_put(client: Any, stored: str) -> None:
    put = client.put_resource_policy(SecretId=stored, ResourcePolicy=policy())
    assert put["Name"] == stored
    got = client.get_resource_policy(SecretId=stored)
    assert got["ResourcePolicy"] == policy()
    assert (got["ARN"], got["Name"]) == (put["ARN"], stored)


@pytest.mark.shows("PutResourcePolicy", parameters=("PolicyName",))
@pytest.mark.shows("GetResourcePolicy", parameters=("PolicyName",))
@pytest.mark.shows("DeleteResourcePolicy", parameters=("PolicyName",))
def test_the_name_of_the_policy_is_told_to_who_names_it(client: Any, stored: str) -> None:
    for named, told in ({}, None), ({"PolicyName": "default"}, "default"):
        put = client.put_resource_policy(SecretId=stored, ResourcePolicy=policy(), **named)
        got = client.get_resource_policy(SecretId=stored, **named)
        gone = client.delete_resource_policy(SecretId=stored, **named)
        assert [answer.get("PolicyName") for answer in (put, got, gone)] == [told] * 3


@pytest.mark.shows("GetResourcePolicy", parameters=("SecretId",))
def test_without_a_policy_there_is_no_such_member(client: Any, stored: str) -> None:
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=stored)


@pytest.mark.shows("DeleteResourcePolicy", parameters=("SecretId",))
def test_a_policy_is_taken_off_and_taking_off_again_succeeds(client: Any, stored: str) -> None:
    client.put_resource_policy(SecretId=stored, ResourcePolicy=policy())
    for _ in range(2):
        answer = client.delete_resource_policy(SecretId=stored)
        assert answer["Name"] == stored
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=stored)


@pytest.mark.shows("ListResourcePolicies", parameters=("SecretId", "MaxResults"))
def test_the_names_are_listed(client: Any, stored: str) -> None:
    assert client.list_resource_policies(SecretId=stored)["ResourcePolicies"] == []
    client.put_resource_policy(SecretId=stored, ResourcePolicy=policy())
    listed = client.list_resource_policies(SecretId=stored, MaxResults=1)
    assert listed["ResourcePolicies"] == [{"PolicyName": "default"}]
    assert "NextToken" not in listed


@pytest.mark.shows("ListResourcePolicies", parameters=("NextToken",), errors=("InvalidNextTokenException",))
def test_a_token_is_refused_for_there_is_one_page(client: Any, stored: str) -> None:
    assert refusal(client.list_resource_policies, SecretId=stored, NextToken="t")[0] == "InvalidNextTokenException"


@pytest.mark.shows("PutResourcePolicy", parameters=("PolicyName",), errors=("InvalidParameterException",))
@pytest.mark.shows("DeleteResourcePolicy", parameters=("PolicyName",), errors=("InvalidParameterException",))
@pytest.mark.shows("GetResourcePolicy", parameters=("PolicyName",), errors=("ResourceNotFoundException",))
def test_there_is_no_policy_but_the_default(client: Any, stored: str) -> None:
    client.put_resource_policy(SecretId=stored, ResourcePolicy=policy(), PolicyName="default")
    assert client.get_resource_policy(SecretId=stored, PolicyName="default")["ResourcePolicy"] == policy()
    other = {"SecretId": stored, "PolicyName": "other"}
    assert refusal(client.put_resource_policy, **other, ResourcePolicy=policy())[0] == "InvalidParameterException"
    assert refusal(client.delete_resource_policy, **other)[0] == "InvalidParameterException"
    assert refusal(client.get_resource_policy, **other)[0] == "ResourceNotFoundException"
    client.delete_resource_policy(SecretId=stored, PolicyName="default")


@pytest.mark.parametrize("document", [policy(Principal="somebody"), policy(Effect="Perhaps"), policy(Colour="red")])
@pytest.mark.shows("PutResourcePolicy", parameters=("ResourcePolicy",), errors=("MalformedPolicyDocumentException",))
def test_what_breaks_the_grammar_is_not_put(client: Any, stored: str, document: str) -> None:
    assert refusal(client.put_resource_policy, SecretId=stored, ResourcePolicy=document) == (
        "MalformedPolicyDocumentException",
        "This policy has invalid syntax.",
    )
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=stored)


@pytest.mark.shows("PutResourcePolicy", errors=("MalformedPolicyDocumentException",))
@pytest.mark.shows("ValidateResourcePolicy", errors=("MalformedPolicyDocumentException",))
def test_what_is_not_json_is_refused(client: Any, stored: str) -> None:
    for call in (client.put_resource_policy, client.validate_resource_policy):
        assert refusal(call, SecretId=stored, ResourcePolicy="{") == (
            "MalformedPolicyDocumentException",
            "This policy contains invalid Json",
        )


@pytest.mark.shows("PutResourcePolicy", parameters=("ResourcePolicy",))
def test_the_longest_policy_has_20480_characters(raw: Any, stored: str) -> None:
    longest = policy() + " " * (20_480 - len(policy()))
    raw.put_resource_policy(SecretId=stored, ResourcePolicy=longest)
    for document in (longest + " ", ""):
        code, message = refusal(raw.put_resource_policy, SecretId=stored, ResourcePolicy=document)
        assert (code, "at 'resourcePolicy' failed" in message) == ("ValidationException", True)


@pytest.mark.shows("PutResourcePolicy", parameters=("BlockPublicPolicy",), errors=("PublicPolicyException",))
def test_a_public_policy_is_put_unless_it_is_to_be_blocked(client: Any, stored: str) -> None:
    public = policy(**PUBLIC)
    code, message = refusal(client.put_resource_policy, SecretId=stored, ResourcePolicy=public, BlockPublicPolicy=True)
    assert (code, "broad access" in message) == ("PublicPolicyException", True)
    client.put_resource_policy(SecretId=stored, ResourcePolicy=public)
    client.put_resource_policy(SecretId=stored, ResourcePolicy=public, BlockPublicPolicy=False)
    narrowed = policy(**NARROWED)
    client.put_resource_policy(SecretId=stored, ResourcePolicy=narrowed, BlockPublicPolicy=True)
    assert client.get_resource_policy(SecretId=stored)["ResourcePolicy"] == narrowed


@pytest.mark.shows("ValidateResourcePolicy", parameters=("ResourcePolicy", "SecretId"))
def test_a_policy_without_faults_passes_with_a_secret_and_without(client: Any, stored: str) -> None:
    for request in ({"SecretId": stored}, {}):
        answer = client.validate_resource_policy(ResourcePolicy=policy(), **request)
        assert (answer["PolicyValidationPassed"], answer["ValidationErrors"]) == (True, [])


@pytest.mark.parametrize(
    ("members", "check"),
    [(PUBLIC, "PublicPolicy"), ({"Effect": "Perhaps"}, "PolicySyntax"), ({"Sid": 1}, "PolicySyntax")],
)
@pytest.mark.shows("ValidateResourcePolicy", parameters=("ResourcePolicy",))
def test_faults_are_told(client: Any, members: dict[str, Any], check: str) -> None:
    answer = client.validate_resource_policy(ResourcePolicy=policy(**members))
    assert answer["PolicyValidationPassed"] is False
    (error,) = answer["ValidationErrors"]
    assert error["CheckName"] == check
    assert error["ErrorMessage"]


def _calls(client: Any) -> list[tuple[Any, dict[str, str]]]:
    return [
        (client.put_resource_policy, {"ResourcePolicy": policy()}),
        (client.get_resource_policy, {}),
        (client.delete_resource_policy, {}),
        (client.list_resource_policies, {}),
        (client.validate_resource_policy, {"ResourcePolicy": policy()}),
    ]


@pytest.mark.shows("PutResourcePolicy", errors=("ResourceNotFoundException",))
@pytest.mark.shows("GetResourcePolicy", errors=("ResourceNotFoundException",))
@pytest.mark.shows("DeleteResourcePolicy", errors=("ResourceNotFoundException",))
@pytest.mark.shows("ListResourcePolicies", errors=("ResourceNotFoundException",))
@pytest.mark.shows("ValidateResourcePolicy", parameters=("SecretId",), errors=("ResourceNotFoundException",))
def test_an_absent_secret_is_not_found(client: Any, name: str) -> None:
    for call, request in _calls(client):
        assert refusal(call, SecretId=name, **request)[0] == "ResourceNotFoundException"


@pytest.mark.shows("PutResourcePolicy", errors=("InvalidRequestException",))
@pytest.mark.shows("GetResourcePolicy", errors=("InvalidRequestException",))
@pytest.mark.shows("DeleteResourcePolicy", errors=("InvalidRequestException",))
@pytest.mark.shows("ListResourcePolicies", errors=("InvalidRequestException",))
@pytest.mark.shows("ValidateResourcePolicy", errors=("InvalidRequestException",))
def test_a_secret_pending_deletion_is_refused(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    for call, request in _calls(client):
        assert refusal(call, SecretId=stored, **request) == MARKED
