"""Each writer of the trail gets a chain of its own; the chain so far becomes that of the writer without a name.

Its MACs stay valid: they covered no writer, and those of the writer without a name do not either.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    "CREATE TABLE trail_chains (writer TEXT NOT NULL, seq INTEGER NOT NULL, head BLOB NOT NULL, proof BLOB NOT NULL, "
    "PRIMARY KEY (writer)) STRICT",
    "INSERT INTO trail_chains SELECT '', (SELECT coalesce(max(seq), 0) FROM trail), "
    "substr(value, 9, 32), substr(value, 41) FROM meta WHERE name = 'trail_head'",
    "ALTER TABLE trail RENAME TO trail_so_far",
    "CREATE TABLE trail (writer TEXT NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL, account_id TEXT NOT NULL, "
    "region TEXT NOT NULL, event TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (writer, seq)) STRICT",
    "INSERT INTO trail SELECT '', seq, time, coalesce(json_extract(event, '$.recipientAccountId'), ''), "
    "coalesce(json_extract(event, '$.awsRegion'), ''), event, mac FROM trail_so_far ORDER BY seq",
    "DROP TABLE trail_so_far",
    "CREATE INDEX trail_by_time ON trail (account_id, region, time)",
    "CREATE INDEX secrets_by_creation ON secrets (account_id, region, created, arn)",
    "DELETE FROM meta WHERE name IN ('trail_head', 'schema_version')",
)


def upgrade() -> None:
    """Make the chains' table and move what the trail holds."""
    for statement in _STATEMENTS:
        op.execute(statement)
