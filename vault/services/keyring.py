"""Keys in use: data keys, sealed versions, sealed tokens.

Root key -> KMS key material -> data key -> value, each sealed under the one before. Data keys that were unwrapped stay
in this process's memory for as long as no key of the store changes; a version opens with the one that its stored
wrapping gave, and whether its KMS key may be used is decided and recorded each time.
"""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key, seal, unseal
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.ciphertext import secret_context, take_apart
from vault.domain.envelope import FORMAT, Part, Place, SealedVersion, tag, untag
from vault.domain.errors import DecryptionFailed
from vault.domain.keys import MANAGED_ALIAS, Alias, Key, KeyManager, yearly
from vault.domain.kms_errors import InvalidCiphertext
from vault.domain.secret import Secret, SecretContent, ValueKind
from vault.services.materials import Materials
from vault.services.remembered import Remembered
from vault.storage.identities import Identity
from vault.storage.keys import KeyRepository
from vault.storage.store import Store

if TYPE_CHECKING:
    from vault.domain.functions import Function
    from vault.domain.functions import Part as FunctionPart

_KIND_TAGS = {ValueKind.STRING: b"s", ValueKind.BINARY: b"b"}
_KINDS = {mark: kind for kind, mark in _KIND_TAGS.items()}


class Keyring:
    """Seals and opens for one store. The repositories of a transaction are handed in by each call."""

    def __init__(self, store: Store) -> None:
        self._barrier: Barrier = store.barrier
        self._store_id = store.store_id
        self.materials = Materials(store)
        self._data_keys: Remembered[SecretValue] = Remembered()

    def managed_key(self, keys: KeyRepository, account_id: str, region: str, now: datetime) -> Key:
        """Return the key that AWS manages for Secrets Manager; it is made on first use. Raises `KeyDamaged`."""
        found = self.materials.find_alias(keys, account_id, region, MANAGED_ALIAS)
        if found is not None:
            return found
        key_id = str(uuid.uuid4())
        material, wrapped = self.materials.fresh(key_id=key_id, account_id=account_id, region=region, now=now)
        made = Key(
            key_id=key_id,
            account_id=account_id,
            region=region,
            created=now,
            manager=KeyManager.AWS,
            rotation=yearly(now),
            description="Default key that protects my Secrets Manager data when no other key is defined",
            materials=(material,),
            aliases=(Alias(name=MANAGED_ALIAS, created=now, updated=now),),
        )
        keys.add(made, {material.material_id: wrapped})
        return made

    def seal_version(
        self, keys: KeyRepository, key: Key, secret: Secret, version_id: str, content: SecretContent
    ) -> SealedVersion:
        """Return `content` sealed under a fresh data key for that version of that secret."""
        data_key = generate_key()
        plaintext = _KIND_TAGS[content.kind] + content.value.reveal()
        return SealedVersion(
            version_id=version_id,
            key_id=key.key_id,
            wrapped_key=self.materials.seal(keys, key, data_key, secret_context(secret.arn, version_id)),
            payload=tag(seal(data_key, plaintext, self._bound(Part.VALUE, secret, version_id, key.key_id))),
            digest=self.digest(secret, version_id, content),
        )

    def open_version(self, keys: KeyRepository, key: Key, secret: Secret, sealed: SealedVersion) -> SecretContent:
        """Return the value of a sealed version of `secret` by one of the keys that wrap its data key.

        Raises `DecryptionFailed` when anything about it is not as it was sealed; `KeyDamaged`.
        """
        data_key = self._data_key(keys, key, secret, sealed)
        aad = self._bound(Part.VALUE, secret, sealed.version_id, sealed.key_id)
        plaintext = unseal(data_key, untag(sealed.payload), aad)
        return SecretContent(kind=_KINDS[plaintext[:1]], value=SecretValue(plaintext[1:]))

    def rewrap(self, keys: KeyRepository, key: Key, under: Key, secret: Secret, sealed: SealedVersion) -> bytes:
        """Return the data key of a version, which `key` opens, wrapped under another. Raises as `open_version`."""
        data_key = self._data_key(keys, key, secret, sealed)
        return self.materials.seal(keys, under, data_key, secret_context(secret.arn, sealed.version_id))

    def _data_key(self, keys: KeyRepository, key: Key, secret: Secret, sealed: SealedVersion) -> bytes:
        wrapped = sealed.wrapped_by(key.key_id) or b""
        place = (key.key_id, secret.arn, sealed.version_id, wrapped)

        def unwrap() -> SecretValue:
            return SecretValue(self._unwrapped(keys, key, secret, sealed.version_id, wrapped))

        return (self._data_keys.get(keys.generation, place, unwrap) or unwrap()).reveal()

    def _unwrapped(self, keys: KeyRepository, key: Key, secret: Secret, version_id: str, wrapped: bytes) -> bytes:
        if wrapped[:1] == bytes([FORMAT]):
            aad = self._bound(Part.DATA_KEY, secret, version_id, key.key_id)
            return unseal(self.materials.unwrapped(keys, key, key.materials[0]), untag(wrapped), aad)
        try:
            ciphertext = take_apart(wrapped)
            return self.materials.open(keys, key, ciphertext, secret_context(secret.arn, version_id))
        except InvalidCiphertext:
            raise DecryptionFailed("The data key does not open under its KMS key at its place.") from None

    def digest(self, secret: Secret, version_id: str, content: SecretContent) -> bytes:
        """Return the keyed digest of a value at its place, useless without the root key."""
        place = canonical_json([secret.account_id, secret.arn, version_id, content.kind.value])
        return self._barrier.mac(Purpose.VALUE_DIGEST, place, content.value.reveal())

    def is_digest(self, digest: bytes, secret: Secret, version_id: str, content: SecretContent) -> bool:
        """Tell, in constant time, whether `digest` is the one of a value at its place."""
        return hmac.compare_digest(digest, self.digest(secret, version_id, content))

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

    def seal_mfa_seed(self, serial: str, seed: SecretValue) -> bytes:
        """Return the seed of an MFA device sealed for its serial number."""
        return self._barrier.seal(Purpose.MFA_SEED, seed.reveal(), serial.encode())

    def open_mfa_seed(self, serial: str, sealed: bytes) -> SecretValue:
        """Return the seed of an MFA device. Raises `DecryptionFailed`."""
        return SecretValue(self._barrier.unseal(Purpose.MFA_SEED, sealed, serial.encode()))

    def seal_verifier(self, user_id: str, verifier: bytes) -> bytes:
        """Return what a password is checked against sealed for its user's unique id."""
        return self._barrier.seal(Purpose.PASSWORD, verifier, user_id.encode())

    def open_verifier(self, user_id: str, sealed: bytes) -> bytes:
        """Return what a user's password is checked against. Raises `DecryptionFailed`."""
        return self._barrier.unseal(Purpose.PASSWORD, sealed, user_id.encode())

    def seal_function_part(self, function: Function, part: FunctionPart, content: SecretValue) -> bytes:
        """Return code or environment of a function sealed for its place and the id that its document has of it."""
        return self._barrier.seal(Purpose.FUNCTION_PART, content.reveal(), _function_place(function, part))

    def open_function_part(self, function: Function, part: FunctionPart, sealed: bytes) -> SecretValue:
        """Return what `seal_function_part` sealed. Raises `DecryptionFailed`."""
        return SecretValue(self._barrier.unseal(Purpose.FUNCTION_PART, sealed, _function_place(function, part)))

    def _bound(self, part: Part, secret: Secret, version_id: str, key_id: str) -> bytes:
        return _associated_data(part, self._store_id, secret.account_id, secret.region, secret.arn, version_id, key_id)


@lru_cache(maxsize=4096)
def _associated_data(
    part: Part, store_id: str, account_id: str, region: str, arn: str, version_id: str, key_id: str
) -> bytes:
    """Return what binds a part of a version to its place; a store reads the same versions again and again."""
    place = Place(
        store_id=store_id, account_id=account_id, region=region, arn=arn, version_id=version_id, key_id=key_id
    )
    return place.associated_data(part)


def _function_place(function: Function, part: FunctionPart) -> bytes:
    place = function.place
    return canonical_json([place.account_id, place.region, place.name, part.value, function.part_id(part)])


def _access_key_place(access_key_id: str, account_id: str) -> bytes:
    return canonical_json([access_key_id, account_id])
