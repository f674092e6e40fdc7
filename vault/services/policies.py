"""The policy on a secret: put, read, listed, taken off and examined. One of each secret, named `default`.

Replicas are told nothing of it: who may use a secret in a region is that region's own.
"""

from __future__ import annotations

from dataclasses import replace

from vault.domain.context import CallContext
from vault.domain.errors import InvalidNextToken, InvalidParameter, PublicPolicy, ResourceNotFound
from vault.domain.resource_policy import DEFAULT_NAME, PUBLIC, Finding, examine, parse_resource_policy
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

        Raises `InvalidParameter` for another name, `MalformedPolicyDocument`, and with `block_public` `PublicPolicy`
        for one that lets everybody in.
        """
        if name != DEFAULT_NAME:
            raise InvalidParameter("You can only attach the default policy.")
        secret = self._secrets.usable(context, secret_id)
        if parse_resource_policy(document).public and block_public:
            raise PublicPolicy(PUBLIC)
        return self._tx.secrets.note(replace(secret, policy=document, changed=context.now))

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
        secret = self._secrets.usable(context, secret_id)
        if secret.policy is None:
            return secret
        return self._tx.secrets.note(replace(secret, policy=None, changed=context.now))

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
        if secret_id is not None:
            self._secrets.usable(context, secret_id)
        return examine(document)
