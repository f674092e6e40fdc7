"""Statements that every call runs: compiled once and handed to the driver, past the work of a general execution.

The SQL is the library's own, compiled for the connection's dialect; what the driver raises becomes ours alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection

from vault.storage.failures import failure


class Driver:
    """The driver's own connection beneath a transaction's. Whatever it raises is raised as `StoreUnavailable`."""

    __slots__ = ("_errors", "_raw", "dialect")

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self._raw: Any = connection.connection.dbapi_connection
        self._errors = self.dialect.loaded_dbapi.Error

    def row(self, sql: str, values: Any) -> tuple[Any, ...] | None:
        """Return the first row that a select finds."""
        found: tuple[Any, ...] | None = self._on_cursor(lambda cursor: cursor.execute(sql, values).fetchone())
        return found

    def rows(self, sql: str, values: Any) -> list[tuple[Any, ...]]:
        """Return all rows that a select finds."""
        found: list[tuple[Any, ...]] = self._on_cursor(lambda cursor: cursor.execute(sql, values).fetchall())
        return found

    def change(self, sql: str, values: Any = ()) -> None:
        """Change rows, or mark a place in the transaction (`SAVEPOINT part`)."""
        self._on_cursor(lambda cursor: cursor.execute(sql, values))

    def insert(self, sql: str, rows: Sequence[Any]) -> None:
        """Insert rows."""
        self._on_cursor(lambda cursor: cursor.executemany(sql, rows))

    def _on_cursor(self, use: Callable[[Any], Any]) -> Any:
        try:
            cursor = self._raw.cursor()
            try:
                return use(cursor)
            finally:
                cursor.close()
        except self._errors as error:
            raise failure(error) from None


class HotStatement:
    """A statement whose parameters are plain texts, numbers and bytes, by name."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def first(self, driver: Driver, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the columns of the first row that a select finds. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(driver.dialect.name) or self._compile(driver)
        return driver.row(sql, _ordered(order, values))

    def all(self, driver: Driver, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the columns of all rows that a select finds. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(driver.dialect.name) or self._compile(driver)
        return driver.rows(sql, _ordered(order, values))

    def run(self, driver: Driver, values: Mapping[str, Any]) -> None:
        """Change rows. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(driver.dialect.name) or self._compile(driver)
        driver.change(sql, _ordered(order, values))

    def many(self, driver: Driver, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(driver.dialect.name) or self._compile(driver)
        driver.insert(sql, [_ordered(order, row) for row in rows])

    def _compile(self, driver: Driver) -> tuple[str, tuple[str, ...]]:
        compiled: Any = self._statement.compile(dialect=driver.dialect)
        made = (str(compiled), tuple(compiled.positiontup or ()))
        self._compiled[driver.dialect.name] = made
        return made


def _ordered(order: tuple[str, ...], values: Mapping[str, Any]) -> Any:
    """Return parameters as the driver takes them: by place, or by name where there is no order."""
    return [values[name] for name in order] if order else values
