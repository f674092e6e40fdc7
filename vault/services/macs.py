"""KMS's GenerateMac and VerifyMac: HMAC (RFC 2104, FIPS 198-1) by keys of that kind."""

from __future__ import annotations

import hmac

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.key_specs import MACS, Algorithm
from vault.domain.keys import Key
from vault.domain.kms_errors import InvalidMac
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.services.usable import end_dry_run, usable
from vault.storage.store import UnitOfWork


class Macs:
    """The operations of one transaction. A `key_id` is a key's id, ARN, alias or alias ARN.

    All raise `KeyNotFound`, `InvalidArn`, `KeyDisabled`, `InvalidKeyState`, `InvalidKeyUsage`, `AccessDenied` and
    `DryRun`.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, lookup: KeyLookup) -> None:
        self._tx = tx
        self._keyring = keyring
        self._lookup = lookup

    def generate(
        self, context: CallContext, key_id: str, message: SecretValue, *, algorithm: str, dry_run: bool = False
    ) -> tuple[Key, bytes]:
        """Return the key with the MAC of a message."""
        key = self._lookup.anyones(context, key_id)
        chosen = usable(context, key, "GenerateMac", MACS, algorithm)
        end_dry_run(dry_run)
        return key, self._mac(key, chosen, message)

    def verify(
        self,
        context: CallContext,
        key_id: str,
        message: SecretValue,
        mac: bytes,
        *,
        algorithm: str,
        dry_run: bool = False,
    ) -> Key:
        """Return the key that made a MAC, compared in constant time. Raises `InvalidMac`."""
        key = self._lookup.anyones(context, key_id)
        chosen = usable(context, key, "VerifyMac", MACS, algorithm)
        if not hmac.compare_digest(mac, self._mac(key, chosen, message)):
            raise InvalidMac
        end_dry_run(dry_run)
        return key

    def _mac(self, key: Key, algorithm: Algorithm, message: SecretValue) -> bytes:
        secret = self._keyring.materials.unwrapped(self._tx.keys, key, key.newest)
        return hmac.digest(secret, message.reveal(), algorithm.digest)
