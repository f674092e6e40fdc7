"""What is told of several audits: each one's numbers, and what changed between two."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from scanner.audit.diff import difference, side_of
from scanner.audit.reports.diff import KINDS, write_diff
from scanner.audit.reports.trend import drawn, write_trend
from tests.testing.audit_document import hostile, made_up, plain

FORMS = ("text", "json", "csv", "markdown")


def changes(document: dict[str, Any]) -> dict[str, Any]:
    """Return the difference to a document without its first findings, and with some out of HEAD."""
    now = plain(document)
    before = {
        **now,
        "findings": [{**one, "in_head": number % 3 == 0} for number, one in enumerate(now["findings"][5:])],
    }
    return difference(side_of(before, "audit 1"), side_of(now, "audit 2"))


def told(diff: dict[str, Any], form: str) -> str:
    stream = io.StringIO()
    write_diff(diff, stream, form)
    return stream.getvalue()


def test_every_finding_is_told_once() -> None:
    diff = changes(made_up())
    number = sum(len(diff[kind]) for kind in ("new", "moved", "fixed", "reopened"))
    assert number + diff["unchanged"] == sum(1 for one in plain(made_up())["findings"] if _done(one))


def _done(one: dict[str, Any]) -> bool:
    done = {each["name"] for each in plain(made_up())["repositories"] if each["state"] == "done"}
    return one["repository"] in done


def test_repositories_that_only_one_side_has_are_named_and_not_compared() -> None:
    document = plain(made_up())
    fewer = {**document, "repositories": document["repositories"][1:]}
    diff = difference(side_of(fewer, "one"), side_of(document, "two"))
    assert diff["repositories_added"] == [document["repositories"][0]["name"]]
    assert "only in two" in told(diff, "text")
    assert not diff["new"]


@pytest.mark.parametrize("form", FORMS)
def test_a_diff_of_what_is_hostile_steers_nothing(form: str) -> None:
    text = told(changes(hostile()), form)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.encode("utf-8")


def test_a_diff_in_json_holds_the_findings_of_each_kind() -> None:
    diff = changes(made_up())
    read = json.loads(told(diff, "json"))
    assert {kind: len(read[kind]) for kind in KINDS} == {kind: len(diff[kind]) for kind in KINDS}


def test_a_diff_in_csv_has_a_row_for_each_change() -> None:
    diff = changes(made_up())
    rows = list(csv.DictReader(io.StringIO(told(diff, "csv"))))
    assert [row["change"] for row in rows] == [kind for kind in KINDS for _ in diff[kind]]


@pytest.mark.parametrize("form", FORMS)
def test_a_trend_tells_the_numbers_of_each_audit(form: str) -> None:
    trend = made_up()["trend"]
    stream = io.StringIO()
    write_trend(trend, stream, form)
    for audit in trend:
        assert str(audit["open"]) in stream.getvalue()


def test_a_line_is_drawn_to_the_height_of_its_largest_number() -> None:
    assert drawn([0, 7, 14]) == "▁▅█"
    assert drawn([0, 0]) == "▁▁"
    assert drawn([]) == ""
