"""The main flow of an audit: tasks are leased from its queue, done by workers, and recorded as they come.

1. The repositories that are asked for become tasks of an audit in the database, or an interrupted one goes on.
2. Workers do them: each looks at a repository's tree and history and says what it found, without values. A large
   history is shared out.
3. A vault, where there is one, is asked which texts of a repository are values of its secrets; where they stand is a
   further task.
4. What comes of a repository is written in one transaction, beside what audits before saw of it.

All that outlives this process is in the database: after a crash the same command goes on where it was.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from scanner.audit.collected import pieces
from scanner.audit.database.audits import Begun, finish, moment
from scanner.audit.database.connect import Database
from scanner.audit.database.queue import LEASE, MOST_DEATHS
from scanner.audit.database.recording import record
from scanner.audit.joined import joined
from scanner.audit.model import Outcome, Task
from scanner.audit.workers import Workers
from strongroom.kernel.errors import UsageError

_LOOK_UP = 1.0
"""Seconds after which the coordinator looks up from waiting: to show progress, and to hear an interrupt."""
_RENEW = LEASE / 4

Heard = Callable[[Task, Outcome], None]
"""Hears of each repository that is done."""


class Vault(Protocol):
    """What can be asked which texts are values of secrets."""

    def held(self, digests: Iterable[bytes]) -> dict[str, dict[str, Any]]:
        """Return for each digest (hex) of a value that the vault holds which secret it is of."""
        ...


def audit(
    database: Database,
    begun: Begun,
    workers: Workers,
    heard: Heard,
    tick: Callable[[int], None],
    *,
    vault: Vault | None = None,
) -> None:
    """Do what is left of an audit. `tick` hears now and then how many tasks are under way.

    Where it is interrupted all workers end, what they had under way is given back, and what is recorded stays.
    """
    coordinator = _Coordinator(database, begun, workers, heard, vault)
    try:
        while coordinator.step():
            tick(len(coordinator.running))
    finally:
        workers.stop()
        begun.queue.release(list(coordinator.running))
    finish(database, begun.number)


class _Coordinator:
    """Hands tasks to workers and records what comes of them."""

    def __init__(self, database: Database, begun: Begun, workers: Workers, heard: Heard, vault: Vault | None) -> None:
        self._database = database
        self._audit = begun.number
        self._queue = begun.queue
        self._workers = workers
        self._heard = heard
        self._vault = vault
        self._renewed = time.monotonic()
        self.running: dict[int, Task] = {}

    def step(self) -> bool:
        """Do what can be done now; tell whether there is more to come."""
        self._fill()
        if not self.running and not self._queue.waiting():
            return False
        for task, outcome in self._workers.ended(_LOOK_UP):
            self._take(self.running.pop(task.number, task), outcome)
        if time.monotonic() - self._renewed > _RENEW:
            self._queue.renew(list(self.running))
            self._renewed = time.monotonic()
        return True

    def _fill(self) -> None:
        room = self._workers.room
        while len(self.running) < room:
            task = self._queue.claim()
            if task is None:
                return
            self.running[task.number] = task
            self._workers.begin(task)

    def _take(self, task: Task, outcome: Outcome | None) -> None:
        if outcome is None:
            if task.deaths + 1 < MOST_DEATHS:
                self._queue.release([task.number], deaths=1)
                return
            outcome = {"failed": f"{MOST_DEATHS} workers died while they looked at it", "part": task.part.kind}
        if "split" in outcome:
            self._queue.split(task, outcome["split"])
            return
        digests = outcome.pop("digests", None)
        if digests is not None and self._vault is not None:
            outcome["held"] = self._vault.held(pieces(digests))
        with self._database.changing() as connection:
            parts = self._queue.finish(connection, task, outcome)
            if parts is None:
                return
            wanted = sorted({digest for part in parts for digest in part.get("held", ())})
            if wanted and task.part.kind != "held":
                self._queue.follow(connection, task.repository.number, wanted)
                return
            result = joined(parts)
            record(connection, self._audit, task.repository.number, result, moment())
            self._queue.forget(connection, task.repository.number)
        self._heard(task, result)


@contextmanager
def alone(place: str, begun: Begun) -> Iterator[None]:
    """Keep other coordinators from the file of a database meanwhile, and take back what a dead one held.

    Raises `UsageError` where one is at work in it.
    """
    path = Path(f"{place}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another audit is at work in {place}",
                hint="wait for it, name another --db, or share one on PostgreSQL",
            ) from None
        begun.queue.free_all()
        yield
    finally:
        os.close(descriptor)
