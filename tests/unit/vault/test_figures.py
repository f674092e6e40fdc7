"""A store tells its numbers without getting into anybody's transaction."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.testing.vault_bench import Bench, file_bench, memory_bench
from vault.domain.alarm import Actions
from vault.domain.alarm_rule import AlarmRule, Comparison, Metric, Statistic
from vault.domain.alarms import State


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


def test_figures_count_alarms_by_their_state_and_what_waits_to_be_told(bench: Bench) -> None:
    rule = AlarmRule(
        metric=Metric(namespace="n", name="m"),
        statistic=Statistic.SUM,
        period=60,
        evaluation_periods=1,
        threshold=1.0,
        comparison=Comparison.AT_LEAST,
    )
    actions = Actions(alarm=(f"arn:aws:sns:{bench.region}:{bench.account_id}:ops",))
    with bench.services() as services:
        for name in ("one", "two"):
            services.alarms.put(bench.context, name, rule, actions=actions)
        services.alarms.set_state(bench.context, "one", State.ALARM, "tried", "")
    found = bench.store.figures(bench.now)
    assert (found.alarms, found.waiting) == ({"ALARM": 1, "INSUFFICIENT_DATA": 1}, 1)
    assert found.plus([found]).alarms == {"ALARM": 2, "INSUFFICIENT_DATA": 2}


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
