"""Policies and tags of a stored secret, and when the secret counts as changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.vault_bench import FUNCTION, Bench, token
from vault.domain.secret import Secret

VERSION = token()
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "123456789012"},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        },
    },
    indent=3,
)


def _changed(bench: Bench, operation: str, **request: Any) -> bool:
    """Tell whether an operation an hour later moves LastChangedDate."""
    before = bench.call("DescribeSecret", SecretId="n")["LastChangedDate"]
    bench.pass_time(hours=1)
    bench.call(operation, SecretId="n", **request)
    return bool(bench.call("DescribeSecret", SecretId="n")["LastChangedDate"] > before)


def test_a_policy_is_kept_as_it_was_written(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    bench.call("PutResourcePolicy", SecretId="n", ResourcePolicy=POLICY)
    assert bench.call("GetResourcePolicy", SecretId="n")["ResourcePolicy"] == POLICY


def test_a_document_of_before_there_were_policies_reads_as_one_without(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    with bench.services() as services:
        state = services.secrets.describe(bench.context, "n").state()
    del state["policy"]
    assert Secret.from_state(state).policy is None


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutResourcePolicy", {"ResourcePolicy": POLICY}),
        ("TagResource", {"Tags": [{"Key": "team", "Value": "payments"}]}),
        ("UntagResource", {"TagKeys": ["there"]}),
        ("UpdateSecret", {"Description": "d"}),
        ("PutSecretValue", {"SecretString": "w"}),
        ("UpdateSecretVersionStage", {"VersionStage": "blue", "MoveToVersionId": VERSION}),
        ("RotateSecret", {"RotationLambdaARN": FUNCTION}),
        ("DeleteSecret", {}),
    ],
)
def test_a_change_moves_the_date(bench: Bench, operation: str, request_: dict[str, Any]) -> None:
    tags = [{"Key": "there", "Value": ""}]
    bench.call("CreateSecret", Name="n", SecretString="v", Tags=tags, ClientRequestToken=VERSION)
    assert _changed(bench, operation, **request_)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("UntagResource", {"TagKeys": ["absent"]}),
        ("TagResource", {"Tags": []}),
        ("TagResource", {"Tags": [{"Key": "there", "Value": ""}]}),
        ("DeleteResourcePolicy", {}),
        ("GetResourcePolicy", {}),
        ("ListResourcePolicies", {}),
        ("ValidateResourcePolicy", {"ResourcePolicy": POLICY}),
        ("RestoreSecret", {}),
    ],
)
def test_what_changes_nothing_moves_no_date(bench: Bench, operation: str, request_: dict[str, Any]) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v", Tags=[{"Key": "there", "Value": ""}])
    assert not _changed(bench, operation, **request_)


def test_restoring_moves_the_date(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    bench.call("DeleteSecret", SecretId="n")
    assert _changed(bench, "RestoreSecret")


def test_taking_a_policy_off_moves_the_date(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    bench.call("PutResourcePolicy", SecretId="n", ResourcePolicy=POLICY)
    assert _changed(bench, "DeleteResourcePolicy")
    assert "ResourcePolicy" not in bench.call("GetResourcePolicy", SecretId="n")
