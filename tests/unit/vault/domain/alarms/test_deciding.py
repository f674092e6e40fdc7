"""What decides the state of an alarm: AWS's treatment of missing data, early breaches, laws that hold for all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.alarm import SETTLING, Alarm
from vault.domain.alarm_history import changed
from vault.domain.alarm_rule import AlarmRule, Comparison, Metric, MissingData, Statistic
from vault.domain.alarms import State, Values, breached, kept, reason, settled, telling
from vault.domain.errors import ValidationFailed

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
_STATES = {"OK": State.OK, "ALARM": State.ALARM, "DATA": State.INSUFFICIENT_DATA, "SAME": None}


def rule(**more: Any) -> AlarmRule:
    """Return a rule: in each of three minutes once or more."""
    usual: dict[str, Any] = {
        "metric": Metric(namespace="n", name="m"),
        "statistic": Statistic.SUM,
        "period": 60,
        "evaluation_periods": 3,
        "threshold": 1.0,
        "comparison": Comparison.AT_LEAST,
    }
    return AlarmRule(**{**usual, **more})


def periods(drawn: str) -> dict[int, Values]:
    """Return the periods from number 0 on: `X` breaches, `0` does not, `-` has no value."""
    values = {"X": 1.0, "0": 0.0}
    return {number: Values.of(values[each]) for number, each in enumerate(drawn) if each in values}


@pytest.mark.parametrize(
    ("drawn", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("000", 3, "OK", "OK", "OK", "OK"),
        ("XXX", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0XX", 3, "OK", "OK", "OK", "OK"),
        ("---", 3, "DATA", "SAME", "ALARM", "OK"),
        ("0--", 3, "OK", "OK", "OK", "OK"),
        ("--X", 3, "OK", "SAME", "ALARM", "OK"),
        ("X--", 3, "ALARM", "SAME", "ALARM", "OK"),
        ("XX-", 3, "ALARM", "SAME", "ALARM", "OK"),
        ("X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0-X", 2, "OK", "SAME", "ALARM", "OK"),
        ("-X-", 2, "ALARM", "SAME", "ALARM", "OK"),
        ("--0", 2, "OK", "SAME", "ALARM", "OK"),
        ("00-", 2, "OK", "OK", "OK", "OK"),
        ("--X", 1, "ALARM", "ALARM", "ALARM", "ALARM"),
    ],
)
def test_periods_without_values_count_as_the_alarm_says(
    drawn: str, needed: int, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    told = zip(MissingData, (breaching, not_breaching, ignore, missing), strict=True)
    for treatment, expected in told:
        made = rule(datapoints_to_alarm=needed, missing=treatment)
        assert settled(made, periods(drawn), 2).state is _STATES[expected], treatment


def test_nothing_said_of_missing_data_means_missing() -> None:
    assert settled(rule(), {}, 2).state is State.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("statistic", "told"),
    [
        (Statistic.SUM, 6.0),
        (Statistic.SAMPLE_COUNT, 3.0),
        (Statistic.AVERAGE, 2.0),
        (Statistic.MINIMUM, 1.0),
        (Statistic.MAXIMUM, 3.0),
    ],
)
def test_the_values_of_a_period_are_told_by_the_statistic(statistic: Statistic, told: float) -> None:
    assert Values.of(1.0).plus(Values.of(2.0)).plus(Values.of(3.0)).told(statistic) == told


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.ABOVE, False, False, True),
        (Comparison.AT_MOST, True, True, False),
        (Comparison.BELOW, True, False, False),
    ],
)
def test_a_value_is_compared_as_the_operator_says(comparison: Comparison, below: bool, at: bool, above: bool) -> None:
    assert [comparison.breaches(value, 2.0) for value in (1.0, 2.0, 3.0)] == [below, at, above]


def test_a_running_period_that_breaches_already_is_alarm_at_once() -> None:
    once = rule(evaluation_periods=1)
    found = breached(once, {7: Values.of(1.0)}, [7])
    assert found is not None
    assert found.state is State.ALARM


@pytest.mark.parametrize(
    "more",
    [
        {"statistic": Statistic.AVERAGE},
        {"statistic": Statistic.MINIMUM},
        {"comparison": Comparison.AT_MOST},
        {"comparison": Comparison.BELOW, "threshold": 2.0},
    ],
)
def test_a_breach_that_further_values_could_take_back_waits_for_the_end(more: dict[str, Any]) -> None:
    assert breached(rule(evaluation_periods=1, **more), {7: Values.of(1.0)}, [7]) is None


def test_a_sum_that_may_fall_again_waits_for_the_end() -> None:
    falling = Values.of(3.0).plus(Values.of(-1.0))
    assert breached(rule(evaluation_periods=1), {7: falling}, [7]) is None


@pytest.mark.parametrize(
    ("drawn", "state", "text"),
    [
        (
            "X",
            State.ALARM,
            "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (x)] was greater than or equal to the threshold "
            "(1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            "0",
            State.OK,
            "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (x)] was not greater than or equal to the "
            "threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        ("-", State.INSUFFICIENT_DATA, "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_the_reason_says_what_was_looked_at(drawn: str, state: State, text: str) -> None:
    once = rule(evaluation_periods=1)
    verdict = settled(once, periods(drawn), 0)
    assert verdict.state is state
    assert reason(once, verdict, [f"{value} (x)" for _, value in telling(once, verdict)]) == text


def test_the_reason_of_what_was_missing_says_as_what_it_counted() -> None:
    treated = rule(missing=MissingData.NOT_BREACHING)
    assert reason(treated, settled(treated, {}, 2), []) == (
        "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
        "[NonBreaching]."
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"period": 45}, "Period must be"),
        ({"threshold": float("nan")}, "finite"),
        ({"threshold": float("inf")}, "finite"),
        ({"datapoints_to_alarm": 4}, "DatapointsToAlarm"),
        ({"period": 1800, "evaluation_periods": 49}, "more than a day"),
        ({"period": 86_400, "evaluation_periods": 8}, "more than a week"),
    ],
)
def test_a_rule_that_aws_refuses_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationFailed, match=told):
        rule(**more)


_MARKS = st.text("X0-", min_size=0, max_size=12)
_RULES = st.builds(
    lambda number, needed, missing: rule(
        evaluation_periods=number, datapoints_to_alarm=min(number, needed), missing=missing
    ),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from([None, *MissingData]),
)


@given(drawn=_MARKS, made=_RULES)
def test_only_the_periods_that_are_looked_at_decide(drawn: str, made: AlarmRule) -> None:
    found = periods(drawn)
    last = len(drawn) - 1
    assert settled(made, found, last) == settled(made, kept(made, found, last), last)


@given(drawn=_MARKS, made=_RULES, place=st.integers(0, 11))
def test_one_more_breach_never_ends_an_alarm(drawn: str, made: AlarmRule, place: int) -> None:
    found = periods(drawn)
    last = len(drawn) - 1
    if settled(made, found, last).state is State.ALARM:
        more = {**found, place: Values.of(1.0)}
        assert settled(made, more, last).state is State.ALARM


@given(drawn=_MARKS, made=_RULES)
def test_what_breaches_early_is_alarm_once_all_is_over(drawn: str, made: AlarmRule) -> None:
    found = periods(drawn)
    last = len(drawn) - 1
    if breached(made, found, [last]) is not None:
        assert settled(made, found, last).state is State.ALARM


@given(events=st.lists(st.integers(0, 1200), max_size=8), number=st.integers(1, 3), step=st.integers(1, 90))
def test_however_often_it_is_looked_at_an_alarm_goes_off_once_for_periods_on_end(
    events: list[int], number: int, step: int
) -> None:
    """Events come in order; whenever it is looked at, what came until then is counted."""
    made = rule(evaluation_periods=number, datapoints_to_alarm=1, missing=MissingData.NOT_BREACHING)
    alarm = Alarm.new(account_id="1", region="r", name="a", rule=made, now=NOON)
    waiting, changes = sorted(events), []
    for second in range(0, 2400, step):
        now = NOON + timedelta(seconds=second)
        counted = {alarm.number(NOON + timedelta(seconds=each)): each for each in waiting if each <= second}
        waiting = [each for each in waiting if each > second]
        before = alarm.condition.state
        alarm = alarm.counting({each: Values.of(1.0) for each in counted}).judged(counted, now, now)
        if alarm.condition.state is not before:
            changes.append(alarm.condition.state)
    minutes = {each // 60 for each in events}
    runs = sum(1 for each in minutes if not any(each - back in minutes for back in range(1, number + 3)))
    assert changes.count(State.ALARM) <= len(minutes)
    assert changes.count(State.ALARM) >= runs
    assert alarm.condition.state is State.OK


@given(seconds=st.integers(0, 600))
def test_no_alarm_flaps_between_the_end_of_a_period_and_its_settling(seconds: int) -> None:
    made = rule(evaluation_periods=1, missing=MissingData.NOT_BREACHING)
    alarm = Alarm.new(account_id="1", region="r", name="a", rule=made, now=NOON)
    alarm = alarm.counting({alarm.number(NOON): Values.of(1.0)}).judged([alarm.number(NOON)], NOON, NOON)
    assert alarm.condition.state is State.ALARM
    now = NOON + timedelta(seconds=seconds)
    over = timedelta(seconds=120) + SETTLING
    assert alarm.judged([], now, now).condition.state is (State.OK if now >= NOON + over else State.ALARM)


def test_an_alarm_that_is_kept_and_loaded_is_the_same() -> None:
    alarm = Alarm.new(account_id="1", region="r", name="a", rule=rule(), now=NOON).counting({1: Values.of(2.5)})
    assert Alarm.from_document(alarm.document()) == alarm


def test_another_period_begins_to_count_anew_and_keeps_the_state() -> None:
    alarm = Alarm.new(account_id="1", region="r", name="a", rule=rule(), now=NOON).counting({1: Values.of(1.0)})
    alarm = alarm.set_by_hand(State.ALARM, "tried", "", NOON)
    other = Alarm.new(account_id="1", region="r", name="a", rule=rule(period=300), now=NOON)
    redefined = alarm.redefined(other)
    assert (redefined.periods, redefined.condition.state) == ({}, State.ALARM)
    assert alarm.redefined(alarm).periods == alarm.periods


def test_history_is_json_however_much_is_said_of_a_state() -> None:
    alarm = Alarm.new(account_id="1", region="r", name="a", rule=rule(), now=NOON)
    alarm = alarm.set_by_hand(State.OK, "r" * 1023, json.dumps("x" * 3990), NOON)
    item = changed(alarm.set_by_hand(State.ALARM, "s" * 1023, json.dumps("y" * 3990), NOON), alarm.condition)
    assert len(item.data) <= 4095
    assert json.loads(item.data)["newState"]["stateReason"] == "s" * 1023
