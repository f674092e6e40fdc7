"""Stores as earlier versions left them, out of `fixtures/stores`, in a file or in PostgreSQL."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect, text

from strongroom.kernel.secretvalue import SecretValue
from vault.backup.archive import Archive
from vault.backup.header import ReadHeader
from vault.crypto.kdf import Barrier
from vault.storage import migrations
from vault.storage.postgresql import checked
from vault.storage.snapshot import make_staged, write_tables

FIXTURES = Path(__file__).parents[2] / "fixtures" / "stores"
REVISIONS = tuple(sorted(place.stem for place in FIXTURES.glob("*.backup")))
IN_POSTGRESQL = tuple(sorted(place.name.split(".")[0] for place in FIXTURES.glob("*.postgresql.sql")))


def backup_of(revision: str) -> Path:
    """Return the backup of a store of that revision."""
    return FIXTURES / f"{revision}.backup"


def root_key_of(revision: str) -> SecretValue:
    """Return what opens the store of a revision."""
    return SecretValue(hashlib.sha256(f"the root key of the store of revision {revision}".encode()).digest())


@contextmanager
def _archive(revision: str) -> Iterator[Archive]:
    with backup_of(revision).open("rb") as source:
        found = ReadHeader.read(source, revision)
        archive = Archive(source, found.opened(Barrier(root_key_of(revision), found.header.store_id)))
        archive.operator()
        yield archive


def old_file(revision: str, folder: Path) -> str:
    """Make the store of a revision in a file below `folder`, and return its path."""
    folder.mkdir(parents=True)
    place = folder / "store.db"
    with _archive(revision) as archive:
        make_staged(place, revision, archive.tables())
    if revision == migrations.FIRST:
        # The first stores did not say of which revision they are.
        with closing(sqlite3.connect(place)) as connection, connection:
            connection.execute("DROP TABLE alembic_version")
    return str(place)


def old_database(revision: str, address: str) -> str:
    """Make the store of a revision in an empty PostgreSQL database, and return its address."""
    engine = create_engine(checked(address))
    with engine.begin() as connection, _archive(revision) as archive:
        for statement in (FIXTURES / f"{revision}.postgresql.sql").read_text().split(";\n"):
            if statement:
                connection.execute(text(statement))
        migrations.mark(connection, revision)
        write_tables(connection, archive.tables())
    engine.dispose()
    return address


def contents(address: str) -> dict[str, Any]:
    """Return all tables of a database with their columns and rows."""
    engine = create_engine(checked(address) if "://" in address else f"sqlite:///{address}")
    with engine.connect() as connection:
        looked = inspect(connection)
        found = {
            name: (
                [(each["name"], str(each["type"])) for each in looked.get_columns(name)],
                sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all())),
            )
            for name in looked.get_table_names()
        }
    engine.dispose()
    return found
