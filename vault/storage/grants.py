"""Grants on KMS keys: one row a grant, its document under a MAC."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.grants import Grant
from vault.domain.kms_errors import KeyDamaged
from vault.storage.schema import key_grants

_BY_ID = select(key_grants).where(key_grants.c.grant_id == bindparam("wanted"))
_OF_KEY = select(key_grants).where(key_grants.c.key_id == bindparam("of")).order_by(key_grants.c.grant_id)
_RETIRABLE = (
    select(key_grants)
    .where(
        key_grants.c.account_id == bindparam("account"),
        key_grants.c.region == bindparam("in_region"),
        key_grants.c.retiring == bindparam("by"),
    )
    .order_by(key_grants.c.grant_id)
)
_REMOVE = delete(key_grants).where(key_grants.c.grant_id == bindparam("removed"))
_IDS = select(key_grants.c.grant_id).order_by(key_grants.c.grant_id)


class GrantRepository:
    """The grants of all keys. What reads one may raise `KeyDamaged`."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self._barrier = barrier

    def find(self, grant_id: str) -> Grant | None:
        """Return the grant of that id."""
        found = self._all(_BY_ID, {"wanted": grant_id})
        return found[0] if found else None

    def of_key(self, key_id: str) -> list[Grant]:
        """Return the grants of a key, by id."""
        return self._all(_OF_KEY, {"of": key_id})

    def retirable(self, account_id: str, region: str, principal: str) -> list[Grant]:
        """Return the grants that name `principal` to retire them, by id."""
        return self._all(_RETIRABLE, {"account": account_id, "in_region": region, "by": principal})

    def ids(self) -> Sequence[str]:
        """Return the ids of all grants."""
        return self._connection.execute(_IDS).scalars().all()

    def add(self, grant: Grant) -> None:
        """Keep a new grant."""
        state = canonical_json(grant.document())
        mac = self._barrier.mac(Purpose.GRANT, state)
        self._connection.execute(insert(key_grants), {**_search_columns(grant), "state": state.decode(), "mac": mac})

    def remove(self, grant_id: str) -> None:
        """Take out a grant."""
        self._connection.execute(_REMOVE, {"removed": grant_id})

    def _all(self, statement: Select[Any], values: Mapping[str, str]) -> list[Grant]:
        return [self._verified(row) for row in self._connection.execute(statement, dict(values))]

    def _verified(self, row: Any) -> Grant:
        damaged = KeyDamaged(f"The grant {row.grant_id!r} was changed outside the store.")
        if not self._barrier.verifies(row.mac, Purpose.GRANT, row.state.encode("utf-8")):
            raise damaged
        grant = Grant.from_document(json.loads(row.state))
        columns = _search_columns(grant)
        if tuple(row)[: len(columns)] != tuple(columns.values()):
            raise damaged
        return grant


def _search_columns(grant: Grant) -> dict[str, Any]:
    return {
        "grant_id": grant.grant_id,
        "key_id": grant.key_id,
        "account_id": grant.account_id,
        "region": grant.region,
        "retiring": grant.retiring,
    }
