"""Every report of the same scan: valid by the published schema, inert, and without the value."""

from __future__ import annotations

import base64
import io
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from scanner.config import ScanConfig
from scanner.model import Blob, Commit, ScanError, ScanResult, Skipped
from scanner.pipeline import scan
from scanner.reports.json import write_json
from scanner.reports.jsonl import write_jsonl
from scanner.reports.text import write_text
from scanner.rulebook.loader import load_rulebook
from tests.unit.scanner.making import password, token

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "report.schema.json").read_text())
PW, OTHER = password("report"), password("beside")
NPM = "npm_" + token("report", "[A-Za-z0-9]{36}")
EVIL = "evil\x1b]0;title\x07\u202e\u200b"
WRITERS: dict[str, Callable[..., None]] = {"text": write_text, "json": write_json, "jsonl": write_jsonl}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ScanResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        book = load_rulebook()
    commit = Commit(sha="0" * 40, author="Ada", email="ada@example.org", date="2026-01-01T00:00:00+00:00", summary=EVIL)
    python = f'import redis\nx = "{PW}"\nredis.Redis(password=x); y = dict(password="{PW}", secret="{OTHER}")\n'
    return scan(
        [
            Blob(path=f"{EVIL}.py", data=python.encode(), commit=commit),
            Blob(path=".npmrc", data=f"//registry/:_authToken={NPM}  # gitleaks:allow\n".encode()),
            Blob(path="c.yml", data=f"password: {OTHER}\u2028\n".encode()),
            Skipped(path="x.png", reason="binary"),
            ScanError(path="y", message="cannot be read"),
        ],
        book,
        ScanConfig(),
    )


def _written(form: str, result: ScanResult, **options: object) -> str:
    stream = io.StringIO()
    WRITERS[form](result, stream, **options)
    return stream.getvalue()


def _forms(value: str) -> list[str]:
    raw = value.encode()
    return [value, base64.b64encode(raw).decode(), raw.hex(), urllib.parse.quote(value, safe="")]


def test_the_json_report_fits_the_schema(result: ScanResult) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(_written("json", result, explain=True)))


def test_each_line_of_jsonl_fits_the_schema_of_a_finding(result: ScanResult) -> None:
    validator = jsonschema.Draft202012Validator({"$ref": "#/$defs/finding", "$defs": SCHEMA["$defs"]})
    lines = _written("jsonl", result).splitlines()
    assert len(lines) == len(result.findings)
    for line in lines:
        validator.validate(json.loads(line))


@pytest.mark.parametrize("form", WRITERS)
def test_no_value_is_in_a_report_in_any_form(form: str, result: ScanResult) -> None:
    report = _written(form, result)
    for value in (PW, OTHER, NPM):
        assert [shape for shape in _forms(value) if shape in report] == []


@pytest.mark.parametrize("form", WRITERS)
def test_values_are_shown_where_they_are_asked_for(form: str, result: ScanResult) -> None:
    assert PW in _written(form, result, show_secrets=True)


def test_suppressed_findings_are_listed_for_programs_and_counted_for_people(result: ScanResult) -> None:
    findings = json.loads(_written("json", result))["findings"]
    assert [found["suppressed_by"] for found in findings if found["path"] == ".npmrc"] == ["inline"]
    text = _written("text", result)
    assert "npm-access-token" not in text
    assert "1 suppressed (1 inline)" in text


def test_text_is_inert_on_a_terminal(result: ScanResult) -> None:
    text = _written("text", result)
    assert not set(text) & set("\x1b\x07\u202e\u200b\u2028")
    assert "\\x1b" in text


def test_text_has_colour_only_on_request(result: ScanResult) -> None:
    assert "\x1b[" in _written("text", result, color=True)


def test_text_shows_the_line_the_flow_and_one_next_step(result: ScanResult) -> None:
    text = _written("text", result)
    assert 'x = "••••••••"' in text
    assert "reaches redis.Redis(password)" in text
    assert text.rstrip().splitlines()[-1] == "next: strongroom fix --dry-run"
    assert text.count("next:") == 1


def test_a_clean_run_is_one_line() -> None:
    assert len(_written("text", ScanResult(findings=())).splitlines()) == 1
