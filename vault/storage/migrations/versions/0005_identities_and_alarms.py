"""Users, groups, roles and policies get a table, uses of access keys do, and alarms get theirs; no more changes."""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    "CREATE TABLE iam_entities (account_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, "
    "mac BLOB NOT NULL, PRIMARY KEY (account_id, kind, name)) STRICT",
    "CREATE TABLE access_key_uses (access_key_id TEXT NOT NULL, used INTEGER NOT NULL, service TEXT NOT NULL, "
    "region TEXT NOT NULL, PRIMARY KEY (access_key_id)) STRICT",
    "CREATE TABLE metric_filters (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT "
    "NULL, mac BLOB NOT NULL, PRIMARY KEY (account_id, region, name)) STRICT",
    "CREATE TABLE alarms (account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, state_value TEXT NOT "
    "NULL, state TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (account_id, region, name)) STRICT",
    "CREATE TABLE alarm_history (item_id TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT NULL, time INTEGER "
    "NOT NULL, state TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (item_id)) STRICT",
    "CREATE INDEX alarm_history_by_time ON alarm_history (account_id, region, time)",
    "CREATE TABLE notifications (notification_id TEXT NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL, mac BLOB "
    "NOT NULL, PRIMARY KEY (notification_id)) STRICT",
    "CREATE INDEX notifications_by_due ON notifications (due)",
)


def upgrade() -> None:
    """Make the tables."""
    run(_STATEMENTS)
