"""What holds of every format: no value, inert text, valid Unicode, and the same bytes for the same scan."""

from __future__ import annotations

import base64
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Confidence, ScanError, ScanResult, Severity
from scanner.reports.formats import FORMATS
from strongroom.cli import scan as cli
from strongroom.kernel.inert import inert, whole
from tests.contract.reports.scans import VALUES, every_kind, written

LISTING_ALL = ("json", "jsonl", "sarif")
CLEAN = ScanResult(findings=())


def _forms(value: str) -> list[str]:
    raw = value.encode()
    parts = [part for part in value.split("\n") if len(part) > 6]
    wide = value.encode("utf-16-le").hex()
    return [value, *parts, base64.b64encode(raw).decode(), raw.hex(), wide, urllib.parse.quote(value, safe="")]


def test_the_command_line_offers_every_format() -> None:
    assert cli.FORMATS == FORMATS


def test_the_scan_of_these_tests_holds_every_kind() -> None:
    found = every_kind().findings
    assert {each.severity for each in found} == set(Severity)
    assert {each.confidence for each in found} == set(Confidence)
    assert len({each.suppressed_by for each in found}) == 4


@pytest.mark.parametrize("form", FORMATS)
def test_no_value_is_in_a_report_in_any_form(form: str) -> None:
    report = written(form, every_kind())
    assert [shape for value in VALUES for shape in _forms(value) if shape in report] == []


@pytest.mark.parametrize("form", FORMATS)
def test_values_are_shown_where_they_are_asked_for(form: str) -> None:
    # A page of text may escape a symbol of the value; its letters and digits stand as they are.
    assert VALUES[1] in written(form, every_kind(), show_secrets=True)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_valid_utf_8(form: str) -> None:
    for show_secrets in (False, True):
        assert written(form, every_kind(), show_secrets=show_secrets).encode()


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_scan_gives_the_same_report(form: str) -> None:
    assert written(form, every_kind()) == written(form, every_kind())


@pytest.mark.parametrize("form", sorted({*FORMATS} - {"json", "gitlab"}))
def test_a_report_steers_neither_a_terminal_nor_an_eye(form: str) -> None:
    assert not set(written(form, every_kind())) & set("\x1b\x07\x00\u202e\u200b\u2028\ufffe")


@pytest.mark.parametrize("form", sorted({*FORMATS} - {*LISTING_ALL, "html"}))
def test_a_suppressed_finding_is_listed_for_programs_that_know_suppression_only(form: str) -> None:
    result = every_kind()
    suppressed = ScanResult(findings=tuple(each for each in result.findings if each.suppressed_by), stats=result.stats)
    assert "aws-secret-access-key" not in written(form, suppressed)


@pytest.mark.parametrize("form", sorted({*FORMATS} - {"csv", "jsonl"}))
def test_input_that_was_not_read_is_named(form: str) -> None:
    result = ScanResult(findings=(), errors=(ScanError(path="app/locked.py", message="cannot be opened"),))
    report = written(form, result)
    assert "app/locked.py" in report
    assert "cannot be opened" in report


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_scan_has_a_report_too(form: str) -> None:
    report = written(form, CLEAN)
    assert report == "" if form in ("jsonl", "github") else report.endswith("\n")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        written("xlsx", CLEAN)


@given(st.text(st.characters(exclude_categories=())))
def test_inert_text_is_one_printable_line_of_valid_unicode(text: str) -> None:
    shown = inert(text)
    assert shown.encode().decode() == shown
    assert len(shown.splitlines()) <= 1
    assert inert(shown) == shown


@given(st.binary())
def test_a_name_in_any_encoding_becomes_valid_unicode(name: bytes) -> None:
    text = whole(name.decode("utf-8", "surrogateescape"))
    assert text == name.decode("utf-8", "backslashreplace")
