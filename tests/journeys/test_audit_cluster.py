"""An audit on a Dask cluster: two real workers, of which one is killed, come to the report of one machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.test_audit import Desk, done_in, line, timeless, wait_for
from tests.testing.credentials import made_up_credential
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


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.stop()


def test_a_cluster_that_loses_a_worker_comes_to_the_report_of_one_machine(cluster: Cluster, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    names = [f"repository{number}" for number in range(16)]
    for number, name in enumerate(names):
        desk.repository(
            name, {f"app{each}.py": line(made_up_credential()) for each in range(number % 3)} | {"a": "b\n"}
        )
    with desk.start("-f", "json", "--scheduler", cluster.address, *names) as process:
        wait_for(lambda: done_in(desk) > 2)
        cluster.workers[0].send_signal(signal.SIGKILL)
        out, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    other = Desk(tmp_path)
    other.database = tmp_path / "other.db"
    (tmp_path / "other.db.key").write_text((tmp_path / "audit.db.key").read_text())
    assert timeless(json.loads(out)) == timeless(other.audited(*names))


def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.repository("shop", {"a": "b\n"})
    address = f"tcp://127.0.0.1:{free_port()}"
    desk.run("--scheduler", address, "shop", status=2)
    assert address in desk.said
