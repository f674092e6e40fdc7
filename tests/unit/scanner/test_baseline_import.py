"""What other tools accept, read from their files and matched with what is found."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.baseline.foreign import Imported, imported, read_foreign
from scanner.baseline.model import Label
from scanner.model import Commit, Finding, ScanResult
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace
from tests.unit.scanner.making import password, token

VALUE = password("import")
TOKEN = token("import", r"ghp_[A-Za-z0-9]{36}")
BODY = "\n".join(token(f"imported key {number}", r"[A-Za-z0-9+/]{64}") for number in range(5))
TEXT = f'limit = 1\ndb_password = "{VALUE}"\ngithub = "{TOKEN}"\n'
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n"
SHA = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def findings(scan_text: Callable[..., ScanResult]) -> list[Finding]:
    return [*scan_text("src/app.conf", TEXT).findings, *scan_text("key.pem", KEY).findings]


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def matched(folder: Path, name: str, text: str, findings: list[Finding]) -> Imported:
    (folder / name).write_text(text)
    return imported(read_foreign(os.fspath(folder / name), os.fspath(folder)), findings)


def rules(taken: Imported) -> list[str]:
    return sorted(one.finding.rule_id for one in taken.accepted)


def secrets_baseline(**entries: list[dict[str, Any]]) -> str:
    return json.dumps({"version": "1.5.0", "plugins_used": [], "results": entries})


def test_detect_secrets_entries_are_matched_by_path_and_digest_whatever_the_line(
    tmp_path: Path, findings: list[Finding]
) -> None:
    entry = {"type": "Secret Keyword", "hashed_secret": sha1(VALUE), "line_number": 40}
    there = matched(tmp_path, ".secrets.baseline", secrets_baseline(**{"src/app.conf": [entry]}), findings)
    elsewhere = matched(tmp_path, ".secrets.baseline", secrets_baseline(**{"app.conf": [entry]}), findings)
    assert rules(there) == ["database-password"]
    assert there.accepted[0].reason == "imported from .secrets.baseline"
    assert (elsewhere.accepted, len(elsewhere.unmatched)) == ((), 1)


@pytest.mark.parametrize(
    ("audited", "word", "label"),
    [(True, "audited as a secret", Label.TRUE), (False, "audited as no secret", Label.FALSE), (None, "", None)],
)
def test_what_an_audit_said_is_kept_as_reason_and_label(
    audited: bool | None, word: str, label: Label | None, tmp_path: Path, findings: list[Finding]
) -> None:
    entry = {"hashed_secret": sha1(VALUE), "is_secret": audited}
    taken = matched(tmp_path, ".secrets.baseline", secrets_baseline(**{"src/app.conf": [entry]}), findings)
    assert word in taken.accepted[0].reason
    assert taken.accepted[0].label is label


def test_what_detect_secrets_keeps_of_keys_and_tokens_is_matched_on_the_line_only(
    tmp_path: Path, findings: list[Finding]
) -> None:
    def text(line: int) -> str:
        key = {"hashed_secret": sha1("BEGIN RSA PRIVATE KEY"), "line_number": 1}
        github = {"hashed_secret": sha1("ghp"), "line_number": line}
        return secrets_baseline(**{"key.pem": [key], "src/app.conf": [github]})

    assert rules(matched(tmp_path, "b", text(3), findings)) == ["github-personal-access-token", "private-key"]
    assert rules(matched(tmp_path, "b", text(2), findings)) == ["private-key"]


def test_gitleaksignore_entries_are_matched_by_path_and_line(tmp_path: Path, findings: list[Finding]) -> None:
    text = f"# known\n\nsrc\\app.conf:generic-api-key:2\n{SHA}:key.pem:private-key:1\nsrc/app.conf:generic-api-key:1\n"
    taken = matched(tmp_path, ".gitleaksignore", text, findings)
    assert rules(taken) == ["database-password", "private-key"]
    assert [one.place.rpartition("/")[2] for one in taken.unmatched] == ["app.conf:generic-api-key:1"]


def test_an_entry_of_a_commit_is_no_finding_of_another(tmp_path: Path, findings: list[Finding]) -> None:
    by = Commit(sha="f" * 40, author="Ada", email="", date="", summary="")
    past = [replace(finding, commit=by) for finding in findings]
    assert rules(matched(tmp_path, "i", f"{'f' * 40}:key.pem:private-key:1\n", past)) == ["private-key"]
    assert rules(matched(tmp_path, "i", f"{SHA}:key.pem:private-key:1\n", past)) == []


def report(**fields: Any) -> str:
    entry = {"RuleID": "generic-api-key", "File": "src/app.conf", "StartLine": 2, "EndLine": 2, "Commit": ""}
    return json.dumps([{**entry, **fields}])


def test_a_report_of_gitleaks_is_matched_by_its_value_or_where_that_is_redacted_by_the_line(
    tmp_path: Path, findings: list[Finding]
) -> None:
    assert rules(matched(tmp_path, "r.json", report(Secret=VALUE, StartLine=9, EndLine=9), findings)) == [
        "database-password"
    ]
    assert rules(matched(tmp_path, "r.json", report(Secret="REDACTED"), findings)) == ["database-password"]
    assert rules(matched(tmp_path, "r.json", report(Secret="Abc..."), findings)) == ["database-password"]
    assert rules(matched(tmp_path, "r.json", report(Secret=password("no such")), findings)) == []


def test_a_report_with_paths_of_the_whole_machine_is_read_relative_to_the_project(
    tmp_path: Path, findings: list[Finding]
) -> None:
    text = report(File=os.fspath(tmp_path / "src" / "app.conf"), Secret=VALUE)
    assert rules(matched(tmp_path, "r.json", text, findings)) == ["database-password"]


def test_an_accepted_finding_is_taken_once(tmp_path: Path, findings: list[Finding]) -> None:
    entry = {"hashed_secret": sha1(VALUE)}
    taken = matched(tmp_path, "b", secrets_baseline(**{"src/app.conf": [entry, entry]}), findings)
    assert (len(taken.accepted), taken.unmatched) == (1, ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", ":1:2: no JSON"),
        ('{"results": []}', ": there is no table `results`"),
        ('{"results": {"a.py": 3}}', ": results, 'a.py': no list"),
        ('{"results": {"a.py": [{}]}}', ": results, 'a.py', entry 1: there is no hashed_secret"),
        ('{"results": {"a.py": ["x"]}}', ": results, 'a.py', entry 1: there is no hashed_secret"),
        ('{"results": {"a.py": [{"hashed_secret": "zz"}]}}', ": results, 'a.py', entry 1: hashed_secret is no SHA-1"),
        ('[{"File": "a"}]', ": [0]: there is no StartLine"),
        ('[{"File": "a", "StartLine": "1"}]', ": [0]: StartLine is of the wrong type"),
        ("[7]", ": [0]: there is no File"),
        ("a.py:rule:1\na.py:rule\n", ":2: neither"),
        ("a.py:rule:x\n", ":1: neither"),
        ("[" * 100_000, ": the JSON is nested too deep"),
    ],
)
def test_malformed_input_is_named_with_its_place(text: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text(text)
    with pytest.raises(UsageError) as refused:
        read_foreign(os.fspath(tmp_path / "theirs"), os.fspath(tmp_path))
    assert place in refused.value.message
    assert refused.value.hint


def test_a_malformed_report_is_refused_without_showing_its_values(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(report(Secret=VALUE, EndLine="x"))
    with pytest.raises(UsageError) as refused:
        read_foreign(os.fspath(tmp_path / "r.json"), os.fspath(tmp_path))
    assert VALUE not in refused.value.message


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary"):
        with pytest.raises(UsageError, match=name):
            read_foreign(os.fspath(tmp_path / name), os.fspath(tmp_path))
