"""Deletion of a secret: the recovery window, what is refused while it runs, and when it is over.

Source: AWS API page of DeleteSecret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vault.domain.errors import InvalidParameter

MIN_WINDOW_DAYS = 7
MAX_WINDOW_DAYS = 30
DEFAULT_WINDOW_DAYS = 30

MARKED_FOR_DELETION = "You can't perform this operation on the secret because it was marked for deletion."
NAME_SCHEDULED_FOR_DELETION = (
    "You can't create this secret because a secret with this name is already scheduled for deletion."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion under way: when it was asked for, and from when on the secret may be gone for good."""

    requested: datetime
    purge_at: datetime

    def due(self, now: datetime) -> bool:
        """Tell whether the recovery window is over."""
        return now >= self.purge_at

    def state(self) -> dict[str, Any]:
        """Return the deletion as JSON values."""
        return {"requested": self.requested.isoformat(), "purge_at": self.purge_at.isoformat()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Deletion:
        """Return the deletion that `state()` described."""
        return cls(
            requested=datetime.fromisoformat(state["requested"]),
            purge_at=datetime.fromisoformat(state["purge_at"]),
        )


def plan_deletion(*, now: datetime, window_days: int | None, force: bool) -> Deletion:
    """Return the deletion a request asks for; a forced one has no window.

    Raises `InvalidParameter` for a window together with force, and for one outside 7 to 30 days.
    """
    if force:
        if window_days is not None:
            raise InvalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        return Deletion(requested=now, purge_at=now)
    days = DEFAULT_WINDOW_DAYS if window_days is None else window_days
    if not MIN_WINDOW_DAYS <= days <= MAX_WINDOW_DAYS:
        raise InvalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    return Deletion(requested=now, purge_at=now + timedelta(days=days))
