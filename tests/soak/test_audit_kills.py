"""Audits of made-up repositories, killed again and again: coordinator or workers, here or on a Dask cluster."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

import pytest

from tests.testing.audits import Desk, line, timeless
from tests.testing.cluster import Cluster
from tests.testing.gitrepo import git, make_repository

_SEEDS = int(os.environ.get("STRONGROOM_SOAK", "1"))
_REPOSITORIES = 16
_KILLS = 5
_FIRST, _LATER = 140, 50
"""The first run is killed before one of so many statements to the database, those that go on before one of fewer: all
five together come to no end, which takes more than three hundred.
"""


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


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_an_audit_killed_five_times_comes_to_the_report_of_one_that_was_not(
    seed: int, tmp_path: Path, repositories: list[Path]
) -> None:
    chance = random.Random(seed)
    desk, names = Desk(tmp_path), [str(each) for each in repositories]
    # A repository that three workers died of is given up, so they die twice at the most.
    worker_kills = chance.sample(range(_KILLS), 2)
    for number in range(_KILLS):
        statement = chance.randint(1, _LATER if number else _FIRST)
        workers = chance.randint(1, statement) if number in worker_kills else 0
        with desk.watched("--jobs", str(chance.choice((1, 2))), *names, kill=statement, workers=workers) as audit:
            assert audit.ends()[0] == -signal.SIGKILL
    report = desk.audited(*names)
    assert timeless(report) == timeless(desk.without_interruption(*names))


@pytest.mark.parametrize("seed", range(max(1, _SEEDS // 5)))
def test_a_cluster_whose_worker_is_killed_at_any_time_comes_to_the_same_report(
    seed: int, tmp_path: Path, repositories: list[Path]
) -> None:
    chance = random.Random(seed)
    desk, names = Desk(tmp_path), [str(each) for each in repositories]
    cluster = Cluster(tmp_path)
    number = chance.randint(1, _REPOSITORIES - 4)
    try:
        with desk.watched("--scheduler", cluster.address, *names, pause=number) as audit:
            audit.has_done(number)
            cluster.workers[chance.choice((0, 1))].kill()
            audit.goes_on()
            status, out, said = audit.ends()
        assert status == 1, said
    finally:
        cluster.stop()
    assert timeless(json.loads(out)) == timeless(desk.without_interruption(*names))
