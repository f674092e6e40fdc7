"""What an audit's database promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from scanner.audit.database import queue as queue_module
from scanner.audit.database.audits import Begun, begin, finish, rejoin
from scanner.audit.database.connect import Database, open_database
from scanner.audit.database.queue import Queue
from scanner.audit.locations import asked
from scanner.audit.model import Options
from strongroom.kernel.errors import UsageError

_RULES = {"count": 1, "digest": "0" * 16}
_OUTCOME: dict[str, Any] = {"findings": [], "errors": [], "suppressions": [], "coverage": {}}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "audit.db") if request.param == "sqlite" else request.getfixturevalue("postgres_database")


@pytest.fixture
def opened(place: str, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_database(place, str(tmp_path / "audit.key")))


@pytest.fixture
def database(opened: Callable[[], Database]) -> Database:
    return opened()


def begun(database: Database, tmp_path: Path, number: int = 2, **options: Any) -> Begun:
    folders = [tmp_path / f"repository{each}" for each in range(number)]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    return begin(database, [asked(str(each)) for each in folders], Options(**options), "1", _RULES)


def test_each_task_is_claimed_once(database: Database, opened: Callable[[], Database], tmp_path: Path) -> None:
    one = begun(database, tmp_path).queue
    other = Queue(opened(), 1)
    claimed = [one.claim(), other.claim(), one.claim(), other.claim()]
    assert [task.repository.name for task in claimed if task is not None] == ["repository0", "repository1"]


def test_a_lease_that_ran_out_is_taken_up_by_another(
    database: Database, opened: Callable[[], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = begun(database, tmp_path, 1).queue, Queue(opened(), 1)
    task = one.claim()
    assert task is not None
    later = time.time() + queue_module.LEASE + 1
    monkeypatch.setattr(queue_module.time, "time", lambda: later)
    assert other.claim() is not None
    with database.changing() as connection:
        assert one.finish(connection, task, _OUTCOME) is None


def test_what_is_renewed_stays_leased(
    database: Database, opened: Callable[[], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = begun(database, tmp_path, 1).queue, Queue(opened(), 1)
    task = one.claim()
    assert task is not None
    start = time.time()
    monkeypatch.setattr(queue_module.time, "time", lambda: start + queue_module.LEASE - 1)
    one.renew([task.number])
    monkeypatch.setattr(queue_module.time, "time", lambda: start + queue_module.LEASE + 1)
    assert other.claim() is None


def test_what_was_given_back_is_free_and_its_deaths_are_counted(database: Database, tmp_path: Path) -> None:
    queue = begun(database, tmp_path, 1).queue
    for deaths in (0, 1, 2):
        task = queue.claim()
        assert task is not None
        assert task.deaths == deaths
        queue.release([task.number], deaths=1)


def test_a_repository_is_whole_once_all_its_parts_are_done(database: Database, tmp_path: Path) -> None:
    queue = begun(database, tmp_path, 1).queue
    task = queue.claim()
    assert task is not None
    queue.split(task, 2)
    parts = [queue.claim() for _ in range(3)]
    assert [part.part.as_text() for part in parts if part is not None] == ["tree", "history 1/2", "history 2/2"]
    came: list[int | None] = []
    for part in parts:
        assert part is not None
        with database.changing() as connection:
            outcomes = queue.finish(connection, part, {**_OUTCOME, "part": part.part.as_text()})
            came.append(None if outcomes is None else len(outcomes))
    assert came == [None, None, 3]


def test_the_same_audit_goes_on_until_it_is_finished(database: Database, tmp_path: Path) -> None:
    assert not begun(database, tmp_path).resumed
    again = begun(database, tmp_path)
    assert (again.number, again.resumed) == (1, True)
    finish(database, 1)
    assert (begun(database, tmp_path).number, begun(database, tmp_path, 1).number) == (2, 3)


def test_another_question_is_another_audit(database: Database, tmp_path: Path) -> None:
    begun(database, tmp_path)
    other = begun(database, tmp_path, min_confidence="high")
    assert (other.number, other.resumed) == (2, False)


def test_only_an_unfinished_audit_is_rejoined(database: Database, tmp_path: Path) -> None:
    begun(database, tmp_path, history=False)
    rejoined, options = rejoin(database)
    assert (rejoined.number, rejoined.total, options.history) == (1, 2, False)
    finish(database, 1)
    with pytest.raises(UsageError, match="no audit waits"):
        rejoin(database)


def test_a_database_without_its_key_is_refused(database: Database, place: str, tmp_path: Path) -> None:
    begun(database, tmp_path)
    (tmp_path / "audit.key").unlink()
    with pytest.raises(UsageError, match="is missing"):
        open_database(place, str(tmp_path / "audit.key"))
    (tmp_path / "other.key").write_text("ab" * 32)
    with pytest.raises(UsageError, match="does not belong"):
        open_database(place, str(tmp_path / "other.key"))


def test_two_that_make_a_database_in_one_moment_share_it_and_its_key(place: str, tmp_path: Path) -> None:
    def make(_: int) -> str:
        with open_database(place, str(tmp_path / "audit.key")) as made:
            return made.key.check()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
