"""Rotation of a secret as RotateSecret configures it: the function, the rules, when the next one is due, and the job.

Rules (AWS API page of RotateSecret; `rotation_rules.py` has those of the schedule):

1.  AutomaticallyAfterDays counts from the last rotation, and a value put by hand counts as one.
2.  NextRotationDate is the end of the next window; the rotation starts when the window opens.
3.  A job is retried with the same token, waiting longer each time; after five attempts it waits for the next window
    or the next RotateSecret call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from vault.domain.rotation_rules import RotationRules

MAX_ATTEMPTS = 5
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=30)

NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
CANNOT_INVOKE = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
    "the principal secretsmanager.amazonaws.com."
)
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationConfig:
    """Rotation as it is set on a secret. It stays, disabled, after CancelRotateSecret."""

    function_arn: str
    rules: RotationRules
    enabled: bool
    counted_from: datetime
    """What the schedule counts from: the last rotation, the last value put by hand, or the configuration."""
    last_rotated: datetime | None = None

    @property
    def opens(self) -> datetime | None:
        """Return when the next rotation may start, None where rotation is off or not scheduled."""
        return self.rules.next_opening(self.counted_from) if self.enabled else None

    @property
    def next_rotation(self) -> datetime | None:
        """Return by when the next rotation will have been started (NextRotationDate)."""
        opening = self.opens
        return self.rules.window_end(opening) if opening is not None else None

    @property
    def shown_after_days(self) -> int | None:
        """Return AutomaticallyAfterDays as Describe shows it: derived from the schedule once a rotation succeeded."""
        return self.rules.shown_days(self.last_rotated)

    def value_put(self, now: datetime) -> RotationConfig:
        """Return the configuration after a value was put by hand, which counts for AutomaticallyAfterDays."""
        return replace(self, counted_from=now) if self.rules.after_days is not None else self

    def succeeded(self, now: datetime) -> RotationConfig:
        """Return the configuration after a rotation that ended at `now`."""
        return replace(self, counted_from=now, last_rotated=now)

    def state(self) -> dict[str, Any]:
        """Return the configuration as JSON values."""
        return {
            "function_arn": self.function_arn,
            "after_days": self.rules.after_days,
            "schedule": self.rules.schedule,
            "duration": self.rules.duration,
            "enabled": self.enabled,
            "counted_from": self.counted_from.isoformat(),
            "last_rotated": self.last_rotated.isoformat() if self.last_rotated else None,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RotationConfig:
        """Return the configuration that `state()` described."""
        return cls(
            function_arn=state["function_arn"],
            rules=RotationRules.from_state(state),
            enabled=state["enabled"],
            counted_from=datetime.fromisoformat(state["counted_from"]),
            last_rotated=datetime.fromisoformat(state["last_rotated"]) if state["last_rotated"] else None,
        )


class JobState(StrEnum):
    """What a rotation job waits for."""

    WAITING = "waiting"
    """For a worker: newly asked for, or between two attempts."""
    FAILED = "failed"
    """For the next window or the next RotateSecret call: the attempts are used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationJob:
    """One rotation under way: the pending version's token, and how far the attempts have come."""

    arn: str
    token: str
    state: JobState
    due: datetime | None
    """When a worker may take it; None for a failed one without a schedule."""
    attempts: int = 0
    last_error: str = ""
    owner: str = ""
    leased_until: datetime | None = None

    def claimable(self, now: datetime) -> bool:
        """Tell whether a worker may take the job now."""
        free = self.leased_until is None or self.leased_until <= now
        return free and self.due is not None and self.due <= now

    def claimed(self, owner: str, now: datetime) -> RotationJob:
        """Return the job leased to `owner`; a failed one starts its attempts anew."""
        attempts = 0 if self.state is JobState.FAILED else self.attempts
        return replace(self, state=JobState.WAITING, owner=owner, leased_until=now + LEASE, attempts=attempts + 1)

    def failed(self, reason: str, *, now: datetime, opens: datetime | None) -> RotationJob:
        """Return the job after a failed attempt: due again after a pause, or, all attempts used, at `opens`."""
        freed = replace(self, last_error=reason, owner="", leased_until=None)
        if self.attempts >= MAX_ATTEMPTS:
            return replace(freed, state=JobState.FAILED, due=opens)
        return replace(freed, due=now + FIRST_RETRY * 2 ** max(0, self.attempts - 1))

    def reattempted(self, now: datetime) -> RotationJob:
        """Return the job due at once, its attempts counted anew; a lease that still runs is left to its owner."""
        return replace(self, state=JobState.WAITING, due=now, attempts=0)


def new_job(arn: str, token: str, now: datetime) -> RotationJob:
    """Return a job that a worker may take at once."""
    return RotationJob(arn=arn, token=token, state=JobState.WAITING, due=now)
