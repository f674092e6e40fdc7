"""KMS's operations with key pairs: GetPublicKey, Sign, Verify, DeriveSharedSecret, Encapsulate, Decapsulate.

Source: AWS KMS API Reference, the pages of those names. With `dry_run` everything is checked, and `DryRun` raised where
it would have succeeded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed, ValidationFailed
from vault.domain.key_specs import AGREEMENT, ENCAPSULATION, SIGNING, Algorithm, spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import InvalidCiphertext, InvalidSignature, UnsupportedKeyOperation
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.services.usable import end_dry_run, usable
from vault.storage.store import UnitOfWork

if TYPE_CHECKING:
    from vault.crypto.pairs import KeyPair


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is signed: a message as it is (`RAW`), its hash (`DIGEST`), or what stands for it (`EXTERNAL_MU`)."""

    content: SecretValue
    kind: str = "RAW"

    @property
    def hashed(self) -> bool:
        """Tell whether hashing is done already."""
        return self.kind != "RAW"

    def check(self, algorithm: Algorithm) -> None:
        """Raise `ValidationFailed` for a kind that an algorithm does not sign, and for a hash of another length."""
        from vault.crypto.signatures import digest_bytes

        if self.kind not in algorithm.message_types:
            raise ValidationFailed(f"MessageType {self.kind} is not compatible with SigningAlgorithm {algorithm.name}.")
        if self.hashed and len(self.content) != digest_bytes(algorithm):
            raise ValidationFailed(f"Digest is invalid length for algorithm {algorithm.name}.")


class KeyPairs:
    """The operations of one transaction. A `key_id` is a key's id, ARN, alias or alias ARN.

    All raise `KeyNotFound`, `InvalidArn`, `KeyDisabled`, `InvalidKeyState`, `AccessDenied`; those that use a key
    `InvalidKeyUsage` and `DryRun`.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, lookup: KeyLookup) -> None:
        self._tx = tx
        self._keyring = keyring
        self._lookup = lookup

    def public_key(self, context: CallContext, key_id: str) -> tuple[Key, bytes]:
        """Return a key with its public half. Raises `UnsupportedKeyOperation` for a key that has none."""
        key = self._lookup.anyones(context, key_id)
        key.check_customer_managed(context.principal_arn, "kms:GetPublicKey")
        key.check_enabled()
        if not spec_named(key.spec).is_pair:
            arn, spec = key.arn(context.partition), key.spec
            raise UnsupportedKeyOperation(f"{arn} key spec is {spec} which is not valid for GetPublicKey.")
        return key, self._pair(key).public_der()

    def sign(
        self, context: CallContext, key_id: str, message: Message, *, algorithm: str, dry_run: bool = False
    ) -> tuple[Key, bytes]:
        """Return the signature of a message. Raises `ValidationFailed` as `Message.check` does."""
        from vault.crypto.signatures import sign

        key = self._lookup.anyones(context, key_id)
        chosen = usable(context, key, "Sign", SIGNING, algorithm)
        message.check(chosen)
        end_dry_run(dry_run)
        return key, sign(self._pair(key), chosen, message.content.reveal(), hashed=message.hashed)

    def verify(
        self,
        context: CallContext,
        key_id: str,
        message: Message,
        signature: bytes,
        *,
        algorithm: str,
        dry_run: bool = False,
    ) -> Key:
        """Return the key that made a signature. Raises `InvalidSignature`, `ValidationFailed` as `Message.check`."""
        from vault.crypto.signatures import is_signature

        key = self._lookup.anyones(context, key_id)
        chosen = usable(context, key, "Verify", SIGNING, algorithm)
        message.check(chosen)
        if not is_signature(self._pair(key), chosen, message.content.reveal(), signature, hashed=message.hashed):
            raise InvalidSignature
        end_dry_run(dry_run)
        return key

    def agree(
        self, context: CallContext, key_id: str, peer: bytes, *, algorithm: str, dry_run: bool = False
    ) -> tuple[Key, SecretValue]:
        """Return the raw secret that a key shares with the owner of a public key (DER).

        Raises `ValidationFailed`, as AWS does without a word, for what is no public key of the same curve.
        """
        from vault.crypto.exchange import NoPeer, agree

        key = self._lookup.anyones(context, key_id)
        usable(context, key, "DeriveSharedSecret", AGREEMENT, algorithm)
        try:
            shared = agree(self._pair(key), peer)
        except NoPeer:
            raise ValidationFailed from None
        end_dry_run(dry_run)
        return key, shared

    def encapsulate(
        self, context: CallContext, key_id: str, *, algorithm: str, dry_run: bool = False
    ) -> tuple[Key, SecretValue, bytes]:
        """Return a fresh secret, and itself encapsulated under a key."""
        from vault.crypto.exchange import encapsulate

        key = self._lookup.anyones(context, key_id)
        usable(context, key, "Encapsulate", ENCAPSULATION, algorithm)
        end_dry_run(dry_run)
        return key, *encapsulate(self._pair(key))

    def decapsulate(
        self, context: CallContext, key_id: str, encapsulated: bytes, *, algorithm: str, dry_run: bool = False
    ) -> tuple[Key, SecretValue]:
        """Return the secret that was encapsulated. Raises `InvalidCiphertext` for one of another length."""
        from vault.crypto.exchange import decapsulate

        key = self._lookup.anyones(context, key_id)
        usable(context, key, "Decapsulate", ENCAPSULATION, algorithm)
        try:
            shared = decapsulate(self._pair(key), encapsulated)
        except DecryptionFailed:
            raise InvalidCiphertext from None
        end_dry_run(dry_run)
        return key, shared

    def _pair(self, key: Key) -> KeyPair:
        return self._keyring.materials.pair(self._tx.keys, key)
