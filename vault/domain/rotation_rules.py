"""When a secret rotates, as RotateSecret is told: RotationRules.

Rules (AWS Secrets Manager API Reference, "RotationRulesType"):

1.  AutomaticallyAfterDays (1 to 1000) or a ScheduleExpression (`schedule.py`), never both; Duration goes with one of
    them. None at all means that the secret rotates only when it is told to.
2.  A window that opened is over at its end, the last second that belongs to it: NextRotationDate is that second of the
    next window, by which the rotation has begun (seen on AWS: seven days after a rotation on 30 August,
    6 September 23:59:59 UTC). A rotation starts when its window opens.
3.  DescribeSecret shows AutomaticallyAfterDays for a schedule too, worked out after each rotation: the days from its
    day to that of the next opening, 1 at least (seen on AWS: 1 for `rate(10 hours)`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vault.domain.errors import InvalidParameter
from vault.domain.schedule import DAY, Rate, Schedule, check, check_window, next_opening, parse, window

_BOTH = "You cannot specify both rotation frequency and schedule expression together."


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRules:
    """When a secret rotates. At most one of `after_days` and `schedule` is set; neither means only by hand.

    Raises `InvalidParameter` for rules that Secrets Manager does not take, except for those that come from `stored`
    state: they were taken once.
    """

    after_days: int | None = None
    schedule: str | None = None
    duration: str | None = None
    stored: InitVar[bool] = False

    def __post_init__(self, stored: bool) -> None:
        if not stored:
            self._check()

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RotationRules:
        """Return the rules that a secret's state holds under `after_days`, `schedule` and `duration`."""
        return cls(after_days=state["after_days"], schedule=state["schedule"], duration=state["duration"], stored=True)

    @property
    def parsed(self) -> Schedule | None:
        """Return the schedule, None where there is none."""
        if self.after_days is not None:
            return Rate(interval=self.after_days * DAY, hourly=False)
        return None if self.schedule is None else parse(self.schedule)

    @property
    def window(self) -> timedelta:
        """Return how long a window stays open; nothing where none ever opens."""
        parsed = self.parsed
        return timedelta() if parsed is None else window(parsed, self.duration)

    def next_opening(self, counted_from: datetime, *, anchor: datetime | None = None) -> datetime | None:
        """Return when the first window after a rotation at `counted_from` opens, None where nothing is scheduled.

        A `rate()` in hours counts them from the midnight before `anchor`, by default before `counted_from`.
        """
        parsed = self.parsed
        return None if parsed is None else next_opening(parsed, counted_from, anchor or counted_from)

    def following(self, opening: datetime) -> datetime | None:
        """Return when the window after the one that opens at `opening` does, if the secret rotates in each."""
        parsed = self.parsed
        return opening + parsed.interval if isinstance(parsed, Rate) else self.next_opening(opening)

    def window_end(self, opening: datetime) -> datetime:
        """Return the last second of the window that opens at `opening`."""
        return opening + self.window - timedelta(seconds=1)

    def shown_days(self, last_rotated: datetime | None) -> int | None:
        """Return AutomaticallyAfterDays as it is shown: as it was set, or worked out once the secret has rotated."""
        if self.after_days is not None or last_rotated is None:
            return self.after_days
        following = self.next_opening(last_rotated)
        return None if following is None else max(1, (following.date() - last_rotated.astimezone(UTC).date()).days)

    def _check(self) -> None:
        if self.after_days is not None and self.schedule is not None:
            raise InvalidParameter(_BOTH)
        if self.after_days is not None and not 1 <= self.after_days <= 1000:
            raise InvalidParameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
        parsed = self.parsed
        if parsed is None:
            if self.duration is not None:
                raise InvalidParameter(
                    "RotationRules.Duration needs AutomaticallyAfterDays or ScheduleExpression beside it."
                )
            return
        named = self.schedule or f"AutomaticallyAfterDays {self.after_days}"
        if self.schedule is not None:
            check(self.schedule, parsed)
        if self.duration is not None:
            check_window(parsed, self.duration, named)
