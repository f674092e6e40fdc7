"""Ports of this machine: one that nobody listens on, and waiting until somebody does."""

from __future__ import annotations

import socket
import subprocess
import time

_BETWEEN = 0.05


def free_port() -> int:
    """Return a port that was free a moment ago."""
    return free(0)


def free(port: int) -> int:
    """Return `port`, or any if it is 0, if it was free a moment ago. Raises `OSError` where somebody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        found: int = probe.getsockname()[1]
        return found


def until_it_listens(process: subprocess.Popen[bytes], address: str | tuple[str, int], *, within: float) -> None:
    """Return once the server `process` accepts connections at `address`: a socket's path, or a host and a port.

    Raises `AssertionError` where it ends before, or takes longer than so many seconds.
    """
    deadline = time.monotonic() + within
    while not _accepts(address):
        assert time.monotonic() < deadline, f"{address} does not answer"
        try:
            status = process.wait(timeout=_BETWEEN)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the server for {address} ended with status {status}")


def _accepts(address: str | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0
