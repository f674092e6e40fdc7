"""An audit on a Dask cluster: two real workers, of which one is killed, come to the report of one machine."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.audits import Desk, line, timeless
from tests.testing.cluster import Cluster
from tests.testing.credentials import made_up_credential
from tests.testing.ports import free_port


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
    with desk.watched("--scheduler", cluster.address, *names, pause=3) as audit:
        audit.has_done(3)
        cluster.workers[0].send_signal(signal.SIGKILL)
        audit.goes_on()
        status, out, said = audit.ends()
    assert status == 1, said
    assert timeless(json.loads(out)) == timeless(desk.without_interruption(*names))


def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.repository("shop", {"a": "b\n"})
    address = f"tcp://127.0.0.1:{free_port()}"
    desk.run("--scheduler", address, "shop", status=2)
    assert address in desk.said
