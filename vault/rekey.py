"""Moves a store's root key from one keeper to another; no value is touched."""

from __future__ import annotations

from strongroom.kernel.errors import VaultUnavailable
from vault.config import DataDir
from vault.domain.errors import VaultError
from vault.seal.base import Keeper
from vault.storage.store import Store


def rekey(place: DataDir, keeper: Keeper) -> None:
    """Have the root key of the store at `place` kept by `keeper`.

    Raises `VaultUnavailable` where the store does not open, and `UsageError` for what the new keeper cannot use; then
    the old keeper still opens the store.
    """
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {place.path}", hint="make one: strongroom vault init")
    try:
        root_key = place.custody.load()
        store = Store.open(place.database, root_key)
        store.close()
        place.custody.move(root_key, store.store_id, keeper)
    except VaultError as error:
        raise VaultUnavailable(error.message) from None
