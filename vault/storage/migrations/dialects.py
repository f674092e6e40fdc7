"""Runs the statements of a revision, which are SQLite's, in either database."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

_IN_POSTGRESQL = ((" STRICT", ""), ("TEXT", 'TEXT COLLATE "C"'), ("INTEGER", "BIGINT"), ("BLOB", "BYTEA"))
"""What is called otherwise in PostgreSQL."""


def run(statements: Iterable[str], own: Iterable[tuple[str, str]] = ()) -> None:
    """Run statements; `own` is what else of them PostgreSQL calls otherwise."""
    told = (*own, *_IN_POSTGRESQL) if op.get_bind().dialect.name == "postgresql" else ()
    for statement in statements:
        for here, there in told:
            statement = statement.replace(here, there)  # noqa: PLW2901 - word by word
        op.execute(statement)
