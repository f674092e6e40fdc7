"""Each format as the program reads it that it is made for: SARIF, GitLab, JUnit, CSV, annotations."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml

from scanner.model import ScanResult
from scanner.reports.formats import ReportOptions, write_report
from scanner.rulebook.model import Rule
from tests.contract.reports.scans import FINISHED, HOSTILE, every_kind, written

ROOT = Path(__file__).parents[3]
GITLAB = json.loads(Path(__file__).with_name("gitlab.schema.json").read_text())
OPEN = every_kind().open_findings
COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:]*,?)+)::(.*)")


def _sarif() -> dict[str, Any]:
    run: dict[str, Any] = json.loads(written("sarif", every_kind()))["runs"][0]
    return run


def _rule() -> Rule:
    found = OPEN[0]
    return Rule(
        id=found.rule_id,
        name=found.rule_name,
        description="Signs requests. A thief does all its owner may do.",
        severity=found.severity,
        confidence=found.confidence,
        keywords=("aws",),
        references=("https://example.org/keys", "the handbook, page 7"),
    )


def _validated(report: str, folder: Path) -> str:
    program = subprocess.run([ROOT / "tests" / "multitool.sh"], check=True, stdout=subprocess.PIPE, text=True)
    file = folder / "report.sarif"
    file.write_text(report)
    done = subprocess.run(
        [program.stdout.strip(), "validate", file, "--rule-kind", "Sarif;Ghas"],
        check=False,  # its status counts its findings
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
    )
    assert "Analysis completed successfully." in done.stdout
    return "\n".join(line for line in done.stdout.splitlines() if re.search(r"(error|warning|note) [A-Z]+\d+", line))


@pytest.mark.parametrize("result", [every_kind(), ScanResult(findings=())], ids=["every kind", "clean"])
def test_github_takes_the_sarif_report_without_a_finding_of_its_rules(result: ScanResult, tmp_path: Path) -> None:
    assert _validated(written("sarif", result), tmp_path) == ""


def test_sarif_describes_rules_as_the_rule_book_does_and_github_takes_it(tmp_path: Path) -> None:
    stream = io.StringIO()
    write_report("sarif", every_kind(), stream, ReportOptions(rules=(_rule(),), finished=FINISHED))
    rules = json.loads(stream.getvalue())["runs"][0]["tool"]["driver"]["rules"]
    described = next(rule for rule in rules if rule["id"] == OPEN[0].rule_id)
    assert described["fullDescription"]["text"] == _rule().description
    assert described["helpUri"] == "https://example.org/keys"
    assert _validated(stream.getvalue(), tmp_path) == ""


def test_sarif_names_each_rule_once() -> None:
    ids = [rule["id"] for rule in _sarif()["tool"]["driver"]["rules"]]
    assert ids == sorted(set(ids))


def test_sarif_paths_are_relative_and_decode_to_the_very_bytes() -> None:
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in _sarif()["results"]]
    assert [urllib.parse.unquote_to_bytes(uri) for uri in uris] == [
        found.path.encode("utf-8", "surrogateescape") for found in every_kind().findings
    ]
    assert all(urllib.parse.urlsplit(uri).scheme == "" for uri in uris)
    assert "outer.zip!inner/a.py" in uris


def test_sarif_lists_what_is_suppressed_and_by_what() -> None:
    kinds = {each["suppressions"][0]["kind"] for each in _sarif()["results"] if each["suppressions"]}
    assert kinds == {"inSource", "external"}
    assert len(_sarif()["results"]) == len(every_kind().findings)


def test_sarif_tells_two_values_of_one_place_apart() -> None:
    marks = [each["partialFingerprints"]["primaryLocationLineHash"] for each in _sarif()["results"]]
    assert len(set(marks)) == len(marks)


def test_sarif_follows_the_value_from_literal_to_use() -> None:
    flow = _sarif()["results"][1]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow] == [1, 9]


def test_sarif_messages_hold_no_link_and_no_placeholder() -> None:
    messages = [each["message"]["text"] for each in _sarif()["results"]]
    assert not [text for text in messages if re.search(r"(?<!\\)\[|(?<!\{)\{[0-9]", text)]


def test_sarif_holds_no_snippet() -> None:
    assert '"snippet"' not in written("sarif", every_kind())


def test_the_gitlab_report_fits_gitlabs_demands() -> None:
    for result in (every_kind(), ScanResult(findings=())):
        jsonschema.Draft7Validator(GITLAB).validate(json.loads(written("gitlab", result)))


def test_gitlab_knows_a_finding_by_the_same_id_in_every_report() -> None:
    first, second = (json.loads(written("gitlab", every_kind()))["vulnerabilities"] for _ in range(2))
    assert [each["id"] for each in first] == [each["id"] for each in second]
    assert len({each["id"] for each in first}) == len(OPEN)


def test_gitlab_links_to_web_pages_only() -> None:
    stream = io.StringIO()
    write_report("gitlab", every_kind(), stream, ReportOptions(rules=(_rule(),), finished=FINISHED))
    links = [link for each in json.loads(stream.getvalue())["vulnerabilities"] for link in each["links"]]
    assert {link["url"] for link in links} == {"https://example.org/keys"}


def test_junit_has_a_case_for_each_file_and_a_failure_for_each_finding() -> None:
    (suite,) = JUnitXml.fromstring(written("junit", every_kind()).encode())
    results = [result for case in suite for result in case.result]
    assert suite.tests == len(HOSTILE) == len(list(suite))
    assert suite.failures == len(OPEN) == sum(isinstance(each, Failure) for each in results)
    assert suite.errors == len(HOSTILE) == sum(isinstance(each, Error) for each in results)


def test_junit_shows_a_clean_run_as_a_case_that_passed() -> None:
    (suite,) = JUnitXml.fromstring(written("junit", ScanResult(findings=())).encode())
    (case,) = suite
    assert case.is_passed


def test_csv_has_one_row_a_finding_under_the_header() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", every_kind()), newline=""), strict=True))
    assert [row["fingerprint"] for row in rows] == [found.fingerprint for found in OPEN]
    assert all(None not in row and None not in row.values() for row in rows)


def test_csv_columns_are_the_fields_of_json() -> None:
    fields = {name.removesuffix("_") for name in json.loads(written("jsonl", every_kind()).splitlines()[0])}
    header = next(csv.reader(io.StringIO(written("csv", every_kind()), newline="")))
    nested = {"commit", "last_commit", "remediation"}
    assert fields - nested <= set(header)
    assert all(any(column.startswith(f"{name}_") for column in header) for name in nested)


@pytest.mark.parametrize("show_secrets", [False, True])
def test_no_cell_of_csv_is_a_formula(show_secrets: bool) -> None:
    rows = csv.reader(io.StringIO(written("csv", every_kind(), show_secrets=show_secrets), newline=""))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for cell in cells if "\n" in cell or "\r" in cell or "\t" in cell]


def test_each_annotation_is_one_command_that_decodes_to_its_path() -> None:
    lines = written("github", every_kind()).split("\n")[:-1]
    parsed = [COMMAND.fullmatch(line) for line in lines]
    assert len(lines) == len(OPEN) + len(HOSTILE)
    properties = [dict(pair.split("=", 1) for pair in match[2].split(",")) for match in parsed if match]
    paths = {urllib.parse.unquote(each["file"]) for each in properties}
    assert {"100%25%0A,title=x::y.py", "line\nbreak\r::error::x.py", "c:drive\\back.py"} <= paths


def test_an_annotation_over_several_lines_has_no_columns() -> None:
    for line in written("github", every_kind()).splitlines():
        places = dict(re.findall(r"[ ,](line|endLine|col)=(\d+)", line))
        assert ("col" in places) == ("line" in places and places["line"] == places["endLine"])
