"""Rotation rules: what may be asked for, and when the next rotation comes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vault.domain.errors import InvalidParameter
from vault.domain.rotation import RotationConfig
from vault.domain.rotation_rules import RotationRules

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def _config(rules: RotationRules, *, enabled: bool = True) -> RotationConfig:
    return RotationConfig(function_arn="arn:f", rules=rules, enabled=enabled, counted_from=NOON)


def _at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_days_count_from_the_last_rotation_and_the_window_is_the_whole_day() -> None:
    config = _config(RotationRules(after_days=3))
    assert config.opens == _at(13)
    assert config.next_rotation == _at(14) - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("schedule", "opens", "closes"),
    [
        ("rate(10 days)", _at(20), _at(21)),
        ("rate(1 day)", _at(11), _at(12)),
        ("rate(4 hours)", _at(10, 16), _at(10, 17)),
        ("rate(12 hours)", _at(11), _at(11, 1)),
    ],
)
def test_a_rate_opens_its_window_from_midnight(schedule: str, opens: datetime, closes: datetime) -> None:
    config = _config(RotationRules(schedule=schedule))
    assert (config.opens, config.next_rotation) == (opens, closes - timedelta(seconds=1))


def test_a_duration_shortens_the_window() -> None:
    config = _config(RotationRules(after_days=1, duration="2h"))
    assert config.next_rotation == _at(11, 2) - timedelta(seconds=1)


@pytest.mark.parametrize("days", [0, -1, 1001])
def test_days_out_of_bounds_are_refused(days: int) -> None:
    with pytest.raises(InvalidParameter, match="1-1000"):
        RotationRules(after_days=days)


@pytest.mark.parametrize(
    "schedule", ["rate(3 hours)", "rate(0 days)", "rate(1001 days)", "rate(5 minutes)", "rate(5)", "daily"]
)
def test_a_rate_out_of_bounds_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidParameter, match="ScheduleExpression"):
        RotationRules(schedule=schedule)


def test_a_cron_schedule_opens_at_its_hour_and_closes_with_the_day() -> None:
    config = _config(RotationRules(schedule="cron(0 18 ? * SAT *)"))
    assert (config.opens, config.next_rotation) == (_at(14, 18), _at(15) - timedelta(seconds=1))


def test_days_and_a_schedule_exclude_each_other() -> None:
    told = "You cannot specify both rotation frequency and schedule expression together."
    with pytest.raises(InvalidParameter, match=re.escape(told)):
        RotationRules(after_days=3, schedule="rate(3 days)")


@pytest.mark.parametrize(
    ("schedule", "duration"), [("rate(4 hours)", "5h"), ("rate(2 days)", "25h"), ("rate(2 days)", "0h")]
)
def test_a_window_that_runs_into_the_next_is_refused(schedule: str, duration: str) -> None:
    with pytest.raises(InvalidParameter, match="Duration"):
        RotationRules(schedule=schedule, duration=duration)


def test_a_duration_alone_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        RotationRules(duration="3h")


def test_nothing_is_scheduled_without_rules_or_when_disabled() -> None:
    assert _config(RotationRules()).opens is None
    assert _config(RotationRules(after_days=3), enabled=False).opens is None


def test_a_value_put_by_hand_counts_for_days_but_not_for_a_schedule() -> None:
    later = NOON + timedelta(days=2)
    assert _config(RotationRules(after_days=3)).value_put(later).opens == _at(15)
    assert _config(RotationRules(schedule="rate(3 days)")).value_put(later).opens == _at(13)


def test_days_are_shown_for_a_schedule_once_a_rotation_succeeded() -> None:
    config = _config(RotationRules(schedule="rate(10 days)"))
    assert config.shown_after_days is None
    assert config.succeeded(NOON).shown_after_days == 10
    assert _config(RotationRules(schedule="rate(10 hours)")).succeeded(NOON).shown_after_days == 1
    assert _config(RotationRules(schedule="cron(0 8 1 * ? *)")).succeeded(NOON).shown_after_days == 22


def test_a_configuration_survives_its_document() -> None:
    config = _config(RotationRules(schedule="rate(10 days)", duration="2h")).succeeded(NOON)
    assert RotationConfig.from_state(config.state()) == config


def test_a_window_that_went_by_is_missed_and_the_next_one_waited_for() -> None:
    config = _config(RotationRules(schedule="rate(4 hours)"))
    assert config.missed(_at(10, 17) - timedelta(seconds=1)) is None
    late = config.missed(_at(10, 19))
    assert late is not None
    assert late.opens == _at(10, 20)


def test_after_many_windows_the_one_that_is_open_is_taken() -> None:
    late = _config(RotationRules(schedule="rate(4 hours)")).missed(_at(20, 0))
    assert late is not None
    assert late.opens == _at(20, 0)


def test_days_leave_the_day_open_so_nothing_is_missed() -> None:
    config = _config(RotationRules(after_days=3))
    assert config.missed(_at(25)) is None
    assert config.window_end(_at(25, 3)) == _at(26) - timedelta(seconds=1)


@pytest.mark.parametrize("rules", [RotationRules(after_days=3), RotationRules(schedule="rate(3 days)")])
def test_a_window_that_is_given_up_is_followed_by_the_next(rules: RotationRules) -> None:
    assert _config(rules).passed(_at(13, 5)).opens == _at(16)
    assert _config(rules).passed(_at(12)) == _config(rules)


def test_windows_of_a_rate_keep_their_distance_from_day_to_day() -> None:
    config = replace(_config(RotationRules(schedule="rate(5 hours)")), configured=NOON)
    opened = []
    for _ in range(4):
        config = config.passed(config.opens or NOON)
        opened.append(config.counted_from)
    assert opened == [_at(10, 15), _at(10, 20), _at(11, 1), _at(11, 6)]
