"""Real servers for projects whose tests speak to one."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from psycopg import sql

from tests.testing.postgres import ADMIN_PASSWORD, running_postgres
from tests.testing.redis import running_redis


def started(
    stack: ExitStack, server: str | None, databases: Sequence[str] = (), port: int | None = None
) -> Mapping[str, str]:
    """Start the server of that name until `stack` is closed; return its port, and its password where it has one.

    PostgreSQL is given empty `databases`, Redis the `port` that tests expect. Raises `OSError` where that is taken.
    """
    if server == "redis":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return {"port": str(stack.enter_context(running_redis(folder, port=port)))}
    if server == "postgresql":
        postgres = stack.enter_context(running_postgres())
        with postgres.connect() as connection:
            connection.autocommit = True
            for name in databases:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return {"port": str(postgres.port), "password": ADMIN_PASSWORD}
    return {}
