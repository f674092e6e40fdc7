"""A coordinator and its workers: whatever dies, each repository is recorded once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.audit.database.audits import Begun, begin
from scanner.audit.database.connect import Database, open_database
from scanner.audit.database.reading import Reader
from scanner.audit.document import document
from scanner.audit.flow import audit
from scanner.audit.locations import Login, asked
from scanner.audit.model import WHOLE, Options, Outcome, Repository, Task
from scanner.audit.worker import setup_message, task_message
from scanner.audit.workers import Done, LocalWorkers
from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import make_repository


class Scripted:
    """Workers whose answers are given; None is a death."""

    room = 1

    def __init__(self, answer: Callable[[Task], Outcome | None]) -> None:
        self._answer = answer
        self._waiting: list[Task] = []
        self.done: list[tuple[str, str]] = []

    def begin(self, task: Task) -> None:
        self._waiting.append(task)

    def ended(self, _seconds: float) -> list[Done]:
        task = self._waiting.pop()
        self.done.append((task.repository.name, task.part.as_text()))
        return [(task, self._answer(task))]

    def stop(self) -> None:
        self._waiting.clear()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(str(tmp_path / "audit.db")) as opened:
        yield opened


def begun(database: Database, folders: Sequence[Path]) -> Begun:
    return begin(database, [asked(str(each)) for each in folders], Options(), "1", {"count": 1, "digest": "0" * 16})


def folders(tmp_path: Path, number: int) -> list[Path]:
    found = [tmp_path / f"repository{each}" for each in range(number)]
    for each in found:
        each.mkdir()
    return found


def nothing(task: Task) -> Outcome:
    coverage = {"head": None, "part": task.part.kind, "commits": 1, "files": 1, "bytes": 1, "seconds": 0, "skipped": {}}
    return {"findings": [], "errors": [], "suppressions": [], "coverage": coverage}


def run(database: Database, what: Begun, workers: Any) -> dict[str, str]:
    audit(database, what, workers, lambda *_: None, lambda _: None)
    return {look.name: look.error or look.state for look in Reader(database).looks()}


def test_a_repository_that_three_workers_died_of_fails_and_the_others_do_not(
    database: Database, tmp_path: Path
) -> None:
    workers = Scripted(lambda task: None if task.repository.name == "repository0" else nothing(task))
    states = run(database, begun(database, folders(tmp_path, 2)), workers)
    assert states == {"repository0": "3 workers died while they looked at it", "repository1": "done"}
    assert [name for name, _ in workers.done].count("repository0") == 3


def test_a_large_history_is_done_in_parts_and_recorded_once(database: Database, tmp_path: Path) -> None:
    workers = Scripted(lambda task: {"split": 2} if task.part.kind == "whole" else nothing(task))
    assert run(database, begun(database, folders(tmp_path, 1)), workers) == {"repository0": "done"}
    assert [part for _, part in workers.done] == ["whole", "tree", "history 1/2", "history 2/2"]


class _Interrupted(Scripted):
    def ended(self, _seconds: float) -> list[Done]:
        raise KeyboardInterrupt


def test_what_was_under_way_at_an_interrupt_is_free_for_the_next_run(database: Database, tmp_path: Path) -> None:
    what = begun(database, folders(tmp_path, 1))
    with pytest.raises(KeyboardInterrupt):
        run(database, what, _Interrupted(nothing))
    assert run(database, what, Scripted(nothing)) == {"repository0": "done"}


def local(database: Database, what: Begun, tmp_path: Path, **options: Any) -> LocalWorkers:
    setup = setup_message(Options(**options), database.key, what.identity, str(tmp_path / "mirrors"))
    return LocalWorkers(setup, lambda _: None, number=1)


def test_a_worker_that_is_killed_is_replaced(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    line = f'password = "{made_up_credential()}"\n'
    what = begun(database, [make_repository(tmp_path / f"shop{each}", {"app.py": line}) for each in range(4)])
    workers = local(database, what, tmp_path)
    killed: list[int] = []

    def kill(_running: int) -> None:
        for process in list(workers._processes) if not killed else ():
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)

    audit(database, what, workers, lambda *_: None, kill)
    assert killed
    assert document(Reader(database))["overview"]["states"]["open"] == 4


def test_rules_that_cannot_be_read_end_an_audit_with_their_error(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "rules.yaml").write_text("rules: 3\n")
    what = begun(database, folders(tmp_path, 1))
    with pytest.raises(UsageError, match=r"rules\.yaml"):
        run(database, what, local(database, what, tmp_path, rule_paths=(str(tmp_path / "rules.yaml"),)))


def test_a_message_to_a_worker_refuses_to_be_shown() -> None:
    password = made_up_credential()
    login = Login(user=SecretValue("robot"), password=SecretValue(password))
    repository = Repository(number=1, name="shop", location="https://forge.example/shop")
    task = Task(number=1, audit=1, repository=repository, part=WHOLE, deaths=0, may_split=True)
    message = task_message(task, login)
    assert password.encode() in bytes(message)
    assert password not in f"{message!r} {message} {[message]} {login!r}"
