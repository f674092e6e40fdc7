"""The policies of least privilege: only what is named, and never longer than a session policy may be."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from remediation.policy import MOST_CHARACTERS, moving_policy, reading_policy
from vault.domain.evaluate import evaluate
from vault.domain.operation import AccessCheck
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal

_NAMES = st.lists(
    st.from_regex(r"[a-z]{1,12}(/[a-z0-9-]{1,20}){0,3}", fullmatch=True), min_size=1, max_size=80, unique=True
)


def _may(policy: str, action: str, name: str) -> bool:
    principal = Principal(
        account_id="123456789012",
        arn="arn:aws:iam::123456789012:user/app",
        user_id="AIDA",
        access_key_id="AKIA",
        identity_policies=(parse_identity_policy(policy),),
    )
    resource = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}"
    return evaluate(principal, AccessCheck(action=f"secretsmanager:{action}", resource=resource)).allowed


@given(names=_NAMES)
def test_every_secret_that_is_named_can_be_read_and_the_policy_fits(names: list[str]) -> None:
    policy = reading_policy(names)
    assert len(policy) <= MOST_CHARACTERS
    assert all(_may(policy, "GetSecretValue", f"{name}-AbCdEf") for name in names)
    assert not _may(policy, "PutSecretValue", f"{names[0]}-AbCdEf")


def test_no_other_secret_can_be_read() -> None:
    policy = reading_policy(["app/db"])
    for other in ("app/db2-AbCdEf", "app/dbx-AbCdEf", "other/db-AbCdEf", "app/db-AbCdEfG"):
        assert not _may(policy, "GetSecretValue", other)


def test_customers_keys_are_named() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    statements = json.loads(reading_policy(["app/db"], [key]))["Statement"]
    assert statements[1] == {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key]}


def test_a_fix_makes_and_rotates_its_secrets_and_deletes_none() -> None:
    policy = moving_policy(["app/db"])
    assert _may(policy, "CreateSecret", "app/db")
    assert _may(policy, "RotateSecret", "app/db-AbCdEf")
    assert not _may(policy, "DeleteSecret", "app/db-AbCdEf")
    assert not _may(policy, "CreateSecret", "app/other")
