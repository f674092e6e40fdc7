"""Inserting a row or replacing the one that is there, for each database in its own words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table


def replace_row(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Keep a row in place of the one with the same primary key."""
    connection.execute(_statement(table, connection.dialect.name), values)


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: str) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    inserted = insert(table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: inserted.excluded[column.name] for column in table.c if column.name not in keys}
    if not others:
        return inserted.on_conflict_do_nothing(index_elements=keys)
    return inserted.on_conflict_do_update(index_elements=keys, set_=others)
