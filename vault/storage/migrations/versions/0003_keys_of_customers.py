"""KMS keys get a document, several materials, aliases and grants; versions may be wrapped by several keys.

The keys so far are those that AWS manages, with one material each. Their documents and MACs are given when the store
is opened, which has the root key: until then `state` and `mac` are empty.
"""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    "ALTER TABLE keys RENAME TO keys_so_far",
    "CREATE TABLE keys (key_id TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT NULL, created INTEGER NOT "
    "NULL, purge_at INTEGER, rotation_due INTEGER, state TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (key_id)) "
    "STRICT",
    "CREATE TABLE key_materials (material_id TEXT NOT NULL, key_id TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY "
    "(material_id), FOREIGN KEY(key_id) REFERENCES keys (key_id) ON DELETE CASCADE) STRICT",
    "CREATE TABLE key_aliases (account_id TEXT NOT NULL, region TEXT NOT NULL, alias TEXT NOT NULL, key_id TEXT NOT "
    "NULL, PRIMARY KEY (account_id, region, alias), FOREIGN KEY(key_id) REFERENCES keys (key_id) ON DELETE CASCADE) "
    "STRICT",
    "CREATE TABLE key_grants (grant_id TEXT NOT NULL, key_id TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT "
    "NULL, retiring TEXT NOT NULL, state TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (grant_id), FOREIGN "
    "KEY(key_id) REFERENCES keys (key_id) ON DELETE CASCADE) STRICT",
    "CREATE TABLE data_keys (arn TEXT NOT NULL, version_id TEXT NOT NULL, key_id TEXT NOT NULL, wrapped_key BLOB NOT "
    "NULL, PRIMARY KEY (arn, version_id, key_id), FOREIGN KEY(arn, version_id) REFERENCES versions (arn, version_id) "
    "ON DELETE CASCADE) STRICT",
    "INSERT INTO keys SELECT key_id, account_id, region, created, NULL, NULL, '', x'' FROM keys_so_far",
    "INSERT INTO key_materials SELECT lower(hex(randomblob(32))), key_id, wrapped FROM keys_so_far",
    "INSERT INTO key_aliases SELECT account_id, region, alias, key_id FROM keys_so_far",
    "DROP TABLE keys_so_far",
    "CREATE INDEX keys_by_region ON keys (account_id, region, key_id)",
    "CREATE INDEX keys_by_purge ON keys (purge_at)",
    "CREATE INDEX keys_by_rotation ON keys (rotation_due)",
    "CREATE INDEX key_materials_by_key ON key_materials (key_id)",
    "CREATE INDEX key_aliases_by_key ON key_aliases (key_id)",
    "CREATE INDEX key_grants_by_key ON key_grants (key_id, grant_id)",
    "CREATE INDEX key_grants_by_retiring ON key_grants (account_id, region, retiring)",
)

_OWN = (
    ("lower(hex(randomblob(32)))", "encode(sha256((random()::text || key_id)::bytea), 'hex')"),
    (", x''", ", ''::bytea"),
    ("NULL, NULL, ''", "NULL::bigint, NULL::bigint, ''"),
)
"""What the statements above, which are SQLite's, are called in PostgreSQL."""


def upgrade() -> None:
    """Make the new tables and move the keys and their materials."""
    run(_STATEMENTS, _OWN)
