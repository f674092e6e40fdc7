"""The classifier of values that only a name speaks for: its features, its model, and how sure it makes a scan."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.classifier.features import features
from scanner.classifier.trees import MODEL, model
from scanner.classifier.weighing import surest, weighed
from scanner.config import Analysis, ScanConfig
from scanner.examine import Examiner, whole
from scanner.lines import LineIndex
from scanner.model import Blob, Candidate, Confidence, ScanResult
from scanner.prefilter.choose import prepared
from scanner.prefilter.found import Found as Windows
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

KEY = token("classifier", "[a-z0-9]{40}")
NAMES = ("api_key", "password", "auth_token", "session", "smtp_pass", "x")
PATHS = ("", "src/app.js", "tests/app.js", "docs/readme.md", "conf/app.ini")


def candidates(book: RuleBook, path: str, text: str) -> tuple[list[Candidate], LineIndex]:
    engine = prepared(book)
    blob = Blob(path=path, data=text.encode())
    suspect, lines = whole(blob, engine), LineIndex(blob.data)
    examiner = Examiner(book, ScanConfig(analysis=Analysis.OFF), b"", date(2026, 1, 15), engine)
    found = examiner.candidates(suspect, lines, Windows(engine.document["targets"], suspect.hits))
    return [one for one in found if book.by_id[one.rule_id].generic], lines


def test_the_model_names_the_features_that_are_computed(book: RuleBook) -> None:
    (one, *_), lines = candidates(book, "a.js", f"api_key = '{KEY}'\n")
    assert set(model().features) == set(features(one, book.by_id[one.rule_id], "a.js", lines))


def test_the_model_says_what_it_was_made_from() -> None:
    read = json.loads(Path(MODEL).read_text(encoding="utf-8"))
    assert len(read["data_sha256"]) == 64
    assert (read["seed"], len(read["trees"])) == (7, 120)
    assert read["thresholds"] == {"low": model().low, "medium": model().medium, "high": model().high}
    assert 0 < model().low < model().medium < model().high < 1


def test_a_score_is_the_same_each_time(book: RuleBook) -> None:
    (one, *_), lines = candidates(book, "a.js", f"api_key = '{KEY}'\n")
    rule = book.by_id[one.rule_id]
    assert len({weighed(one, rule, "a.js", lines, []).score for _ in range(3)}) == 1


@given(name=st.sampled_from(NAMES), value=st.from_regex(r"[A-Za-z0-9!#_.]{4,40}", fullmatch=True), around=st.booleans())
def test_no_file_makes_a_candidate_surer_than_its_bound(book: RuleBook, name: str, value: str, around: bool) -> None:
    text = ("host = 'db'\nuser = 'ada'\n" if around else "") + f"{name} = '{value}'\n"
    for path in PATHS:
        for one in candidates(book, path, text)[0]:
            lines, rule = LineIndex(text.encode()), book.by_id[one.rule_id]
            bound, level = surest(one, rule, lines, []), weighed(one, rule, path, lines, []).level
            assert level is None or (bound is not None and level.rank <= bound.rank)


def test_a_value_costs_less_than_a_millisecond(book: RuleBook) -> None:
    (one, *_), lines = candidates(book, "a.js", f"api_key = '{KEY}'\n")
    rule = book.by_id[one.rule_id]
    weighed(one, rule, "a.js", lines, [])
    before = time.process_time()
    for _ in range(200):
        weighed(one, rule, "a.js", lines, [])
    assert (time.process_time() - before) / 200 < 0.001


def test_a_drawn_token_in_a_test_is_reported(found: Found) -> None:
    assert len(found("tests/client.test.js", f"const client = new Client({{ auth_token: '{KEY}' }});\n")) == 1


def test_a_password_in_a_test_is_reported_on_request_only(scan_text: Callable[..., ScanResult]) -> None:
    line = f'login("ada", password="{password("in a test")}")\n'
    assert scan_text("tests/login.js", line).findings == ()
    low = scan_text("tests/login.js", line, ScanConfig(min_confidence=Confidence.LOW))
    assert [one.confidence for one in low.findings] == [Confidence.LOW]


def test_a_users_password_in_a_basic_header_of_a_test_counts_as_a_password(found: Found) -> None:
    value = b64encode(f"ada:{password('basic')}".encode()).decode()
    assert found("tests/http.js", f"headers['Authorization'] = 'Basic {value}';\n") == []


def test_what_only_a_name_speaks_for_in_a_text_about_code_is_quiet(found: Found) -> None:
    assert found("docs/config.rst", f"SECRET_KEY = '{token('docs', '[0-9a-f]{64}')}'\n") == []


@pytest.mark.parametrize("value", ["abcdef0123456789" * 2, "A1B2C3D4E5F6G7H8I9J0"])
def test_what_counts_through_the_alphabet_is_no_token(scan_text: Callable[..., ScanResult], value: str) -> None:
    result = scan_text("src/client.js", f"const apiKey = '{value}';\n")
    assert result.findings == ()
    assert "counts through the alphabet" in {one.reason for one in result.dropped}


@pytest.mark.parametrize("pattern", ["[0-9a-f]{32}", "[A-Za-z0-9]{20}"])
def test_a_drawn_token_does_not_count_through_the_alphabet(found: Found, pattern: str) -> None:
    assert len(found("src/client.js", f"const apiKey = '{token('drawn', pattern)}';\n")) == 1


def test_a_flag_named_after_a_password_is_quiet(found: Found) -> None:
    assert found("tasks/main.yml", "user:\n  update_password: always\n") == []


def test_what_the_classifier_turns_down_says_so(scan_text: Callable[..., ScanResult]) -> None:
    result = scan_text("src/a.js", "sort_key = 'created-at-42'\n", ScanConfig(min_confidence=Confidence.LOW))
    assert [one.reason for one in result.dropped] == ["the classifier sees no credential"]


def test_the_fingerprint_of_a_public_key_is_quiet(found: Found) -> None:
    fingerprint = token("fingerprint", "[0-9A-F]{16}")
    assert found("ci.yml", f"run: apt-key adv --keyserver keyserver.ubuntu.com --recv-keys {fingerprint}\n") == []
