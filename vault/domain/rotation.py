"""Rotation of a secret as RotateSecret configures it: the function, the rules, and when the next one is due.

Rules (AWS API page of RotateSecret; `rotation_rules.py` has those of the schedule):

1.  AutomaticallyAfterDays counts from the last rotation, and a value put by hand counts as one.
2.  NextRotationDate is the end of the next window; the rotation starts when the window opens.
3.  A window that has passed without a rotation is missed. AutomaticallyAfterDays leaves the day open, so the rotation
    starts late; a schedule names its windows, so the rotation waits for the next one.
4.  A rate in hours keeps the distance of its windows from the day it was set on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from vault.domain.rotation_rules import RotationRules

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
    """What the schedule counts from: the last rotation, the last value put by hand, the configuration, or the last
    window that was missed or in which the rotation failed."""
    last_rotated: datetime | None = None
    configured: datetime | None = None
    """When the rules were set; unknown for those from before it was kept."""

    @property
    def opens(self) -> datetime | None:
        """Return when the next rotation may start, None where rotation is off or not scheduled."""
        return self._after(self.counted_from) if self.enabled else None

    @property
    def next_rotation(self) -> datetime | None:
        """Return by when the next rotation will have been started (NextRotationDate)."""
        opening = self.opens
        return self.rules.window_end(opening) if opening is not None else None

    @property
    def shown_after_days(self) -> int | None:
        """Return AutomaticallyAfterDays as Describe shows it: derived from the schedule once a rotation succeeded."""
        return self.rules.shown_days(self.last_rotated)

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
            last, opening = opening, self._after(opening)
        return None if last is None else replace(self, counted_from=last)

    def passed(self, now: datetime) -> RotationConfig:
        """Return the configuration that waits for the first window after `now`, the one that is open given up."""
        opening, last = self.opens, self.counted_from
        while opening is not None and opening <= now:
            last, opening = opening, self._after(opening)
        return replace(self, counted_from=last)

    def _after(self, moment: datetime) -> datetime | None:
        return self.rules.next_opening(moment, anchor=self.configured)

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
            **({"configured": self.configured.isoformat()} if self.configured else {}),
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
            configured=datetime.fromisoformat(state["configured"]) if "configured" in state else None,
        )


def _day_end(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=23, minute=59, second=59, microsecond=0)
