"""Rotation jobs are of several kinds now, and have a column for what only some of them have."""

from __future__ import annotations

from vault.storage.migrations.dialects import run

revision = "0006"
down_revision = "0005"

_STATEMENTS = ("ALTER TABLE rotation_jobs ADD COLUMN more TEXT",)


def upgrade() -> None:
    """Add the column; the MAC of a row without anything in it stays what it was."""
    run(_STATEMENTS)
