"""What other regions are still to be told, and how far each replica is, gets a table; secrets stay as they are."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    "CREATE TABLE replication (arn TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, due INTEGER, state TEXT "
    "NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (arn, region, kind)) STRICT",
    "CREATE INDEX replication_by_due ON replication (due)",
)
_IN_POSTGRESQL = ((" STRICT", ""), ("TEXT", 'TEXT COLLATE "C"'), ("INTEGER", "BIGINT"), ("BLOB", "BYTEA"))
"""What the statements above, which are SQLite's, are called there."""


def upgrade() -> None:
    """Make the table."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _STATEMENTS:
        op.execute(_in_postgresql(statement) if postgresql else statement)


def _in_postgresql(statement: str) -> str:
    for here, there in _IN_POSTGRESQL:
        statement = statement.replace(here, there)
    return statement
