"""Policies with principals: the grammar, and what is plainly public."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.policy import Effect
from vault.domain.policy_documents import examine, parse_resource_policy

ROLE = "arn:aws:iam::123456789012:role/Reader"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": ROLE},
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}


def _with(**members: Any) -> str:
    """Return a policy whose statement has `members`; None takes one out."""
    statement = {name: value for name, value in {**STATEMENT, **members}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_statement_is_read_whole() -> None:
    (read,) = parse_resource_policy(
        _with(
            Sid="Readers",
            Action=["secretsmanager:Get*", "secretsmanager:DescribeSecret"],
            Condition={"ForAnyValue:StringEquals": {"secretsmanager:VersionStage": ["AWSCURRENT", "AWSPREVIOUS"]}},
        )
    ).statements
    assert (read.effect, read.sid, read.resources) == (Effect.ALLOW, "Readers", ("*",))
    assert read.actions == ("secretsmanager:Get*", "secretsmanager:DescribeSecret")
    assert read.principals.named == {"AWS": (ROLE,)}
    assert read.conditions == (
        ("ForAnyValue:StringEquals", "secretsmanager:VersionStage", ("AWSCURRENT", "AWSPREVIOUS")),
    )


def test_negations_are_told_apart() -> None:
    (read,) = parse_resource_policy(
        _with(
            Effect="Deny",
            Principal=None,
            NotPrincipal={"AWS": ROLE},
            Action=None,
            NotAction="secretsmanager:DescribeSecret",
            Resource=None,
            NotResource="arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        )
    ).statements
    assert (read.principals.negated, read.negated_actions, read.negated_resources) == (True, True, True)


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": "123456789012"},
        {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/Reader/session"]},
        {"Service": "lambda.amazonaws.com"},
        {"Federated": "arn:aws:iam::123456789012:saml-provider/company"},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"CanonicalUser": "ab" * 32},
        {"AWS": ROLE, "Service": ["ecs.amazonaws.com"]},
    ],
)
def test_each_kind_of_principal_is_known(principal: Any) -> None:
    assert parse_resource_policy(_with(Principal=principal)).statements


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringNotEqualsIgnoreCaseIfExists": {"aws:PrincipalTag/Team": "a"}},
        {"ForAllValues:StringLike": {"aws:TagKeys": ["a*", "b"]}},
        {"Bool": {"aws:SecureTransport": True}},
        {"NumericLessThanEquals": {"secretsmanager:RecoveryWindowInDays": 30}},
        {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
        {"Null": {"aws:PrincipalArn": "true"}},
        {"BinaryEquals": {"a:key": "QmluYXJ5"}},
    ],
)
def test_each_condition_operator_is_known(condition: Any) -> None:
    assert parse_resource_policy(_with(Condition=condition)).statements[0].conditions


@pytest.mark.parametrize(
    "document",
    [
        _with(Principal=None),
        _with(NotPrincipal="*"),
        _with(Principal=None, NotPrincipal={"AWS": ROLE}),
        _with(Principal={}),
        _with(Principal={"AWS": []}),
        _with(Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
        _with(Principal={"AWS": "somebody"}),
        _with(Principal={"Host": "example.com"}),
        _with(Principal="somebody"),
        _with(Effect="Perhaps"),
        _with(Effect=None),
        _with(Sid=7),
        _with(Action=None),
        _with(Action=[]),
        _with(Action="GetSecretValue"),
        _with(NotAction="secretsmanager:*"),
        _with(Resource=None),
        _with(Resource="mine"),
        _with(Condition={}),
        _with(Condition={"StringIsh": {"aws:SourceIp": "x"}}),
        _with(Condition={"NullIfExists": {"aws:SourceIp": "true"}}),
        _with(Condition={"StringEquals": {"SourceIp": "x"}}),
        _with(Condition={"StringEquals": {"aws:SourceIp": []}}),
        _with(Condition={"StringEquals": {"aws:SourceIp": {"a": "b"}}}),
        _with(Colour="red"),
        json.dumps({"Version": "2019-10-19", "Statement": STATEMENT}),
        json.dumps({"Version": "2012-10-17", "Statement": []}),
        json.dumps({"Version": "2012-10-17", "Id": 1, "Statement": STATEMENT}),
        json.dumps({"Version": "2012-10-17"}),
        json.dumps({"Statement": STATEMENT, "Extra": 1}),
        json.dumps({"Statement": [{**STATEMENT, "Sid": "a"}, {**STATEMENT, "Sid": "a"}]}),
        json.dumps([STATEMENT]),
        '{"Statement": [], "Statement": []}',
        "null",
    ],
)
def test_what_breaks_the_grammar_is_refused_and_explained(document: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refused:
        parse_resource_policy(document)
    assert refused.value.message == "This policy has invalid syntax."
    (finding,) = examine(document)
    assert finding.check == "PolicySyntax"
    assert len(finding.message) > len(refused.value.message)


@pytest.mark.parametrize("document", ["", "nonsense", "{", '{"Statement": NaN}', "[" * 100_000])
def test_what_is_not_json_is_refused(document: str) -> None:
    for check in (parse_resource_policy, examine):
        with pytest.raises(MalformedPolicyDocument) as refused:
            check(document)
        assert refused.value.message == "This policy contains invalid Json"


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": [ROLE, "*"]}])
def test_everybody_allowed_without_a_condition_is_public(principal: Any) -> None:
    assert parse_resource_policy(_with(Principal=principal)).public
    assert [finding.check for finding in examine(_with(Principal=principal))] == ["PublicPolicy"]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Principal": "*", "Effect": "Deny"},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Principal": None, "NotPrincipal": "*", "Effect": "Deny"},
    ],
)
def test_what_is_not_plainly_public_passes(members: dict[str, Any]) -> None:
    assert not parse_resource_policy(_with(**members)).public
    assert examine(_with(**members)) == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "Allow", "AWS", "a:b", ROLE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*STATEMENT, "AWS"]), inner),
    max_leaves=12,
)


@given(content=_JSON)
def test_no_json_breaks_the_parser(content: Any) -> None:
    for document in (json.dumps(content), json.dumps({"Statement": content})):
        assert isinstance(examine(document), tuple)
