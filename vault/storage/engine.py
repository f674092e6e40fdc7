"""Which database a store lives in: a SQLite file, memory, or PostgreSQL, by how its place is written."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from vault.storage import sqlite

MEMORY = sqlite.MEMORY


def connect(place: str) -> Engine:
    """Return an engine on the database at a place: a file's path, `:memory:`, or a PostgreSQL URL."""
    if is_file(place) or place == MEMORY:
        return sqlite.connect(place)
    from vault.storage import postgresql

    return postgresql.connect(place)


def is_file(place: str) -> bool:
    """Tell whether a place is a file's path."""
    return place != MEMORY and not place.startswith(("postgresql://", "postgres://"))


def prepare_absent(place: str) -> None:
    """Make the file or schema of a new store. Raises `StoreUnavailable` where it exists already or cannot be made."""
    if is_file(place):
        sqlite.create_database_file(Path(place))
    elif place != MEMORY:
        from vault.storage import postgresql

        postgresql.prepare(place)


def require_present(place: str) -> None:
    """Raise `StoreUnavailable` where there is no file of a store."""
    if is_file(place):
        sqlite.check_database_file(Path(place))


def withdraw(place: str) -> None:
    """Take away the file of a store that could not be made; in a database the transaction left nothing."""
    if is_file(place):
        Path(place).unlink(missing_ok=True)
