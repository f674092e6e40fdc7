"""Rotation of a secret as RotateSecret configures it: the function, the rules, and when the next one is due.

Rules (AWS API page of RotateSecret; AWS user guide, "Schedule expressions"):

1.  RotationRules hold AutomaticallyAfterDays (1 to 1000) or a ScheduleExpression, never both, and a Duration.
2.  AutomaticallyAfterDays counts from the last rotation, and a value put by hand counts as one. The window is that
    whole UTC day.
3.  `rate(N days)` opens its window at midnight UTC; `rate(N hours)`, N at least 4, every N hours from midnight UTC.
4.  The window lasts Duration; without one an hour for a schedule in hours, else to the end of the UTC day. It must
    not run into the next UTC day or the next window.
5.  NextRotationDate is the end of the next window; the rotation starts when the window opens.
6.  A window that has passed without a rotation is missed. AutomaticallyAfterDays leaves the day open, so the rotation
    starts late; a schedule names its windows, so the rotation waits for the next one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vault.domain.errors import InvalidParameter

NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
CANNOT_INVOKE = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
    "the principal secretsmanager.amazonaws.com."
)
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."

_RATE = re.compile(r"rate\(\s*([1-9][0-9]{0,3})\s+(hours?|days?)\s*\)\Z")
_DURATION = re.compile(r"([0-9]{1,2})h\Z")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRules:
    """When a secret rotates. At most one of `after_days` and `schedule` is set; neither means only by hand."""

    after_days: int | None = None
    schedule: str | None = None
    duration: str | None = None

    def __post_init__(self) -> None:
        if self.after_days is not None and self.schedule is not None:
            raise InvalidParameter(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules."
            )
        if self.after_days is not None and not 1 <= self.after_days <= 1000:
            raise InvalidParameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
        if self.after_days is None and self.schedule is None and self.duration is not None:
            raise InvalidParameter(
                "RotationRules.Duration needs AutomaticallyAfterDays or ScheduleExpression beside it."
            )
        self._check_window()

    @property
    def interval(self) -> timedelta | None:
        """Return the time from one window's opening to the next, None where nothing is scheduled."""
        if self.after_days is not None:
            return timedelta(days=self.after_days)
        return None if self.schedule is None else _rate(self.schedule)

    @property
    def window(self) -> timedelta:
        """Return how long a window stays open."""
        if self.duration is not None:
            return _duration(self.duration)
        return timedelta(hours=1) if self._hourly else _DAY

    def next_opening(self, counted_from: datetime) -> datetime | None:
        """Return when the first window after a rotation at `counted_from` opens."""
        interval = self.interval
        if interval is None:
            return None
        midnight = counted_from.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if not self._hourly:
            return midnight + interval
        return midnight + interval * ((counted_from - midnight) // interval + 1)

    def window_end(self, opening: datetime) -> datetime:
        """Return the last second of the window that opens at `opening`."""
        return opening + self.window - timedelta(seconds=1)

    @property
    def _hourly(self) -> bool:
        return self.schedule is not None and "hour" in self.schedule

    def _check_window(self) -> None:
        interval = self.interval
        if interval is not None and not timedelta(hours=1) <= self.window <= min(interval, _DAY):
            raise InvalidParameter(
                "RotationRules.Duration must not extend into the next UTC day or the next rotation window."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationConfig:
    """Rotation as it is set on a secret. It stays, disabled, after CancelRotateSecret."""

    function_arn: str
    rules: RotationRules
    enabled: bool
    counted_from: datetime
    """What the schedule counts from: the last rotation, the last value put by hand, the configuration, or the last
    window that was missed or in which the rotation failed."""
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
        interval = self.rules.interval
        if self.rules.after_days is not None or interval is None or self.last_rotated is None:
            return self.rules.after_days
        return max(1, interval // _DAY)

    def window_end(self, now: datetime) -> datetime:
        """Return when no attempt of a scheduled rotation that starts now may begin any more."""
        opening = self.opens
        end = now if opening is None else self.rules.window_end(opening)
        return end if self.rules.after_days is None else max(end, _day_end(now))

    def missed(self, now: datetime) -> RotationConfig | None:
        """Return the configuration after windows that went by without a rotation, None where there was none."""
        opening, last = self.opens, None
        if self.rules.after_days is not None:
            return None
        while opening is not None and self.rules.window_end(opening) < now:
            last, opening = opening, self.rules.next_opening(opening)
        return None if last is None else replace(self, counted_from=last)

    def passed(self, now: datetime) -> RotationConfig:
        """Return the configuration that waits for the first window after `now`, the one that is open given up."""
        opening, last = self.opens, self.counted_from
        while opening is not None and opening <= now:
            last, opening = opening, self.rules.next_opening(opening)
        return replace(self, counted_from=last)

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
            rules=RotationRules(after_days=state["after_days"], schedule=state["schedule"], duration=state["duration"]),
            enabled=state["enabled"],
            counted_from=datetime.fromisoformat(state["counted_from"]),
            last_rotated=datetime.fromisoformat(state["last_rotated"]) if state["last_rotated"] else None,
        )


def _day_end(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=23, minute=59, second=59, microsecond=0)


def _rate(schedule: str) -> timedelta:
    if schedule.lstrip().startswith("cron("):
        raise InvalidParameter(
            f"RotationRules.ScheduleExpression {schedule}: cron expressions are not supported yet, use rate()."
        )
    matched = _RATE.match(schedule)
    if matched is None:
        raise InvalidParameter(f"RotationRules.ScheduleExpression {schedule} is not a valid rate() expression.")
    count, unit = int(matched[1]), matched[2]
    interval = timedelta(hours=count) if unit.startswith("hour") else timedelta(days=count)
    if not timedelta(hours=4) <= interval <= timedelta(days=1000):
        raise InvalidParameter(
            f"RotationRules.ScheduleExpression {schedule}: the interval must be within 4 hours and 1000 days."
        )
    return interval


def _duration(duration: str) -> timedelta:
    matched = _DURATION.match(duration)
    if matched is None:
        raise InvalidParameter(f"RotationRules.Duration {duration} must be a number of hours such as 3h.")
    return timedelta(hours=int(matched[1]))
