"""Keys in use: KMS keys unwrapped with the root key, data keys, sealed versions, sealed tokens.

Root key -> KMS key -> data key -> value, each sealed under the one before. Unwrapped KMS keys stay in this process's
memory, as the root key's subkeys do, until a key of the store changes; data keys live for one call.
"""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key, seal, unseal
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.context import CallContext
from vault.domain.envelope import Part, Place, SealedVersion, tag, untag
from vault.domain.errors import DecryptionFailed, EncryptionFailed, IntegrityFailure
from vault.domain.secret import Secret, SecretContent, ValueKind
from vault.services.remembered import Remembered
from vault.storage.identities import Identity
from vault.storage.keys import KeyRepository, StoredKey
from vault.storage.store import Store

MANAGED_ALIAS = "alias/aws/secretsmanager"

_KIND_TAGS = {ValueKind.STRING: b"s", ValueKind.BINARY: b"b"}
_KINDS = {mark: kind for kind, mark in _KIND_TAGS.items()}

_UNUSABLE_KEY = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)


class Keyring:
    """Seals and opens for one store. The repositories of a transaction are handed in by each call."""

    def __init__(self, store: Store) -> None:
        self._barrier: Barrier = store.barrier
        self._store_id = store.store_id
        self._keys: Remembered[StoredKey] = Remembered()
        self._materials: Remembered[SecretValue] = Remembered()

    def resolve(self, keys: KeyRepository, context: CallContext, kms_key_id: str | None) -> StoredKey:
        """Return the key for a new value; absent or empty means the AWS managed key, which is made on first use.

        Raises `EncryptionFailed` with AWS's text for any key but the managed one, by alias, id or ARN.
        """
        place = (context.account_id, context.region, MANAGED_ALIAS)
        managed = self._keys.get(keys.generation, place, lambda: keys.find_alias(*place))
        made = managed is None
        if managed is None:
            managed = self._new_key(context.account_id, context.region, context.now)
        if kms_key_id and kms_key_id not in _spellings(managed, context.partition):
            raise EncryptionFailed(_UNUSABLE_KEY)
        if made:
            keys.add(managed)
        return managed

    def seal_version(
        self, keys: KeyRepository, key: StoredKey, secret: Secret, version_id: str, content: SecretContent
    ) -> SealedVersion:
        """Return `content` sealed under a fresh data key for that version of that secret."""
        place = self._place(secret, version_id, key.key_id)
        data_key = generate_key()
        plaintext = _KIND_TAGS[content.kind] + content.value.reveal()
        wrapped = seal(self._material(keys, key), data_key, place.associated_data(Part.DATA_KEY))
        return SealedVersion(
            version_id=version_id,
            key_id=key.key_id,
            wrapped_key=tag(wrapped),
            payload=tag(seal(data_key, plaintext, place.associated_data(Part.VALUE))),
            digest=self.digest(secret, version_id, content),
        )

    def open_version(self, keys: KeyRepository, secret: Secret, sealed: SealedVersion) -> SecretContent:
        """Return the value of a sealed version of `secret`.

        Raises `DecryptionFailed` when its key is gone or anything about it is not as it was sealed.
        """
        key = self._keys.get(keys.generation, sealed.key_id, lambda: keys.find(sealed.key_id))
        if key is None:
            raise DecryptionFailed(_undecryptable(secret, sealed.version_id))
        place = self._place(secret, sealed.version_id, key.key_id)
        try:
            wrapped = untag(sealed.wrapped_key)
            data_key = unseal(self._material(keys, key), wrapped, place.associated_data(Part.DATA_KEY))
            plaintext = unseal(data_key, untag(sealed.payload), place.associated_data(Part.VALUE))
        except DecryptionFailed:
            raise DecryptionFailed(_undecryptable(secret, sealed.version_id)) from None
        return SecretContent(kind=_KINDS[plaintext[:1]], value=SecretValue(plaintext[1:]))

    def digest(self, secret: Secret, version_id: str, content: SecretContent) -> bytes:
        """Return the keyed digest of a value at its place, useless without the root key."""
        place = canonical_json([secret.account_id, secret.arn, version_id, content.kind.value])
        return self._barrier.mac(Purpose.VALUE_DIGEST, place, content.value.reveal())

    def is_digest(self, digest: bytes, secret: Secret, version_id: str, content: SecretContent) -> bool:
        """Tell, in constant time, whether `digest` is the one of a value at its place."""
        return hmac.compare_digest(digest, self.digest(secret, version_id, content))

    def opens_key(self, keys: KeyRepository, key_id: str) -> bool:
        """Tell whether a stored key's material opens at its place."""
        try:
            key = keys.find(key_id)
            return key is not None and len(self._unwrapped(key)) > 0
        except (DecryptionFailed, IntegrityFailure):
            return False

    def seal_token(self, purpose: str, data: bytes) -> bytes:
        """Return `data` sealed for `purpose` (`paging`, `session`): opaque to its bearer, opened by this store only."""
        return self._barrier.seal(Purpose.TOKEN, data, purpose.encode())

    def open_token(self, purpose: str, token: bytes) -> bytes:
        """Return what `seal_token` sealed for the same purpose. Raises `DecryptionFailed`."""
        return self._barrier.unseal(Purpose.TOKEN, token, purpose.encode())

    def seal_access_key(self, access_key_id: str, account_id: str, secret: SecretValue) -> bytes:
        """Return the secret half of an access key sealed for its id and account."""
        return self._barrier.seal(Purpose.ACCESS_KEY, secret.reveal(), _access_key_place(access_key_id, account_id))

    def open_access_key(self, identity: Identity) -> SecretValue:
        """Return the secret half of an identity's access key. Raises `DecryptionFailed`."""
        place = _access_key_place(identity.access_key_id, identity.account_id)
        return SecretValue(self._barrier.unseal(Purpose.ACCESS_KEY, identity.sealed_secret, place))

    def _new_key(self, account_id: str, region: str, now: datetime) -> StoredKey:
        key_id = str(uuid.uuid4())
        place = Place(store_id=self._store_id, account_id=account_id, region=region, key_id=key_id)
        wrapped = self._barrier.seal(Purpose.KEY_WRAPPING, generate_key(), place.associated_data(Part.KMS_KEY))
        return StoredKey(
            key_id=key_id,
            account_id=account_id,
            region=region,
            alias=MANAGED_ALIAS,
            wrapped=tag(wrapped),
            created=now,
        )

    def _material(self, keys: KeyRepository, key: StoredKey) -> bytes:
        material = self._materials.get(keys.generation, key.key_id, lambda: self._unwrapped(key))
        return (material or self._unwrapped(key)).reveal()

    def _unwrapped(self, key: StoredKey) -> SecretValue:
        place = Place(store_id=self._store_id, account_id=key.account_id, region=key.region, key_id=key.key_id)
        aad = place.associated_data(Part.KMS_KEY)
        return SecretValue(self._barrier.unseal(Purpose.KEY_WRAPPING, untag(key.wrapped), aad))

    def _place(self, secret: Secret, version_id: str, key_id: str) -> Place:
        return Place(
            store_id=self._store_id,
            account_id=secret.account_id,
            region=secret.region,
            key_id=key_id,
            arn=secret.arn,
            version_id=version_id,
        )


def _spellings(key: StoredKey, partition: str) -> tuple[str, ...]:
    prefix = f"arn:{partition}:kms:{key.region}:{key.account_id}:"
    return key.alias, f"{prefix}{key.alias}", key.key_id, f"{prefix}key/{key.key_id}"


def _undecryptable(secret: Secret, version_id: str) -> str:
    """Return AWS's sentence, with the row that was changed or whose key is gone."""
    return (
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key. "
        f"Version {version_id} of {secret.arn} does not open at its place."
    )


def _access_key_place(access_key_id: str, account_id: str) -> bytes:
    return canonical_json([access_key_id, account_id])
