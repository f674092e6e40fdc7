"""The reports of an audit: each format holds what it should, and whatever a repository says stays text in all."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from scanner.audit.reports.formats import FORMATS, write_report
from scanner.audit.reports.sarif import write_sarif_folder
from tests.testing.audit_document import HOSTILE, bare, hostile, made_up, plain

DOCS = Path(__file__).parents[4] / "docs"
DOCUMENTS = {"made up": made_up, "hostile": hostile, "bare": bare}
SCHEMA = jsonschema.Draft202012Validator(json.loads((DOCS / "audit.schema.json").read_text()))
_STEERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def written(form: str, document: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    write_report(form, document, stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_is_the_document_by_its_published_schema(name: str) -> None:
    report = json.loads(written("json", DOCUMENTS[name]()))
    assert list(SCHEMA.iter_errors(report)) == []
    assert len(report["findings"]) == len(plain(DOCUMENTS[name]())["findings"])


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_that_steers_a_terminal_or_an_eye_is_in_any_format(name: str, form: str) -> None:
    text = written(form, DOCUMENTS[name]())
    assert _STEERS.search(text) is None
    assert text.encode("utf-8")


def test_a_page_holds_none_of_what_is_hostile_as_markup() -> None:
    page = written("html", hostile())
    assert page.count("<script") == 0
    assert page.count("<style") == 1
    assert "<img" not in page
    assert "onload=alert(1)>" not in page.replace("&gt;", "")
    assert 'href="javascript:' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_page_allows_its_own_style_and_nothing_else() -> None:
    page = written("html", made_up())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")


def test_a_page_shows_the_worst_thousand_and_counts_the_rest() -> None:
    page = written("html", made_up(findings=1300))
    assert page.count('class="anchor"') == 1000
    assert "300 more are not shown here" in page


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(written("csv", hostile()))))
    assert len(rows) == 1 + len(HOSTILE) * 3
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_markdown_is_short_and_what_repositories_say_is_code() -> None:
    text = written("markdown", hostile())
    assert len(text) < 60_000
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}


def test_sarif_has_a_run_for_each_repository() -> None:
    report = json.loads(written("sarif", made_up()))
    ids = [run["automationDetails"]["id"] for run in report["runs"]]
    assert len(set(ids)) == len(ids) == 12
    assert sum(len(run["results"]) for run in report["runs"]) == 60


def test_a_folder_of_sarif_has_a_file_of_a_safe_name_for_each_repository_that_was_read(tmp_path: Path) -> None:
    files = write_sarif_folder(hostile(), tmp_path / "sarif")
    assert len(set(files.values())) == len(HOSTILE) - 1
    for file in files.values():
        assert file.parent == tmp_path / "sarif"
        assert re.fullmatch(r"[\w.-]+\.sarif", file.name)
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(json.loads(file.read_text())["runs"]) == 1


def test_a_text_names_the_next_step() -> None:
    assert written("text", made_up()).splitlines()[-1].startswith("next: strongroom ")
