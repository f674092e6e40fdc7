"""Numbers of a store for whoever watches it: cheap to ask for, and telling nothing of a secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from vault.domain.rotation_job import JobState
from vault.storage.schema import alarms, meta, notifications, rotation_jobs, secrets, to_micros, trail_chains

_PULSE = select(meta.c.value).where(meta.c.name == "store_id")
_EVENTS = select(func.coalesce(func.sum(trail_chains.c.seq), 0))
_OVERDUE = (
    select(func.count()).select_from(rotation_jobs).where(rotation_jobs.c.due <= bindparam("now")),
    select(func.count()).select_from(secrets).where(secrets.c.rotation_due <= bindparam("now")),
)
_FAILED = select(func.count()).select_from(rotation_jobs).where(rotation_jobs.c.state == JobState.FAILED.value)
_ALARMS = select(alarms.c.state_value, func.count().label("number")).group_by(alarms.c.state_value)
_WAITING = select(func.count()).select_from(notifications)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How much there is of what."""

    events: int
    overdue: int
    failed: int
    alarms: Mapping[str, int] = field(default_factory=dict)
    """Alarms by their state."""
    waiting: int = 0
    """Notifications that are not delivered yet."""

    def plus(self, others: Iterable[Figures]) -> Figures:
        """Return the numbers of these and other stores together."""
        together = self
        for each in others:
            together = Figures(
                events=together.events + each.events,
                overdue=together.overdue + each.overdue,
                failed=together.failed + each.failed,
                alarms=Counter(together.alarms) + Counter(each.alarms),
                waiting=together.waiting + each.waiting,
            )
        return together


def look(connection: Connection, now: datetime) -> Figures:
    """Ask the store, which shows that it answers."""
    connection.execute(_PULSE).one()
    return Figures(
        events=int(connection.execute(_EVENTS).scalar_one()),
        overdue=sum(connection.execute(each, {"now": to_micros(now)}).scalar_one() for each in _OVERDUE),
        failed=connection.execute(_FAILED).scalar_one(),
        alarms={row.state_value: row.number for row in connection.execute(_ALARMS)},
        waiting=connection.execute(_WAITING).scalar_one(),
    )
