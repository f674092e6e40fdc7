"""Aliases of KMS keys: made, moved to another key, taken off and listed."""

from __future__ import annotations

from dataclasses import dataclass

from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.key_names import KeyLocator, check_new_alias
from vault.domain.keys import Alias, Key, alias_arn
from vault.domain.kms_errors import AlreadyExists, KeyNotFound
from vault.services.keyring import Keyring
from vault.services.keys import Keys
from vault.services.markers import MarkedPage, Markers
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAlias:
    """An alias and the key it stands for."""

    alias: Alias
    key: Key


class KeyAliases:
    """The operations on aliases in one transaction. A target is a key's id or ARN.

    All raise `KeyNotFound`; those that name an alias to be made or changed `ValidationFailed`, `ReservedAlias` and
    `InvalidAliasName` for a name it cannot have.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, keys: Keys) -> None:
        self._tx = tx
        self._keyring = keyring
        self._keys = keys

    def create(self, context: CallContext, name: str, target: str) -> None:
        """Give a key an alias. Raises `AlreadyExists`, `InvalidKeyState`, `KeyLimitExceeded`."""
        check_new_alias(name)
        key = self._target(context, "CreateAlias", target)
        if self._find(context, name) is not None:
            arn = alias_arn(context.partition, context.region, context.account_id, name)
            raise AlreadyExists(f"An alias with the name {arn} already exists")
        self._tx.keys.save(key.with_alias(name, context.now))

    def update(self, context: CallContext, name: str, target: str) -> None:
        """Have an alias stand for another key. Raises `InvalidKeyState`, `KeyLimitExceeded`."""
        check_new_alias(name)
        key, holder = self._target(context, "UpdateAlias", target), self._holder(context, name)
        (alias,) = (each for each in holder.aliases if each.name == name)
        released = self._tx.keys.save(holder.without_alias(name))
        taker = released if key.key_id == holder.key_id else key
        self._tx.keys.save(taker.with_alias(name, context.now, created=alias.created))

    def delete(self, context: CallContext, name: str) -> None:
        """Take an alias off, in any state of its key."""
        check_new_alias(name)
        self._tx.keys.save(self._holder(context, name).without_alias(name))

    def page(
        self, context: CallContext, *, key_id: str | None, limit: int, marker: str = ""
    ) -> MarkedPage[ListedAlias]:
        """Return a page of all aliases, or of those of one key, by name. Raises `InvalidMarker`."""
        markers = Markers(self._keyring, ["aliases", context.account_id, context.region, key_id])
        if key_id is None:
            after = markers.after(marker)
            rows = self._tx.keys.aliases(context.account_id, context.region, after=after, limit=limit + 1)
            found = [_listed(key, name) for name, key in rows]
            return markers.page(found, limit, lambda each: each.alias.name)
        key = self._keys.lookup.named(context, key_id, aliases=False)
        every = [ListedAlias(alias=alias, key=key) for alias in sorted(key.aliases, key=lambda each: each.name)]
        return markers.page_of_all(every, limit, marker, lambda each: each.alias.name)

    def holder_arn(self, context: CallContext, name: str) -> str | None:
        """Return the ARN of the key that an alias stands for, None where there is none."""
        key = self._find(context, name)
        return None if key is None else key.arn(context.partition)

    def _target(self, context: CallContext, operation: str, target: str) -> Key:
        if target.startswith("alias/"):
            raise ValidationFailed("Aliases must refer to keys. Not aliases")
        key = self._keys.own(context, operation, target)
        key.check_not_pending()
        return key

    def _find(self, context: CallContext, name: str) -> Key | None:
        key = self._tx.keys.find_alias(context.account_id, context.region, name)
        return None if key is None or key.gone(context.now) else key

    def _holder(self, context: CallContext, name: str) -> Key:
        key = self._find(context, name)
        if key is None:
            raise _not_found(context, name)
        return key


def _not_found(context: CallContext, name: str) -> KeyNotFound:
    return KeyLocator(account_id=context.account_id, region=context.region, alias=name).not_found(context.partition)


def _listed(key: Key, name: str) -> ListedAlias:
    return ListedAlias(alias=next(alias for alias in key.aliases if alias.name == name), key=key)
