"""What IAM takes as the policy of an identity: a table of documents, with its sentence for each that it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.iam.documents import check_identity_policy, known_identity_policy

TABLE = yaml.safe_load(Path(__file__).with_name("iam_policy_forms.yaml").read_text())
REFUSED = [(case, told) for told, cases in TABLE["refused"].items() for case in cases]


def _document(case: dict[str, Any]) -> str:
    if "text" in case:
        return str(case["text"])
    allowing = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    statement = {**allowing, **case.get("with", {})}
    return json.dumps(case.get("document", {"Version": "2012-10-17", "Statement": statement}))


@pytest.mark.parametrize("case", TABLE["taken"], ids=lambda case: json.dumps(case["with"])[:60])
def test_iam_takes(case: dict[str, Any]) -> None:
    check_identity_policy(_document(case), managed=True)


@pytest.mark.parametrize(("case", "told"), REFUSED, ids=[json.dumps(case)[:60] for case, _ in REFUSED])
def test_iam_refuses(case: dict[str, Any], told: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refused:
        check_identity_policy(_document(case), managed=True)
    assert refused.value.message == told


def test_a_policy_of_one_identity_may_be_of_the_older_version() -> None:
    check_identity_policy(_document({"document": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}))


def test_an_arn_that_ends_early_is_about_all_that_may_follow() -> None:
    policy = known_identity_policy(_document({"with": {"Resource": ["arn:aws:sqs", "x:aws:kms:eu-west-1"]}}), "p")
    assert policy.statements[0].resources == ("arn:aws:sqs:*:*:*", "arn:aws:kms:eu-west-1:*:*")
