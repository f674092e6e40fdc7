"""Rotation functions that were uploaded get a table, their code and environments one beside it, rotation jobs a column.

The MAC of a job without anything in the new column stays what it was.
"""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    "ALTER TABLE rotation_jobs ADD COLUMN more TEXT",
    "CREATE TABLE functions (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, "
    "mac BLOB NOT NULL, PRIMARY KEY (account_id, region, name)) STRICT",
    "CREATE TABLE function_parts (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, part TEXT NOT "
    "NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (account_id, region, name, part, number), "
    "FOREIGN KEY (account_id, region, name) REFERENCES functions (account_id, region, name) ON DELETE CASCADE) STRICT",
)


def upgrade() -> None:
    """Make the tables and the column."""
    run(_STATEMENTS)
