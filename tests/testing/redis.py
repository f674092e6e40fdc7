"""A real Redis for one test session: in memory, own port, stopped at the end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.testing.ports import free, free_port, until_it_listens

_PATIENCE = 30.0


@contextmanager
def running_redis(folder: Path, *settings: str, port: int | None = None) -> Iterator[int]:
    """Start a server with lines of configuration on a free port of this machine, or on `port`, and give the port.

    The lines are read from standard input: passwords are no arguments. Raises `OSError` where `port` is taken: what
    answers there is somebody's.
    """
    binary = shutil.which("redis-server")
    assert binary, "redis-server is missing: run `sh tests/servers.sh`"
    port = free_port() if port is None else free(port)
    lines = [f"port {port}", "bind 127.0.0.1", 'save ""', "appendonly no", f"dir {folder}", *settings]
    with subprocess.Popen([binary, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/") as process:
        try:
            assert process.stdin is not None
            process.stdin.write("\n".join([*lines, ""]).encode())
            process.stdin.close()
            until_it_listens(process, ("127.0.0.1", port), within=_PATIENCE)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)


@contextmanager
def running_redis_from(config: Path, port: int) -> Iterator[None]:
    """Start a server with a file of configuration that it may write to, for as long as the block runs."""
    binary = shutil.which("redis-server")
    assert binary, "redis-server is missing: run `sh tests/servers.sh`"
    with subprocess.Popen([binary, str(config)], stdout=subprocess.DEVNULL, cwd="/") as process:
        try:
            until_it_listens(process, ("127.0.0.1", port), within=_PATIENCE)
            yield
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)
