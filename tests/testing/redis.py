"""A real Redis for one test session: in memory, own port, stopped at the end."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.testing.ports import free_port

_PATIENCE = 30.0
_BETWEEN = 0.05


@contextmanager
def running_redis(folder: Path, *settings: str) -> Iterator[int]:
    """Start a server with lines of configuration on a free port of this machine, and give the port.

    The lines are read from standard input: passwords are no arguments.
    """
    binary = shutil.which("redis-server")
    assert binary, "redis-server is missing: run `sh tests/servers.sh`"
    port = free_port()
    lines = [f"port {port}", "bind 127.0.0.1", 'save ""', "appendonly no", f"dir {folder}", *settings]
    with subprocess.Popen([binary, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/") as process:
        try:
            assert process.stdin is not None
            process.stdin.write("\n".join([*lines, ""]).encode())
            process.stdin.close()
            _await(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "redis-server ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_BETWEEN)
        else:
            return
    raise AssertionError("redis-server does not answer")
