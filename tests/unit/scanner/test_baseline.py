"""A baseline: its file, what it suppresses, and how it is kept true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.baseline.applied import applied
from scanner.baseline.changes import accepting, updated
from scanner.baseline.file import new_baseline, parsed, written
from scanner.baseline.model import Baseline, Entry, Label, check_of, entry_of, with_entries
from scanner.model import Blob, Confidence, EvidenceKind, ScanError, ScanResult, SuppressedBy
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

VALUE, OTHER = password("baseline"), password("baseline, another")
LINE = f'db_password = "{VALUE}"\n'
FURTHER = f'api_token = "{token("baseline token")}"\n'
Scan = Callable[..., ScanResult]

entries = st.builds(
    Entry,
    fingerprint=st.binary(min_size=16, max_size=16).map(bytes.hex),
    check=st.integers(0, 4095).map("{:03x}".format),
    rule_id=st.sampled_from(["hardcoded-password", "private-key"]),
    path=st.text(min_size=1),
    reason=st.text(),
    history=st.booleans(),
    confidence=st.sampled_from(Confidence),
    label=st.sampled_from([None, *Label]),
    expires=st.one_of(st.just(""), st.dates().map(str)),
    accepts=st.booleans(),
)


def accepted(result: ScanResult, *, reason: str = "") -> Baseline:
    return accepting(new_baseline(), result.findings, reason=reason)


@given(listed=st.lists(entries))
def test_the_file_reads_as_it_was_written(listed: list[Entry]) -> None:
    baseline = with_entries(new_baseline(), listed)
    assert parsed(written(baseline), "b") == baseline


@given(listed=st.lists(entries), chance=st.randoms())
def test_the_file_is_the_same_in_whatever_order_entries_came(listed: list[Entry], chance: object) -> None:
    fresh = new_baseline()
    shuffled = list(listed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert written(with_entries(fresh, listed)) == written(with_entries(fresh, shuffled))


@given(listed=st.lists(entries))
def test_lines_are_sorted_as_bytes_header_first_so_that_a_merge_can_be_sorted_by_any_tool(listed: list[Entry]) -> None:
    lines = written(with_entries(new_baseline(), [replace(one, reason="") for one in listed])).splitlines()
    assert lines == sorted(lines)


@given(ours=st.lists(entries), theirs=st.lists(entries))
def test_two_branches_whose_lines_are_put_together_are_what_both_accept(ours: list[Entry], theirs: list[Entry]) -> None:
    fresh = new_baseline()
    one, other = with_entries(fresh, ours), with_entries(fresh, theirs)
    assert parsed(written(one) + written(other), "b") == with_entries(fresh, [*ours, *theirs])


def test_an_entry_has_neither_the_value_nor_a_hash_of_it_nor_a_line_number(scan_text: Scan) -> None:
    result = scan_text("app.conf", "\n\n" + LINE)
    text = written(accepted(result)).decode()
    assert VALUE not in text
    for name in ("md5", "sha1", "sha256", "sha512"):
        assert hashlib.new(name, VALUE.encode(), usedforsecurity=False).hexdigest()[:8] not in text
    assert set(json.loads(text.splitlines()[1])) == {"fingerprint", "check", "rule_id", "path"}


def test_a_check_is_twelve_bits_bound_to_the_file_and_to_the_place(found: Found) -> None:
    (finding,) = found("app.conf", LINE)
    elsewhere = [replace(finding, fingerprint=f"{number:032x}") for number in range(8)]
    assert len(check_of(finding, b"s" * 16)) == 3
    assert len({check_of(one, b"s" * 16) for one in elsewhere}) > 1
    assert len({check_of(finding, bytes([number]) * 16) for number in range(8)}) > 1


def test_what_is_accepted_is_suppressed_and_stays_listed(scan_text: Scan) -> None:
    result = scan_text("app.conf", LINE + FURTHER)
    seen = applied(result, accepted(result), whole=True)
    assert [one.suppressed_by for one in seen.findings] == [SuppressedBy.BASELINE, SuppressedBy.BASELINE]
    assert seen.open_findings == ()
    assert (seen.stats.suppressed, seen.stats.stale) == (2, 0)


def test_a_finding_that_is_new_stays_open(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE))
    (left,) = applied(scan_text("app.conf", LINE + FURTHER), baseline, whole=True).open_findings
    assert left.binding == "api_token"


def test_a_new_value_in_an_old_place_is_open_and_says_so(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE))
    seen = applied(scan_text("app.conf", LINE.replace(VALUE, OTHER)), baseline, whole=True)
    (finding,) = seen.open_findings
    assert finding.evidence[-1].kind is EvidenceKind.BASELINE
    assert "another value" in finding.evidence[-1].detail
    assert seen.stats.stale == 0


def test_a_key_checked_out_with_other_line_ends_is_the_key_that_was_accepted(scan_text: Scan) -> None:
    body = "\n".join(token(f"key {number}", r"[A-Za-z0-9+/]{64}") for number in range(5))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
    baseline = accepted(scan_text("key.pem", key))
    assert applied(scan_text("key.pem", key.replace("\n", "\r\n")), baseline, whole=True).open_findings == ()


def test_what_a_marker_accepts_already_is_left_to_it(scan_text: Scan) -> None:
    result = scan_text("app.conf", LINE.rstrip() + "  # gitleaks:allow\n")
    (finding,) = applied(result, accepted(result), whole=True).findings
    assert finding.suppressed_by is SuppressedBy.INLINE


def test_an_entry_with_nothing_behind_it_is_counted_for_a_whole_tree_only(scan_text: Scan) -> None:
    baseline, empty = accepted(scan_text("app.conf", LINE)), scan_text("app.conf", "")
    assert applied(empty, baseline, whole=True).stats.stale == 1
    assert applied(empty, baseline, whole=False).stats.stale is None


def test_an_entry_of_a_file_that_was_not_read_is_not_stale(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE))
    unread = replace(scan_text("app.conf", ""), errors=(ScanError(path="app.conf", message="no permission"),))
    assert applied(unread, baseline, whole=True).stats.stale == 0


def test_an_entry_less_sure_than_the_scan_had_to_be_is_not_stale(scan_text: Scan) -> None:
    (finding,) = scan_text("app.conf", LINE).findings
    unsure = replace(finding, confidence=Confidence.LOW)
    baseline = accepting(new_baseline(), [unsure])
    assert applied(scan_text("app.conf", ""), baseline, whole=True).stats.stale == 0
    assert applied(scan_text("app.conf", ""), baseline, whole=True, least=Confidence.LOW).stats.stale == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(above=st.lists(st.sampled_from(["", "# a remark", "limit = 12"]), max_size=5))
def test_lines_above_a_finding_change_no_byte_of_the_file(scan_text: Scan, above: list[str]) -> None:
    baseline = accepted(scan_text("app.conf", LINE + FURTHER), reason="known")
    later = scan_text("app.conf", "".join(line + "\n" for line in above) + LINE + FURTHER)
    change = updated(baseline, later, history=False, add=True, least=Confidence.MEDIUM)
    assert written(change.baseline) == written(baseline)


def test_an_update_drops_what_is_stale_keeps_reasons_and_adds_nothing(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE + FURTHER), reason="known")
    change = updated(
        baseline,
        scan_text("app.conf", LINE + f'root_password = "{OTHER}"\n'),
        history=False,
        add=False,
        least=Confidence.MEDIUM,
    )
    assert (change.kept, change.removed, change.added, len(change.left)) == (1, 1, 0, 1)
    assert [entry.reason for entry in change.baseline.entries] == ["known"]


def test_an_update_keeps_pointing_at_a_changed_value_until_it_is_accepted(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE), reason="known")
    changed = scan_text("app.conf", LINE.replace(VALUE, OTHER))
    kept = updated(baseline, changed, history=False, add=False, least=Confidence.MEDIUM)
    assert written(kept.baseline) == written(baseline)
    taken = updated(baseline, changed, history=False, add=True, least=Confidence.MEDIUM)
    assert taken.baseline.entries == (entry_of(changed.findings[0], baseline.salt),)


def test_what_stands_in_commits_only_is_kept_unless_the_history_was_read(scan_text: Scan) -> None:
    result = scan_text("app.conf", LINE)
    past = with_entries(new_baseline(), [replace(entry_of(result.findings[0], b"s" * 16), history=True)])
    empty = scan_text("app.conf", "")
    assert updated(past, empty, history=False, add=False, least=Confidence.MEDIUM).removed == 0
    assert updated(past, empty, history=True, add=False, least=Confidence.MEDIUM).removed == 1


HEADER = '{"baseline": 1, "salt": "' + "A" * 22 + '=="}\n'
ENTRY = '{"fingerprint": "' + "0" * 32 + '", "check": "000", "rule_id": "r", "path": "p"}\n'


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("no json\n", 1, "JSON"),
        ("[]\n", 1, "object"),
        (ENTRY, 1, "header"),
        ('{"baseline": 2, "salt": ""}\n', 1, "format"),
        ('{"baseline": 1, "salt": "AA=="}\n', 1, "salt"),
        ('{"baseline": 1, "salt": 7}\n', 1, "salt"),
        (HEADER + "{\n", 2, "JSON"),
        (HEADER + ENTRY + ENTRY.replace('"check": "000", ', ""), 3, "check"),
        (HEADER + ENTRY.replace("000}", "xyz}").replace('"000"', '"xyz"'), 2, "check"),
        (HEADER + ENTRY.replace("0" * 32, "0" * 31), 2, "fingerprint"),
        (HEADER + ENTRY.replace('"p"', "5"), 2, "path"),
        (HEADER + ENTRY.replace("}", ', "more": 1}'), 2, "key"),
        (HEADER + ENTRY.replace("}", ', "confidence": "some"}'), 2, "confidence"),
        (HEADER + ENTRY.replace("}", ', "label": "maybe"}'), 2, "label"),
        (HEADER + ENTRY.replace("}", ', "label": true}'), 2, "label"),
        (HEADER + ENTRY.replace("}", ', "expires": "2026-02-30"}'), 2, "expires"),
        (HEADER + ENTRY.replace("}", ', "expires": "20260201"}'), 2, "expires"),
        (HEADER + ENTRY.replace("}", ', "accepts": "no"}'), 2, "accepts"),
        (HEADER + HEADER.replace("AAAA", "BBBB") + ENTRY, 2, "second header"),
        (HEADER + "<<<<<<< HEAD\n" + ENTRY + "=======\n>>>>>>> other\n", 2, "merge conflict"),
    ],
)
def test_a_malformed_file_is_named_with_the_line_and_the_way_out(text: str, line: int, word: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(text.encode(), "the.jsonl")
    assert refused.value.message.startswith(f"the.jsonl:{line}: ")
    assert word in refused.value.message
    assert refused.value.hint


def test_an_empty_file_accepts_nothing() -> None:
    assert parsed(b"\n", "b").entries == ()


def test_equal_findings_of_one_file_are_accepted_each_by_itself(scan_text: Scan) -> None:
    baseline = accepted(scan_text("app.conf", LINE))
    assert len(applied(scan_text("app.conf", LINE + LINE), baseline, whole=True).open_findings) == 1


def test_the_file_itself_holds_nothing_that_a_scan_reports(book: object, scan_text: Scan) -> None:
    text = written(accepted(scan_text("app.conf", LINE + FURTHER), reason="known"))
    blob = Blob(path=".strongroom-baseline.jsonl", data=text)
    assert scan_text(blob.path, blob.data).findings == ()
