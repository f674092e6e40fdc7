"""Brings a store that an earlier version wrote to the tables of this one; alembic does the work, in one transaction."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from vault.storage.schema import metadata

FIRST = "0001"
BEFORE_KEY_DOCUMENTS = "0002"
"""The last revision whose KMS keys had no documents."""
HEAD = "0006"
"""The newest revision; a test holds it against the scripts."""

_TABLE = "alembic_version"
_ALONE = text("SELECT pg_advisory_xact_lock(7830231694)")
"""The number is ours alone by chance: PostgreSQL's advisory locks have no names."""
_REVISION = text(f"SELECT version_num FROM {_TABLE}")  # noqa: S608 - a constant


def revision_of(connection: Connection) -> str:
    """Return the revision of the store's tables; stores from before revisions were kept are of the first."""
    if not connection.dialect.has_table(connection, _TABLE):
        return FIRST
    return str(connection.execute(_REVISION).scalar_one_or_none() or FIRST)


def mark(connection: Connection, revision: str) -> None:
    """Say that the tables are those of `revision`, as they are when a store is made."""
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"DELETE FROM {_TABLE}"))  # noqa: S608 - a constant
    connection.execute(text(f"INSERT INTO {_TABLE} VALUES (:revision)"), {"revision": revision})  # noqa: S608


def is_known(revision: str) -> bool:
    """Tell whether there are scripts that lead from `revision` to the newest."""
    return any(script.name.startswith(f"{revision}_") for script in _SCRIPTS.glob("*.py"))


def wait_for_others(connection: Connection) -> None:
    """Wait until nobody else is bringing the tables on, and let nobody do so until the transaction ends.

    On SQLite that is so for every transaction (`BEGIN IMMEDIATE`).
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_ALONE)


def upgrade(connection: Connection, revision: str) -> None:
    """Bring tables of `revision`, which is known, to the newest. What fails leaves them as they were."""
    mark(connection, revision)
    _run(connection, HEAD)


def make(connection: Connection, revision: str) -> None:
    """Make the empty tables of `revision`, which is known, in a SQLite database without any."""
    if revision == HEAD:
        metadata.create_all(connection)
        mark(connection, revision)
    else:
        _run(connection, revision)


def _run(connection: Connection, revision: str) -> None:
    # alembic takes a fifth of a second to import, and is needed once in the life of a version.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


_SCRIPTS = Path(__file__).parent / "versions"
