"""Rotation functions that were uploaded get a table, and their code and environments one beside it; no more changes."""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    "CREATE TABLE functions (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, "
    "mac BLOB NOT NULL, PRIMARY KEY (account_id, region, name)) STRICT",
    "CREATE TABLE function_parts (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, part TEXT NOT "
    "NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (account_id, region, name, part, number), "
    "FOREIGN KEY (account_id, region, name) REFERENCES functions (account_id, region, name) ON DELETE CASCADE) STRICT",
)


def upgrade() -> None:
    """Make the tables."""
    run(_STATEMENTS)
