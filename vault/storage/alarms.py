"""Alarms and metric filters: one row each, its document under a MAC, and one list of all under another.

The list shows that one was taken out past the store: an alarm that is gone tells nobody. How far the trail was read
stands under a MAC, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, select

from vault.crypto.kdf import Barrier, Purpose
from vault.domain.alarm import Alarm
from vault.domain.errors import IntegrityFailure
from vault.domain.metric_filters import MetricFilter
from vault.storage.documents import document, loaded
from vault.storage.meta import MetaRepository
from vault.storage.schema import alarms, metric_filters
from vault.storage.upsert import replace_row

_LIST = "alarm_list"
_READING = "alarm_reading"
_MAC_BYTES = 32
_TABLES: Mapping[str, Table] = {"alarm": alarms, "filter": metric_filters}
_EACH = {
    kind: select(table).order_by(table.c.account_id, table.c.region, table.c.name) for kind, table in _TABLES.items()
}
_ALL = {
    kind: select(table).where(table.c.account_id == bindparam("account"), table.c.region == bindparam("here"))
    .order_by(table.c.name)
    for kind, table in _TABLES.items()
}  # fmt: skip
_ONE = {kind: statement.where(_TABLES[kind].c.name == bindparam("named")) for kind, statement in _ALL.items()}
_GONE = {
    kind: delete(table).where(
        table.c.account_id == bindparam("account"),
        table.c.region == bindparam("here"),
        table.c.name == bindparam("named"),
    )
    for kind, table in _TABLES.items()
}

Key = tuple[str, str, str, str]
"""Kind (`alarm`, `filter`), account, region and name of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far the trail was read: number and MAC of the last row of each chain; who reads on until when."""

    chains: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    owner: str = ""
    leased_until: datetime | None = None
    faults: tuple[str, ...] = ()
    """What was tampered with as far as it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """All alarms and metric filters that are as the store left them; what is not stands among the faults."""

    filters: tuple[MetricFilter, ...]
    alarms: tuple[Alarm, ...]
    faults: tuple[str, ...]
    owners: tuple[tuple[str, str], ...]
    """Accounts and regions that have any."""


class AlarmRepository:
    """The alarms and metric filters of all accounts. Every method that reads may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier, meta: MetaRepository) -> None:
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    def alarm(self, account_id: str, region: str, name: str) -> Alarm | None:
        """Return the alarm of a name."""
        found = self._content("alarm", account_id, region, name)
        return None if found is None else Alarm.from_document(found)

    def alarms(self, account_id: str, region: str) -> list[Alarm]:
        """Return the alarms of an account and region by name."""
        return [Alarm.from_document(each) for each in self._contents("alarm", account_id, region)]

    def filter(self, account_id: str, region: str, name: str) -> MetricFilter | None:
        """Return the metric filter of a name."""
        found = self._content("filter", account_id, region, name)
        return None if found is None else MetricFilter.from_document(found)

    def filters(self, account_id: str, region: str) -> list[MetricFilter]:
        """Return the metric filters of an account and region by name."""
        return [MetricFilter.from_document(each) for each in self._contents("filter", account_id, region)]

    def everything(self) -> Everything:
        """Return all there is; what was edited or taken out stops nothing else."""
        faults: list[str] = []
        found: dict[str, list[Any]] = {kind: [] for kind in _TABLES}
        seen: set[Key] = set()
        for kind in _TABLES:
            for row in self._connection.execute(_EACH[kind]).mappings():
                seen.add((kind, row["account_id"], row["region"], row["name"]))
                try:
                    found[kind].append(self._verified(kind, row))
                except IntegrityFailure as damaged:
                    faults.append(damaged.message)
        return Everything(
            filters=tuple(MetricFilter.from_document(each) for each in found["filter"]),
            alarms=tuple(Alarm.from_document(each) for each in found["alarm"]),
            faults=(*faults, *self._differences(seen)),
            owners=tuple(sorted({(account_id, region) for _, account_id, region, _ in seen})),
        )

    def save(self, thing: Alarm | MetricFilter) -> None:
        """Keep an alarm or filter, in place of an earlier one of its name."""
        kind = _kind(thing)
        state = document(thing.document())
        columns = {"account_id": thing.account_id, "region": thing.region, "name": thing.name}
        if isinstance(thing, Alarm):
            columns["state_value"] = thing.condition.state.value
        row = {**columns, "state": state.decode("utf-8"), "mac": self._mac(kind, state)}
        replace_row(self._connection, _TABLES[kind], row)

    def add(self, thing: Alarm | MetricFilter) -> None:
        """Keep one that there was not before, and list it."""
        self.save(thing)
        self._set_listed({*self.listed(), (_kind(thing), thing.account_id, thing.region, thing.name)})

    def remove(self, thing: Alarm | MetricFilter) -> None:
        """Forget an alarm or filter."""
        kind = _kind(thing)
        values = {"account": thing.account_id, "here": thing.region, "named": thing.name}
        self._connection.execute(_GONE[kind], values)
        self._set_listed(self.listed() - {(kind, thing.account_id, thing.region, thing.name)})

    def listed(self) -> set[Key]:
        """Return what there is by the list."""
        listed = self._meta.get(_LIST)
        if listed is None:
            return set()
        return {(kind, account, region, name) for kind, account, region, name in self._opened(_LIST, listed)}

    def _differences(self, seen: set[Key]) -> list[str]:
        """Return how what stands there differs from the list."""
        try:
            listed = self.listed()
        except IntegrityFailure as damaged:
            return [damaged.message]
        gone = [f"The {kind} {name!r} was removed outside the store." for kind, _, _, name in sorted(listed - seen)]
        new = [f"The {kind} {name!r} was added outside the store." for kind, _, _, name in sorted(seen - listed)]
        return [*gone, *new]

    def places(self) -> list[Key]:
        """Return what stands where; nothing is verified."""
        return [
            (kind, row["account_id"], row["region"], row["name"])
            for kind in _TABLES
            for row in self._connection.execute(_EACH[kind]).mappings()
        ]

    @property
    def are_used(self) -> bool:
        """Whether there are or were any."""
        kept = self._meta.get(_READING) is not None or self._meta.get(_LIST) is not None
        return kept or bool(self.places())

    def check(self, key: Key) -> None:
        """Read what stands at a place. Raises `IntegrityFailure` where it was edited."""
        self._content(*key)

    @property
    def reading(self) -> Reading | None:
        """How far the trail was read; None where nobody began."""
        kept = self._meta.get(_READING)
        if kept is None:
            return None
        found = self._opened(_READING, kept)
        until = found["leased_until"]
        return Reading(
            chains={writer: (seq, mac) for writer, (seq, mac) in found["chains"].items()},
            owner=found["owner"],
            leased_until=None if until is None else datetime.fromisoformat(until),
            faults=tuple(found["faults"]),
        )

    def set_reading(self, reading: Reading) -> None:
        """Keep how far the trail was read."""
        until = reading.leased_until
        state = document(
            {
                "chains": {writer: list(place) for writer, place in reading.chains.items()},
                "owner": reading.owner,
                "leased_until": None if until is None else until.isoformat(),
                "faults": list(reading.faults),
            }
        )
        self._meta.set(_READING, self._mac(_READING, state) + state)

    def _set_listed(self, keys: set[Key]) -> None:
        state = document([list(key) for key in sorted(keys)])
        self._meta.set(_LIST, self._mac(_LIST, state) + state)

    def _content(self, kind: str, account_id: str, region: str, name: str) -> Any:
        values = {"account": account_id, "here": region, "named": name}
        row = self._connection.execute(_ONE[kind], values).mappings().one_or_none()
        return None if row is None else self._verified(kind, row)

    def _contents(self, kind: str, account_id: str, region: str) -> Sequence[Any]:
        rows = self._connection.execute(_ALL[kind], {"account": account_id, "here": region}).mappings()
        return [self._verified(kind, row) for row in rows]

    def _verified(self, kind: str, row: RowMapping) -> Any:
        damaged = IntegrityFailure(f"The {kind} {row['name']!r} was changed outside the store.")
        state = row["state"].encode("utf-8")
        if not self._barrier.verifies(row["mac"], Purpose.ALARM, kind.encode(), state):
            raise damaged
        found = loaded(row["state"])
        told = [found["account_id"], found["region"], found["name"]]
        stands = [row["account_id"], row["region"], row["name"]]
        if kind == "alarm":
            told, stands = [*told, found["condition"][0]], [*stands, row["state_value"]]
        if told != stands:
            raise damaged
        return found

    def _mac(self, kind: str, state: bytes) -> bytes:
        return self._barrier.mac(Purpose.ALARM, kind.encode(), state)

    def _opened(self, name: str, kept: bytes) -> Any:
        mac, state = kept[:_MAC_BYTES], kept[_MAC_BYTES:]
        if not self._barrier.verifies(mac, Purpose.ALARM, name.encode(), state):
            raise IntegrityFailure(f"The record {name!r} was changed outside the store.")
        return json.loads(state)


def _kind(thing: Alarm | MetricFilter) -> str:
    return "alarm" if isinstance(thing, Alarm) else "filter"
