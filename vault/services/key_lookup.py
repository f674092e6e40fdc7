"""Finds the KMS key that a caller names, in the caller's account and region."""

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
        """Return the key of an id, key ARN, alias or alias ARN. Raises `KeyNotFound`, `InvalidArn`.

        Keys of other accounts are not found: nobody is let in from there before key policies decide.
        """
        locator = locate_key(text, account_id=context.account_id, region=context.region, aliases=aliases)
        materials, keys = self._keyring.materials, self._tx.keys
        if locator.alias:
            key = materials.find_alias(keys, locator.account_id, locator.region, locator.alias)
        else:
            key = materials.find(keys, locator.key_id)
        if key is None or locator.account_id != context.account_id or not self.here(context, key):
            raise locator.not_found(context.partition)
        return key.at(context.now)

    def here(self, context: CallContext, key: Key) -> bool:
        """Tell whether a key is the caller's own, in this region, and still there."""
        return (key.account_id, key.region) == (context.account_id, context.region) and not key.gone(context.now)
