"""Laws of rotation schedules, and what they give put beside two other implementations of cron.

Both know more than Secrets Manager takes, and each has faults that the rendering below goes around:

- `aws-croniter` gives up after ten steps (29 February, the 31st of a short month), never finds `L` alone in the day of
  the week, takes no increments there, no `*` in a list, and knows neither `/8` nor `SUNL`.
- `cronsim` counts weekdays from 0 to 7, both being Sunday, so that `1/3` has a Sunday of its own; it takes `L` only
  behind a number there, and no range that runs over the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from aws_croniter import AwsCroniter
from cronsim import CronSim, CronSimError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vault.domain import cron
from vault.domain.errors import InvalidParameter
from vault.domain.rotation_rules import RotationRules

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
COMPARED = 8


@dataclass(frozen=True)
class Item:
    """One item of a field: `first`, `first-last`, `first-last/step`, or `*` where there is no first."""

    first: int | None
    last: int
    step: int

    def text(self, shift: int = 0) -> str:
        if self.first is None:
            span = "*"
        else:
            span = f"{self.first + shift}-{self.last + shift}" if self.last != self.first else f"{self.first + shift}"
        return span if self.step == 1 else f"{span}/{self.step}"


def _items(low: int, high: int) -> st.SearchStrategy[Item]:
    values = st.integers(low, high)
    steps = st.integers(1, high)
    single = st.builds(lambda first: Item(first, first, 1), values)
    ranges = st.tuples(values, values, steps).map(lambda each: Item(min(each[:2]), max(each[:2]), each[2]))
    every = st.builds(lambda step: Item(None, high, step), st.integers(2, high))
    return single | ranges.filter(lambda each: each.first != each.last) | every


def _lists(items: st.SearchStrategy[Item]) -> st.SearchStrategy[list[Item]]:
    return st.lists(items, min_size=1, max_size=3) | st.just([Item(None, 0, 1)])


def _text(items: list[Item], shift: int = 0) -> str:
    return ",".join(item.text(shift) for item in items)


@dataclass(frozen=True)
class Expression:
    """A schedule as each of the three is told it."""

    ours: str
    theirs: str
    unix: str


def _expression(hours: str, months: str, day: tuple[str, str, str], week: tuple[str, str, str]) -> Expression:
    ours, theirs, unix = (f"{hours} {day[at]} {months} {week[at]}" for at in range(3))
    return Expression(f"0 {ours} *", f"0 {theirs} *", f"0 {unix}")


_NONE = ("?", "?", "*")
_DAYS = _lists(_items(1, 31)).map(lambda items: ((_text(items),) * 3, _NONE)) | st.just((("L",) * 3, _NONE))
_WEEKDAY_LISTS = _lists(_items(1, 7).filter(lambda item: item.step == 1))
_WEEKDAYS = st.one_of(
    _WEEKDAY_LISTS.map(lambda items: (_text(items), _text(items), _text(items, -1))),
    st.builds(
        lambda day, nth: (f"{day}#{nth}", f"{day}#{nth}", f"{day - 1}#{nth}"), st.integers(1, 7), st.integers(1, 5)
    ),
    st.integers(1, 7).map(lambda day: (f"{day}L", f"{day}L", f"{day - 1}L")),
).map(lambda week: (_NONE, week))
EXPRESSIONS = st.builds(
    lambda hours, months, days: _expression(_text(hours), _text(months), *days),
    _lists(_items(0, 23)),
    _lists(_items(1, 12)),
    _DAYS | _WEEKDAYS,
)


def _ours(fields: str, after: datetime) -> list[datetime]:
    return list(islice(cron.parse(fields).openings(after), COMPARED))


@given(EXPRESSIONS, MOMENTS)
@example(_expression("0", "2", (("29",) * 3), _NONE), datetime(2096, 2, 29, tzinfo=UTC))
@example(_expression("0", "2", _NONE, ("1#5", "1#5", "0#5")), datetime(2026, 3, 1, tzinfo=UTC))
def test_openings_are_those_of_cronsim(expression: Expression, after: datetime) -> None:
    try:
        theirs = list(islice(CronSim(expression.unix, after), COMPARED))
    except CronSimError:
        theirs = []
    ours = _ours(expression.ours, after)
    # The farthest of rare days may be beyond what either looks for.
    assert ours == theirs[: len(ours)]
    assert bool(ours) is bool(theirs)


@given(EXPRESSIONS, MOMENTS)
def test_openings_are_those_of_aws_croniter_as_far_as_it_goes(expression: Expression, after: datetime) -> None:
    theirs = [each for each in AwsCroniter(expression.theirs).get_next(after, COMPARED) if each is not None]
    assert _ours(expression.ours, after)[: len(theirs)] == theirs


RULES = st.one_of(
    st.builds(lambda days: {"after_days": days}, st.integers(1, 1000)),
    st.builds(lambda hours: {"schedule": f"rate({hours} hours)"}, st.integers(4, 23)),
    st.builds(lambda days: {"schedule": f"rate({days} days)"}, st.integers(1, 999)),
    EXPRESSIONS.map(lambda expression: {"schedule": f"cron({expression.ours})"}),
    st.sampled_from(("0/4", "0/8", "4/12", "2/10", "8,20")).map(lambda hours: {"schedule": f"cron(0 {hours} * * ? *)"}),
)


def _taken(rules: dict[str, object], hours: int | None) -> RotationRules:
    try:
        return RotationRules(**rules, duration=f"{hours}h" if hours is not None else None)  # type: ignore[arg-type]
    except InvalidParameter:
        assume(False)
        raise


@given(RULES, st.none() | st.integers(1, 24), MOMENTS)
def test_every_window_is_over_before_the_next_opens_and_openings_are_four_hours_apart(
    rules: dict[str, object], hours: int | None, after: datetime
) -> None:
    taken = _taken(rules, hours)
    opening = taken.next_opening(after, anchor=after)
    assert opening is not None
    following = taken.next_opening(opening, anchor=after)
    assert following is not None
    assert after < opening < taken.window_end(opening) < following
    assert following - opening >= timedelta(hours=4)


@given(RULES, st.none() | st.integers(1, 24), MOMENTS)
def test_a_window_is_over_by_the_end_of_the_utc_day(
    rules: dict[str, object], hours: int | None, after: datetime
) -> None:
    taken = _taken(rules, hours)
    assume("hours" not in str(rules))
    opening = taken.next_opening(after)
    assert opening is not None
    assert taken.window_end(opening).date() == opening.date()
    assert (opening.minute, opening.second, opening.microsecond) == (0, 0, 0)


@given(RULES, MOMENTS)
def test_the_days_that_are_shown_are_between_one_and_the_next_opening(
    rules: dict[str, object], after: datetime
) -> None:
    taken = _taken(rules, None)
    shown, opening = taken.shown_days(after), taken.next_opening(after)
    assert shown is not None
    assert opening is not None
    assert shown == taken.after_days or shown == max(1, (opening.date() - after.date()).days)
