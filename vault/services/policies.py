"""The policy on a secret: put, read, listed, taken off and examined. One of each secret, named `default`.

Replicas have their primary's (AWS Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions").
"""

from __future__ import annotations

from dataclasses import replace

from vault.domain.context import CallContext
from vault.domain.errors import (
    InvalidNextToken,
    InvalidParameter,
    MalformedPolicyDocument,
    PublicPolicy,
    ResourceNotFound,
)
from vault.domain.policy import Policy
from vault.domain.policy_documents import (
    DEFAULT_NAME,
    LOCKED_OUT,
    PUBLIC,
    Finding,
    examine,
    locks_out,
    parse_resource_policy,
)
from vault.domain.secret import Secret
from vault.services.secrets import Secrets
from vault.storage.store import UnitOfWork


class Policies:
    """The operations on resource policies in one transaction.

    All raise `ResourceNotFound` for an absent secret and `InvalidRequest` for one marked for deletion.
    """

    def __init__(self, tx: UnitOfWork, secrets: Secrets) -> None:
        self._tx = tx
        self._secrets = secrets

    def put(
        self, context: CallContext, secret_id: str, document: str, *, name: str = DEFAULT_NAME, block_public: bool
    ) -> Secret:
        """Keep `document` as the secret's policy, as it is written.

        Raises `InvalidParameter` for another name, `MalformedPolicyDocument`, also for one that locks the account
        out, and with `block_public` `PublicPolicy` for one that lets everybody in.
        """
        if name != DEFAULT_NAME:
            raise InvalidParameter("You can only attach the default policy.")
        secret = self._secrets.writable(context, secret_id)
        policy = parse_resource_policy(document)
        if policy.public and block_public:
            raise PublicPolicy(PUBLIC)
        if _locks_out(policy, secret.arn, context):
            raise MalformedPolicyDocument(LOCKED_OUT)
        return self._tx.secrets.save(replace(secret, policy=document, changed=context.now))

    def get(self, context: CallContext, secret_id: str, *, name: str = DEFAULT_NAME) -> Secret:
        """Return the secret with its policy. Raises `ResourceNotFound` for a policy of another name."""
        secret = self._secrets.usable(context, secret_id)
        if name != DEFAULT_NAME:
            raise ResourceNotFound("Secrets Manager can't find the resource that you asked for.")
        return secret

    def delete(self, context: CallContext, secret_id: str, *, name: str = DEFAULT_NAME) -> Secret:
        """Take the policy off; a secret without one stays as it is. Raises `InvalidParameter` for another name."""
        if name != DEFAULT_NAME:
            raise InvalidParameter("You can only delete the default policy.")
        secret = self._secrets.writable(context, secret_id)
        if secret.policy is None:
            return secret
        return self._tx.secrets.save(replace(secret, policy=None, changed=context.now))

    def names(self, context: CallContext, secret_id: str, *, next_token: str = "") -> tuple[str, ...]:
        """Return the names of the secret's policies: one at most, so that no page has a next one."""
        secret = self._secrets.usable(context, secret_id)
        if next_token:
            raise InvalidNextToken("The NextToken value is invalid.")
        return () if secret.policy is None else (DEFAULT_NAME,)

    def validate(self, context: CallContext, secret_id: str | None, document: str) -> tuple[Finding, ...]:
        """Return what is wrong with `document`, for the secret where one is named.

        Raises `MalformedPolicyDocument` for a text that is not JSON.
        """
        arn = "*" if secret_id is None else self._secrets.usable(context, secret_id).arn
        return examine(document, lambda policy: _locks_out(policy, arn, context))


def _locks_out(policy: Policy, arn: str, context: CallContext) -> bool:
    """Tell whether under `policy` not even the account's root could put another one."""
    root = f"arn:{context.partition}:iam::{context.account_id}:root"
    return locks_out(policy, root, "secretsmanager:PutResourcePolicy", arn, context)
