"""KMS keys: one row a key with its document under a MAC, one row a wrapped material, one row an alias.

Material and alias rows only find: the key's document lists which belong to it, and a row that is not listed is a
`KeyDamaged`. Every change draws the store's generation anew, so that nothing remembered of a key outlives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, insert, select, update

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.key_documents import key_document, key_of
from vault.domain.key_material import Material, Origin
from vault.domain.keys import Alias, Key, KeyManager, yearly
from vault.domain.kms_errors import KeyDamaged
from vault.storage.meta import MetaRepository
from vault.storage.schema import from_micros, key_aliases, key_grants, key_materials, keys, to_micros

_OWNED = and_(keys.c.account_id == bindparam("account"), keys.c.region == bindparam("in_region"))
_BY_ID = select(keys).where(keys.c.key_id == bindparam("wanted"))
_SAVE = update(keys).where(keys.c.key_id == bindparam("saved"))
_IDS = select(keys.c.key_id).order_by(keys.c.key_id)
_PAGE = select(keys).where(_OWNED, keys.c.key_id > bindparam("behind")).order_by(keys.c.key_id).limit(bindparam("most"))
_PURGE_DUE = select(keys).where(keys.c.purge_at <= bindparam("now"))
_ROTATION_DUE = select(keys).where(keys.c.rotation_due <= bindparam("now"))
_WITHOUT_DOCUMENT = select(keys).where(keys.c.state == "")

_ALIASED = and_(key_aliases.c.account_id == bindparam("account"), key_aliases.c.region == bindparam("in_region"))
_BY_ALIAS = select(key_aliases.c.key_id).where(_ALIASED, key_aliases.c.alias == bindparam("wanted"))
_ALIASES = (
    select(key_aliases.c.alias, key_aliases.c.key_id)
    .where(_ALIASED, key_aliases.c.alias > bindparam("behind"))
    .order_by(key_aliases.c.alias)
    .limit(bindparam("most"))
)
_ALIASES_OF = select(key_aliases).where(key_aliases.c.key_id == bindparam("of"))
_NO_ALIASES = delete(key_aliases).where(key_aliases.c.key_id == bindparam("of"))
_MATERIAL = select(key_materials.c.wrapped).where(
    key_materials.c.material_id == bindparam("wanted"), key_materials.c.key_id == bindparam("of")
)
_NO_MATERIAL = delete(key_materials).where(
    key_materials.c.material_id == bindparam("wanted"), key_materials.c.key_id == bindparam("of")
)
_NO_MATERIALS = delete(key_materials).where(key_materials.c.key_id == bindparam("of"))
_NO_GRANTS = delete(key_grants).where(key_grants.c.key_id == bindparam("of"))
_MATERIALS_OF = select(key_materials.c.material_id).where(key_materials.c.key_id == bindparam("of"))

_VERIFIED = ("state", "mac")


class KeyRepository:
    """The KMS keys of all accounts and regions. What reads a key may raise `KeyDamaged`."""

    def __init__(
        self, connection: Connection, barrier: Barrier, meta: MetaRepository, shared: Callable[[Key], None]
    ) -> None:
        """`shared` is told of each change of a primary that its replicas are to follow."""
        self._shared = shared
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    @property
    def generation(self) -> bytes:
        """The mark that every change of a key draws anew."""
        return self._meta.generation

    def find(self, key_id: str) -> Key | None:
        """Return the key of that id."""
        row = self._connection.execute(_BY_ID, {"wanted": key_id}).one_or_none()
        return None if row is None else self._verified(row)

    def find_alias(self, account_id: str, region: str, alias: str) -> Key | None:
        """Return the key an alias stands for."""
        wanted = {"account": account_id, "in_region": region, "wanted": alias}
        key_id = self._connection.execute(_BY_ALIAS, wanted).scalar_one_or_none()
        if key_id is None:
            return None
        key = self.find(key_id)
        if key is None or not key.has_alias(alias) or (key.account_id, key.region) != (account_id, region):
            raise KeyDamaged(f"The alias {alias!r} was changed outside the store.")
        return key

    def ids(self) -> Sequence[str]:
        """Return the ids of all keys."""
        return self._connection.execute(_IDS).scalars().all()

    def page(self, account_id: str, region: str, *, after: str, limit: int) -> list[Key]:
        """Return up to `limit` keys of an account and region with ids behind `after`, in order."""
        values = {"account": account_id, "in_region": region, "behind": after, "most": limit}
        return [self._verified(row) for row in self._connection.execute(_PAGE, values)]

    def aliases(self, account_id: str, region: str, *, after: str, limit: int) -> list[tuple[str, Key]]:
        """Return up to `limit` aliases behind `after` in order, each with its key."""
        values = {"account": account_id, "in_region": region, "behind": after, "most": limit}
        names = [row.alias for row in self._connection.execute(_ALIASES, values)]
        found = ((name, self.find_alias(account_id, region, name)) for name in names)
        return [(name, key) for name, key in found if key is not None]

    def purge_due(self, now: datetime) -> list[Key]:
        """Return the keys the window of whose deletion is over, and those with imported material that has expired."""
        return self._due(_PURGE_DUE, now)

    def rotation_due(self, now: datetime) -> list[Key]:
        """Return the keys that are to rotate."""
        return self._due(_ROTATION_DUE, now)

    def add(self, key: Key, wrapped: Mapping[str, bytes]) -> None:
        """Keep a new key with its materials, by their ids."""
        self._meta.draw_generation()
        self._connection.execute(insert(keys), self._row(key))
        for material_id, each in wrapped.items():
            self._insert_material(key.key_id, material_id, each)
        self._insert_aliases(key)

    def save(self, key: Key) -> Key:
        """Keep a changed key and return it with its generation counted on."""
        self._meta.draw_generation()
        told = self._counted(key)
        saved = replace(told, generation=key.generation + 1)
        self._connection.execute(_SAVE, {**self._row(saved), "saved": saved.key_id})
        self._connection.execute(_NO_ALIASES, {"of": saved.key_id})
        self._insert_aliases(saved)
        if saved.origin is Origin.EXTERNAL:
            self._drop_materials(saved)
        if told is not key:
            self._shared(saved)
        return saved

    def _counted(self, key: Key) -> Key:
        """Return the primary of several regions counted on, where it changes what its replicas are to be told."""
        if key.multi is None or not key.is_primary:
            return key
        before = self.find(key.key_id)
        if before is None or before.shared == key.shared:
            return key
        return replace(key, multi=replace(key.multi, generation=key.multi.generation + 1))

    def put_again(self, key: Key, wrapped: Mapping[str, bytes]) -> Key:
        """Keep a key in place of the one of its id that was deleted, with its materials."""
        for material_id, each in wrapped.items():
            self.add_material(key.key_id, material_id, each)
        return self.save(key)

    def sweep_up(self, key: Key) -> None:
        """Take out a key's materials, aliases and grants: what it sealed is unreadable for good. Its document stays."""
        self._connection.execute(_NO_MATERIALS, {"of": key.key_id})
        self._connection.execute(_NO_GRANTS, {"of": key.key_id})
        self.save(key.swept_up())

    def add_material(self, key_id: str, material_id: str, wrapped: bytes) -> None:
        """Keep a further material of a key, in place of what is left of it; the caller saves the key that lists it."""
        self._meta.draw_generation()
        self._connection.execute(_NO_MATERIAL, {"wanted": material_id, "of": key_id})
        self._insert_material(key_id, material_id, wrapped)

    def wrapped(self, key_id: str, material_id: str) -> bytes:
        """Return a material of a key as it is wrapped. Raises `KeyDamaged` where its row is gone."""
        found = self._connection.execute(_MATERIAL, {"wanted": material_id, "of": key_id}).scalar_one_or_none()
        if found is None:
            raise KeyDamaged(f"A material of KMS key {key_id} was removed outside the store.")
        return bytes(found)

    def strays(self, key: Key) -> list[str]:
        """Return the rows of a key that its document does not list, and those it lists that are not there."""
        materials = set(self._connection.execute(_MATERIALS_OF, {"of": key.key_id}).scalars())
        listed = {each.material_id for each in key.all_materials if each.held}
        aliases = {_place(row) for row in self._connection.execute(_ALIASES_OF, {"of": key.key_id})}
        named = {(key.account_id, key.region, each.name) for each in key.aliases}
        return [f"material {each}" for each in sorted(materials ^ listed)] + [
            f"alias {each[-1]}" for each in sorted(aliases ^ named)
        ]

    def give_documents(self) -> None:
        """Give keys from before there were documents theirs: AWS manages them, and they have one material each."""
        for row in self._connection.execute(_WITHOUT_DOCUMENT).all():
            self._connection.execute(_SAVE, {**self._row(self._first(row)), "saved": row.key_id})

    def _first(self, row: Any) -> Key:
        created = from_micros(row.created)
        materials = self._connection.execute(_MATERIALS_OF, {"of": row.key_id}).scalars()
        aliases = self._connection.execute(_ALIASES_OF, {"of": row.key_id})
        return Key(
            key_id=row.key_id,
            account_id=row.account_id,
            region=row.region,
            created=created,
            manager=KeyManager.AWS,
            rotation=yearly(created),
            materials=tuple(Material(material_id=each, created=created, bound=False) for each in materials),
            aliases=tuple(Alias(name=each.alias, created=created, updated=created) for each in aliases),
        )

    def _drop_materials(self, key: Key) -> None:
        """Take out the material that a key no longer holds."""
        held = {each.material_id for each in key.all_materials if each.held}
        for material_id in set(self._connection.execute(_MATERIALS_OF, {"of": key.key_id}).scalars()) - held:
            self._connection.execute(_NO_MATERIAL, {"wanted": material_id, "of": key.key_id})

    def _insert_material(self, key_id: str, material_id: str, wrapped: bytes) -> None:
        values = {"material_id": material_id, "key_id": key_id, "wrapped": wrapped}
        self._connection.execute(insert(key_materials), values)

    def _insert_aliases(self, key: Key) -> None:
        shared = {"account_id": key.account_id, "region": key.region, "key_id": key.key_id}
        rows = [{**shared, "alias": alias.name} for alias in key.aliases]
        if rows:
            self._connection.execute(insert(key_aliases), rows)

    def _due(self, statement: Select[Any], now: datetime) -> list[Key]:
        return [self._verified(row) for row in self._connection.execute(statement, {"now": to_micros(now)})]

    def _verified(self, row: Any) -> Key:
        damaged = KeyDamaged(f"The KMS key {row.key_id!r} was changed outside the store.")
        if not self._barrier.verifies(row.mac, Purpose.KMS_STATE, row.state.encode("utf-8")):
            raise damaged
        key = key_of(json.loads(row.state))
        if tuple(row)[: -len(_VERIFIED)] != tuple(_search_columns(key).values()):
            raise damaged
        return key

    def _row(self, key: Key) -> dict[str, Any]:
        state = canonical_json(key_document(key))
        mac = self._barrier.mac(Purpose.KMS_STATE, state)
        return {**_search_columns(key), "state": state.decode("utf-8"), "mac": mac}


def _search_columns(key: Key) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "account_id": key.account_id,
        "region": key.region,
        "created": to_micros(key.created),
        "purge_at": None if key.sweep_due is None else to_micros(key.sweep_due),
        "rotation_due": None if key.due is None else to_micros(key.due),
    }


def _place(row: Any) -> tuple[str, str, str]:
    return row.account_id, row.region, row.alias
