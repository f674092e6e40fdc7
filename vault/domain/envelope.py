"""What a sealed version consists of, and the associated data that binds it to its place.

    payload      format tag + AES-256-GCM(data key, kind byte + value)
    wrapped key  a ciphertext of KMS (`ciphertext.py`): its encryption context names the secret's ARN and the version
                 format tag + AES-256-GCM(KMS key, data key) where the first stores wrapped it

The payload carries as associated data: format version, store id, account, region, the secret's ARN with its random
suffix, version id and the id of the KMS key it was first sealed under, as canonical JSON. A row that is moved, copied
to another store or given another id therefore does not open. Materials of KMS keys are bound to their places alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.hotrecord import hot_record
from vault.domain.errors import DecryptionFailed

FORMAT = 1


class Part(StrEnum):
    """Which ciphertext associated data belongs to, so that one can never stand in for another."""

    VALUE = "value"
    DATA_KEY = "data-key"
    KMS_KEY = "kms-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ciphertext belongs. A KMS key has no `arn`; its `version_id` is the material's, empty in first stores."""

    store_id: str
    account_id: str
    region: str
    key_id: str
    arn: str = ""
    version_id: str = ""

    def associated_data(self, part: Part) -> bytes:
        """Return the canonical bytes that authenticate `part` at this place."""
        return canonical_json(
            {
                "format": FORMAT,
                "part": part.value,
                "store": self.store_id,
                "account": self.account_id,
                "region": self.region,
                "secret": self.arn,
                "version": self.version_id,
                "key": self.key_id,
            }
        )


@hot_record
class SealedVersion:
    """A version's value as the storage holds it: ciphertext only."""

    version_id: str
    key_id: str
    """The KMS key it was first sealed under."""
    wrapped_key: bytes
    payload: bytes
    digest: bytes
    """Keyed digest of the value at its place: equal values under one token are told without opening them."""
    further: Mapping[str, bytes] = field(default_factory=dict)
    """The data key as other KMS keys wrap it, by their ids."""

    def wrapped_by(self, key_id: str) -> bytes | None:
        """Return the data key as that KMS key wraps it."""
        return self.wrapped_key if key_id == self.key_id else self.further.get(key_id)


def tag(box: bytes) -> bytes:
    """Return the ciphertext with its format tag in front."""
    return bytes([FORMAT]) + box


def untag(sealed: bytes) -> bytes:
    """Return the ciphertext behind the format tag. Raises `DecryptionFailed` for a format that is not ours."""
    if sealed[:1] != bytes([FORMAT]):
        raise DecryptionFailed("The sealed value is of an unknown format.")
    return sealed[1:]
