"""Counts what the trail records for the metrics of alarms, decides their states, and notes whom to tell.

All of it in the transaction that also keeps how far the trail was read: an event counts once, and a change of state is
told once, whatever dies when and however many servers there are. One of them holds a lease and does it; another takes
over once that is out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vault.domain import alarm_history
from vault.domain.alarm import Alarm, Condition
from vault.domain.alarm_rule import Metric
from vault.domain.errors import IntegrityFailure
from vault.domain.filter_pattern import FilterPattern
from vault.domain.metric_filters import MetricFilter, Transformation
from vault.domain.notifications import Notification
from vault.domain.trail import service_event
from vault.services.trail_reading import Read, RecordedRow, ends, read_on
from vault.storage.alarms import Everything, Reading
from vault.storage.documents import loaded
from vault.storage.schema import from_micros, to_micros
from vault.storage.store import UnitOfWork
from vault.storage.trail import ChainFault

ROWS = 500
"""Of each chain in one transaction: others wait for it."""
LEASE = timedelta(seconds=30)
HISTORY_KEPT = timedelta(days=30)
"""As long as CloudWatch keeps it."""

_READING_LOST = "How far the trail was read was changed outside the store."

Counted = dict[tuple[str, str, Metric], list[tuple[int, float]]]
"""Values with their seconds since 1970, by account, region and metric."""
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round of work leaves: whether there is more to read, and what was found to be tampered with."""

    more: bool = False
    faults: tuple[str, ...] = ()


class Watching:
    """One round of work in one transaction."""

    def __init__(self, tx: UnitOfWork) -> None:
        self._tx = tx

    def round(self, owner: str, now: datetime) -> Round:
        """Read on, count and decide, if it is this worker's turn.

        Raises `IntegrityFailure` where the end of a chain was edited.
        """
        reading = self._reading(now)
        if reading is None or not _is_free(reading, owner, now):
            return Round()
        known = self._tx.alarms.everything()
        read = self._read(reading, known.filters)
        self._tell_faults(reading, known, read.faults, now)
        values = _values(read.rows, known.filters)
        until = from_micros(min((row.time for row in read.rows), default=0)) if read.more else now
        for alarm in known.alarms:
            self._judge(alarm, values, until, now)
        self._keep(reading, replace(reading, chains=read.places, faults=known.faults), owner, now)
        return Round(more=read.more, faults=known.faults)

    def release(self, owner: str) -> None:
        """Let another worker go on at once."""
        reading = self._tx.alarms.reading
        if reading is not None and reading.owner == owner:
            self._tx.alarms.set_reading(replace(reading, owner="", leased_until=None))

    def changed(self, alarm: Alarm, before: Condition) -> None:
        """Note that an alarm, which is kept already, came from another condition, and whom that is to be told."""
        now = alarm.condition.updated
        self._tx.alarm_history.add(alarm_history.changed(alarm, before))
        self._tx.alarm_history.forget(now - HISTORY_KEPT)
        if not alarm.actions_enabled:
            return
        for action in alarm.actions.of(alarm.condition.state):
            self._tx.notifications.save(
                Notification(
                    notification_id=str(uuid.uuid4()),
                    account_id=alarm.account_id,
                    region=alarm.region,
                    alarm=alarm.name,
                    action=action,
                    message=alarm_history.message(alarm, before),
                    due=now,
                )
            )

    def _reading(self, now: datetime) -> Reading | None:
        """Return how far the trail was read, None where nothing is watched for.

        Where that was tampered with, reading begins anew at the end, and an event tells of it.
        """
        try:
            reading = self._tx.alarms.reading
            if reading is not None or not self._tx.alarms.places():
                return reading
        except IntegrityFailure:
            pass
        made = Reading(chains=ends(self._tx.trail))
        self._tx.alarms.set_reading(made)
        self._tell("AlarmTampered", self._tx.alarms.everything(), {"reason": _READING_LOST}, now)
        return made

    def _read(self, reading: Reading, filters: Iterable[MetricFilter]) -> Read:
        if filters:
            return read_on(self._tx.trail, reading.chains, ROWS)
        # Nothing counts; whoever makes a filter begins where the trail ends then.
        return Read(rows=(), faults=(), places=reading.chains, more=False)

    def _judge(self, alarm: Alarm, values: Counted, until: datetime, now: datetime) -> None:
        counted = alarm.counted(values.get((alarm.account_id, alarm.region, alarm.rule.metric), ()))
        judged = (alarm.counting(counted) if counted else alarm).judged(counted, until, now)
        if judged == alarm:
            return
        self._tx.alarms.save(judged)
        if judged.condition.state is not alarm.condition.state:
            self.changed(judged, alarm.condition)

    def _keep(self, before: Reading, reading: Reading, owner: str, now: datetime) -> None:
        until = before.leased_until
        renewed = before.owner != owner or until is None or until - now < LEASE / 2
        if renewed or reading != before:
            self._tx.alarms.set_reading(replace(reading, owner=owner, leased_until=now + LEASE))

    def _tell_faults(self, reading: Reading, known: Everything, rows: Iterable[ChainFault], now: datetime) -> None:
        """Record what was tampered with: rows of the trail, and alarms, filters and their list, each once."""
        for fault in rows:
            self._tell("TrailTampered", known, {"writer": fault.writer, "row": fault.seq}, now)
        for problem in known.faults:
            if problem not in reading.faults:
                self._tell("AlarmTampered", known, {"reason": problem}, now)

    def _tell(self, name: str, known: Everything, details: Mapping[str, Any], now: datetime) -> None:
        for account_id, region in known.owners:
            event = service_event(
                name, account_id=account_id, region=region, now=now, details=details, service="strongroom"
            )
            self._tx.trail.append(event, at=now)


def begin(tx: UnitOfWork) -> None:
    """Have the trail read from its end on."""
    reading = tx.alarms.reading or Reading()
    tx.alarms.set_reading(replace(reading, chains=ends(tx.trail)))


def _is_free(reading: Reading, owner: str, now: datetime) -> bool:
    return reading.owner in ("", owner) or reading.leased_until is None or reading.leased_until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counting:
    """A metric filter as rows are put to it."""

    since: int
    pattern: FilterPattern
    transformation: Transformation
    constant: tuple[Metric, float] | None

    @classmethod
    def of(cls, each: MetricFilter) -> _Counting:
        made = each.transformation
        return cls(since=to_micros(each.created), pattern=each.parsed, transformation=made, constant=made.constant)

    def observed(self, row: RecordedRow) -> tuple[Metric, float] | None:
        """Return what a row counts as: nothing, or the default, where it does not match."""
        if row.time < self.since:
            return None
        if self.pattern.may_match(row.event) and self.pattern.matches(row.event, loaded):
            return self.constant or self.transformation.observed(loaded(row.event))
        default = self.transformation.default
        return None if default is None else (self.transformation.metric, default)


def _values(rows: Iterable[RecordedRow], filters: Iterable[MetricFilter]) -> Counted:
    by_owner: dict[tuple[str, str], list[_Counting]] = {}
    for each in filters:
        by_owner.setdefault((each.account_id, each.region), []).append(_Counting.of(each))
    values: Counted = {}
    for row in rows:
        for counting in by_owner.get((row.account_id, row.region), ()):
            observed = counting.observed(row)
            if observed is not None:
                key = (row.account_id, row.region, observed[0])
                values.setdefault(key, []).append((row.time // _MICROSECONDS, observed[1]))
    return values
