"""A worker that is killed before any statement has counted each event once, and told each change of state once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.alarms import Watched, new_place, topic
from vault.alarms.notices import FileNotice
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.services.watching import LEASE

ROOT = Path(__file__).parents[3]
_KILLED = -9
_WORKER = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from sqlalchemy import Engine, event
from tests.testing.alarms import Watched, to_file
from vault.bootstrap import open_vault
from vault.config import DataDir

folder, store, told = sys.stdin.readline().rstrip("\\n").split("\\t")

def die_before(last):
    seen = 0
    def step(*_):
        nonlocal seen
        seen += 1
        if seen > last:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "before_cursor_execute", step)

for line in sys.stdin:
    number, ahead = map(float, line.split())
    child = os.fork()
    if child == 0:
        vault = open_vault(DataDir(path=Path(folder), store=store))
        watched = Watched(vault=vault, notices=to_file(Path(told)), ahead=timedelta(seconds=ahead))
        worker = watched.worker()
        die_before(int(number))
        worker.run_due()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Runs workers in children that are killed before the statement of a number, by a clock so many seconds ahead."""


@pytest.fixture
def place(tmp_path: Path, database: str) -> DataDir:
    """A data directory with a vault."""
    return new_place(tmp_path / "vault", database)


@pytest.fixture
def workers(place: DataDir, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """What runs workers that are killed."""
    with subprocess.Popen(
        [sys.executable, "-c", _WORKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        print(place.path, place.store, tmp_path / "told.jsonl", sep="\t", file=process.stdin, flush=True)
        yield process
        process.stdin.close()


def _ended(workers: subprocess.Popen[str], number: int, ahead: float) -> int:
    assert workers.stdin is not None
    assert workers.stdout is not None
    print(number, ahead, file=workers.stdin, flush=True)
    return int(workers.stdout.readline())


def test_each_event_counts_once_and_each_change_is_told_once(
    place: DataDir, workers: subprocess.Popen[str], tmp_path: Path
) -> None:
    told = tmp_path / "told.jsonl"
    vault = open_vault(place)
    watched = Watched(vault=vault, notices={"ops": FileNotice(path=told)})
    vault.client("secretsmanager").create_secret(Name="s", SecretString="value")
    more = {"Period": 86_400, "AlarmActions": [topic("ops")]}
    watched.put_alarm("many", '{ $.eventName = "DescribeSecret" }', Threshold=3.0, **more)
    events, ended = 0, _KILLED
    while ended == _KILLED:
        vault.client("secretsmanager").describe_secret(SecretId="s")
        events += 1
        # Who was killed holds the lease for a while.
        watched.pass_time(seconds=LEASE.total_seconds() + 1)
        ended = _ended(workers, events - 1, watched.ahead.total_seconds())
    assert (ended, events > 10) == (0, True)
    watched.pass_time(minutes=3)
    watched.worker().run_due()
    with vault.store.transaction() as tx:
        (alarm,) = tx.alarms.everything().alarms
        assert tx.notifications.ids() == []
    vault.close()
    assert sum(values.total for values in alarm.periods.values()) == events
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert len({(each["NotificationId"], each["NewStateValue"]) for each in lines}) == 1
