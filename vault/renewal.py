"""A new replication credential for a deployment: drawn, carried over, and the old one dropped, with nothing refused.

Between the first step and the last every region takes messages that are signed with either; each goes on sending with
the old one until it knows that the others have the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from strongroom.kernel.errors import UsageError
from vault.initialise import AccessKey, Invitation, identity, new_key
from vault.services.keyring import Keyring
from vault.services.messages import NEXT, POLICY, SENDS, USER, find_credential, find_identities
from vault.storage.store import Store

Stores = Mapping[str, Store]
"""The stores of a data directory by their regions."""


def draw(stores: Stores, account_id: str, home: str) -> Invitation:
    """Return a fresh credential, which nobody has yet. Raises `UsageError` while a renewal is not finished."""
    check_settled(stores, account_id)
    drawn = new_key(account_id, home)
    return Invitation(account_id=account_id, home=home, access_key_id=drawn.access_key_id, secret=drawn.secret)


def keep(stores: Stores, given: Invitation) -> None:
    """Give every store a credential that was drawn here, beside the one it has and goes on sending with."""
    _give(stores, given, sends=False)


def take(stores: Stores, account_id: str, home: str, given: Invitation) -> None:
    """Give every store the credential that another site has drawn and keeps, and send with it from now on.

    Raises `UsageError` for one of another deployment.
    """
    if (given.account_id, given.home) != (account_id, home):
        raise UsageError(f"the credential is of the deployment of {given.account_id} in {given.home}, not of this one")
    _give(stores, given, sends=True)


def finish(stores: Stores, account_id: str) -> int:
    """Send with the new credential from now on, and take no other; return how many were dropped."""
    return sum(_finish(store, account_id) for store in stores.values())


def accounts(stores: Stores) -> list[str]:
    """Return the accounts of a deployment, each of which has a credential of its own."""
    with next(iter(stores.values())).transaction() as tx:
        return list(tx.meta.accounts())


def elsewhere(stores: Stores, account_id: str, served: Collection[str]) -> list[str]:
    """Return the enabled regions of a deployment that a data directory does not hold, as far as it knows."""
    known: set[str] = set()
    for store in stores.values():
        with store.transaction() as tx:
            known.update(tx.meta.regions(account_id))
    return sorted(known - set(served))


def check_settled(stores: Stores, account_id: str) -> None:
    """Raise `UsageError` while a renewal is not finished."""
    for region, store in stores.items():
        with store.transaction() as tx:
            if len(find_identities(tx, account_id)) > 1:
                raise UsageError(
                    f"{region} has two replication credentials: an earlier renewal is not finished",
                    hint="strongroom vault region renew --finish",
                )


def _give(stores: Stores, given: Invitation, *, sends: bool) -> None:
    key = new_key(given.account_id, given.home, given.access_key_id, given.secret)
    for store in stores.values():
        _keep(store, key, sends=sends)


def _keep(store: Store, drawn: AccessKey, *, sends: bool) -> None:
    keyring = Keyring(store)
    with store.transaction() as tx:
        before = find_credential(tx, keyring, drawn.account_id)
        if drawn.access_key_id not in [each.access_key_id for each in find_identities(tx, drawn.account_id)]:
            tx.identities.add(identity(keyring, drawn, USER, (POLICY,)))
        used = drawn.access_key_id if sends or before is None else before.access_key_id
        tx.meta.set(SENDS + drawn.account_id, used.encode())
        tx.meta.set(NEXT + drawn.account_id, drawn.access_key_id.encode())


def _finish(store: Store, account_id: str) -> int:
    with store.transaction() as tx:
        kept = (tx.meta.get(NEXT + account_id) or b"").decode()
        known = [each.access_key_id for each in find_identities(tx, account_id)]
        if kept not in known:
            return 0
        tx.meta.set(SENDS + account_id, kept.encode())
        for access_key_id in known:
            if access_key_id != kept:
                tx.identities.remove(access_key_id)
        return len(known) - 1
