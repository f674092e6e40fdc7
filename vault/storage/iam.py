"""Users, groups, roles, policies, devices and settings of accounts: one row an entity, its document under a MAC."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, delete, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.domain.iam.entities import Entity
from vault.storage.meta import MetaRepository
from vault.storage.schema import access_key_uses, from_micros, iam_entities, to_micros
from vault.storage.upsert import replace_row

_KEY = (iam_entities.c.account_id == bindparam("account"), iam_entities.c.kind == bindparam("of_kind"))
_FIND = select(iam_entities).where(*_KEY, iam_entities.c.name == bindparam("wanted"))
_ALL = select(iam_entities).where(*_KEY).order_by(iam_entities.c.name)
_REMOVE = delete(iam_entities).where(*_KEY, iam_entities.c.name == bindparam("removed"))
_PLACES = select(iam_entities.c.account_id, iam_entities.c.kind, iam_entities.c.name).order_by(
    iam_entities.c.account_id, iam_entities.c.kind, iam_entities.c.name
)
_USE = select(access_key_uses).where(access_key_uses.c.access_key_id == bindparam("wanted"))
_FORGET_USE = delete(access_key_uses).where(access_key_uses.c.access_key_id == bindparam("removed"))

Kept = TypeVar("Kept", bound=Entity)


class IamRepository:
    """The entities of all accounts. What reads one may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier, meta: MetaRepository) -> None:
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    def find(self, kind: type[Kept], account_id: str, name: str) -> Kept | None:
        """Return the entity of that name, whatever the case of its letters."""
        found = self._read(kind, _FIND, {"account": account_id, "of_kind": kind.kind, "wanted": name.lower()})
        return found[0] if found else None

    def all(self, kind: type[Kept], account_id: str) -> list[Kept]:
        """Return the entities of a kind, by name."""
        return self._read(kind, _ALL, {"account": account_id, "of_kind": kind.kind})

    def places(self) -> Sequence[tuple[str, str, str]]:
        """Return account, kind and name of every row; nothing is verified."""
        return [(row[0], row[1], row[2]) for row in self._connection.execute(_PLACES)]

    def save(self, entity: Entity) -> None:
        """Keep an entity in place of the one of its name."""
        self._meta.draw_generation()
        state = canonical_json({"kind": entity.kind, **entity.document()})
        mac = self._barrier.mac(Purpose.IAM, state)
        replace_row(self._connection, iam_entities, {**_columns(entity), "state": state.decode(), "mac": mac})

    def remove(self, entity: Entity) -> None:
        """Take an entity out."""
        self._meta.draw_generation()
        values = {"account": entity.account_id, "of_kind": entity.kind, "removed": entity.name.lower()}
        self._connection.execute(_REMOVE, values)

    def last_use(self, access_key_id: str) -> tuple[datetime, str, str] | None:
        """Return when an access key was last used, for which service and in which region."""
        row = self._connection.execute(_USE, {"wanted": access_key_id}).one_or_none()
        return None if row is None else (from_micros(row.used), row.service, row.region)

    def note_use(self, access_key_id: str, at: datetime, service: str, region: str) -> None:
        """Keep when an access key was used, unless a later time is kept; nothing that decides rests on it."""
        known = self.last_use(access_key_id)
        if known is None or known[0] < at:
            values = {"access_key_id": access_key_id, "used": to_micros(at), "service": service, "region": region}
            replace_row(self._connection, access_key_uses, values)

    def forget_use(self, access_key_id: str) -> None:
        """Forget when an access key was used."""
        self._connection.execute(_FORGET_USE, {"removed": access_key_id})

    def _read(self, kind: type[Kept], statement: Select[Any], values: Mapping[str, str]) -> list[Kept]:
        return [self._verified(kind, row) for row in self._connection.execute(statement, dict(values))]

    def _verified(self, kind: type[Kept], row: Any) -> Kept:
        damaged = IntegrityFailure(f"The {row.kind} {row.name!r} was changed outside the store.")
        if not self._barrier.verifies(row.mac, Purpose.IAM, row.state.encode("utf-8")):
            raise damaged
        content = json.loads(row.state)
        if content["kind"] != kind.kind:
            raise damaged
        entity = kind.from_document(content)
        columns = _columns(entity)
        if tuple(row)[: len(columns)] != tuple(columns.values()):
            raise damaged
        return entity


def _columns(entity: Entity) -> dict[str, str]:
    return {"account_id": entity.account_id, "kind": entity.kind, "name": entity.name.lower()}
