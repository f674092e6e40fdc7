"""SQLite as the store needs it: durable, private, every transaction a writer from its first statement.

`synchronous=FULL` with WAL flushes each commit (SQLite documentation, "PRAGMA synchronous"); `secure_delete`
overwrites what is deleted; `BEGIN IMMEDIATE` takes the write lock at once, so that what a transaction read is still
true when it writes.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool, StaticPool

from vault.domain.errors import StoreUnavailable
from vault.storage.failures import explain
from vault.storage.hot import Driver

MEMORY = ":memory:"
READING = "strongroom_reading"
"""The execution option of a connection that only reads: it sees one state and keeps nobody from writing (WAL)."""

_BUSY_SECONDS = 10
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    # A store of 100,000 secrets has 150 MB: pages are read from memory that the system shares, not by a call each.
    "cache_size=-16384",
    "mmap_size=1073741824",
)


def connect(database: str) -> Engine:
    """Return an engine on the database file, or on a private in-memory one for `:memory:`.

    One connection serves an in-memory database, so its transactions must not overlap; `Store` sees to that.
    """
    arguments = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    if database == MEMORY:
        engine = create_engine("sqlite://", connect_args=arguments, poolclass=StaticPool)
    else:
        url = URL.create("sqlite", database=database)
        # Every transaction of ours commits or rolls back, so the pool need not do so once more.
        engine = create_engine(url, connect_args=arguments, poolclass=QueuePool, pool_reset_on_return=None)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "handle_error", explain)
    return engine


def create_database_file(path: Path) -> None:
    """Create an empty database file, 0600 from its first moment; SQLite gives its WAL the same mode.

    Raises `StoreUnavailable` where it exists already or cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"The store {path} cannot be created: {error.strerror}.") from None


def check_database_file(path: Path) -> None:
    """Raise `StoreUnavailable` unless `path` is a file; opening an absent one would quietly make an empty store."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise StoreUnavailable(f"The store {path} cannot be opened: {error.strerror}.") from None
    if not stat.S_ISREG(mode):
        raise StoreUnavailable(f"The store {path} is not a file.")


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and only before writes: we begin them in _begin_immediate.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    reading = READING in connection.get_execution_options()
    Driver(connection).change("BEGIN" if reading else "BEGIN IMMEDIATE")
