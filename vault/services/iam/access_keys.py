"""Access keys of users: two at most, active or not, with when they were last used.

Source: IAM API Reference, "CreateAccessKey", "UpdateAccessKey", "GetAccessKeyLastUsed"; IAM quotas.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.iam.entities import User, UserKey
from vault.domain.iam.errors import NoSuchEntity, QuotaExceeded
from vault.domain.iam.names import last_name, new_access_key_id
from vault.services.iam.directory import Directory
from vault.services.keyring import Keyring
from vault.storage.identities import Identity

KEYS_PER_USER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A fresh access key with its secret half, which is told once."""

    key: UserKey
    secret: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class LastUse:
    """When and for what an access key was last used; nothing of it where it never was."""

    user: str
    at: datetime | None = None
    service: str = "N/A"
    region: str = "N/A"


class AccessKeys:
    """The operations on access keys of one account."""

    def __init__(self, directory: Directory, keyring: Keyring, random: Random) -> None:
        self._directory = directory
        self._tx = directory.tx
        self._keyring = keyring
        self._random = random

    def create(self, context: CallContext, user_name: str) -> NewKey:
        """Make a key for a user. Raises `NoSuchEntity`, `QuotaExceeded` for a third one."""
        user = self._directory.user(user_name)
        if len(user.keys) == KEYS_PER_USER:
            raise QuotaExceeded(f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}")
        key_id = new_access_key_id("AKIA", self._random)
        secret = SecretValue(base64.b64encode(secrets.token_bytes(30)))
        sealed = self._keyring.seal_access_key(key_id, user.account_id, secret)
        identity = Identity(access_key_id=key_id, account_id=user.account_id, user_arn=user.arn, sealed_secret=sealed)
        self._tx.identities.add(identity)
        key = UserKey(access_key_id=key_id, created=context.now.replace(microsecond=0))
        self._tx.iam.save(replace(user, keys=(*user.keys, key)))
        return NewKey(key=key, secret=secret)

    def of(self, user_name: str) -> Sequence[UserKey]:
        """Return the keys of a user, the oldest first. Raises `NoSuchEntity`."""
        return self._directory.user(user_name).keys

    def set_active(self, user_name: str, access_key_id: str, active: bool) -> None:
        """Make a key good or no good. Raises `NoSuchEntity`."""
        user, key = self._owned(user_name, access_key_id)
        keys = tuple(replace(each, active=active) if each == key else each for each in user.keys)
        self._tx.iam.save(replace(user, keys=keys))

    def delete(self, user_name: str, access_key_id: str) -> None:
        """Delete a key; sessions that were made with it end. Raises `NoSuchEntity`."""
        user, key = self._owned(user_name, access_key_id)
        self._tx.identities.remove(access_key_id)
        self._tx.iam.forget_use(access_key_id)
        self._tx.iam.save(replace(user, keys=tuple(each for each in user.keys if each != key)))

    def owner(self, access_key_id: str) -> str | None:
        """Return the name of the account's user who has a key; None where there is none."""
        identity = self._tx.identities.find(access_key_id)
        if identity is None or identity.account_id != self._directory.account_id:
            return None
        return last_name(identity.user_arn) if ":user/" in identity.user_arn else None

    def last_use(self, access_key_id: str) -> LastUse | None:
        """Return when a key of the account's users was last used; None where there is no such key."""
        user = self.owner(access_key_id)
        if user is None:
            return None
        found = self._tx.iam.last_use(access_key_id)
        return (
            LastUse(user=user) if found is None else LastUse(user=user, at=found[0], service=found[1], region=found[2])
        )

    def _owned(self, user_name: str, access_key_id: str) -> tuple[User, UserKey]:
        user = self._directory.user(user_name)
        for key in user.keys:
            if key.access_key_id == access_key_id:
                return user, key
        raise NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")
