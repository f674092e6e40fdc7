"""Audits of made-up repositories, killed again and again: coordinator or workers, here or on a Dask cluster."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_audit import Desk, done_in, line, timeless, wait_for
from tests.journeys.test_audit_cluster import Cluster
from tests.testing.gitrepo import git, make_repository

_SEEDS = int(os.environ.get("STRONGROOM_SOAK", "1"))
_REPOSITORIES = 16
_KILLS = 5
_LATEST = 0.15
"""Seconds that may pass before a kill, once so many repositories are done as are to be."""


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("repositories")
    chance = random.Random(11)
    found = []
    for number in range(_REPOSITORIES):
        files = {f"app{each}.py": line(_value(chance)) for each in range(number % 4)}
        place = make_repository(folder / f"repository{number}", {"README": "hello\n", **files})
        for name in list(files)[:1]:
            (place / name).write_text(line(_value(chance)))
            git(place, "commit", "--quiet", "--all", "--message=change")
        found.append(place)
    return found


def _value(chance: random.Random) -> str:
    return "".join(chance.choices("bcdfghjkmnpqrstvwxz23456789BCDFGHJKMNPQRSTVWXZ", k=18))


def killed_somewhere(desk: Desk, process: subprocess.Popen[str], done: int, chance: random.Random) -> None:
    """Kill the coordinator, in three of ten cases some of its workers before it, soon after so many are done."""
    wait_for(lambda: done_in(desk) >= done)
    time.sleep(chance.uniform(0, _LATEST))
    if chance.random() < 0.3:
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        time.sleep(chance.uniform(0, _LATEST))
    process.kill()
    process.communicate()


def children(number: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
    except OSError:
        return []


def undisturbed(folder: Path, names: list[str], key: Path) -> dict[str, Any]:
    other = Desk(folder)
    other.database = folder / "other.db"
    shutil.copy(key, folder / "other.db.key")
    return other.audited(*names)


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_an_audit_killed_five_times_comes_to_the_report_of_one_that_was_not(
    seed: int, tmp_path: Path, repositories: list[Path]
) -> None:
    chance = random.Random(seed)
    desk, names = Desk(tmp_path), [str(each) for each in repositories]
    for number in range(_KILLS):
        jobs = str(chance.choice((1, 2)))
        with desk.start("-f", "json", "--jobs", jobs, *names) as process:
            killed_somewhere(desk, process, number, chance)
    report = desk.audited(*names)
    expected = undisturbed(tmp_path, names, tmp_path / "audit.db.key")
    assert timeless(report) == timeless(expected)


@pytest.mark.parametrize("seed", range(max(1, _SEEDS // 5)))
def test_a_cluster_whose_worker_is_killed_at_any_time_comes_to_the_same_report(
    seed: int, tmp_path: Path, repositories: list[Path]
) -> None:
    chance = random.Random(seed)
    desk, names = Desk(tmp_path), [str(each) for each in repositories]
    cluster = Cluster(tmp_path)
    try:
        with desk.start("-f", "json", "--scheduler", cluster.address, *names) as process:
            time.sleep(chance.uniform(1, 4))
            cluster.workers[0].kill()
            out, said = process.communicate(timeout=120)
        assert process.returncode == 1, said
    finally:
        cluster.stop()
    assert timeless(json.loads(out)) == timeless(undisturbed(tmp_path, names, tmp_path / "audit.db.key"))
