"""What alarms are still to tell, and what happened to them: rows under MACs, kept in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, select

from vault.crypto.kdf import Barrier, Purpose
from vault.domain.alarm_history import HistoryItem
from vault.domain.errors import IntegrityFailure
from vault.domain.notifications import Notification
from vault.storage.documents import document, loaded
from vault.storage.schema import alarm_history, notifications, to_micros
from vault.storage.upsert import replace_row

MOST_ITEMS = 5_000
"""Of an account's history in a region that are looked at."""
_FIND = select(notifications).where(notifications.c.notification_id == bindparam("wanted"))
_DUE = select(notifications).where(notifications.c.due <= bindparam("now")).order_by(notifications.c.due)
_REMOVE = delete(notifications).where(notifications.c.notification_id == bindparam("wanted"))
_IDS = select(notifications.c.notification_id).order_by(notifications.c.notification_id)
_ITEMS = (
    select(alarm_history)
    .where(alarm_history.c.account_id == bindparam("account"), alarm_history.c.region == bindparam("here"))
    .order_by(alarm_history.c.time.desc(), alarm_history.c.item_id)
    .limit(MOST_ITEMS)
)
_ITEM = select(alarm_history).where(alarm_history.c.item_id == bindparam("wanted"))
_ITEM_IDS = select(alarm_history.c.item_id).order_by(alarm_history.c.item_id)
_OLD = delete(alarm_history).where(alarm_history.c.time < bindparam("before"))


class NotificationRepository:
    """What is to be delivered for all accounts. Every method that reads one may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self._barrier = barrier

    def find(self, notification_id: str) -> Notification | None:
        """Return the notification of an id."""
        row = self._connection.execute(_FIND, {"wanted": notification_id}).mappings().one_or_none()
        return None if row is None else self._verified(row)

    def due(self, now: datetime, most: int) -> list[Notification]:
        """Return up to so many that a worker may take, the longest due first.

        One that was edited is passed over, so that it stops no other; `vault verify` names it.
        """
        found: list[Notification] = []
        for row in self._connection.execute(_DUE, {"now": to_micros(now)}).mappings():
            if len(found) == most:
                break
            with suppress(IntegrityFailure):
                found.append(self._verified(row))
        return found

    def save(self, notification: Notification) -> None:
        """Keep a notification."""
        state = document(notification.document())
        row = {
            "notification_id": notification.notification_id,
            "due": to_micros(notification.due),
            "state": state.decode("utf-8"),
            "mac": self._barrier.mac(Purpose.ALARM, b"notification", state),
        }
        replace_row(self._connection, notifications, row)

    def remove(self, notification_id: str) -> None:
        """Forget a notification."""
        self._connection.execute(_REMOVE, {"wanted": notification_id})

    def ids(self) -> Sequence[str]:
        """Return the ids of all; nothing is verified."""
        return self._connection.execute(_IDS).scalars().all()

    def _verified(self, row: RowMapping) -> Notification:
        damaged = IntegrityFailure(f"The notification {row['notification_id']!r} was changed outside the store.")
        if not self._barrier.verifies(row["mac"], Purpose.ALARM, b"notification", row["state"].encode("utf-8")):
            raise damaged
        found = Notification.from_document(loaded(row["state"]))
        if (found.notification_id, to_micros(found.due)) != (row["notification_id"], row["due"]):
            raise damaged
        return found


class HistoryRepository:
    """What happened to the alarms of all accounts. Every method that reads may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self._barrier = barrier

    def add(self, item: HistoryItem) -> None:
        """Keep something that happened."""
        item_id, state = str(uuid.uuid4()), document(item.document())
        row: dict[str, Any] = {
            "item_id": item_id,
            "account_id": item.account_id,
            "region": item.region,
            "time": to_micros(item.time),
            "state": state.decode("utf-8"),
            "mac": self._barrier.mac(Purpose.ALARM, b"history", item_id.encode(), state),
        }
        replace_row(self._connection, alarm_history, row)

    def items(self, account_id: str, region: str) -> list[HistoryItem]:
        """Return what happened in an account and region, the newest first, and so many of it at most."""
        rows = self._connection.execute(_ITEMS, {"account": account_id, "here": region}).mappings()
        return [self._verified(row) for row in rows]

    def forget(self, before: datetime) -> None:
        """Drop what happened before a moment."""
        self._connection.execute(_OLD, {"before": to_micros(before)})

    def ids(self) -> Sequence[str]:
        """Return the ids of all items; nothing is verified."""
        return self._connection.execute(_ITEM_IDS).scalars().all()

    def check(self, item_id: str) -> None:
        """Read an item. Raises `IntegrityFailure` where it was edited."""
        row = self._connection.execute(_ITEM, {"wanted": item_id}).mappings().one_or_none()
        if row is not None:
            self._verified(row)

    def _verified(self, row: RowMapping) -> HistoryItem:
        damaged = IntegrityFailure(f"The history item {row['item_id']!r} was changed outside the store.")
        parts = (b"history", row["item_id"].encode("utf-8"), row["state"].encode("utf-8"))
        if not self._barrier.verifies(row["mac"], Purpose.ALARM, *parts):
            raise damaged
        found = HistoryItem.from_document(loaded(row["state"]))
        if (found.account_id, found.region, to_micros(found.time)) != (row["account_id"], row["region"], row["time"]):
            raise damaged
        return found
