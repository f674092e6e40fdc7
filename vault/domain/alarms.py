"""Decides the state of an alarm from what was counted in each period. Pure: no clock, no store.

A period is told by its number, its start divided by its length. Two things are looked at:

1.  Whether periods that breach already suffice for ALARM, the running one among them where nothing that may still come
    can take its breach back: so an alarm does not wait for the end of a period of an hour.
2.  Else the last EvaluationPeriods that are over. A period without a value counts as TreatMissingData says; what could
    turn out either way keeps the state for `ignore`, and for `missing` is decided by the values that there are.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"; AWS looks
at some further periods where values are missing, without saying at how many, and this does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vault.domain.alarm_rule import AlarmRule, Comparison, MissingData, Statistic


class State(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a metric's values in one period come to."""

    total: float
    count: int
    least: float
    most: float

    @classmethod
    def of(cls, value: float) -> Values:
        """Return what one value comes to."""
        return cls(total=value, count=1, least=value, most=value)

    def plus(self, more: Values) -> Values:
        """Return what these and more come to."""
        return Values(
            total=self.total + more.total,
            count=self.count + more.count,
            least=min(self.least, more.least),
            most=max(self.most, more.most),
        )

    def told(self, statistic: Statistic) -> float:
        """Return a statistic of the values."""
        if statistic is Statistic.SUM:
            return self.total
        if statistic is Statistic.SAMPLE_COUNT:
            return float(self.count)
        if statistic is Statistic.AVERAGE:
            return self.total / self.count
        return self.least if statistic is Statistic.MINIMUM else self.most


Periods = Mapping[int, Values]
"""The values of a metric by the number of their period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The state that values give, None for the one there is. `points` are what was looked at, the oldest first."""

    state: State | None
    points: tuple[tuple[int, float | None], ...]


def breached(rule: AlarmRule, periods: Periods, ends: Iterable[int]) -> Verdict | None:
    """Return ALARM where the periods up to one of `ends` breach often enough, whatever may still come; else None."""
    for end in sorted(ends):
        points = _points(rule, periods, end)
        certain = sum(1 for number, _ in points if number in periods and _certain(rule, periods[number]))
        if certain >= rule.needed:
            return Verdict(state=State.ALARM, points=points)
    return None


def settled(rule: AlarmRule, periods: Periods, last: int) -> Verdict:
    """Return what the periods up to number `last`, which are all over, give."""
    points = _points(rule, periods, last)
    breaching = [None if value is None else rule.comparison.breaches(value, rule.threshold) for _, value in points]
    return Verdict(state=_state(rule, breaching), points=points)


def kept(rule: AlarmRule, periods: Periods, last: int) -> dict[int, Values]:
    """Return the periods that may still be looked at once number `last` is over."""
    oldest = last - rule.evaluation_periods + 1
    return {number: values for number, values in periods.items() if number >= oldest}


def reason(rule: AlarmRule, verdict: Verdict, shown: Sequence[str]) -> str:
    """Return why an alarm is in the verdict's state, in AWS's words. `shown` are the values that there were."""
    if verdict.state is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_counted(len(verdict.points), 'datapoint')} {_were(len(verdict.points))} unknown."
    if not shown:
        treated = "Breaching" if rule.missing is MissingData.BREACHING else "NonBreaching"
        number = len(verdict.points)
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(number, 'period')} and "
            f"{_counted(number, 'missing datapoint')} {_were(number)} treated as [{treated}]."
        )
    negation = "" if verdict.state is State.ALARM else "not "
    before = "OK -> ALARM" if verdict.state is State.ALARM else "ALARM -> OK"
    least = rule.needed if verdict.state is State.ALARM else rule.evaluation_periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(shown)} out of the last {len(verdict.points)} datapoints "
        f"[{', '.join(shown)}] {_were(len(shown))} {negation}{rule.comparison.words} the threshold "
        f"({rule.threshold}) (minimum {_counted(least, 'datapoint')} for {before} transition)."
    )


def telling(rule: AlarmRule, verdict: Verdict) -> list[tuple[int, float]]:
    """Return the points that a reason names: those on the verdict's side of the threshold, the newest first."""
    wanted = verdict.state is State.ALARM
    found = [(number, value) for number, value in verdict.points if value is not None]
    return [each for each in reversed(found) if rule.comparison.breaches(each[1], rule.threshold) is wanted]


def _points(rule: AlarmRule, periods: Periods, end: int) -> tuple[tuple[int, float | None], ...]:
    numbers = range(end - rule.evaluation_periods + 1, end + 1)
    return tuple((number, periods[number].told(rule.statistic) if number in periods else None) for number in numbers)


def _certain(rule: AlarmRule, values: Values) -> bool:
    """Tell whether further values cannot take a breach back: counts and maxima grow, sums of nothing negative too."""
    if rule.comparison not in (Comparison.ABOVE, Comparison.AT_LEAST):
        return False
    grows = rule.statistic in (Statistic.SAMPLE_COUNT, Statistic.MAXIMUM) or (
        rule.statistic is Statistic.SUM and values.least >= 0
    )
    return grows and rule.comparison.breaches(values.told(rule.statistic), rule.threshold)


def _state(rule: AlarmRule, breaching: Sequence[bool | None]) -> State | None:
    """Return the state by whether each period breaches, None where it has no value."""
    certain, missing = breaching.count(True), breaching.count(None)
    if rule.missing is MissingData.BREACHING:
        certain, missing = certain + missing, 0
    if certain >= rule.needed:
        return State.ALARM
    if rule.missing is MissingData.NOT_BREACHING or certain + missing < rule.needed:
        return State.OK
    if rule.missing is MissingData.IGNORE:
        return None
    if missing == len(breaching):
        return State.INSUFFICIENT_DATA
    return State.ALARM if _lasts(rule, breaching) else State.OK


def _lasts(rule: AlarmRule, breaching: Sequence[bool | None]) -> bool:
    """Tell whether the oldest breach is as old as DatapointsToAlarm, and nothing since was within the threshold.

    Source: the same page, "Avoiding premature transitions to alarm state".
    """
    if True not in breaching:
        return False
    first = breaching.index(True)
    return len(breaching) - first >= rule.needed and False not in breaching[first:]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
