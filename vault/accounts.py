"""Accounts of a deployment: each has users, roles, secrets and keys of its own, and a root to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from vault.initialise import ACCOUNT_ID, OPERATOR, AccessKey, account_identities, new_key
from vault.services.iam.directory import Directory
from vault.services.keyring import Keyring
from vault.services.messages import find_identities
from vault.storage.store import Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, and its alias where it has one."""

    account_id: str
    alias: str = ""


def add_account(
    stores: Mapping[str, Store],
    account_id: str,
    now: datetime,
    *,
    root_key_id: str | None = None,
    root_secret: SecretValue | None = None,
) -> AccessKey:
    """Make an account in the stores of all regions, by name; return its root's access key, which is told once.

    The regions that any account has enabled are enabled for it. Raises `UsageError` for what is no account id, and for
    an account that is there.
    """
    if not ACCOUNT_ID.fullmatch(account_id):
        raise UsageError(f"the account id {account_id!r} is not 12 digits")
    first = next(iter(stores))
    root = new_key(account_id, first, root_key_id, root_secret)
    operator, replication = new_key(account_id, first), new_key(account_id, first)
    for store in stores.values():
        keyring = Keyring(store)
        with store.transaction() as tx:
            if account_id in tx.meta.accounts():
                raise UsageError(f"the account {account_id} is there already")
            enabled = {region for known in tx.meta.accounts() for region in tx.meta.regions(known)}
            tx.meta.add_account(account_id, tuple(sorted(enabled)), now=now)
            for identity in account_identities(keyring, root, operator, replication):
                tx.identities.add(identity)
    return root


def accounts_of(tx: UnitOfWork, now: datetime) -> list[Account]:
    """Return the accounts of a store, by id."""
    return [Account(account_id=each, alias=Directory(tx, each).settings(now).alias) for each in tx.meta.accounts()]


def operator_of(store: Store, account_id: str, region: str) -> AccessKey:
    """Return who does an account's work. Raises `UsageError` for an account that is not there."""
    keyring = Keyring(store)
    with store.transaction() as tx:
        found = next(iter(find_identities(tx, account_id, OPERATOR)), None)
        if found is None:
            raise UsageError(f"there is no account {account_id}")
        secret = keyring.open_access_key(found)
    return AccessKey(access_key_id=found.access_key_id, secret=secret, account_id=account_id, region=region)
