"""Statements that every call runs: compiled once and handed to the driver, past the work of a general execution.

The SQL is the library's own, compiled for the connection's dialect; what the driver raises becomes ours alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Select

from vault.domain.errors import StoreUnavailable


class _Hot:
    """A statement and what it was compiled to for each dialect."""

    def __init__(self, statement: Select[Any] | Insert) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def _compile(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        made = (str(compiled), tuple(compiled.positiontup or ()))
        self._compiled[connection.dialect.name] = made
        return made


class HotSelect(_Hot):
    """A select whose parameters are plain texts and numbers."""

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row's columns. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(connection.dialect.name) or self._compile(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, [values[name] for name in order])
            row: tuple[Any, ...] | None = cursor.fetchone()
        except connection.dialect.loaded_dbapi.Error as error:
            raise StoreUnavailable(f"The store cannot be used: {error}.") from None
        finally:
            cursor.close()
        return row


class HotInsert(_Hot):
    """An insert of all columns of a table, in their order; values are what the driver takes."""

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows. Raises `StoreUnavailable`."""
        sql, _ = self._compiled.get(connection.dialect.name) or self._compile(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(sql, rows)
        except connection.dialect.loaded_dbapi.Error as error:
            raise StoreUnavailable(f"The store cannot be used: {error}.") from None
        finally:
            cursor.close()
