"""The queue of an audit: each task is leased to one coordinator at a time, and outlives all of them.

A lease that nobody renews runs out, so what a dead machine had under way is taken up again; a task's outcome is written
in the transaction that ends its lease, so it counts once.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, or_, select, update

from scanner.audit.database.connect import Database
from scanner.audit.database.packing import packed, unpacked
from scanner.audit.database.schema import looks, repositories, tasks
from scanner.audit.model import Outcome, Part, Repository, Task, part_of

LEASE = 120.0
"""Seconds for which a task is leased; a coordinator renews them several times as often."""
MOST_DEATHS = 3
"""A repository that three workers died of is given up."""


class Queue:
    """The tasks of one audit, as one coordinator takes them."""

    def __init__(self, database: Database, audit: int) -> None:
        self._database = database
        self._audit = audit
        self.holder = secrets.token_hex(8)

    def add(self, connection: Connection, wanted: Sequence[int]) -> None:
        """Put the repositories of these numbers into the queue, each once."""
        done = (looks.c.state == "done") & (looks.c.audit < self._audit)
        last = select(looks.c.repository, func.max(looks.c.audit).label("audit")).where(done)
        before = {row.repository: row.audit for row in connection.execute(last.group_by(looks.c.repository))}
        fresh = [{"audit": self._audit, "repository": number} for number in dict.fromkeys(wanted)]
        if fresh:
            waiting = [{**one, "state": "waiting", "previous": before.get(one["repository"])} for one in fresh]
            connection.execute(insert(looks), waiting)
            connection.execute(insert(tasks), [{**one, "part": "whole", "deaths": 0} for one in fresh])

    def claim(self) -> Task | None:
        """Return a task that is now leased to this coordinator; None where all are done or with others."""
        with self._database.changing() as connection:
            row = connection.execute(self._free()).first()
            if row is None:
                return None
            connection.execute(
                update(tasks).where(tasks.c.number == row.number).values(holder=self.holder, lease=time.time() + LEASE)
            )
        return Task(
            number=row.number,
            audit=self._audit,
            repository=Repository(number=row.repository, name=row.name, location=row.location),
            part=part_of(row.part),
            deaths=row.deaths,
            wanted=tuple(json.loads(row.wanted or "[]")),
            may_split=row.part == "whole",
        )

    def _free(self) -> Select[tuple[int, int, str, int, str | None, str, str]]:
        return (
            select(
                tasks.c.number,
                tasks.c.repository,
                tasks.c.part,
                tasks.c.deaths,
                tasks.c.wanted,
                repositories.c.name,
                repositories.c.location,
            )
            .join(repositories, repositories.c.number == tasks.c.repository)
            .where(
                tasks.c.audit == self._audit,
                tasks.c.outcome.is_(None),
                or_(tasks.c.lease.is_(None), tasks.c.lease < time.time()),
            )
            .order_by(tasks.c.number)
            .limit(1)
            .with_for_update(skip_locked=True, of=tasks)
        )

    def renew(self, numbers: Sequence[int]) -> None:
        """Keep the tasks of these numbers from others for another while."""
        if numbers:
            with self._database.changing() as connection:
                connection.execute(
                    update(tasks)
                    .where(tasks.c.number.in_(numbers), tasks.c.holder == self.holder)
                    .values(lease=time.time() + LEASE)
                )

    def release(self, numbers: Sequence[int], *, deaths: int = 0) -> None:
        """Give back tasks that came to no end; `deaths` is how many workers died of them."""
        if numbers:
            with self._database.changing() as connection:
                connection.execute(
                    update(tasks)
                    .where(tasks.c.number.in_(numbers), tasks.c.holder == self.holder)
                    .values(holder=None, lease=None, deaths=tasks.c.deaths + deaths)
                )

    def free_all(self) -> None:
        """Take back every lease: where nobody else can be at work, whoever held one is gone."""
        with self._database.changing() as connection:
            connection.execute(
                update(tasks)
                .where(tasks.c.audit == self._audit, tasks.c.lease.is_not(None), tasks.c.outcome.is_(None))
                .values(holder=None, lease=None)
            )

    def split(self, task: Task, parts: int) -> None:
        """Put the tree and `parts` parts of the history into the queue in place of `task`."""
        with self._database.changing() as connection:
            gone = connection.execute(delete(tasks).where(self._mine(task)))
            if gone.rowcount:
                kinds = [Part(kind="tree"), *(Part(kind="history", number=each, of=parts) for each in range(parts))]
                for kind in kinds:
                    connection.execute(
                        insert(tasks).values(
                            audit=self._audit, repository=task.repository.number, part=kind.as_text(), deaths=0
                        )
                    )

    def finish(self, connection: Connection, task: Task, outcome: Outcome) -> list[Outcome] | None:
        """Keep what came of `task`; return the outcomes of all parts of its repository once none is missing.

        None where others are, or where the lease was lost and someone else has done it.
        """
        # Of two coordinators that do the last two parts, the second has to see what the first wrote.
        place = and_(looks.c.audit == self._audit, looks.c.repository == task.repository.number)
        connection.execute(select(looks.c.state).where(place).with_for_update())
        kept = connection.execute(update(tasks).where(self._mine(task)).values(outcome=packed(outcome), lease=None))
        if not kept.rowcount:
            return None
        rows = connection.execute(
            select(tasks.c.part, tasks.c.outcome)
            .where(tasks.c.audit == self._audit, tasks.c.repository == task.repository.number)
            .order_by(tasks.c.number)
        ).all()
        if any(row.outcome is None for row in rows):
            return None
        return [unpacked(row.outcome) for row in rows]

    def follow(self, connection: Connection, repository: int, wanted: Sequence[str]) -> None:
        """Have a repository looked at once more, for where the values stand whose digests are `wanted`."""
        connection.execute(
            insert(tasks).values(
                audit=self._audit, repository=repository, part="held", deaths=0, wanted=json.dumps(list(wanted))
            )
        )

    def forget(self, connection: Connection, repository: int) -> None:
        """Take away the tasks of a repository that is done."""
        connection.execute(delete(tasks).where(tasks.c.audit == self._audit, tasks.c.repository == repository))

    def waiting(self) -> int:
        """Return how many tasks have no outcome yet."""
        with self._database.reading() as connection:
            return (
                connection.scalar(select(func.count()).where(tasks.c.audit == self._audit, tasks.c.outcome.is_(None)))
                or 0
            )

    def _mine(self, task: Task) -> ColumnElement[bool]:
        return and_(tasks.c.number == task.number, tasks.c.holder == self.holder, tasks.c.outcome.is_(None))
