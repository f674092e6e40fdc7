"""Runs of rotations, as the events of the trail tell them; and the windows that are to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strongroom.cli.rotation_view import RotationView, runs_in
from vault.domain.rotation import RotationConfig
from vault.domain.rotation_rules import RotationRules


def _event(name: str, minute: int, version: str = "v1", **details: Any) -> dict[str, Any]:
    told = {"secretId": "arn", "versionId": version, **details}
    return {"eventName": name, "eventTime": f"2026-03-10T12:{minute:02}:00Z", "serviceEventDetails": told}


def test_a_run_lasts_from_its_first_attempt_to_its_end() -> None:
    (run,) = runs_in(
        [
            _event("RotationStarted", 0),
            _event("RotationAttemptFailed", 1, reason="setSecret: down"),
            _event("RotationStarted", 2),
            _event("RotationSucceeded", 3),
        ]
    )
    assert (run.outcome, run.seconds, run.attempts, run.error) == ("succeeded", 180, 2, "")


def test_one_under_way_tells_why_its_last_attempt_failed() -> None:
    (run,) = runs_in([_event("RotationStarted", 0), _event("RotationAttemptFailed", 1, reason="no")])
    assert (run.outcome, run.seconds, run.error) == ("waits for another attempt", None, "no")


def test_the_latest_comes_first() -> None:
    events = [
        *(_event("RotationStarted", 0), _event("RotationFailed", 1, reason="no")),
        *(_event("TestRotationStarted", 2, "v2"), _event("TestRotationSucceeded", 3, "v2")),
    ]
    assert [(run.kind, run.outcome) for run in runs_in(events)] == [("test", "succeeded"), ("rotation", "failed")]


def test_a_window_that_went_by_is_a_run_that_never_began() -> None:
    (run,) = runs_in([_event("RotationFailed", 0, "", reason="its window went by")])
    assert (run.started, run.outcome, run.attempts, run.seconds) == (None, "failed", 0, None)


def test_an_abandoned_one_is_over() -> None:
    first, second = runs_in(
        [_event("RotationStarted", 0), _event("RotationAbandoned", 1), _event("RotationStarted", 2, "v2")]
    )
    assert (first.outcome, second.outcome) == ("running", "abandoned")


def test_events_that_are_about_something_else_tell_of_no_run() -> None:
    assert runs_in([_event("LeakedValueRefused", 0), _event("EndSecretVersionDelete", 1)]) == []


@pytest.mark.parametrize(
    "rules",
    [
        RotationRules(schedule="rate(4 hours)"),
        RotationRules(schedule="rate(5 hours)", duration="2h"),
        RotationRules(schedule="rate(3 days)"),
        RotationRules(schedule="cron(0 8,20 ? * MON-FRI *)"),
        RotationRules(after_days=2),
    ],
    ids=lambda rules: rules.schedule or "days",
)
def test_the_windows_to_come_are_those_in_which_it_will_rotate(rules: RotationRules) -> None:
    now = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
    config = RotationConfig(function_arn="f", rules=rules, enabled=True, counted_from=now, configured=now)
    until = now + timedelta(days=9)
    expected = []
    view = _view(config)
    while (opens := config.opens) is not None and opens <= until:
        expected.append((opens, rules.window_end(opens) + timedelta(seconds=1)))
        config = config.succeeded(opens)
    assert list(view.windows(until)) == expected
    assert len(expected) > 2


def _view(config: RotationConfig) -> RotationView:
    return RotationView(
        name="n",
        arn="arn",
        enabled=config.enabled,
        function_arn=config.function_arn,
        rules=config.rules,
        last_rotated=config.last_rotated,
        window_end=config.next_rotation,
        labels={},
        tags={},
    )
