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
from vault.config import DataDir
from vault.crypto.aead import generate_key
from vault.domain.errors import VaultError
from vault.seal.base import Keeper
from vault.services.keyring import Keyring
from vault.storage.identities import Identity
from vault.storage.store import Store

_KEY_ID = re.compile(r"[A-Za-z0-9_]{4,128}")
_ACCOUNT = re.compile(r"\d{12}")
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
class NewStore:
    """What a store is made with. `root_secret` None: a key is drawn."""

    account_id: str
    regions: tuple[str, ...]
    root_key_id: str | None = None
    root_secret: SecretValue | None = None


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
        if any(os.path.lexists(each) for each in _files(place)):
            raise UsageError(f"{folder} holds a vault already", hint="use it, or name another folder with --data-dir")
        return _made(place, new, now, keeper)


def _files(place: DataDir) -> list[Path]:
    return [place.operator, *place.custody.files, *([] if place.store else [place.file])]


def _made(place: DataDir, new: NewStore, now: datetime, keeper: Keeper | None) -> AccessKey:
    try:
        store_id = str(uuid.uuid4())
        store = Store.create(place.database, place.custody.create(store_id, keeper), store_id)
        administrator, operator = _populate(store, new, now)
        store.close()
        write_atomic(place.operator, json.dumps(operator.to_json(), indent=1).encode())
    except BaseException as error:
        place.custody.withdraw()
        for left in (place.file, place.operator):
            left.unlink(missing_ok=True)
        if isinstance(error, VaultError):
            raise VaultUnavailable(error.message) from None
        raise
    return administrator


def in_memory(new: NewStore, now: datetime) -> tuple[Store, AccessKey, AccessKey]:
    """Make a store that is kept nowhere; return it with the administrator's and the operator's keys."""
    _check(new)
    store = Store.create(":memory:", SecretValue(generate_key()))
    administrator, operator = _populate(store, new, now)
    return store, administrator, operator


def _populate(store: Store, new: NewStore, now: datetime) -> tuple[AccessKey, AccessKey]:
    administrator = AccessKey(
        access_key_id=new.root_key_id or _new_key_id(),
        secret=new.root_secret or _new_secret(),
        account_id=new.account_id,
        region=new.regions[0],
    )
    operator = AccessKey(
        access_key_id=_new_key_id(), secret=_new_secret(), account_id=new.account_id, region=new.regions[0]
    )
    keyring = Keyring(store)
    with store.transaction() as tx:
        tx.meta.add_account(new.account_id, new.regions, now=now)
        tx.identities.add(_identity(keyring, administrator, "root", ()))
        tx.identities.add(_identity(keyring, operator, "user/strongroom-operator", (_EVERYTHING,)))
    return administrator, operator


def _identity(keyring: Keyring, key: AccessKey, name: str, policies: tuple[Mapping[str, Any], ...]) -> Identity:
    return Identity(
        access_key_id=key.access_key_id,
        account_id=key.account_id,
        user_arn=f"arn:aws:iam::{key.account_id}:{name}",
        sealed_secret=keyring.seal_access_key(key.access_key_id, key.account_id, key.secret),
        policies=policies,
    )


def _check(new: NewStore) -> None:
    if not _ACCOUNT.fullmatch(new.account_id):
        raise UsageError(f"the account id {new.account_id!r} is not 12 digits")
    for region in new.regions:
        if not _REGION.fullmatch(region):
            raise UsageError(f"{region!r} is not a region name", hint="for instance us-east-1")
    if new.root_key_id is not None and not _KEY_ID.fullmatch(new.root_key_id):
        raise UsageError("STRONGROOM_ROOT_ACCESS_KEY_ID must be 4 to 128 letters, digits or underscores")
    if new.root_secret is not None and not new.root_secret:
        raise UsageError("STRONGROOM_ROOT_SECRET_ACCESS_KEY is empty")


def _new_key_id() -> str:
    return "AKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def _new_secret() -> SecretValue:
    return SecretValue(base64.b64encode(secrets.token_bytes(30)))
