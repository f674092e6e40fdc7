"""What other regions are to be told: one row a task, its document under a MAC, kept in the transaction of the change.

Rows are not tied to their secrets' rows: that a replica goes is told also after its primary went.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.domain.keys import Key as KmsKey
from vault.domain.replication import Action, Task
from vault.domain.secret import Secret
from vault.storage.schema import replication, to_micros
from vault.storage.upsert import replace_row

_OF = (
    select(replication)
    .where(replication.c.arn == bindparam("of"), replication.c.kind == bindparam("as_kind"))
    .order_by(replication.c.region)
)
_TO = select(replication).where(replication.c.region == bindparam("to"), replication.c.kind == bindparam("as_kind"))
_DUE = select(replication).where(replication.c.due <= bindparam("now")).order_by(replication.c.due)
_KEYS = select(replication.c.arn, replication.c.region, replication.c.kind).order_by(
    replication.c.arn, replication.c.region, replication.c.kind
)
_ONE = (
    replication.c.arn == bindparam("of"),
    replication.c.region == bindparam("to"),
    replication.c.kind == bindparam("as_kind"),
)
_FIND = select(replication).where(*_ONE)
_REMOVE = delete(replication).where(*_ONE)

Key = tuple[str, str, str]
"""ARN, region and kind of a task."""


class ReplicationRepository:
    """The tasks of all accounts. Every method that reads one may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self._barrier = barrier

    def find(self, arn: str, region: str, kind: str) -> Task | None:
        """Return the task of a kind about `arn` for a region."""
        row = self._connection.execute(_FIND, {"of": arn, "to": region, "as_kind": kind}).one_or_none()
        return None if row is None else self._verified(row)

    def replicas(self, arn: str) -> list[Task]:
        """Return the tasks about the replicas of a secret, by region."""
        rows = self._connection.execute(_OF, {"of": arn, "as_kind": Action.SHIP.kind})
        return [self._verified(row) for row in rows]

    def due(self, now: datetime) -> list[Task]:
        """Return the tasks whose time has come, the longest due first; some may be leased.

        One that was edited is passed over, so that it stops no other: reading it alone is refused, and `vault verify`
        names it.
        """
        found = []
        for row in self._connection.execute(_DUE, {"now": to_micros(now)}):
            with suppress(IntegrityFailure):
                found.append(self._verified(row))
        return found

    def encourage(self, region: str, now: datetime) -> None:
        """Have replicas in a region that failed tried again at once."""
        for kind in (Action.SHIP.kind, Action.SHIP_KEY.kind):
            for row in self._connection.execute(_TO, {"to": region, "as_kind": kind}).all():
                task = self._verified(row)
                if task.encouraged(now) != task:
                    self.save(task.encouraged(now))

    def places(self) -> Sequence[Key]:
        """Return what stands where; nothing is verified."""
        return [(row.arn, row.region, row.kind) for row in self._connection.execute(_KEYS)]

    def save(self, task: Task) -> None:
        """Keep a task, in place of the earlier one of its kind."""
        state = canonical_json(task.state())
        mac = self._barrier.mac(Purpose.REPLICATION, state)
        replace_row(self._connection, replication, {**_search_columns(task), "state": state.decode(), "mac": mac})

    def remove(self, arn: str, region: str, kind: str) -> None:
        """Forget a task; where there is none, nothing happens."""
        self._connection.execute(_REMOVE, {"of": arn, "to": region, "as_kind": kind})

    def changed(self, secret: Secret) -> None:
        """Have the replicas of a secret told what it is now."""
        for task in self.replicas(secret.arn):
            renewed = task.renewed(secret.changed)
            if task.action is Action.SHIP and renewed != task:
                self.save(renewed)

    def of_key(self, arn: str) -> list[Task]:
        """Return the tasks about the replicas of a KMS key, by region."""
        rows = self._connection.execute(_OF, {"of": arn, "as_kind": Action.SHIP_KEY.kind})
        return [self._verified(row) for row in rows]

    def key_changed(self, key: KmsKey) -> None:
        """Have the replicas of a KMS key told at once what it is now."""
        for task in self.of_key(key.arn()):
            renewed = task.renewed(key.created)
            if renewed != task:
                self.save(renewed)

    def _verified(self, row: Any) -> Task:
        damaged = IntegrityFailure(f"The replication of {row.arn!r} to {row.region!r} was changed outside the store.")
        if not self._barrier.verifies(row.mac, Purpose.REPLICATION, row.state.encode("utf-8")):
            raise damaged
        task = Task.from_state(json.loads(row.state))
        columns = _search_columns(task)
        if tuple(row)[: len(columns)] != tuple(columns.values()):
            raise damaged
        return task


def _search_columns(task: Task) -> dict[str, Any]:
    return {
        "arn": task.arn,
        "region": task.region,
        "kind": task.action.kind,
        "due": None if task.due is None else to_micros(task.due),
    }
