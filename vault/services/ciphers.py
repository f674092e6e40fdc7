"""KMS's cryptographic operations on symmetric keys: encrypt, decrypt, re-encrypt, data keys, random bytes.

A key must be enabled, and not one that AWS manages: those serve their own service only. With `dry_run` everything is
checked, and `DryRun` raised where it would have succeeded.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.ciphertext import Ciphertext, encryption_context, take_apart
from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed, ValidationFailed
from vault.domain.keys import Key
from vault.domain.kms_errors import DryRun, IncorrectKey, InvalidCiphertext, InvalidKeyUsage
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

ALGORITHM = "SYMMETRIC_DEFAULT"

_SPECS = {"AES_128": 16, "AES_256": 32}
_NOT_THAT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What came of encrypting. `plaintext` is there for a data key that was drawn."""

    key: Key
    material_id: str
    blob: bytes
    plaintext: SecretValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of decrypting."""

    key: Key
    material_id: str
    plaintext: SecretValue


class Ciphers:
    """The operations of one transaction. A `key_id` is a key's id, ARN, alias or alias ARN.

    All raise `KeyNotFound`, `InvalidArn`, `KeyDisabled`, `InvalidKeyState`, `InvalidKeyUsage`, `AccessDenied` and
    `DryRun`; those that decrypt `InvalidCiphertext`, and `IncorrectKey` where another key than the one named is needed.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, lookup: KeyLookup) -> None:
        self._tx = tx
        self._keyring = keyring
        self._lookup = lookup

    def encrypt(
        self,
        context: CallContext,
        key_id: str,
        plaintext: bytes,
        pairs: Mapping[str, str],
        *,
        algorithm: str = ALGORITHM,
        dry_run: bool = False,
    ) -> Sealing:
        """Return `plaintext` sealed under a key, bound to the encryption context `pairs`."""
        key = self._usable(context, self._lookup.named(context, key_id), "kms:Encrypt", algorithm)
        if dry_run:
            raise DryRun
        return self._sealed(key, plaintext, pairs)

    def decrypt(
        self,
        context: CallContext,
        blob: bytes,
        pairs: Mapping[str, str],
        *,
        key_id: str | None = None,
        algorithm: str = ALGORITHM,
        dry_run: bool = False,
        action: str = "kms:Decrypt",
    ) -> Opening:
        """Return what a ciphertext of a key here holds, in the encryption context it was made with."""
        ciphertext = take_apart(blob)
        key = self._usable(context, self.opener(context, ciphertext, key_id), action, algorithm)
        try:
            plaintext = self._keyring.materials.open(self._tx.keys, key, ciphertext, encryption_context(pairs))
        except DecryptionFailed:
            raise InvalidCiphertext from None
        if dry_run:
            raise DryRun
        return Opening(key=key, material_id=ciphertext.material_id, plaintext=SecretValue(plaintext))

    def re_encrypt(
        self,
        context: CallContext,
        source: Opening,
        key_id: str,
        pairs: Mapping[str, str],
        *,
        algorithm: str = ALGORITHM,
        dry_run: bool = False,
    ) -> Sealing:
        """Return what was decrypted sealed under another key or in another encryption context."""
        key = self._usable(context, self._lookup.named(context, key_id), "kms:ReEncryptTo", algorithm)
        if dry_run:
            raise DryRun
        return self._sealed(key, source.plaintext.reveal(), pairs)

    def data_key(
        self,
        context: CallContext,
        key_id: str,
        pairs: Mapping[str, str],
        *,
        spec: str | None,
        number: int | None,
        operation: str,
        dry_run: bool = False,
    ) -> Sealing:
        """Return a fresh data key of a `spec` or `number` of bytes, and itself sealed.

        Raises `ValidationFailed` where both or neither are given.
        """
        if (spec is None) == (number is None):
            raise ValidationFailed("Please specify either number of bytes or key spec.")
        key = self._usable(context, self._lookup.named(context, key_id), f"kms:{operation}", ALGORITHM)
        if dry_run:
            raise DryRun
        return self._sealed(key, os.urandom(number or _SPECS[spec or ""]), pairs)

    def random(self, number: int | None) -> SecretValue:
        """Return so many random bytes. Raises `ValidationFailed` where it is not said how many."""
        if number is None:
            raise ValidationFailed("NumberOfBytes is required.")
        return SecretValue(os.urandom(number))

    def opener(self, context: CallContext, ciphertext: Ciphertext, key_id: str | None) -> Key:
        """Return the key that made a ciphertext. Raises `InvalidCiphertext`, `IncorrectKey` for another than named."""
        named = None if key_id is None else self._lookup.named(context, key_id)
        key = self._keyring.materials.find(self._tx.keys, ciphertext.key_id)
        if key is None or not self._lookup.here(context, key):
            raise InvalidCiphertext
        if named is not None and named.key_id != key.key_id:
            raise IncorrectKey(_NOT_THAT_KEY)
        return key

    def _sealed(self, key: Key, plaintext: bytes, pairs: Mapping[str, str]) -> Sealing:
        blob = self._keyring.materials.seal(self._tx.keys, key, plaintext, encryption_context(pairs))
        return Sealing(key=key, material_id=key.newest.material_id, blob=blob, plaintext=SecretValue(plaintext))

    def _usable(self, context: CallContext, key: Key, action: str, algorithm: str) -> Key:
        key.check_customer_managed(context.principal_arn, action)
        key.check_enabled()
        if algorithm != ALGORITHM:
            raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {ALGORITHM}.")
        return key
