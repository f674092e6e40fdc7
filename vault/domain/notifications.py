"""A notification that is still to be delivered: what, to whom, when it is next tried, and when it is given up.

Deliveries are tried again after five seconds, twice as long each time up to fifteen minutes, ten times in all: an hour
and a half. A worker that took one and died holds it for the length of a lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

MOST_ATTEMPTS = 10
LEASE = timedelta(minutes=2)
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message for one action of an alarm."""

    notification_id: str
    account_id: str
    region: str
    alarm: str
    action: str
    """The action's ARN, whose last part names `[notify.NAME]`."""
    message: Mapping[str, Any] = field(repr=False)
    due: datetime
    attempts: int = 0
    owner: str = ""

    @property
    def target(self) -> str:
        """The name in the settings of what it is for."""
        return self.action.rpartition(":")[2]

    def claimed(self, owner: str, now: datetime) -> Notification:
        """Return the notification in the hands of a worker until its lease is over."""
        return replace(self, owner=owner, due=now + LEASE, attempts=self.attempts + 1)

    def delayed(self, now: datetime) -> Notification | None:
        """Return the notification as it waits for its next attempt; None once there were enough."""
        if self.attempts >= MOST_ATTEMPTS:
            return None
        pause = min(_FIRST_RETRY * 2 ** (self.attempts - 1), _LONGEST)
        return replace(self, owner="", due=now + pause)

    def document(self) -> dict[str, Any]:
        """Return the notification as JSON values."""
        return {
            "notification_id": self.notification_id,
            "account_id": self.account_id,
            "region": self.region,
            "alarm": self.alarm,
            "action": self.action,
            "message": dict(self.message),
            "due": self.due.isoformat(),
            "attempts": self.attempts,
            "owner": self.owner,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Notification:
        """Return the notification that `document()` described."""
        return cls(**{**document, "due": datetime.fromisoformat(document["due"])})
