"""What a request takes from the store's description of a secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from remediation.migrate import Stored
from remediation.request_facts import Facts, facts
from strongroom.kernel.errors import Denied
from strongroom.kernel.leaktags import LEAKED

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf"
KEY = "00000000-0000-0000-0000-000000000000"
STORED = Stored(name="shop/db", arn=ARN, created=True)


def client() -> tuple[Any, Stubber]:
    made = boto3.client(
        "secretsmanager", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )  # fmt: skip
    return made, Stubber(made)


def described(**answer: Any) -> Facts:
    made, stubber = client()
    stubber.add_response("describe_secret", {"ARN": ARN, "Name": "shop/db", **answer}, {"SecretId": ARN})
    with stubber:
        return facts([STORED], made)["shop/db"]


@pytest.mark.parametrize(
    ("said", "arn"),
    [
        (KEY, f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}"),
        ("alias/app", "arn:aws:kms:eu-west-1:123456789012:alias/app"),
        (f"arn:aws:kms:eu-west-1:210987654321:key/{KEY}", f"arn:aws:kms:eu-west-1:210987654321:key/{KEY}"),
        ("alias/aws/secretsmanager", ""),
        ("arn:aws:kms:eu-west-1:123456789012:alias/aws/secretsmanager", ""),
    ],
)
def test_the_key_is_told_by_its_arn(said: str, arn: str) -> None:
    assert described(KmsKeyId=said).key == arn


def test_the_version_that_leaked_and_the_next_rotation_are_told() -> None:
    due = datetime(2026, 12, 30, 23, 59, 59, tzinfo=UTC)
    found = described(
        Tags=[{"Key": LEAKED, "Value": "a-version"}], RotationEnabled=True, NextRotationDate=due
    )  # fmt: skip
    assert found == Facts(version="a-version", due="2026-12-30")


def test_nothing_said_is_nothing_told() -> None:
    assert described() == Facts()


def test_whoever_may_not_ask_is_denied_by_name() -> None:
    made, stubber = client()
    stubber.add_client_error("describe_secret", "AccessDeniedException")
    with stubber, pytest.raises(Denied, match="shop/db"):
        facts([STORED], made)
