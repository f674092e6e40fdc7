"""What a review leaves in a baseline: labels, last days, and entries that accept nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.baseline.applied import applied, known, matched
from scanner.baseline.changes import Decision, accepting, deciding, updated
from scanner.baseline.file import new_baseline, parsed, written
from scanner.baseline.labels import precision
from scanner.baseline.model import Baseline, Entry, Label, entry_of, today, with_entries
from scanner.model import Confidence, Finding, ScanResult, SuppressedBy
from tests.unit.scanner.making import password, token

LINE = f'db_password = "{password("labelled")}"\n'
FURTHER = f'api_token = "{token("labelled token")}"\n'
YESTERDAY, TOMORROW = (str(date.today() + timedelta(days=days)) for days in (-1, 1))
Scan = Callable[..., ScanResult]


@pytest.fixture
def result(scan_text: Scan) -> ScanResult:
    return scan_text("app.conf", LINE)


def decided(finding: Finding, **what: object) -> Baseline:
    return deciding(new_baseline(), [Decision(finding=finding, **{"accepts": True, **what})])  # type: ignore[arg-type]


def test_an_entry_accepts_up_to_and_on_its_last_day(result: ScanResult) -> None:
    baseline = decided(result.findings[0], expires=today())
    assert applied(result, baseline, whole=True).open_findings == ()
    (found,) = matched(result.findings, baseline, day=TOMORROW).findings
    assert found.suppressed_by is None


def test_an_expired_entry_accepts_nothing_and_the_finding_says_so(result: ScanResult) -> None:
    baseline = decided(result.findings[0], expires=YESTERDAY)
    (found,) = applied(result, baseline, whole=True).open_findings
    assert found.evidence[-1].detail == f"the baseline accepted it until {YESTERDAY}"


def test_an_expired_entry_with_a_finding_behind_it_is_kept_with_its_reason_and_counted(result: ScanResult) -> None:
    baseline = decided(result.findings[0], expires=YESTERDAY, reason="until the move")
    assert applied(result, baseline, whole=True).stats.stale == 0
    change = updated(baseline, result, history=False, add=False, least=Confidence.MEDIUM)
    assert (change.kept, change.removed, change.over, len(change.left)) == (1, 0, 1, 1)
    assert change.baseline == baseline


def test_what_expired_is_accepted_anew_with_its_reason_and_no_last_day(result: ScanResult) -> None:
    baseline = decided(result.findings[0], expires=YESTERDAY, reason="until the move", label=Label.TRUE)
    change = updated(baseline, result, history=False, add=True, least=Confidence.MEDIUM)
    (entry,) = change.baseline.entries
    assert (entry.expires, entry.reason, entry.label) == ("", "until the move", Label.TRUE)
    assert applied(result, change.baseline, whole=True).open_findings == ()


def test_accepting_again_does_not_lengthen_what_is_in_force(result: ScanResult) -> None:
    baseline = decided(result.findings[0], expires=TOMORROW)
    assert accepting(baseline, result.findings, reason="again").entries[0].expires == TOMORROW


def test_a_finding_to_be_fixed_is_labelled_and_stays_open(result: ScanResult) -> None:
    baseline = decided(result.findings[0], accepts=False, label=Label.TRUE)
    (found,) = applied(result, baseline, whole=True).open_findings
    assert "to be fixed" in found.evidence[-1].detail
    assert applied(result, baseline, whole=True).stats.stale == 0


@pytest.mark.parametrize(
    ("accepts", "label", "removed", "later"),
    [(False, Label.TRUE, 0, False), (True, Label.FALSE, 0, True), (True, Label.TRUE, 1, False)],
    ids=["to be fixed", "no credential", "an accepted credential"],
)
def test_a_label_stays_once_the_finding_is_gone_and_accepts_no_credential(
    accepts: bool, label: Label, removed: int, later: bool, scan_text: Scan, result: ScanResult
) -> None:
    baseline = decided(result.findings[0], accepts=accepts, label=label, reason="seen")
    empty = scan_text("app.conf", "")
    assert applied(empty, baseline, whole=True).stats.stale == removed
    change = updated(baseline, empty, history=False, add=False, least=Confidence.MEDIUM)
    assert (change.kept, change.removed, change.added) == (1 - removed, removed, 0)
    assert precision(change.baseline.entries) == precision(baseline.entries)
    assert (applied(result, change.baseline, whole=True).open_findings == ()) is later


def test_a_finding_labelled_as_no_credential_is_suppressed(result: ScanResult) -> None:
    baseline = decided(result.findings[0], label=Label.FALSE)
    (found,) = applied(result, baseline, whole=True).findings
    assert found.suppressed_by is SuppressedBy.BASELINE


def test_a_later_decision_takes_the_place_of_an_earlier_one(result: ScanResult) -> None:
    (finding,) = result.findings
    baseline = decided(finding, label=Label.FALSE, reason="an example")
    (entry,) = deciding(baseline, [Decision(finding=finding, accepts=False, label=Label.TRUE)]).entries
    assert (entry.accepts, entry.label, entry.reason) == (False, Label.TRUE, "")


def test_the_entry_that_knows_a_finding_is_told_whether_it_is_in_force_or_not(scan_text: Scan) -> None:
    result = scan_text("app.conf", LINE + FURTHER)
    baseline = decided(result.findings[0], expires=YESTERDAY)
    assert [entry for _, entry in known(result.findings, baseline)] == [baseline.entries[0], None]


def test_keys_are_written_only_where_they_say_something(result: ScanResult) -> None:
    (finding,) = result.findings
    keys = {
        name: set(json.loads(written(decided(finding, **what)).splitlines()[1]))
        - {"fingerprint", "check", "rule_id", "path"}
        for name, what in {
            "plain": {},
            "no credential": {"label": Label.FALSE},
            "to be fixed": {"accepts": False, "label": Label.TRUE},
            "for a while": {"expires": TOMORROW, "reason": "r"},
        }.items()
    }
    assert keys == {
        "plain": set(),
        "no credential": {"label"},
        "to be fixed": {"label", "accepts"},
        "for a while": {"expires", "reason"},
    }


def test_a_file_of_earlier_versions_reads_as_what_it_meant(result: ScanResult) -> None:
    baseline = accepting(new_baseline(), result.findings, reason="known")
    assert b"label" not in written(baseline)
    (entry,) = parsed(written(baseline), "b").entries
    assert entry.in_force(today())
    assert entry.label is None


def test_of_two_branches_the_one_that_accepts_less_counts(result: ScanResult) -> None:
    entry = entry_of(result.findings[0], b"s" * 16)
    variants = [
        entry_of(result.findings[0], b"s" * 16, accepts=False, label=Label.TRUE),
        entry_of(result.findings[0], b"s" * 16, expires=YESTERDAY),
        entry_of(result.findings[0], b"s" * 16, expires=TOMORROW),
        entry,
    ]
    for number, least in enumerate(variants):
        for more in variants[number:]:
            assert with_entries(new_baseline(), [more, least]).entries == (least,)


labelled = st.builds(
    Entry,
    fingerprint=st.binary(min_size=16, max_size=16).map(bytes.hex),
    check=st.just("000"),
    rule_id=st.sampled_from(["a", "b", "c"]),
    path=st.just("p"),
    label=st.sampled_from([None, *Label]),
)


@given(st.lists(labelled))
def test_every_label_is_counted_once_and_nothing_else_is(entries: list[Entry]) -> None:
    told = precision(entries).record()
    assert told["labelled"] == sum(entry.label is not None for entry in entries) == told["true"] + told["false"]
    assert {one["rule_id"] for one in told["by_rule"]} == {entry.rule_id for entry in entries if entry.label}
    assert told["precision"] == (told["true"] / told["labelled"] if told["labelled"] else None)
    counts = [one["true"] + one["false"] for one in told["by_rule"]]
    assert counts == sorted(counts, reverse=True)
