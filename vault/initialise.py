"""Makes a store: root key, database, account, administrator and operator; whole or not at all."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import string
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from strongroom.kernel.errors import UsageError, VaultUnavailable
from strongroom.kernel.files import make_private_dir, write_atomic
from strongroom.kernel.secretvalue import SecretValue
from vault.config import DataDir, Layout
from vault.crypto.aead import generate_key
from vault.domain.errors import VaultError
from vault.seal.base import Keeper
from vault.services.keyring import Keyring
from vault.services.messages import POLICY, USER
from vault.storage.identities import Identity
from vault.storage.store import Store

_KEY_ID = re.compile(r"[A-Za-z0-9_]{4,128}")
ACCOUNT_ID = re.compile(r"\d{12}")
OPERATOR = "user/strongroom-operator"
"""Who does an account's work in the background, and what embedded use signs as."""
_REGION = re.compile(r"([a-z]+-)+\d+")
_ALPHABET = string.ascii_uppercase + "234567"
_EVERYTHING: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A key pair to sign requests with, and where it belongs."""

    access_key_id: str
    secret: SecretValue
    account_id: str
    region: str
    token: SecretValue | None = None
    """The session token of temporary credentials."""

    def to_json(self) -> dict[str, str]:
        """Return the plain form, for the operator's file and for the one time an administrator's key is shown."""
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret.reveal_text(),
            "account_id": self.account_id,
            "region": self.region,
        }

    @classmethod
    def load(cls, path: Path) -> AccessKey:
        """Read an operator profile. Raises `OSError`, or `ValueError` naming the file."""
        try:
            return cls.parse(json.loads(path.read_bytes()))
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{path} is not an operator profile") from None

    @classmethod
    def parse(cls, content: Mapping[str, str]) -> AccessKey:
        """Return the key of the plain form. Raises `KeyError` or `TypeError` for what is none."""
        return cls(
            access_key_id=content["access_key_id"],
            secret=SecretValue(content["secret_access_key"]),
            account_id=content["account_id"],
            region=content["region"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What lets further regions join a deployment: its account, its home region and its replication credential."""

    account_id: str
    home: str
    access_key_id: str
    secret: SecretValue

    def to_json(self) -> dict[str, str]:
        """Return the plain form, for the file that an operator carries over."""
        return {
            "account_id": self.account_id,
            "home": self.home,
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret.reveal_text(),
        }

    @classmethod
    def load(cls, path: Path) -> Invitation:
        """Read an invitation. Raises `UsageError` naming the file."""
        try:
            content = json.loads(path.read_bytes())
            return cls(
                account_id=str(content["account_id"]),
                home=str(content["home"]),
                access_key_id=str(content["access_key_id"]),
                secret=SecretValue(str(content["secret_access_key"])),
            )
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        except (KeyError, TypeError, ValueError):
            raise UsageError(
                f"{path} is no invitation", hint="`strongroom vault region invite FILE` writes one"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStore:
    """What a store is made with, a database for each region. `root_secret` None: a key is drawn."""

    account_id: str
    regions: tuple[str, ...]
    root_key_id: str | None = None
    root_secret: SecretValue | None = None
    joins: Invitation | None = None
    """The deployment that the regions become part of; None for one of their own."""


def initialise(place: DataDir, new: NewStore, now: datetime, keeper: Keeper | None = None) -> AccessKey:
    """Make a store at `place` and return the administrator's access key, which is shown once and kept sealed.

    `keeper` wraps its root key; without one that lies in a file as it is.

    Raises `UsageError` for values that cannot be used and where a store exists already, `VaultUnavailable` where none
    can be made; nothing is left then.
    """
    _check(new)
    folder = place.path
    make_private_dir(folder)
    with place.custody.alone():
        # Of those who make a vault here at the same time one does; the others find it made, and touch nothing.
        if any(os.path.lexists(each) for each in _files(place, _layout(new))):
            raise UsageError(f"{folder} holds a vault already", hint="use it, or name another folder with --data-dir")
        return _made(place, new, now, keeper)


def _files(place: DataDir, layout: Layout) -> list[Path]:
    files = [] if place.store else [place.file_of(region, layout) for region in layout.regions]
    return [place.operator, *place.custody.files, *files]


def _layout(new: NewStore) -> Layout:
    return Layout(regions=new.regions, home=new.joins.home if new.joins else new.regions[0])


def _made(place: DataDir, new: NewStore, now: datetime, keeper: Keeper | None) -> AccessKey:
    layout = _layout(new)
    try:
        store_id = str(uuid.uuid4())
        root_key = place.custody.create(store_id, keeper)
        keys = _keys(new)
        for region in new.regions:
            first = region == new.regions[0]
            store = Store.create(place.database_of(region, layout), root_key, store_id if first else "")
            _populate(store, new, region, keys, now)
            store.close()
        write_profile(place, keys.operator, layout)
    except BaseException as error:
        place.custody.withdraw()
        for left in (*(place.file_of(region, layout) for region in new.regions), place.operator):
            left.unlink(missing_ok=True)
        if isinstance(error, VaultError):
            raise VaultUnavailable(error.message) from None
        raise
    return keys.administrator


def write_profile(place: DataDir, operator: AccessKey, layout: Layout) -> None:
    """Leave the operator profile, which also says which regions are here."""
    profile = {**operator.to_json(), "regions": list(layout.regions), "home": layout.home}
    write_atomic(place.operator, json.dumps(profile, indent=1).encode())


def in_memory(new: NewStore, now: datetime) -> tuple[dict[str, Store], AccessKey, AccessKey]:
    """Make a store that is kept nowhere, for each region; return them with the administrator's and operator's keys."""
    _check(new)
    root_key, keys = SecretValue(generate_key()), _keys(new)
    stores = {region: Store.create(":memory:", root_key) for region in new.regions}
    for region, store in stores.items():
        _populate(store, new, region, keys, now)
    return stores, keys.administrator, keys.operator


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The access keys that every region of a deployment knows."""

    administrator: AccessKey
    operator: AccessKey
    replication: AccessKey


def _keys(new: NewStore) -> _Keys:
    place = (new.account_id, new.regions[0])
    joins = new.joins
    return _Keys(
        administrator=new_key(*place, new.root_key_id, new.root_secret),
        operator=new_key(*place),
        replication=new_key(*place) if joins is None else new_key(*place, joins.access_key_id, joins.secret),
    )


def new_key(account_id: str, region: str, key_id: str | None = None, secret: SecretValue | None = None) -> AccessKey:
    """Return an access key; what is not given is drawn."""
    return AccessKey(
        access_key_id=key_id or _new_key_id(), secret=secret or _new_secret(), account_id=account_id, region=region
    )


def _populate(store: Store, new: NewStore, region: str, keys: _Keys, now: datetime) -> None:
    """Give a new store its account and the access keys; regions that join a deployment are enabled from its home."""
    keyring = Keyring(store)
    here = new.regions if region == new.regions[0] else (region,)
    with store.transaction() as tx:
        tx.meta.add_account(new.account_id, () if new.joins else here, now=now)
        for each in account_identities(keyring, keys.administrator, keys.operator, keys.replication):
            tx.identities.add(each)


def account_identities(
    keyring: Keyring, root: AccessKey, operator: AccessKey, replication: AccessKey
) -> tuple[Identity, ...]:
    """Return who signs in a new account in the store of a keyring."""
    return (
        identity(keyring, root, "root", ()),
        identity(keyring, operator, OPERATOR, (_EVERYTHING,)),
        identity(keyring, replication, USER, (POLICY,)),
    )


def identity(keyring: Keyring, key: AccessKey, name: str, policies: tuple[Mapping[str, Any], ...]) -> Identity:
    """Return who signs with a key in the store of a keyring."""
    return Identity(
        access_key_id=key.access_key_id,
        account_id=key.account_id,
        user_arn=f"arn:aws:iam::{key.account_id}:{name}",
        sealed_secret=keyring.seal_access_key(key.access_key_id, key.account_id, key.secret),
        policies=policies,
    )


def _check(new: NewStore) -> None:
    if not ACCOUNT_ID.fullmatch(new.account_id):
        raise UsageError(f"the account id {new.account_id!r} is not 12 digits")
    if new.joins is not None and new.joins.account_id != new.account_id:
        raise UsageError(f"the deployment is of account {new.joins.account_id}, not {new.account_id}")
    if len(set(new.regions)) != len(new.regions):
        raise UsageError("a region is named twice")
    for region in new.regions:
        check_region(region)
    if new.root_key_id is not None and not _KEY_ID.fullmatch(new.root_key_id):
        raise UsageError("STRONGROOM_ROOT_ACCESS_KEY_ID must be 4 to 128 letters, digits or underscores")
    if new.root_secret is not None and not new.root_secret:
        raise UsageError("STRONGROOM_ROOT_SECRET_ACCESS_KEY is empty")


def check_region(region: str) -> None:
    """Raise `UsageError` for what cannot be a region's name."""
    if not _REGION.fullmatch(region):
        raise UsageError(f"{region!r} is not a region name", hint="for instance us-east-1")


def _new_key_id() -> str:
    return "AKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def _new_secret() -> SecretValue:
    return SecretValue(base64.b64encode(secrets.token_bytes(30)))
