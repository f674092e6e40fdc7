"""A statement that every call runs: compiled once and handed to the driver, past the work of a general execution.

The SQL is the library's own, compiled for the connection's dialect; what the driver raises becomes ours alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select

from vault.storage.failures import failure


class HotSelect:
    """A select whose parameters are plain texts and numbers."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row's columns. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(connection.dialect.name) or self._compile(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, [values[name] for name in order] if order else values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        except connection.dialect.loaded_dbapi.Error as error:
            raise failure(error) from None
        finally:
            cursor.close()
        return row

    def _compile(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        # Some drivers take parameters by place, others by name.
        made = (str(compiled), tuple(compiled.positiontup or ()))
        self._compiled[connection.dialect.name] = made
        return made
