"""Real servers for projects whose tests speak to one."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.testing.postgres import ADMIN_PASSWORD, running_postgres
from tests.testing.redis import running_redis


def started(stack: ExitStack, server: str | None) -> Mapping[str, str]:
    """Start the server of that name until `stack` is closed; return its port, and its password where it has one."""
    if server == "redis":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return {"port": str(stack.enter_context(running_redis(folder)))}
    if server == "postgresql":
        return {"port": str(stack.enter_context(running_postgres()).port), "password": ADMIN_PASSWORD}
    return {}
