"""What a sealed version consists of, and the associated data that binds it to its place.

    payload      format tag + AES-256-GCM(data key, kind byte + value)
    wrapped key  format tag + AES-256-GCM(KMS key, data key)

Both carry the same associated data (which part it is apart): format version, store id, account, region, the secret's
ARN with its random suffix, version id and KMS key id, as canonical JSON. A row that is moved, copied to another store
or given another id therefore does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from strongroom.kernel.canonical import canonical_json
from vault.domain.errors import DecryptionFailed

FORMAT = 1


class Part(StrEnum):
    """Which ciphertext associated data belongs to, so that one can never stand in for another."""

    VALUE = "value"
    DATA_KEY = "data-key"
    KMS_KEY = "kms-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ciphertext belongs. A KMS key has no `arn` and `version_id`."""

    store_id: str
    account_id: str
    region: str
    key_id: str
    arn: str = ""
    version_id: str = ""

    def associated_data(self, part: Part) -> bytes:
        """Return the canonical bytes that authenticate `part` at this place."""
        return _associated_data(self, part)


@lru_cache(maxsize=4096)
def _associated_data(place: Place, part: Part) -> bytes:
    return canonical_json(
        {
            "format": FORMAT,
            "part": part.value,
            "store": place.store_id,
            "account": place.account_id,
            "region": place.region,
            "secret": place.arn,
            "version": place.version_id,
            "key": place.key_id,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedVersion:
    """A version's value as the storage holds it: ciphertext only."""

    version_id: str
    key_id: str
    wrapped_key: bytes
    payload: bytes
    digest: bytes
    """Keyed digest of the value at its place: equal values under one token are told without opening them."""


def tag(box: bytes) -> bytes:
    """Return the ciphertext with its format tag in front."""
    return bytes([FORMAT]) + box


def untag(sealed: bytes) -> bytes:
    """Return the ciphertext behind the format tag. Raises `DecryptionFailed` for a format that is not ours."""
    if sealed[:1] != bytes([FORMAT]):
        raise DecryptionFailed("The sealed value is of an unknown format.")
    return sealed[1:]
