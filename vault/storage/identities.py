"""Access keys: whose they are, the sealed secret half, and the identity policies of their owner."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure, ResourceExists
from vault.storage.meta import MetaRepository
from vault.storage.schema import identities

_FIND = select(identities).where(identities.c.access_key_id == bindparam("wanted"))
_LIST = select(identities).where(identities.c.account_id == bindparam("account")).order_by(identities.c.access_key_id)
_REMOVE = delete(identities).where(identities.c.access_key_id == bindparam("wanted"))

_IDS = select(identities.c.access_key_id).order_by(identities.c.access_key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs with an access key. `sealed_secret` opens through the keyring only."""

    access_key_id: str
    account_id: str
    user_arn: str
    sealed_secret: bytes
    policies: tuple[Mapping[str, Any], ...] = ()
    """Identity policies as parsed JSON documents."""


class IdentityRepository:
    """The access keys of all accounts, each under a MAC."""

    def __init__(self, connection: Connection, barrier: Barrier, meta: MetaRepository) -> None:
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    def find(self, access_key_id: str) -> Identity | None:
        """Return the identity of an access key. Raises `IntegrityFailure` for a row that was edited."""
        row = self._connection.execute(_FIND, {"wanted": access_key_id}).mappings().one_or_none()
        return None if row is None else self._read(row)

    def list(self, account_id: str) -> list[Identity]:
        """Return the identities of an account. Raises `IntegrityFailure` for a row that was edited."""
        rows = self._connection.execute(_LIST, {"account": account_id}).mappings()
        return [self._read(row) for row in rows]

    def ids(self) -> Sequence[str]:
        """Return the ids of all access keys."""
        return self._connection.execute(_IDS).scalars().all()

    def add(self, identity: Identity) -> None:
        """Keep a new identity. Raises `ResourceExists` when its access key id is taken."""
        if self.find(identity.access_key_id) is not None:
            raise ResourceExists(f"The access key {identity.access_key_id} exists already.")
        values = {
            "access_key_id": identity.access_key_id,
            "account_id": identity.account_id,
            "user_arn": identity.user_arn,
            "sealed_secret": identity.sealed_secret,
            "policies": canonical_json(list(identity.policies)).decode("utf-8"),
        }
        self._meta.draw_generation()
        self._connection.execute(
            insert(identities), {**values, "mac": self._barrier.mac(Purpose.IDENTITY, *_parts(values))}
        )

    def remove(self, access_key_id: str) -> None:
        """Forget an access key; an unknown one is none already."""
        self._meta.draw_generation()
        self._connection.execute(_REMOVE, {"wanted": access_key_id})

    def _read(self, row: RowMapping) -> Identity:
        if not self._barrier.verifies(row["mac"], Purpose.IDENTITY, *_parts(row)):
            raise IntegrityFailure(f"The access key {row['access_key_id']!r} was changed outside the store.")
        return Identity(
            access_key_id=row["access_key_id"],
            account_id=row["account_id"],
            user_arn=row["user_arn"],
            sealed_secret=row["sealed_secret"],
            policies=tuple(json.loads(row["policies"])),
        )


def _parts(row: Mapping[Any, Any]) -> list[bytes]:
    texts = [row[name].encode("utf-8") for name in ("access_key_id", "account_id", "user_arn", "policies")]
    return [*texts, row["sealed_secret"]]
