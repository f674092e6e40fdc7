"""When a KMS key was last used, as the trail tells: nothing is written for it when a key is used.

Source: AWS KMS API Reference, "GetKeyLastUsage".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.keys import Key
from vault.domain.kms_errors import KeyDamaged
from vault.services.key_lookup import KeyLookup
from vault.storage.store import UnitOfWork
from vault.storage.trail import TrailRow, changed_row

MOST_LOOKED_AT = 10_000
"""Events that one request looks at; others wait for it."""
_KMS = "kms.amazonaws.com"
_USES = frozenset(
    {
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUsage:
    """The last use of a key, None for none since `tracked_from`, which is no earlier than the key."""

    key: Key
    tracked_from: datetime
    last: TrailRow | None = None


class KeyUsages:
    """Looks uses up in one transaction."""

    def __init__(self, tx: UnitOfWork, lookup: KeyLookup) -> None:
        self._tx = tx
        self._lookup = lookup

    def last(self, context: CallContext, key_id: str) -> KeyUsage:
        """Return the last use of a key that succeeded, as far back as one request looks.

        Raises `KeyNotFound`, `InvalidArn`, `KeyDamaged` for an event that was edited.
        """
        key = self._lookup.named(context, key_id, aliases=False)
        arn, looked_back_to = key.arn(context.partition), context.now
        rows = self._tx.trail.backwards(context.account_id, context.region, before=None, start=key.created, end=None)
        for number, row in enumerate(rows, 1):
            if _is_use(row.event):
                if "resources" not in row.event:
                    # An earlier version did not say which key a call used.
                    return KeyUsage(key=key, tracked_from=max(key.created, looked_back_to))
                if arn in [each["ARN"] for each in row.event["resources"]]:
                    self._check(row)
                    return KeyUsage(key=key, tracked_from=key.created, last=row)
            looked_back_to = row.time
            if number == MOST_LOOKED_AT:
                return KeyUsage(key=key, tracked_from=max(key.created, looked_back_to))
        return KeyUsage(key=key, tracked_from=key.created)

    def _check(self, row: TrailRow) -> None:
        if not self._tx.trail.is_as_recorded(row):
            raise KeyDamaged(changed_row(row.writer, row.seq))


def _is_use(event: Mapping[str, Any]) -> bool:
    return event["eventSource"] == _KMS and event["eventName"] in _USES and "errorCode" not in event
