"""What is asked before a KMS key is used: its own policy must let the caller in, or hand the decision to its account.

Source: AWS Service Authorization Reference, "Condition keys for AWS Key Management Service"; AWS KMS Developer Guide,
"Grants in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.key_policy import parsed_key_policy
from vault.domain.keys import Key
from vault.domain.operation import AccessCheck
from vault.storage.store import UnitOfWork

Pairs = Mapping[str, str]
"""An encryption context."""


class KeyAccess:
    """Tells what to ask in one transaction."""

    def __init__(self, tx: UnitOfWork) -> None:
        self._tx = tx

    def check(
        self,
        context: CallContext,
        key: Key,
        operation: str,
        pairs: Pairs,
        more: Callable[[], Mapping[str, Values]] = dict,
    ) -> AccessCheck:
        """Return the permission that `operation` on `key` needs; `more` gives condition keys of that call alone."""
        arn = key.arn(context.partition)

        def describe() -> dict[str, Values]:
            caller: dict[str, Values] = {"kms:CallerAccount": context.account_id}
            return {**caller, **_of_context(pairs), **_of_key(key), **more()}

        def granted() -> bool:
            grants = self._tx.grants.of_key(key.key_id)
            return any(grant.covers(context.principal_arn, operation, pairs) for grant in grants)

        return AccessCheck(
            action=f"kms:{operation}",
            resource=arn,
            named=arn,
            describe=describe,
            account_id=key.account_id,
            guarded=True,
            resource_policy=lambda: parsed_key_policy(key, context.partition),
            granted=granted,
        )


def _of_key(key: Key) -> dict[str, Values]:
    keys: dict[str, Values] = {f"aws:ResourceTag/{name}": value for name, value in key.tags}
    kind: dict[str, Values] = {
        "kms:ResourceAliases": [alias.name for alias in key.aliases],
        "kms:KeySpec": key.spec,
        "kms:KeyUsage": key.usage,
        "kms:KeyOrigin": key.origin.value,
        "kms:MultiRegion": "false" if key.multi is None else "true",
    }
    if key.multi is not None:
        kind["kms:MultiRegionKeyType"] = "REPLICA" if key.is_replica else "PRIMARY"
    return keys | kind


def _of_context(pairs: Pairs) -> dict[str, Values]:
    keys: dict[str, Values] = {f"kms:EncryptionContext:{name}": value for name, value in pairs.items()}
    return keys | ({"kms:EncryptionContextKeys": list(pairs)} if pairs else {})
