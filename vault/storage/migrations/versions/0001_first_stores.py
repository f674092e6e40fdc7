"""The tables as the first stores had them, before revisions were kept."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "CREATE TABLE accounts (account_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account_id)) STRICT",
    "CREATE TABLE identities (access_key_id TEXT NOT NULL, account_id TEXT NOT NULL, user_arn TEXT NOT NULL, "
    "sealed_secret BLOB NOT NULL, policies TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (access_key_id)) "
    "STRICT",
    "CREATE TABLE keys (key_id TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT NULL, alias TEXT NOT "
    "NULL, wrapped BLOB NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (key_id), UNIQUE (account_id, region, "
    "alias)) STRICT",
    "CREATE TABLE meta (name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name)) STRICT",
    "CREATE TABLE secrets (arn TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT "
    "NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL, accessed INTEGER NOT NULL, rotation_due "
    "INTEGER, purge_at INTEGER, state TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (arn), UNIQUE "
    "(account_id, region, name)) STRICT",
    "CREATE INDEX secrets_by_purge ON secrets (purge_at)",
    "CREATE INDEX secrets_by_rotation ON secrets (rotation_due)",
    "CREATE TABLE trail (seq INTEGER NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL, prev BLOB NOT "
    "NULL, mac BLOB NOT NULL, PRIMARY KEY (seq)) STRICT",
    "CREATE TABLE regions (account_id TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (account_id, region), "
    "FOREIGN KEY(account_id) REFERENCES accounts (account_id) ON DELETE CASCADE) STRICT",
    "CREATE TABLE rotation_jobs (arn TEXT NOT NULL, token TEXT NOT NULL, state TEXT NOT NULL, due INTEGER, "
    "attempts INTEGER NOT NULL, last_error TEXT NOT NULL, owner TEXT NOT NULL, leased_until INTEGER, mac BLOB "
    "NOT NULL, PRIMARY KEY (arn), FOREIGN KEY(arn) REFERENCES secrets (arn) ON DELETE CASCADE) STRICT",
    "CREATE INDEX rotation_jobs_by_due ON rotation_jobs (due)",
    "CREATE TABLE versions (arn TEXT NOT NULL, version_id TEXT NOT NULL, key_id TEXT NOT NULL, wrapped_key "
    "BLOB NOT NULL, payload BLOB NOT NULL, digest BLOB NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (arn, "
    "version_id), FOREIGN KEY(arn) REFERENCES secrets (arn) ON DELETE CASCADE) STRICT",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES:
        op.execute(statement)
