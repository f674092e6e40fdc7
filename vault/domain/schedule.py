"""When a rotation schedule opens its windows, how long they stay open, and how both read in plain words.

Rules (AWS Secrets Manager user guide, "Rotation schedules"; API Reference, "RotationRulesType"):

1.  `rate(n hours)`, n from 4 to 23, opens every n hours, counted from a midnight UTC. `rate(n days)`, n from 1 to 999,
    opens at midnight UTC, n days after the day of the last rotation. AutomaticallyAfterDays opens as a rate in days.
2.  `cron()` opens at the hours that it names (`cron.py`).
3.  A window lasts Duration, 1 to 24 hours. Without one: an hour for a schedule in hours, else to the end of the day.
4.  No window runs into the next one. One of `cron()` or of a schedule in days does not run into the next UTC day.

The first sentence of each refusal is Secrets Manager's own, as far as it is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from vault.domain import cron
from vault.domain.errors import InvalidParameter

if TYPE_CHECKING:
    from vault.domain.rotation_rules import RotationRules

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_INVALID = "Invalid schedule expression."
_HOURS = "Rate in hour should be least 4 and less than 24."
_DAYS = "Rate in day should be greater than 0 and less than 1000."
_DURATION_BOUNDS = "Duration must be at least 1 hour, at most 24 hour."
_DURATION_OF_RATE = "Duration cannot be greater than Rate in hour."
_DURATION_OF_DAY = "Starting hour and duration must be within a day."

_CRON = re.compile(r"cron\((.*)\)\Z")
_RATE = re.compile(r"rate\(\s*([0-9]{1,9})\s+(hours?|days?)\s*\)\Z")
_DURATION = re.compile(r"([0-9]{1,2})h\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Openings at one distance from each other."""

    interval: timedelta
    hourly: bool

    def next_opening(self, counted_from: datetime, anchor: datetime) -> datetime:
        """Return the first opening after a rotation at `counted_from`; hours count from the midnight before `anchor`.

        An anchor that stays keeps the distance also where it does not divide the day.
        """
        if not self.hourly:
            return _midnight(counted_from) + self.interval
        start = _midnight(anchor)
        return start + self.interval * ((counted_from - start) // self.interval + 1)


Schedule = Rate | cron.Cron


@lru_cache(maxsize=1024)
def parse(expression: str) -> Schedule:
    """Return the schedule an expression means, whatever its limits. Raises `InvalidParameter`, which names it."""
    fields, rate = _CRON.match(expression), _RATE.match(expression)
    if rate is not None:
        hourly = rate[2].startswith("hour")
        return Rate(interval=int(rate[1]) * (HOUR if hourly else DAY), hourly=hourly)
    if fields is None:
        raise _refused(_INVALID, expression, "write rate(n hours), rate(n days) or cron() with six fields")
    try:
        return cron.parse(fields[1])
    except cron.Unfit as why:
        raise _refused(_INVALID, expression, str(why)) from None


def check(expression: str, schedule: Schedule) -> None:
    """Raise `InvalidParameter`, which names the expression, for a schedule beyond what Secrets Manager takes."""
    if isinstance(schedule, Rate):
        lowest, highest = (4 * HOUR, 23 * HOUR) if schedule.hourly else (DAY, 999 * DAY)
        if not lowest <= schedule.interval <= highest:
            raise _refused(_HOURS if schedule.hourly else _DAYS, expression, "choose another rate, or cron()")
        return
    try:
        schedule.check()
    except cron.Unfit as why:
        raise _refused(_INVALID, expression, str(why)) from None


def next_opening(schedule: Schedule, counted_from: datetime, anchor: datetime) -> datetime:
    """Return when the first window after `counted_from` opens. Hours of a `rate()` count from `anchor`'s midnight."""
    if isinstance(schedule, Rate):
        return schedule.next_opening(counted_from.astimezone(UTC), anchor.astimezone(UTC))
    return next(schedule.openings(counted_from.astimezone(UTC)))


def window(schedule: Schedule, duration: str | None) -> timedelta:
    """Return how long a window stays open. Raises `InvalidParameter` for a duration that is not hours."""
    if duration is not None:
        return _duration(duration)
    if schedule.hourly:
        return HOUR
    return DAY if isinstance(schedule, Rate) else DAY - schedule.hours[0] * HOUR


def check_window(schedule: Schedule, duration: str, named: str) -> None:
    """Raise `InvalidParameter` for a duration that runs out of the day or into the next window of `named`."""
    length, place = _duration(duration), f"RotationRules.Duration {duration} with {named}"
    if not HOUR <= length <= DAY:
        raise InvalidParameter(f"{_DURATION_BOUNDS} {place}.")
    if isinstance(schedule, Rate):
        if schedule.hourly and length > schedule.interval:
            raise InvalidParameter(f"{_DURATION_OF_RATE} {place}.")
        return
    if schedule.hours[-1] * HOUR + length > DAY:
        raise InvalidParameter(f"{_DURATION_OF_DAY} {place}: a window opens at {schedule.hours[-1]}:00 UTC.")
    if length > schedule.gap * HOUR:
        raise InvalidParameter(f"{place} runs into the next window, which opens {schedule.gap} hours later.")


def describe(rules: RotationRules) -> str:
    """Return when a secret rotates in plain words, such as "every 10 days, window 00:00 to 03:00 UTC"."""
    schedule = rules.parsed
    if schedule is None:
        return "by hand"
    hours = rules.window // HOUR
    lasting = f"{hours} hour{'s' if hours > 1 else ''}"
    if isinstance(schedule, Rate):
        if schedule.hourly:
            return f"every {_counted(schedule.interval // HOUR, 'hour')}, window of {lasting}"
        days = schedule.interval // DAY
        after = f"{days} day{'s' if days > 1 else ''} after the last change"
        when = f"every {_counted(days, 'day')}" if rules.after_days is None else after
        return f"{when}, window 00:00 to {hours:02}:00 UTC"
    on = schedule.days.words()
    if len(schedule.months) < len(cron.MONTHS):
        on += f" in {cron.listed(cron.MONTHS[month - 1] for month in sorted(schedule.months))}"
    if schedule.hourly:
        return f"{on}, windows of {lasting} from {cron.listed(f'{hour:02}:00' for hour in schedule.hours)} UTC"
    return f"{on}, window {schedule.hours[0]:02}:00 to {schedule.hours[0] + hours:02}:00 UTC"


def _counted(number: int, unit: str) -> str:
    return unit if number == 1 else f"{number} {unit}s"


def _duration(duration: str) -> timedelta:
    matched = _DURATION.match(duration)
    if matched is None:
        raise InvalidParameter(f"{_DURATION_BOUNDS} RotationRules.Duration {duration}: write hours, such as 3h.")
    return int(matched[1]) * HOUR


def _refused(sentence: str, expression: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"{sentence} RotationRules.ScheduleExpression {expression}: {reason}.")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
