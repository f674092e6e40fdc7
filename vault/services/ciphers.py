"""KMS's Encrypt, Decrypt and ReEncrypt, under symmetric keys and under those of RSA.

A key must be enabled, and not one that AWS manages: those serve their own service only. With `dry_run` everything is
checked, and `DryRun` raised where it would have succeeded. A ciphertext of RSA is what the client's own library makes
of it, too: it names no key, so the caller must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.ciphertext import encryption_context, take_apart
from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed, ValidationFailed
from vault.domain.key_specs import ENCRYPTION, SYMMETRIC, Algorithm, spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import IncorrectKey, InvalidCiphertext
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.services.usable import check_context, end_dry_run, usable
from vault.storage.store import UnitOfWork

_NOT_THAT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What came of encrypting. `plaintext` is there for a data key that was drawn, `public_key` for a pair of them."""

    key: Key
    blob: bytes
    algorithm: str = SYMMETRIC
    material_id: str = ""
    """Of a symmetric key."""
    plaintext: SecretValue | None = None
    public_key: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of decrypting."""

    key: Key
    algorithm: str
    plaintext: SecretValue
    material_id: str = ""
    """Of a symmetric key."""


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
        algorithm: str = SYMMETRIC,
        dry_run: bool = False,
        operation: str = "Encrypt",
    ) -> Sealing:
        """Return `plaintext` under a key; a symmetric one binds it to the encryption context `pairs`.

        Raises `ValidationFailed` for a plaintext that is too long for the key, and a context that it cannot bind.
        """
        key = self._lookup.anyones(context, key_id)
        chosen = usable(context, key, operation, ENCRYPTION, algorithm)
        check_context(key, pairs)
        if not key.symmetric:
            return self._encrypted(key, chosen, plaintext, dry_run)
        end_dry_run(dry_run)
        return self.sealed(key, plaintext, pairs)

    def decrypt(
        self,
        context: CallContext,
        blob: bytes,
        pairs: Mapping[str, str],
        *,
        key_id: str | None = None,
        algorithm: str = SYMMETRIC,
        dry_run: bool = False,
        operation: str = "Decrypt",
    ) -> Opening:
        """Return what a ciphertext of a key here holds, in the encryption context it was made with."""
        key = self.opener(context, blob, key_id, algorithm)
        chosen = usable(context, key, operation, ENCRYPTION, algorithm)
        check_context(key, pairs)
        opened = self._opened(key, blob, pairs) if key.symmetric else self._decrypted(key, chosen, blob)
        end_dry_run(dry_run)
        return opened

    def re_encrypt(
        self,
        context: CallContext,
        source: Opening,
        key_id: str,
        pairs: Mapping[str, str],
        *,
        algorithm: str = SYMMETRIC,
        dry_run: bool = False,
    ) -> Sealing:
        """Return what was decrypted under another key or in another encryption context. Raises as `encrypt` does."""
        plaintext = source.plaintext.reveal()
        return self.encrypt(
            context, key_id, plaintext, pairs, algorithm=algorithm, dry_run=dry_run, operation="ReEncryptTo"
        )

    def opener(self, context: CallContext, blob: bytes, key_id: str | None, algorithm: str) -> Key:
        """Return the key that a ciphertext is to be opened with: the one that it names itself, or for RSA the caller.

        Raises `InvalidCiphertext`, `IncorrectKey` for another than named, `ValidationFailed` where none is.
        """
        named = None if key_id is None else self._lookup.anyones(context, key_id)
        maker = self._maker(context, blob)
        if maker is None and named is not None and not (named.symmetric and algorithm == SYMMETRIC):
            return named
        if maker is None:
            if algorithm != SYMMETRIC:
                raise ValidationFailed("KeyId is required where the ciphertext is of an asymmetric KMS key.")
            raise InvalidCiphertext
        if named is not None and named.key_id != maker.key_id:
            raise IncorrectKey(_NOT_THAT_KEY)
        return maker

    def sealed(self, key: Key, plaintext: bytes, pairs: Mapping[str, str]) -> Sealing:
        """Return a plaintext under the newest material of a symmetric key that was found usable."""
        blob = self._keyring.materials.seal(self._tx.keys, key, plaintext, encryption_context(pairs))
        return Sealing(key=key, material_id=key.newest.material_id, blob=blob, plaintext=SecretValue(plaintext))

    def _maker(self, context: CallContext, blob: bytes) -> Key | None:
        """Return the key that a ciphertext names itself, None for one that is not of our making."""
        try:
            ciphertext = take_apart(blob)
        except InvalidCiphertext:
            return None
        key = self._keyring.materials.find(self._tx.keys, ciphertext.key_id)
        return key.at(context.now) if key is not None and self._lookup.here(context, key) else None

    def _opened(self, key: Key, blob: bytes, pairs: Mapping[str, str]) -> Opening:
        ciphertext = take_apart(blob)
        try:
            plaintext = self._keyring.materials.open(self._tx.keys, key, ciphertext, encryption_context(pairs))
        except DecryptionFailed:
            raise InvalidCiphertext from None
        return Opening(
            key=key, algorithm=SYMMETRIC, material_id=ciphertext.material_id, plaintext=SecretValue(plaintext)
        )

    def _encrypted(self, key: Key, algorithm: Algorithm, plaintext: bytes, dry_run: bool) -> Sealing:
        from vault.crypto.exchange import encrypt, oaep_room

        room = oaep_room(spec_named(key.spec).size, algorithm)
        if len(plaintext) > room:
            raise ValidationFailed(
                f"Algorithm {algorithm.name} and key spec {key.spec} cannot encrypt data larger than {room} bytes."
            )
        end_dry_run(dry_run)
        blob = encrypt(self._keyring.materials.pair(self._tx.keys, key), algorithm, plaintext)
        return Sealing(key=key, blob=blob, algorithm=algorithm.name)

    def _decrypted(self, key: Key, algorithm: Algorithm, blob: bytes) -> Opening:
        from vault.crypto.exchange import decrypt

        pair = self._keyring.materials.pair(self._tx.keys, key)
        try:
            return Opening(key=key, algorithm=algorithm.name, plaintext=decrypt(pair, algorithm, blob))
        except DecryptionFailed:
            raise InvalidCiphertext from None
