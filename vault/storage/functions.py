"""Rotation functions: one row each, its document under a MAC, what lies sealed of it beside, one list of them all.

The list has each row's MAC: it shows that a function was taken out past the store, or put back as it was before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select

from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.domain.function_names import FunctionPlace
from vault.domain.functions import Function, Part
from vault.storage.documents import document, loaded
from vault.storage.meta import MetaRepository
from vault.storage.schema import function_parts, functions
from vault.storage.upsert import replace_row

_LIST = "function_list"
_MAC_BYTES = 32
_EACH = select(functions).order_by(functions.c.account_id, functions.c.region, functions.c.name)
_ALL = _EACH.where(functions.c.account_id == bindparam("account"), functions.c.region == bindparam("here"))
_ONE = _ALL.where(functions.c.name == bindparam("named"))
_KEY = (functions.c.account_id, functions.c.region, functions.c.name)
_PLACES = select(*_KEY).order_by(*_KEY)
_GONE = delete(functions).where(
    functions.c.account_id == bindparam("account"),
    functions.c.region == bindparam("here"),
    functions.c.name == bindparam("named"),
)
_OF_PART = (
    function_parts.c.account_id == bindparam("account"),
    function_parts.c.region == bindparam("here"),
    function_parts.c.name == bindparam("named"),
    function_parts.c.part == bindparam("wanted"),
)
_PIECES = select(function_parts.c.number, function_parts.c.sealed).where(*_OF_PART).order_by(function_parts.c.number)
_OWNERS = select(
    function_parts.c.account_id, function_parts.c.region, function_parts.c.name, function_parts.c.part
).distinct()
_PART_GONE = delete(function_parts).where(*_OF_PART)
_PIECE_BYTES = 256 * 1024
"""Whoever copies rows, as a backup does, holds many at once."""


class FunctionRepository:
    """The functions of all accounts and regions. What reads one may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier, meta: MetaRepository) -> None:
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    def find(self, place: FunctionPlace) -> Function | None:
        """Return the function at a place."""
        row = self._connection.execute(_ONE, _values(place)).mappings().one_or_none()
        return None if row is None else self._verified(row, self.listed())

    def all(self, account_id: str, region: str) -> list[Function]:
        """Return the functions of an account and region, by name."""
        rows = self._connection.execute(_ALL, {"account": account_id, "here": region}).mappings().all()
        listed = self.listed() if rows else {}
        return [self._verified(row, listed) for row in rows]

    def save(self, function: Function) -> None:
        """Keep a function, in place of an earlier one of its name."""
        state = document(function.document())
        mac = self._barrier.mac(Purpose.FUNCTION, b"function", state)
        row = {**_columns(function.place), "state": state.decode("utf-8"), "mac": mac}
        replace_row(self._connection, functions, row)
        self._list({**self.listed(), function.place: mac})

    def remove(self, place: FunctionPlace) -> None:
        """Forget a function and what lies sealed of it."""
        self._connection.execute(_GONE, _values(place))
        self._list({key: mac for key, mac in self.listed().items() if key != place})

    def put_part(self, place: FunctionPlace, part: Part, sealed: bytes) -> None:
        """Keep what was sealed of a function, in place of an earlier one."""
        self._connection.execute(_PART_GONE, {**_values(place), "wanted": part.value})
        pieces = [sealed[start : start + _PIECE_BYTES] for start in range(0, len(sealed), _PIECE_BYTES)]
        of_part = {**_columns(place), "part": part.value}
        rows = [{**of_part, "number": number, "sealed": piece} for number, piece in enumerate(pieces)]
        self._connection.execute(insert(function_parts), rows)

    def part(self, place: FunctionPlace, part: Part) -> bytes:
        """Return what lies sealed of a function."""
        found = self._connection.execute(_PIECES, {**_values(place), "wanted": part.value}).all()
        if [row.number for row in found] != list(range(len(found))):
            raise IntegrityFailure(f"The {part.value} of the function {place.name!r} was changed outside the store.")
        return b"".join(row.sealed for row in found)

    def strays(self) -> Sequence[FunctionPlace]:
        """Return whose sealed parts lie there without a function or under a name that no part has."""
        known, parts = set(self.places()), {part.value for part in Part}
        rows = self._connection.execute(_OWNERS).mappings()
        return sorted(
            {_place(row) for row in rows if _place(row) not in known or row["part"] not in parts},
            key=lambda place: place.arn,
        )

    def places(self) -> Sequence[FunctionPlace]:
        """Return what stands where; nothing is verified."""
        return [_place(row) for row in self._connection.execute(_PLACES).mappings()]

    def listed(self) -> dict[FunctionPlace, bytes]:
        """Return the MAC of each function's row, by the list."""
        kept = self._meta.get(_LIST)
        if kept is None:
            return {}
        mac, state = kept[:_MAC_BYTES], kept[_MAC_BYTES:]
        if not self._barrier.verifies(mac, Purpose.FUNCTION, b"list", state):
            raise IntegrityFailure("The list of functions was changed outside the store.")
        return {
            FunctionPlace(account_id=account_id, region=region, name=name): bytes.fromhex(row_mac)
            for account_id, region, name, row_mac in json.loads(state)
        }

    def _list(self, rows: dict[FunctionPlace, bytes]) -> None:
        state = document(sorted([each.account_id, each.region, each.name, mac.hex()] for each, mac in rows.items()))
        self._meta.set(_LIST, self._barrier.mac(Purpose.FUNCTION, b"list", state) + state)

    def _verified(self, row: RowMapping, listed: dict[FunctionPlace, bytes]) -> Function:
        state = row["state"].encode("utf-8")
        whole = self._barrier.verifies(row["mac"], Purpose.FUNCTION, b"function", state)
        found = Function.from_document(loaded(row["state"])) if whole else None
        if found is None or found.place != _place(row) or listed.get(found.place) != row["mac"]:
            raise IntegrityFailure(f"The function {row['name']!r} was changed outside the store.")
        return found


def _columns(place: FunctionPlace) -> dict[str, str]:
    return {"account_id": place.account_id, "region": place.region, "name": place.name}


def _values(place: FunctionPlace) -> dict[str, str]:
    return {"account": place.account_id, "here": place.region, "named": place.name}


def _place(row: RowMapping) -> FunctionPlace:
    return FunctionPlace(account_id=row["account_id"], region=row["region"], name=row["name"])
