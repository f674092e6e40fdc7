"""Every row of a store as it stood at one moment, in a form that is the same for every database.

A table is its name, its columns and its rows, whose values are texts, numbers, bytes and None. Rows go out and come in
as they are stored: sealed, with their MACs. Nothing here can read or make a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, column, insert, select, table, text

from vault.domain.errors import UnsupportedSchema
from vault.storage import migrations, sqlite
from vault.storage.engine import connect
from vault.storage.schema import metadata

_PAGE = 500

Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """One table. `rows` can be gone through once."""

    name: str
    columns: tuple[str, ...]
    binary: frozenset[str]
    """Those of the columns that hold bytes."""
    rows: Iterable[Row] = field(repr=False)


def read_tables(connection: Connection) -> Iterator[TableRows]:
    """Yield the tables of a store of the newest revision, those first that others refer to."""
    for each in metadata.sorted_tables:
        # Rows are fetched by and by: the trail may be larger than memory.
        found = connection.execution_options(yield_per=_PAGE).execute(select(each))
        binary = frozenset(own.name for own in each.c if isinstance(own.type, LargeBinary))
        columns = tuple(each.c.keys())
        yield TableRows(name=each.name, columns=columns, binary=binary, rows=(tuple(row) for row in found))


def write_tables(connection: Connection, tables: Iterable[TableRows]) -> None:
    """Add the rows of tables that come in the order of `read_tables`."""
    for each in tables:
        statement = insert(table(each.name, *[column(name) for name in each.columns]))
        rows = iter(each.rows)
        while page := [dict(zip(each.columns, row, strict=True)) for row in islice(rows, _PAGE)]:
            connection.execute(statement, page)


def hold_writers(connection: Connection) -> None:
    """Have whoever else writes wait until the transaction, of which this must be the first statement, ends.

    On SQLite that is so for every transaction. PostgreSQL sees what is written before this, and nothing after
    (its documentation, "LOCK"); the others are told of a conflict then, and try again.
    """
    if connection.dialect.name != "sqlite":
        names = ", ".join(each.name for each in metadata.sorted_tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def remove_all(connection: Connection) -> None:
    """Take out every row of a store of the newest revision."""
    for each in reversed(metadata.sorted_tables):
        connection.execute(each.delete())


def make_staged(path: Path, revision: str, tables: Iterable[TableRows]) -> None:
    """Make a SQLite file, which must not exist, with the tables of a revision of the schema and their rows.

    `Store.open` then brings it on to the newest revision. Raises `UnsupportedSchema` for one that is not known, and
    `StoreUnavailable`.
    """
    if not migrations.is_known(revision):
        raise UnsupportedSchema(
            f"The backup has schema revision {revision[:32]}; this program knows revisions up to {migrations.HEAD}."
        )
    sqlite.create_database_file(path)
    engine = connect(str(path))
    try:
        with engine.begin() as connection:
            migrations.make(connection, revision)
            write_tables(connection, tables)
    finally:
        engine.dispose()
