"""A project accepts what it knows: the commands, and every kind of scan that reads the file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.testing.server import command_line, plain_environment
from tests.unit.scanner.making import Repository, password, token

VALUE, OTHER = password("accepted"), password("accepted, another")
LINE = f'db_password = "{VALUE}"\n'
FURTHER = f'github = "{token("accepted token", "ghp_[A-Za-z0-9]{36}")}"\n'
FILE = ".strongroom-baseline.jsonl"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    top = tmp_path / "shop"
    top.mkdir()
    repository = Repository(top)
    repository.commit([("src/app.py", "limit = 1\n" + LINE), ("deploy/app.conf", FURTHER)])
    return repository


def run(top: Path, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_line(*words), cwd=top, env=_environment(top), input=text or "", capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def _environment(top: Path) -> dict[str, str]:
    return plain_environment(XDG_CACHE_HOME=str(top.parent / "cache"), TERM="xterm")


def done(top: Path, *words: str) -> str:
    ended = run(top, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def report(top: Path, *words: str, text: str | None = None, status: int = 0) -> dict[str, Any]:
    ended = run(top, "scan", "-f", "json", *words, text=text)
    assert ended.returncode == status, ended.stderr
    read: dict[str, Any] = json.loads(ended.stdout)
    return read


def suppressors(read: dict[str, Any]) -> list[str | None]:
    return [finding["suppressed_by"] for finding in read["findings"]]


def test_what_is_accepted_no_longer_sets_the_status_of_a_scan_of_any_kind(project: Repository) -> None:
    start = project.commit([("README", "none\n")])
    project.commit([("src/more.py", LINE)])
    assert run(project.top, "scan").returncode == 1
    assert "3 findings accepted" in done(project.top, "baseline", "create")
    for words in ([], ["--history"], ["--since", start], ["--range", f"{start}..HEAD"], ["src"]):
        seen = report(project.top, *words)
        assert set(suppressors(seen)) == {"baseline"}, words
    project.git("rm", "-q", "--cached", "src/more.py")
    project.git("commit", "-q", "-m", "out")
    project.git("add", "-A")
    assert suppressors(report(project.top, "--staged")) == ["baseline"]


def test_standard_input_is_held_against_a_baseline_that_is_named(project: Repository) -> None:
    text = (project.top / "src" / "app.py").read_text()
    fingerprint = report(project.top, "-", text=text, status=1)["findings"][0]["fingerprint"]
    done(project.top, "baseline", "create", "--baseline", "known.jsonl")
    entries = (project.top / "known.jsonl").read_text()
    assert suppressors(report(project.top, "-", "--baseline", "known.jsonl", text=text, status=1)) == [None]
    assert fingerprint not in entries


def test_the_file_is_found_from_below_and_lists_all_of_the_project(project: Repository) -> None:
    done(project.top / "src", "baseline", "create")
    assert len((project.top / FILE).read_text().splitlines()) == 3
    assert set(suppressors(report(project.top / "src"))) == {"baseline"}


@pytest.mark.parametrize("form", ["jsonl", "sarif"])
def test_accepted_findings_stay_listed(form: str, project: Repository) -> None:
    done(project.top, "baseline", "create")
    text = done(project.top, "scan", "-f", form)
    if form == "jsonl":
        assert [json.loads(line)["suppressed_by"] for line in text.splitlines()] == ["baseline", "baseline"]
    else:
        results = json.loads(text)["runs"][0]["results"]
        assert [one["suppressions"][0]["kind"] for one in results] == ["external", "external"]


def test_a_new_value_in_an_old_place_is_reported(project: Repository) -> None:
    done(project.top, "baseline", "create")
    project.write("src/app.py", LINE.replace(VALUE, OTHER))
    ended = run(project.top, "scan")
    assert ended.returncode == 1
    assert "the baseline knows this place, with another value" in ended.stdout


def test_a_line_above_changes_no_byte_and_what_is_gone_is_counted_and_dropped(project: Repository) -> None:
    done(project.top, "baseline", "create", "--reason", "before we had a scanner")
    before = (project.top / FILE).read_bytes()
    project.write("src/app.py", "import os\n\n" + (project.top / "src" / "app.py").read_text())
    done(project.top, "baseline", "update", "--add")
    assert (project.top / FILE).read_bytes() == before
    (project.top / "deploy" / "app.conf").unlink()
    assert "1 entry of the baseline is stale" in done(project.top, "scan")
    assert report(project.top)["stats"]["stale"] == 1
    assert "stale" not in report(project.top, "src")["stats"]
    (project.top / "src" / "app.py").unlink()
    assert "2 entries of the baseline are stale" in done(project.top, "scan")
    assert "0 kept, 2 removed, 0 added" in done(project.top, "baseline", "update")


def test_an_update_accepts_what_is_new_only_when_asked(project: Repository) -> None:
    done(project.top, "baseline", "create")
    project.write("new.conf", LINE)
    told = run(project.top, "baseline", "update")
    assert "0 added" in told.stdout
    assert "1 finding not accepted" in told.stderr
    assert run(project.top, "scan").returncode == 1
    assert "1 added" in done(project.top, "baseline", "update", "--add")
    assert run(project.top, "scan").returncode == 0


def test_what_stands_in_commits_only_is_accepted_with_the_history(project: Repository) -> None:
    project.write("deploy/app.conf", "none\n")
    project.git("commit", "-qam", "out")
    done(project.top, "baseline", "create")
    assert run(project.top, "scan", "--history").returncode == 1
    done(project.top, "baseline", "update", "--history", "--add")
    assert run(project.top, "scan", "--history").returncode == 0
    assert report(project.top)["stats"]["stale"] == 0
    assert "2 kept, 0 removed" in done(project.top, "baseline", "update")


def test_a_file_that_is_there_is_replaced_only_when_forced(project: Repository) -> None:
    done(project.top, "baseline", "create")
    before = (project.top / FILE).read_bytes()
    assert run(project.top, "baseline", "create").returncode == 2
    assert (project.top / FILE).read_bytes() == before
    done(project.top, "baseline", "create", "--force")
    assert (project.top / FILE).read_bytes() != before


@pytest.mark.parametrize("words", [["scan"], ["scan", "--staged"], ["scan", "--history"], ["baseline", "update"]])
def test_a_baseline_that_is_named_and_missing_is_a_usage_error(words: list[str], project: Repository) -> None:
    ended = run(project.top, *words, "--baseline", "no-such.jsonl")
    assert ended.returncode == 2
    assert "no-such.jsonl" in ended.stderr


def test_a_malformed_file_is_a_usage_error_with_its_line(project: Repository) -> None:
    done(project.top, "baseline", "create")
    with (project.top / FILE).open("a") as stream:
        stream.write("<<<<<<< ours\n")
    for words in (["scan"], ["scan", "--history"], ["baseline", "update"]):
        ended = run(project.top, *words)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert f"{FILE}:4: a merge conflict" in ended.stderr


def test_a_link_in_the_place_of_the_default_file_is_not_followed(project: Repository, tmp_path: Path) -> None:
    done(project.top, "baseline", "create", "--baseline", str(tmp_path / "elsewhere.jsonl"))
    (project.top / FILE).symlink_to(tmp_path / "elsewhere.jsonl")
    assert run(project.top, "scan").returncode == 1
    assert run(project.top, "scan", "--baseline", str(tmp_path / "elsewhere.jsonl")).returncode == 0


def test_an_update_with_nothing_to_say_leaves_the_file_untouched(project: Repository) -> None:
    done(project.top, "baseline", "create")
    before = (project.top / FILE).stat()
    done(project.top, "baseline", "update")
    assert (project.top / FILE).stat().st_ino == before.st_ino


def test_a_review_off_a_terminal_accepts_what_is_named(project: Repository) -> None:
    one, other = (finding["fingerprint"] for finding in report(project.top, status=1)["findings"])
    assert run(project.top, "baseline", "review").returncode == 2
    assert run(project.top, "baseline", "review", "--accept", "0" * 12).returncode == 2
    assert run(project.top, "baseline", "review", "--accept", one[:4]).returncode == 2
    done(project.top, "baseline", "review", "--accept", one[:12], "--reason", "of the test server")
    (entry,) = map(json.loads, (project.top / FILE).read_text().splitlines()[1:])
    assert (entry["fingerprint"], entry["reason"]) == (one, "of the test server")
    done(project.top, "baseline", "review", "--accept", other)
    assert run(project.top, "scan").returncode == 0


def test_a_reason_that_shows_the_value_is_refused(project: Repository) -> None:
    fingerprint = report(project.top, status=1)["findings"][1]["fingerprint"]
    for words in (["review", "--accept", fingerprint], ["create"]):
        ended = run(project.top, "baseline", *words, "--reason", f"it is only {VALUE}")
        assert ended.returncode == 2
        assert VALUE not in ended.stderr
    assert not (project.top / FILE).exists()


def test_what_another_tool_accepts_is_imported_and_the_rest_is_counted(project: Repository) -> None:
    project.write(".gitleaksignore", "src/app.py:generic-api-key:2\ngone.py:generic-api-key:1\n")
    told = run(project.top, "baseline", "import", ".gitleaksignore")
    assert (told.returncode, told.stdout.split("; ")[0]) == (0, "2 read from .gitleaksignore, 1 matched")
    assert "1 found nothing here (-v names them)" in told.stderr
    assert "gone.py" in run(project.top, "baseline", "import", "-v", ".gitleaksignore").stderr
    assert suppressors(report(project.top, status=1)) == [None, "baseline"]
    assert '"reason": "imported from .gitleaksignore"' in (project.top / FILE).read_text()


def test_a_malformed_import_is_a_usage_error(project: Repository) -> None:
    project.write("theirs.json", '{"results": {"a.py": [{}]}}')
    ended = run(project.top, "baseline", "import", "theirs.json")
    assert ended.returncode == 2
    assert "theirs.json: results, 'a.py', entry 1" in ended.stderr


def test_a_report_with_a_baseline_keeps_to_the_published_schema(project: Repository) -> None:
    done(project.top, "baseline", "create")
    project.write("src/app.py", LINE.replace(VALUE, OTHER))
    (project.top / "deploy" / "app.conf").unlink()
    schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
    read = report(project.top, status=1)
    jsonschema.validate(read, schema)
    assert read["stats"]["stale"] == 1
    assert read["findings"][0]["evidence"][-1]["kind"] == "baseline"


def test_a_hook_that_has_nothing_to_show_never_reads_the_file(project: Repository) -> None:
    project.write(FILE, "no baseline\n")
    project.write("plain.py", "x = 1\n")
    project.git("add", "plain.py")
    assert run(project.top, "scan", "--staged").returncode == 0
