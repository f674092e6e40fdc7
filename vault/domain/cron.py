"""A `cron()` schedule of Secrets Manager: what may be written in its six fields, and the hours at which it opens.

Rules (AWS Secrets Manager user guide, "Rotation schedules", "Cron expression requirements"):

1.  Six fields: minutes, which must be 0; hours; day of month; month; day of week, 1 being Sunday; year, which must
    be `*`. All times are UTC.
2.  `,` lists, `-` ranges (which may run over the end, as FRI-MON), `*` all values, `/` increments up to the end of
    the field, also without a start (`/8` is `0/8`). Names of months and weekdays count as their numbers.
3.  Exactly one of the two day fields is `?`.
4.  `L` is the last day of the month or of the week, `SUNL` the last Sunday of the month (in either day field),
    `TUE#3` the third Tuesday. Each stands alone. `W` is EventBridge's and not among what the guide lists.
5.  Hours begin anew each day. Openings are at least four hours apart, the last of a day and the first of the next too.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Protocol

CLOSEST = 4
"""Hours between two openings at least."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_SATURDAY = 7
_DIGITS = re.compile(r"[0-9]{1,2}\Z")
# The fifth Sunday of February comes every 28 years, around a year such as 2100 every 40.
_MONTHS_AHEAD = 12 * 41
# Eight years hold every neighbourhood of days of the month, 29 February to 1 March among them.
_A_CYCLE = 8
_SOME_LEAP_YEAR = 2024


class Unfit(Exception):
    """What is written in a field is not a schedule; the message says why and fits behind the expression."""


class Days(Protocol):
    """Which days of a month a schedule opens on."""

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days of that month, in order."""
        ...

    def words(self) -> str:
        """Return them in words, behind which a month can be named."""
        ...


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days by their number."""

    days: frozenset[int]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return those that the month has."""
        return tuple(day for day in sorted(self.days) if day <= monthrange(year, month)[1])

    def words(self) -> str:
        """Return the days in words."""
        if len(self.days) == _DAY_OF_MONTH.high:
            return "every day"
        return f"on day {listed(str(day) for day in sorted(self.days))} of the month"


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day of the month."""

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day."""
        return (monthrange(year, month)[1],)

    def words(self) -> str:
        """Return the day in words."""
        return "on the last day of the month"


@dataclass(frozen=True, slots=True)
class WeekDays:
    """Days by their weekday, 1 being Sunday."""

    weekdays: frozenset[int]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days that fall on one of them."""
        return tuple(sorted(day for weekday in self.weekdays for day in _falling_on(weekday, year, month)))

    def words(self) -> str:
        """Return the days in words."""
        if len(self.weekdays) == len(WEEKDAYS):
            return "every day"
        return f"every {listed(WEEKDAYS[weekday - 1] for weekday in sorted(self.weekdays))}"


@dataclass(frozen=True, slots=True)
class OneWeekday:
    """One weekday of the month, such as its third Tuesday; `nth` 0 is the last."""

    weekday: int
    nth: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day, nothing where the month has no fifth."""
        days = _falling_on(self.weekday, year, month)
        return days[self.nth - 1 :][:1]

    def words(self) -> str:
        """Return the day in words."""
        which = _ORDINALS[self.nth - 1] if self.nth else "last"
        return f"on the {which} {WEEKDAYS[self.weekday - 1]} of the month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """When the windows of a schedule open: at each of `hours` on `days` of `months`."""

    hours: tuple[int, ...]
    days: Days
    months: frozenset[int]

    @property
    def hourly(self) -> bool:
        """Tell whether it is a schedule in hours, which opens more than once a day."""
        return len(self.hours) > 1

    @property
    def gap(self) -> int:
        """Return the hours between two openings of a day, at least; 24 where there is one."""
        return min((later - earlier for earlier, later in pairwise(self.hours)), default=24)

    def openings(self, after: datetime) -> Iterator[datetime]:
        """Return the moments later than `after` at which a window opens, as far as four decades ahead."""
        day = (after.year, after.month, after.day)
        for number in range(after.year * 12 + after.month - 1, after.year * 12 + after.month + _MONTHS_AHEAD):
            year, month = number // 12, number % 12 + 1
            for each in self._days_of(year, month):
                if (year, month, each) >= day:
                    at = (datetime(year, month, each, hour, tzinfo=UTC) for hour in self.hours)
                    yield from (opening for opening in at if opening > after)

    def check(self) -> None:
        """Raise `Unfit` where it would never open, or open more often than every four hours."""
        if next(self.openings(datetime(_SOME_LEAP_YEAR, 1, 1, tzinfo=UTC)), None) is None:
            raise Unfit("no such day ever comes")
        overnight = 24 - self.hours[-1] + self.hours[0]
        if self.gap < CLOSEST or (overnight < CLOSEST and self._has_neighbours()):
            raise Unfit(f"openings must be at least {CLOSEST} hours apart, the last of a day and the next day's too")

    def _days_of(self, year: int, month: int) -> tuple[int, ...]:
        return self.days.of(year, month) if month in self.months else ()

    def _has_neighbours(self) -> bool:
        """Tell whether it ever opens on two days that follow each other."""
        months = ((_SOME_LEAP_YEAR + number // 12, number % 12 + 1) for number in range(12 * _A_CYCLE))
        days = (datetime(*each, day, tzinfo=UTC) for each in months for day in self._days_of(*each))
        return any(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field by its name, bounds, and the names that stand for its values, the lowest first."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        """Return the values that a list of items means. Raises `Unfit`."""
        return frozenset(value for item in text.split(",") for value in self._item(item))

    def value(self, text: str) -> int:
        """Return the value that a number or name means. Raises `Unfit`."""
        if text in self.names:
            return self.names.index(text) + self.low
        if _DIGITS.match(text) and self.low <= int(text) <= self.high:
            return int(text)
        kinds = f"{self.low} to {self.high}" + (f" or {self.names[0]} to {self.names[-1]}" if self.names else "")
        raise Unfit(f"{text or 'nothing'} is no {self.name}, which is {kinds}")

    def _item(self, text: str) -> range | list[int]:
        span, slash, step_text = text.partition("/")
        step = self._step(step_text) if slash else 1
        if span == "*" or (slash and not span):
            return range(self.low, self.high + 1, step)
        first_text, dash, last_text = span.partition("-")
        first = self.value(first_text)
        if not dash:
            return range(first, self.high + 1, step) if slash else [first]
        size = self.high - self.low + 1
        length = (self.value(last_text) - first) % size + 1
        return [(first - self.low + offset) % size + self.low for offset in range(0, length, step)]

    def _step(self, text: str) -> int:
        if _DIGITS.match(text) and 1 <= int(text) <= self.high:
            return int(text)
        raise Unfit(f"/{text} is no increment of the {self.name}, which is 1 to {self.high}")


_HOUR = _Field(name="hour", low=0, high=23)
_DAY_OF_MONTH = _Field(name="day of the month", low=1, high=31)
_MONTH = _Field(name="month", low=1, high=12, names=tuple(name[:3].upper() for name in MONTHS))
_DAY_OF_WEEK = _Field(name="day of the week", low=1, high=7, names=tuple(name[:3].upper() for name in WEEKDAYS))


def parse(fields: str) -> Cron:
    """Return the schedule that the six fields mean, or raise `Unfit`. Names count in capitals and small letters."""
    parts = fields.upper().split()
    if len(parts) != 6:
        raise Unfit(f"cron() has six fields (minutes hours day-of-month month day-of-week year), not {len(parts)}")
    minutes, hours, day_of_month, month, day_of_week, year = parts
    if minutes != "0":
        raise Unfit("the minutes must be 0, because windows open on the hour")
    if year != "*":
        raise Unfit("the year must be *")
    if (day_of_month == "?") is (day_of_week == "?"):
        raise Unfit("exactly one of day-of-month and day-of-week must be ?")
    days = _days_of_month(day_of_month) if day_of_week == "?" else _days_of_week(day_of_week)
    return Cron(hours=tuple(sorted(_HOUR.values(hours))), days=days, months=_MONTH.values(month))


def listed(words: Iterator[str]) -> str:
    """Return words as a sentence lists them."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _days_of_month(text: str) -> Days:
    if text == "L":
        return LastDay()
    if text.endswith("L") and text[:-1] in _DAY_OF_WEEK.names:
        return OneWeekday(_DAY_OF_WEEK.value(text[:-1]), 0)
    if "W" in text:
        raise Unfit("W (the nearest weekday) is not taken by Secrets Manager")
    return MonthDays(_DAY_OF_MONTH.values(text))


def _days_of_week(text: str) -> Days:
    if text == "L":
        return WeekDays(frozenset({_SATURDAY}))
    if text.endswith("L"):
        return OneWeekday(_DAY_OF_WEEK.value(text[:-1]), 0)
    weekday, numbered, nth = text.partition("#")
    if not numbered:
        return WeekDays(_DAY_OF_WEEK.values(text))
    if nth not in {"1", "2", "3", "4", "5"}:
        raise Unfit(f"#{nth} is no week of the month, which is 1 to 5, one alone")
    return OneWeekday(_DAY_OF_WEEK.value(weekday), int(nth))


def _falling_on(weekday: int, year: int, month: int) -> tuple[int, ...]:
    """Return the days of a month that fall on a weekday. Python's first weekday is Monday and 0."""
    begins_on, length = monthrange(year, month)
    first = 1 + (weekday - 2 - begins_on) % 7
    return tuple(range(first, length + 1, 7))
