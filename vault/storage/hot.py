"""A statement that every call runs: compiled once and handed to the driver, past the work of a general execution.

The SQL is the library's own, compiled for the connection's dialect; what the driver raises becomes ours alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Connection

from vault.storage.failures import failure


class HotStatement:
    """A statement whose parameters are plain texts, numbers and bytes, by name."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the columns of the first row that a select finds. Raises `StoreUnavailable`."""
        with _cursor(connection) as cursor:
            cursor.execute(*self._bound(connection, values))
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Change rows. Raises `StoreUnavailable`."""
        with _cursor(connection) as cursor:
            cursor.execute(*self._bound(connection, values))

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows. Raises `StoreUnavailable`."""
        sql, order = self._compiled.get(connection.dialect.name) or self._compile(connection)
        with _cursor(connection) as cursor:
            cursor.executemany(sql, [[row[name] for name in order] for row in rows] if order else rows)

    def _bound(self, connection: Connection, values: Mapping[str, Any]) -> tuple[str, Any]:
        sql, order = self._compiled.get(connection.dialect.name) or self._compile(connection)
        # Some drivers take parameters by place, others by name.
        return sql, [values[name] for name in order] if order else values

    def _compile(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        made = (str(compiled), tuple(compiled.positiontup or ()))
        self._compiled[connection.dialect.name] = made
        return made


def run_word(connection: Connection, words: str) -> None:
    """Run a command of transactions, such as `SAVEPOINT part`. Raises `StoreUnavailable`."""
    with _cursor(connection) as cursor:
        cursor.execute(words)


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise failure(error) from None
    finally:
        cursor.close()
