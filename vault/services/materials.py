"""KMS key materials in use: made, unwrapped with the root key, and used to seal and open.

Keys and unwrapped materials stay in this process's memory, as the root key's subkeys do, until a key of the store
changes. Whether a caller may use a key, and whether the key may be used at all, is decided before.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key, seal, unseal
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.ciphertext import Ciphertext, begun
from vault.domain.envelope import Part, Place, tag, untag
from vault.domain.errors import DecryptionFailed
from vault.domain.key_material import Material, RotationKind
from vault.domain.key_specs import spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import InvalidCiphertext
from vault.services.remembered import Remembered
from vault.storage.keys import KeyRepository
from vault.storage.store import Store

if TYPE_CHECKING:
    from vault.crypto.pairs import KeyPair

_ID_BYTES = 32


class Materials:
    """The key materials of one store. The repository of a transaction is handed in by each call."""

    def __init__(self, store: Store) -> None:
        self._barrier: Barrier = store.barrier
        self._store_id = store.store_id
        self._keys: Remembered[Key] = Remembered()
        self._unwrapped: Remembered[SecretValue] = Remembered()
        self._pairs: Remembered[KeyPair] = Remembered()

    def find(self, keys: KeyRepository, key_id: str) -> Key | None:
        """Return the key of that id. Raises `KeyDamaged`."""
        return self._keys.get(keys.generation, key_id, lambda: keys.find(key_id))

    def find_alias(self, keys: KeyRepository, account_id: str, region: str, alias: str) -> Key | None:
        """Return the key an alias stands for. Raises `KeyDamaged`."""
        place = (account_id, region, alias)
        return self._keys.get(keys.generation, place, lambda: keys.find_alias(*place))

    def fresh(
        self,
        *,
        key_id: str,
        account_id: str,
        region: str,
        now: datetime,
        kind: RotationKind = RotationKind.FIRST,
        secret: SecretValue | None = None,
    ) -> tuple[Material, bytes]:
        """Return a new material for a key, and itself wrapped for its place; `secret` where it is no symmetric key."""
        made = Material(material_id=os.urandom(_ID_BYTES).hex(), created=now, kind=kind)
        place = Place(
            store_id=self._store_id, account_id=account_id, region=region, key_id=key_id, version_id=made.material_id
        )
        return made, self._wrapped(place, secret or SecretValue(generate_key()))

    def wrapped(self, key: Key, material: Material, secret: SecretValue) -> bytes:
        """Return a material that comes from elsewhere wrapped for its place."""
        return self._wrapped(self._place(key, material), secret)

    def seal(self, keys: KeyRepository, key: Key, plaintext: bytes, context: bytes) -> bytes:
        """Return the ciphertext of `plaintext` under the key's newest material, bound to a canonical context."""
        made = begun(key.key_id, key.newest.material_id)
        box = seal(self.unwrapped(keys, key, key.newest), plaintext, made.associated_data(context))
        return made.front + box

    def open(self, keys: KeyRepository, key: Key, ciphertext: Ciphertext, context: bytes) -> bytes:
        """Return the plaintext of a ciphertext of `key`. Raises `InvalidCiphertext`."""
        material = key.material(ciphertext.material_id)
        if material is None:
            raise InvalidCiphertext
        aad = ciphertext.associated_data(context)
        try:
            return unseal(self.unwrapped(keys, key, material), ciphertext.box, aad)
        except DecryptionFailed:
            raise InvalidCiphertext from None

    def unwrapped(self, keys: KeyRepository, key: Key, material: Material) -> bytes:
        """Return a material. Raises `KeyDamaged`, `DecryptionFailed` where it does not open at its place."""
        kept = self._unwrapped.get(keys.generation, material.material_id, lambda: self._unwrap(keys, key, material))
        return (kept or self._unwrap(keys, key, material)).reveal()

    def opens(self, keys: KeyRepository, key: Key, material: Material) -> bool:
        """Tell whether a stored material opens at its place. Raises `KeyDamaged` where it is gone."""
        try:
            return len(self._unwrap(keys, key, material)) > 0
        except DecryptionFailed:
            return False

    def pair(self, keys: KeyRepository, key: Key) -> KeyPair:
        """Return the key pair of an asymmetric key. Raises `KeyDamaged`, `DecryptionFailed` as `unwrapped` does."""
        from vault.crypto.pairs import KeyPair

        def known() -> KeyPair:
            return KeyPair.known(self.unwrapped(keys, key, key.newest), spec_named(key.spec).kind)

        return self._pairs.get(keys.generation, key.newest.material_id, known) or known()

    def _unwrap(self, keys: KeyRepository, key: Key, material: Material) -> SecretValue:
        aad = self._place(key, material).associated_data(Part.KMS_KEY)
        wrapped = untag(keys.wrapped(key.key_id, material.material_id))
        return SecretValue(self._barrier.unseal(Purpose.KEY_WRAPPING, wrapped, aad))

    def _wrapped(self, place: Place, secret: SecretValue) -> bytes:
        return tag(self._barrier.seal(Purpose.KEY_WRAPPING, secret.reveal(), place.associated_data(Part.KMS_KEY)))

    def _place(self, key: Key, material: Material) -> Place:
        return Place(
            store_id=self._store_id,
            account_id=key.account_id,
            region=key.region,
            key_id=key.key_id,
            version_id=material.material_id if material.bound else "",
        )
