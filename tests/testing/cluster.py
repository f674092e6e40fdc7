"""A Dask cluster on this machine: a scheduler and two workers, each a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.testing.ports import free_port
from tests.testing.server import plain_environment


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._processes = [self._start("scheduler", "--port", self.address.rpartition(":")[2], "--no-dashboard")]
        self.workers = [self._worker() for _ in range(2)]

    def _worker(self) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(self._folder))
        process = self._start("worker", self.address, *options)
        self._processes.append(process)
        return process

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
            env=plain_environment(XDG_CACHE_HOME=str(self._folder / "cache")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
