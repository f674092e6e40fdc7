"""The credential of regions opens what they tell each other, and nothing else."""

from __future__ import annotations

import json

import pytest

from vault.api.operations import replication
from vault.api.served import SEAL
from vault.domain.evaluate import evaluate
from vault.domain.operation import AccessCheck
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal
from vault.services.messages import POLICY, user_arn

ACCOUNT = "123456789012"
REGION_ITSELF = Principal(
    account_id=ACCOUNT,
    arn=user_arn(ACCOUNT),
    user_id="strongroom-replication",
    access_key_id="key",
    identity_policies=(parse_identity_policy(json.dumps(POLICY)),),
)


def may(action: str) -> bool:
    """Tell whether a region may do something to another."""
    return evaluate(REGION_ITSELF, AccessCheck(action=action, resource="*")).allowed


@pytest.mark.parametrize("name", replication.OPERATIONS)
def test_a_region_may_tell_another_of_its_secrets(name: str) -> None:
    assert may(f"strongroom:{name}")


@pytest.mark.parametrize(
    "action", [f"strongroom:{SEAL.name}", "secretsmanager:GetSecretValue", "kms:Decrypt", "account:EnableRegion"]
)
def test_a_region_may_not_seal_another_nor_call_what_clients_call(action: str) -> None:
    assert not may(action)
