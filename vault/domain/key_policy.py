"""The policy of a KMS key, named `default`: what every key is made with, and which one would lock its caller out.

Source: AWS KMS Developer Guide, "Default key policy"; API page of PutKeyPolicy. How it decides: `evaluate.py`.
"""

from __future__ import annotations

import json
from functools import lru_cache, partial
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import MalformedPolicyDocument
from vault.domain.keys import Key
from vault.domain.kms_errors import MalformedKeyPolicy
from vault.domain.policy import Policy
from vault.domain.policy_documents import known_resource_policy, locks_out, parse_resource_policy

DEFAULT_NAME = "default"

_LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
_CHANGE = "kms:PutKeyPolicy"


def policy_text(key: Key, partition: str) -> str:
    """Return the key's policy: the one that was put, else the one every key is made with."""
    return key.policy or _default_text(key.managed, key.account_id, key.region, partition)


@lru_cache(maxsize=64)
def _made_with(managed: bool, account_id: str, region: str, partition: str) -> Policy:
    return parse_resource_policy(_default_text(managed, account_id, region, partition))


def _default_text(managed: bool, account_id: str, region: str, partition: str) -> str:
    enabling = partial(_of_account, account_id, partition, "Enable IAM User Permissions")
    statements = _of_service(account_id, region) if managed else enabling("kms:*")
    identifier = "auto-secretsmanager-2" if managed else "key-default-1"
    return json.dumps({"Version": "2012-10-17", "Id": identifier, "Statement": statements}, indent=2)


def parsed_key_policy(key: Key, partition: str) -> Policy:
    """Return the key's policy as it decides."""
    if key.policy:
        return known_resource_policy(key.policy)
    return _made_with(key.managed, key.account_id, key.region, partition)


def check_key_policy(document: str, key_arn: str, context: CallContext, *, bypass: bool) -> str:
    """Return `document` as it is. Raises `MalformedKeyPolicy`, without `bypass` also where it locks the caller out."""
    try:
        policy = parse_resource_policy(document)
    except MalformedPolicyDocument as error:
        raise MalformedKeyPolicy(error.message) from None
    if not bypass and locks_out(policy, context.principal_arn, _CHANGE, key_arn, context, guarded=True):
        raise MalformedKeyPolicy(_LOCKED_OUT)
    return document


def _of_account(account_id: str, partition: str, sid: str, *actions: str) -> list[dict[str, Any]]:
    root = f"arn:{partition}:iam::{account_id}:root"
    action = actions[0] if len(actions) == 1 else list(actions)
    return [{"Sid": sid, "Effect": "Allow", "Principal": {"AWS": root}, "Action": action, "Resource": "*"}]


def _of_service(account_id: str, region: str) -> list[dict[str, Any]]:
    """Return the statements of the key that AWS manages: through Secrets Manager only, and its description."""
    through = f"secretsmanager.{region}.amazonaws.com"
    service = {
        "Sid": "Allow access through AWS Secrets Manager for all principals in the account that are authorized to use "
        "AWS Secrets Manager",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": account_id, "kms:ViaService": through}},
    }
    sid = "Allow direct access to key metadata to the account"
    return [service, *_of_account(account_id, "aws", sid, "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant")]
