"""Rotation schedules: a table of what each expression gives and which are refused, in Secrets Manager's words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from vault.domain.errors import InvalidParameter
from vault.domain.rotation_rules import RotationRules
from vault.domain.schedule import describe

TABLE = yaml.safe_load(Path(__file__).with_name("rotation_schedules.yaml").read_text())
TAKEN = TABLE["documented"] + TABLE["taken"]
REFUSED = [(case, sentence) for sentence, cases in TABLE["refused"].items() for case in cases]
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def _named(case: dict[str, Any]) -> str:
    return f"{case['schedule']} {case.get('duration', '')}".strip()


def _rules(case: dict[str, Any]) -> RotationRules:
    return RotationRules(schedule=case["schedule"], duration=case.get("duration"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _openings(rules: RotationRules, after: datetime, count: int, anchor: datetime | None = None) -> list[datetime]:
    found: list[datetime] = []
    for _ in range(count):
        opening = rules.next_opening(found[-1] if found else after, anchor=anchor)
        assert opening is not None
        found.append(opening)
    return found


@pytest.mark.parametrize("case", TAKEN, ids=_named)
def test_windows_open_when_the_table_says(case: dict[str, Any]) -> None:
    assert _openings(_rules(case), NOON, len(case["opens"])) == [_moment(each) for each in case["opens"]]


@pytest.mark.parametrize("case", TAKEN, ids=_named)
def test_a_window_ends_when_the_table_says(case: dict[str, Any]) -> None:
    assert _rules(case).window_end(_moment(case["opens"][0])) == _moment(case["closes"])


@pytest.mark.parametrize("case", TAKEN, ids=_named)
def test_a_schedule_reads_as_the_table_says(case: dict[str, Any]) -> None:
    assert describe(_rules(case)) == case["words"]


@pytest.mark.parametrize(("case", "sentence"), REFUSED, ids=[_named(case) for case, _ in REFUSED])
def test_what_secrets_manager_refuses_is_refused_in_its_words(case: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        _rules(case)
    told = refused.value.message
    assert told.startswith(sentence)
    assert case["schedule"] in told or case["duration"] in told
    assert re.search(case["why"], told)


def test_days_and_nothing_at_all_read_so() -> None:
    assert describe(RotationRules(after_days=30)) == "30 days after the last change, window 00:00 to 24:00 UTC"
    assert (
        describe(RotationRules(after_days=1, duration="2h")) == "1 day after the last change, window 00:00 to 02:00 UTC"
    )
    assert describe(RotationRules()) == "by hand"


def test_hours_that_do_not_divide_the_day_stay_apart_where_they_count_from_one_midnight() -> None:
    openings = _openings(RotationRules(schedule="rate(23 hours)"), NOON, 50, anchor=NOON)
    assert openings[0] == datetime(2026, 3, 10, 23, tzinfo=UTC)
    assert {later - earlier for earlier, later in pairwise(openings)} == {timedelta(hours=23)}


def test_an_opening_is_in_utc_wherever_the_rotation_was_told_to_have_been() -> None:
    tokyo = datetime.fromisoformat("2026-03-11T08:30:00+09:00")
    assert RotationRules(schedule="rate(1 day)").next_opening(tokyo) == datetime(2026, 3, 11, tzinfo=UTC)
    assert RotationRules(schedule="cron(0 23 * * ? *)").next_opening(tokyo) == datetime(2026, 3, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("state", [{"schedule": "rate(36 hours)"}, {"schedule": "rate(1000 days)", "duration": "24h"}])
def test_rules_that_were_taken_once_are_read_from_their_state(state: dict[str, Any]) -> None:
    rules = RotationRules.from_state({"after_days": None, "duration": None, **state})
    assert rules.next_opening(NOON) is not None
