"""A store tells its numbers without getting into anybody's transaction."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.testing.vault_bench import Bench, file_bench, memory_bench


@pytest.fixture(params=["memory", "file"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """A store that is kept nowhere, and one in a file."""
    return memory_bench() if request.param == "memory" else file_bench(tmp_path)


def test_figures_count_the_trail_and_the_rotations(bench: Bench) -> None:
    bench.call("CreateSecret", Name="one", SecretString="v")
    with bench.store.transaction() as tx:
        tx.trail.append({"eventName": "call"}, bench.now)
    found = bench.store.figures(bench.now)
    assert (found.events, found.overdue, found.failed) == (2, 0, 0)


def test_asking_in_the_middle_of_a_transaction_leaves_that_whole(bench: Bench) -> None:
    inside, asked = threading.Event(), threading.Event()

    def write() -> None:
        with bench.store.transaction() as tx:
            tx.trail.append({"eventName": "call"}, bench.now)
            inside.set()
            # In memory the question waits for this to end; in a file it does not.
            asked.wait(0.2)
            tx.trail.append({"eventName": "another"}, bench.now)

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        assert inside.wait(10)
        figures = pool.submit(bench.store.figures, bench.now)
        writing.result(10)
        assert figures.result(10).events in (0, 2)
        asked.set()
    assert bench.store.figures(bench.now).events == 2
    with bench.store.transaction() as tx:
        assert tx.trail.first_bad() is None
