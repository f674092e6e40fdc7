"""KMS keys: wrapped material and where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from vault.domain.errors import IntegrityFailure
from vault.storage.meta import MetaRepository
from vault.storage.schema import from_micros, keys, to_micros

_BY_ID = select(keys).where(keys.c.key_id == bindparam("wanted"))
_BY_ALIAS = select(keys).where(
    keys.c.account_id == bindparam("account"),
    keys.c.region == bindparam("in_region"),
    keys.c.alias == bindparam("wanted"),
)

_IDS = select(keys.c.key_id).order_by(keys.c.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A KMS key as stored. `wrapped` opens only under the root key, at this id, account and region."""

    key_id: str
    account_id: str
    region: str
    alias: str
    wrapped: bytes
    created: datetime


class KeyRepository:
    """The KMS keys of all accounts and regions."""

    def __init__(self, connection: Connection, meta: MetaRepository) -> None:
        self._connection = connection
        self._meta = meta

    @property
    def generation(self) -> bytes:
        """The mark that every change of a key draws anew."""
        return self._meta.generation

    def find(self, key_id: str) -> StoredKey | None:
        """Return the key of that id."""
        return self._one(_BY_ID, {"wanted": key_id})

    def find_alias(self, account_id: str, region: str, alias: str) -> StoredKey | None:
        """Return the key an alias stands for."""
        return self._one(_BY_ALIAS, {"account": account_id, "in_region": region, "wanted": alias})

    def ids(self) -> Sequence[str]:
        """Return the ids of all keys."""
        return self._connection.execute(_IDS).scalars().all()

    def add(self, key: StoredKey) -> None:
        """Keep a new key."""
        values = {
            "key_id": key.key_id,
            "account_id": key.account_id,
            "region": key.region,
            "alias": key.alias,
            "wrapped": key.wrapped,
            "created": to_micros(key.created),
        }
        self._meta.draw_generation()
        self._connection.execute(insert(keys), values)

    def _one(self, statement: Select[Any], values: dict[str, str]) -> StoredKey | None:
        row = self._connection.execute(statement, values).mappings().one_or_none()
        if row is None:
            return None
        try:
            return StoredKey(**{**row, "created": from_micros(row["created"])})
        except OverflowError:
            raise IntegrityFailure(f"The KMS key {row['key_id']!r} was changed outside the store.") from None
