"""Regions of a deployment: one more made in a data directory, and the invitation that lets others join elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from strongroom.kernel.errors import UsageError, VaultUnavailable
from strongroom.kernel.files import write_atomic
from strongroom.kernel.secretvalue import SecretValue
from vault.config import DataDir
from vault.domain.errors import VaultError
from vault.initialise import AccessKey, Invitation, check_region, identity, new_key, write_profile
from vault.renewal import check_settled
from vault.services.keyring import Keyring
from vault.services.messages import POLICY, USER, Credential, find_credential
from vault.storage.identities import Identity
from vault.storage.store import Store


def add_region(place: DataDir, region: str, now: datetime) -> None:
    """Make a region's database in a data directory that holds others; whoever signs there signs in it, too.

    A server that runs on the directory answers for it once it is started again. Raises `UsageError` for what is no
    region, or is there; `VaultUnavailable` where the vault does not open or the database cannot be made.
    """
    check_region(region)
    with place.custody.alone():
        layout = place.layout()
        if region in layout.regions:
            raise UsageError(f"{place.path} holds {region} already")
        wider = replace(layout, regions=(*layout.regions, region))
        operator = AccessKey.load(place.operator)
        try:
            root_key = place.custody.load()
            home = _settled(place, root_key, operator.account_id)
            made = Store.create(place.database_of(region, wider), root_key)
        except VaultError as error:
            raise VaultUnavailable(error.message) from None
        try:
            _furnish(made, home, region, operator.account_id, now)
            write_profile(place, operator, wider)
        except BaseException:
            if not place.store:
                place.file_of(region, wider).unlink(missing_ok=True)
            raise
        finally:
            made.close()
            home.close()


def _settled(place: DataDir, root_key: SecretValue, account_id: str) -> Store:
    """Return the first region's store, open. Raises `UsageError` while its credential is being renewed."""
    home = Store.open(place.database, root_key)
    try:
        check_settled({place.layout().regions[0]: home}, account_id)
    except UsageError:
        home.close()
        raise
    return home


def invitation(store: Store, account_id: str, home: str) -> Invitation:
    """Return what lets regions elsewhere join the deployment of a store.

    Raises `UsageError` while its credential is being renewed.
    """
    check_settled({home: store}, account_id)
    credential = _credential(store, account_id, home)
    return Invitation(
        account_id=account_id, home=home, access_key_id=credential.access_key_id, secret=credential.secret
    )


def write_invitation(made: Invitation, path: Path) -> None:
    """Write an invitation to a file that only its owner may read. Raises `UsageError` where that cannot be."""
    try:
        write_atomic(path, json.dumps(made.to_json(), indent=1).encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def ensure_credential(store: Store, account_id: str, region: str) -> None:
    """Give a store from before there were several regions what it needs to replicate among those it has."""
    _credential(store, account_id, region)


def _furnish(made: Store, home: Store, region: str, account_id: str, now: datetime) -> None:
    """Give a region's new store the account, and the access keys of the home region's."""
    _credential(home, account_id, region)
    there, here = Keyring(home), Keyring(made)
    with home.transaction() as tx:
        known = [(each, there.open_access_key(each)) for each in tx.identities.list(account_id)]
    with made.transaction() as tx:
        tx.meta.add_account(account_id, (region,), now=now)
        for each, secret in known:
            sealed = here.seal_access_key(each.access_key_id, account_id, secret)
            tx.identities.add(replace(each, sealed_secret=sealed))
    with home.transaction() as tx:
        tx.meta.enable_region(account_id, region)


def _credential(store: Store, account_id: str, region: str) -> Credential:
    """Return the replication credential, made where the store is from before there was one."""
    keyring = Keyring(store)
    with store.transaction() as tx:
        found = find_credential(tx, keyring, account_id)
        if found is None:
            made: Identity = identity(keyring, new_key(account_id, region), USER, (POLICY,))
            tx.identities.add(made)
            found = find_credential(tx, keyring, account_id)
    if found is None:
        raise VaultUnavailable("the store does not hold the access key that was made just now")
    return found
