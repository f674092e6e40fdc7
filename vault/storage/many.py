"""Rows that many calls ask for, read by one statement instead of one for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Column, Table, Text, and_, bindparam, column, select, values

from vault.storage.hot import Driver, HotStatement

_SIZES = (2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64)
"""How many keys a statement takes. Each is compiled once; where fewer are asked for, the last one is repeated."""


class ManyRows:
    """Reads the rows of a table by the values of key columns, all of them texts."""

    def __init__(self, table: Table, keys: Sequence[str], columns: Sequence[Column[Any]]) -> None:
        self._table = table
        self._keys = tuple(keys)
        self._columns = tuple(columns)
        self._statements = {size: HotStatement(self._statement(size)) for size in _SIZES}
        self._names = {size: [_name(key, place) for place in range(size) for key in self._keys] for size in _SIZES}

    def find(self, driver: Driver, wanted: Iterable[tuple[str, ...]]) -> list[tuple[Any, ...]]:
        """Return the rows there are, each once or more often. Raises `StoreUnavailable`."""
        keys = list(dict.fromkeys(wanted))
        most = _SIZES[-1]
        return [row for first in range(0, len(keys), most) for row in self._part(driver, keys[first : first + most])]

    def _part(self, driver: Driver, keys: list[tuple[str, ...]]) -> list[tuple[Any, ...]]:
        size = next(size for size in _SIZES if size >= len(keys))
        padded = [*keys, *[keys[-1]] * (size - len(keys))]
        bound = dict(zip(self._names[size], chain.from_iterable(padded), strict=True))
        return self._statements[size].all(driver, bound)

    def _statement(self, size: int) -> Any:
        rows: list[tuple[Any, ...]] = [
            tuple(bindparam(_name(name, place)) for name in self._keys) for place in range(size)
        ]
        wanted = values(*[column(name, Text) for name in self._keys], name="wanted").data(rows).cte("wanted")
        same = and_(*[self._table.c[name] == wanted.c[name] for name in self._keys])
        return select(*self._columns).select_from(wanted.join(self._table, same))


def _name(key: str, place: int) -> str:
    return f"{key}_{place}"
