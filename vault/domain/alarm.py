"""An alarm: what it watches for, whom it tells, its state with the reason, and what it has counted.

Source: CloudWatch API Reference, "MetricAlarm"; the texts of its history are those of "AlarmHistoryItem".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vault.domain import alarms
from vault.domain.alarm_rule import AlarmRule
from vault.domain.alarms import Periods, State, Values, Verdict

SETTLING = timedelta(seconds=15)
"""How long after a period's end an event of it may still come: as long as a request waits for a locked store."""
UNCHECKED = "Unchecked: Initial alarm creation"
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """ARNs of what is told when an alarm comes into each state."""

    alarm: tuple[str, ...] = ()
    ok: tuple[str, ...] = ()
    insufficient: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[str, ...]:
        """Return those of a state."""
        return {State.ALARM: self.alarm, State.OK: self.ok}.get(state, self.insufficient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The state that an alarm is in, and why and since when."""

    state: State
    reason: str
    data: str = ""
    updated: datetime
    transitioned: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A metric alarm of an account and region."""

    account_id: str
    region: str
    name: str
    rule: AlarmRule
    actions: Actions = Actions()
    actions_enabled: bool = True
    description: str | None = None
    configured: datetime
    condition: Condition
    periods: Periods = field(default_factory=dict, repr=False)

    @classmethod
    def new(cls, *, now: datetime, **definition: Any) -> Alarm:
        """Return an alarm of which nothing was counted yet."""
        condition = Condition(state=State.INSUFFICIENT_DATA, reason=UNCHECKED, updated=now, transitioned=now)
        return cls(configured=now, condition=condition, **definition)

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return f"arn:aws:cloudwatch:{self.region}:{self.account_id}:alarm:{self.name}"

    def redefined(self, other: Alarm) -> Alarm:
        """Return the alarm with another's definition. Its state stays; what was counted, while it means the same."""
        same = other.rule.metric == self.rule.metric and other.rule.period == self.rule.period
        return replace(other, condition=self.condition, periods=self.periods if same else {})

    def number(self, moment: datetime) -> int:
        """Return the number of the period that a moment is in."""
        return int(moment.timestamp()) // self.rule.period

    def counted(self, values: Iterable[tuple[int, float]]) -> dict[int, Values]:
        """Return what values, each with its second since 1970, come to in the periods by number."""
        found: dict[int, Values] = {}
        for second, value in values:
            number, new = second // self.rule.period, Values.of(value)
            found[number] = found[number].plus(new) if number in found else new
        return found

    def counting(self, more: Periods) -> Alarm:
        """Return the alarm with further values of its metric, by the number of their period."""
        added = {n: self.periods[n].plus(values) if n in self.periods else values for n, values in more.items()}
        return replace(self, periods={**self.periods, **added})

    def judged(self, touched: Iterable[int], read_until: datetime, now: datetime) -> Alarm:
        """Return the alarm in the state that its values give.

        `touched` are periods with new values, and everything until `read_until` was counted.
        """
        last = self.number(read_until - SETTLING) - 1
        running = range(last + 1, self.number(now) + 1)
        verdict = alarms.breached(self.rule, self.periods, {*touched, *running})
        if verdict is None:
            verdict = alarms.settled(self.rule, self.periods, last)
        judged = replace(self, periods=alarms.kept(self.rule, self.periods, last))
        if verdict.state in (None, self.condition.state):
            return judged
        return replace(judged, condition=self._condition(verdict, now))

    def set_by_hand(self, state: State, why: str, data: str, now: datetime) -> Alarm:
        """Return the alarm in a state that somebody set; the next look at its values may change it."""
        transitioned = now if state is not self.condition.state else self.condition.transitioned
        made = Condition(state=state, reason=why, data=data, updated=now, transitioned=transitioned)
        return replace(self, condition=made)

    def _condition(self, verdict: Verdict, now: datetime) -> Condition:
        assert verdict.state is not None  # noqa: S101 - asked before
        telling = alarms.telling(self.rule, verdict)
        shown = [f"{value} ({self._start(number):%d/%m/%y %H:%M:%S})" for number, value in telling[:_SHOWN]]
        return Condition(
            state=verdict.state,
            reason=alarms.reason(self.rule, verdict, shown),
            data=self._data(verdict, now),
            updated=now,
            transitioned=now,
        )

    def _data(self, verdict: Verdict, now: datetime) -> str:
        values = [value for _, value in verdict.points if value is not None]
        content = {
            "version": "1.0",
            "queryDate": stamp(now),
            "startDate": stamp(self._start(verdict.points[0][0])),
            "statistic": self.rule.statistic.value,
            "period": self.rule.period,
            "recentDatapoints": values[-_SHOWN:],
            "threshold": self.rule.threshold,
        }
        return json.dumps(content, separators=(",", ":"))

    def _start(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self.rule.period, UTC)

    def document(self) -> dict[str, Any]:
        """Return the alarm as JSON values."""
        told = self.condition
        return {
            "account_id": self.account_id,
            "region": self.region,
            "name": self.name,
            "rule": self.rule.document(),
            "actions": [list(each) for each in (self.actions.alarm, self.actions.ok, self.actions.insufficient)],
            "actions_enabled": self.actions_enabled,
            "description": self.description,
            "configured": self.configured.isoformat(),
            "condition": [
                told.state.value, told.reason, told.data, told.updated.isoformat(), told.transitioned.isoformat(),
            ],
            "periods": [[number, *_numbers(values)] for number, values in sorted(self.periods.items())],
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Alarm:
        """Return the alarm that `document()` described."""
        alarm, ok, insufficient = (tuple(each) for each in document["actions"])
        state, why, data, updated, transitioned = document["condition"]
        return cls(
            **{
                **document,
                "rule": AlarmRule.from_document(document["rule"]),
                "actions": Actions(alarm=alarm, ok=ok, insufficient=insufficient),
                "configured": datetime.fromisoformat(document["configured"]),
                "condition": Condition(
                    state=State(state),
                    reason=why,
                    data=data,
                    updated=datetime.fromisoformat(updated),
                    transitioned=datetime.fromisoformat(transitioned),
                ),
                "periods": {
                    number: Values(total=total, count=count, least=least, most=most)
                    for number, total, count, least, most in document["periods"]
                },
            }
        )


def _numbers(values: Values) -> tuple[float, int, float, float]:
    return values.total, values.count, values.least, values.most


def stamp(moment: datetime) -> str:
    """Return a time as CloudWatch's texts have it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
