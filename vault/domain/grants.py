"""A grant on a KMS key: who may do what with it, and under which encryption context. Immutable once made.

Source: AWS KMS API Reference, "CreateGrant".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vault.domain.errors import ValidationFailed
from vault.domain.key_specs import KeySpec, binds_context
from vault.domain.kms_errors import InvalidArn


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant. `constraints` are CreateGrant's own: EncryptionContextSubset, EncryptionContextEquals."""

    grant_id: str
    key_id: str
    account_id: str
    region: str
    created: datetime
    grantee: str
    operations: tuple[str, ...]
    retiring: str = ""
    name: str = ""
    constraints: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        """Raise `InvalidArn` for a principal that is none."""
        for principal in filter(None, (self.grantee, self.retiring)):
            if not principal.startswith("arn:"):
                raise InvalidArn(f"{principal} is not a valid principal ARN")

    def check_fits(self, spec: KeySpec, usage: str) -> None:
        """Raise `ValidationFailed` for operations that a key of that kind and use does not have."""
        for operation in self.operations:
            if operation not in spec.grantable(usage):
                raise ValidationFailed(f"Operation {operation} is not valid for a key with key usage {usage}")

    def covers(self, principal_arn: str, operation: str, pairs: Mapping[str, str]) -> bool:
        """Tell whether the grant lets a principal do `operation` with a ciphertext of that encryption context.

        What has no such context is not constrained by one (AWS KMS API Reference, "GrantConstraints").
        """
        if self.grantee != principal_arn or operation not in self.operations:
            return False
        if not binds_context(operation):
            return True
        subset = self.constraints.get("EncryptionContextSubset", {})
        return subset.items() <= pairs.items() and self.constraints.get("EncryptionContextEquals", pairs) == pairs

    @property
    def asked(self) -> tuple[Any, ...]:
        """What the request said: a repeated one of the same name returns the grant that is there."""
        return (self.key_id, self.grantee, set(self.operations), self.retiring, self.name, self.constraints)

    def document(self) -> dict[str, Any]:
        """Return the grant as JSON values."""
        return {
            "grant_id": self.grant_id,
            "key_id": self.key_id,
            "account_id": self.account_id,
            "region": self.region,
            "created": self.created.isoformat(),
            "grantee": self.grantee,
            "operations": list(self.operations),
            "retiring": self.retiring,
            "name": self.name,
            "constraints": {kind: dict(pairs) for kind, pairs in self.constraints.items()},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Grant:
        """Return the grant that `document()` described."""
        return cls(
            **{
                **document,
                "created": datetime.fromisoformat(document["created"]),
                "operations": tuple(document["operations"]),
            }
        )
