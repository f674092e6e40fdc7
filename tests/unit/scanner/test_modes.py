"""The modes of a scan, as a user runs them: what each looks at, and what its exit status says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.testing.server import plain_environment
from tests.unit.scanner.making import Repository, password, token

PASSWORD = password("modes")
LINE = f'db_password = "{PASSWORD}"\n'
KEY = token("modes key", r"AKIA[A-Z2-7]{16}")


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "modes-cache"))


def run(top: Path, *words: str, module: str = "strongroom", **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", module, *words]
    return subprocess.run(
        command, cwd=top, env=plain_environment(**extra), capture_output=True, text=True, check=False, timeout=120
    )


def report(top: Path, *words: str) -> dict[str, Any]:
    done = run(top, "scan", "-f", "json", *words)
    assert done.returncode in (0, 1, 3), done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def paths(top: Path, *words: str) -> list[str]:
    return [finding["path"] for finding in report(top, *words)["findings"]]


def test_since_looks_at_what_the_working_tree_adds(repository: Repository) -> None:
    repository.commit([("old.conf", LINE), ("changed.conf", "# one\n")])
    repository.write("changed.conf", "# one\n" + LINE)
    repository.write("new.conf", LINE)
    repository.write("staged.conf", LINE)
    repository.git("add", "staged.conf")
    assert paths(repository.top, "--since", "HEAD") == ["changed.conf", "new.conf", "staged.conf"]


def test_since_looks_at_what_commits_added_and_took_away(repository: Repository) -> None:
    repository.commit([("a.conf", "one\n")])
    repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", "one\n"), ("b.conf", LINE)])
    found = report(repository.top, "--since", "HEAD~2")["findings"]
    assert [(one["path"], one["commit"] is None, one["in_head"]) for one in found] == [
        ("a.conf", False, False),
        ("b.conf", True, True),
    ]


def test_since_a_commit_that_is_not_there_is_a_usage_error(repository: Repository) -> None:
    repository.commit([("a.conf", "one\n")])
    done = run(repository.top, "scan", "--since", "nowhere")
    assert done.returncode == 2
    assert "nowhere names no commit here" in done.stderr


def test_modes_exclude_each_other(repository: Repository) -> None:
    repository.commit([("a.conf", "one\n")])
    for words in (["--staged", "--history"], ["--since", "HEAD", "--staged"], ["--history", "--since", "HEAD"]):
        assert run(repository.top, "scan", *words).returncode == 2


def test_a_history_reports_first_and_last_commit_as_json(repository: Repository) -> None:
    first = repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", "gone\n")])
    (found,) = report(repository.top, "--history")["findings"]
    assert found["commit"]["sha"] == found["last_commit"]["sha"] == first
    assert found["occurrences"] == 1
    assert found["in_head"] is False


def test_a_range_alone_means_the_history(repository: Repository) -> None:
    start = repository.commit([("a.conf", "one\n")])
    repository.commit([("a.conf", LINE)])
    assert paths(repository.top, "--range", f"{start}..HEAD") == ["a.conf"]


def test_a_push_is_refused_for_what_its_commits_add(repository: Repository) -> None:
    start = repository.commit([("old.conf", LINE)])
    end = repository.commit([("new.conf", f"api_key: {KEY}\n")])
    refs = {"PRE_COMMIT_FROM_REF": start, "PRE_COMMIT_TO_REF": end}
    done = run(repository.top, "--pushed", module="strongroom.hook", **refs)
    assert done.returncode == 1
    assert "new.conf" in done.stdout
    assert "old.conf" not in done.stdout
    harmless = run(repository.top, "--pushed", module="strongroom.hook", PRE_COMMIT_FROM_REF=end, PRE_COMMIT_TO_REF=end)
    assert harmless.returncode == 0


def test_a_first_push_is_refused_for_anything_in_the_history(repository: Repository) -> None:
    repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", "gone\n")])
    assert run(repository.top, "--pushed", module="strongroom.hook").returncode == 1


def test_a_staged_scan_in_a_bare_repository_is_a_usage_error_and_a_tree_scan_reads_head(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit([("a.conf", LINE)])
    repository.git("clone", "-q", "--bare", str(repository.top), str(tmp_path / "bare.git"))
    assert run(tmp_path / "bare.git", "scan", "--staged").returncode == 2
    assert paths(tmp_path / "bare.git") == ["a.conf"]
    assert paths(tmp_path / "bare.git", "--history") == ["a.conf"]


def test_a_hook_never_compiles_the_rules_and_finds_the_same(repository: Repository, tmp_path: Path) -> None:
    rule = tmp_path / "own.yaml"
    rule.write_text(
        "rules:\n  - id: shop-key\n    name: Shop key\n    description: Opens the shop.\n    severity: high\n"
        "    confidence: high\n    keywords: [shopkey]\n    pattern: 'shopkey_(?P<value>[a-z0-9]{12})'\n"
        "    examples: ['shopkey_{{re:[a-z0-9]{12}}}']\n"
    )
    repository.commit([("a.conf", "one\n")])
    repository.write("a.conf", "shopkey_" + token("shop", "[a-z0-9]{12}") + "\n")
    repository.git("add", "-A")
    words = ["scan", "--staged", "--rules", str(rule), "-f", "json"]
    cache = tmp_path / "cache"
    first = run(repository.top, *words, XDG_CACHE_HOME=str(cache))
    assert [one["rule_id"] for one in json.loads(first.stdout)["findings"]] == ["shop-key"]
    assert "slower" in first.stderr
    (kept,) = (cache / "strongroom").glob("engine-*.bin")
    size = kept.stat().st_size
    second = run(repository.top, *words, XDG_CACHE_HOME=str(cache))
    assert "slower" not in second.stderr
    run(repository.top, "scan", "--rules", str(rule), XDG_CACHE_HOME=str(cache))
    assert kept.stat().st_size > size + 100_000
    third = run(repository.top, *words, XDG_CACHE_HOME=str(cache))
    assert len({json.loads(done.stdout)["findings"][0]["fingerprint"] for done in (first, second, third)}) == 1


def test_a_change_that_could_not_matter_is_not_followed(repository: Repository) -> None:
    old = f"password = get()\nconnect(password='{PASSWORD}')\n"
    repository.commit([("a.py", old)])
    repository.write("a.py", old + "print('a change')\n")
    repository.git("add", "-A")
    program = (
        "import sys\nsys.argv = ['strongroom', 'scan', '--staged']\nfrom strongroom.entry import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print(end.code, 'libcst' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=repository.top, env=plain_environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0 False"


def test_an_added_value_that_old_lines_give_away_is_found(repository: Repository) -> None:
    repository.commit([("a.py", "import hmac\n\ncode = ''\nlogin(password=code)\n")])
    repository.write("a.py", f"import hmac\n\ncode = '{PASSWORD}'\nlogin(password=code)\n")
    repository.git("add", "-A")
    program = f"import boto3\ncode = '{PASSWORD}'\nboto3.client('s3', aws_secret_access_key=code)\n"
    repository.commit([("b.py", program.replace(PASSWORD, ""))])
    repository.write("b.py", program)
    repository.git("add", "-A")
    assert "b.py" in paths(repository.top, "--staged")
