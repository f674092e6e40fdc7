"""Finds the KMS key that a caller names, in the caller's region: of the own account, or of any by its whole ARN.

Which operations take keys of other accounts: AWS KMS API Reference, "Cross-account use" of each operation.
"""

from __future__ import annotations

from vault.domain.context import CallContext
from vault.domain.key_names import locate_key
from vault.domain.keys import Key
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork


class KeyLookup:
    """Looks up in one transaction. All may raise `KeyDamaged`."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def named(self, context: CallContext, text: str, *, aliases: bool = True) -> Key:
        """Return a key of the caller's account by id, ARN, alias or alias ARN. Raises `KeyNotFound`, `InvalidArn`."""
        key = self.anyones(context, text, aliases=aliases)
        if key.account_id != context.account_id:
            raise locate_key(text, account_id=context.account_id, region=context.region).not_found(context.partition)
        return key

    def anyones(self, context: CallContext, text: str, *, aliases: bool = True) -> Key:
        """Return a key of the caller's account, or of another one by its ARN; whether it may be used is not asked.

        Raises `KeyNotFound`, `InvalidArn`.
        """
        locator = locate_key(text, account_id=context.account_id, region=context.region, aliases=aliases)
        materials, keys = self._keyring.materials, self._tx.keys
        if locator.alias:
            key = materials.find_alias(keys, locator.account_id, locator.region, locator.alias)
        else:
            key = materials.find(keys, locator.key_id)
        if key is None or key.account_id != locator.account_id or not self.here(context, key):
            raise locator.not_found(context.partition)
        return key.at(context.now)

    def here(self, context: CallContext, key: Key) -> bool:
        """Tell whether a key is in the caller's region, and still there."""
        return key.region == context.region and not key.gone(context.now)
