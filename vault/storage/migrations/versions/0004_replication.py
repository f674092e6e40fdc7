"""What other regions are still to be told, and how far each replica is, gets a table; secrets stay as they are."""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    "CREATE TABLE replication (arn TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, due INTEGER, state TEXT "
    "NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (arn, region, kind)) STRICT",
    "CREATE INDEX replication_by_due ON replication (due)",
)


def upgrade() -> None:
    """Make the table."""
    run(_STATEMENTS)
