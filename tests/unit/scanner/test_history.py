"""Histories: each blob once, the commits that brought a value in, and whether it is still there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import kept
from scanner.config import ScanConfig
from scanner.history.flow import scan_history
from scanner.model import Finding, ScanResult
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import RuleBook
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import Repository, password, token

PASSWORD = password("history")
OTHER = password("history, another")
KEY = token("history key", r"AKIA[A-Z2-7]{16}")
LINE = f'db_password = "{PASSWORD}"\n'

History = Callable[..., ScanResult]


@pytest.fixture
def history(book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    engine = prepared(book)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(top: Path, **options: object) -> ScanResult:
        return scan_history(str(top), book, ScanConfig(), engine, **options)  # type: ignore[arg-type]

    return run


def _only(result: ScanResult) -> Finding:
    (finding,) = result.findings
    return finding


def test_a_value_that_was_removed_is_found_with_its_commits(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "# empty\n")])
    first = repository.commit([("a.conf", LINE)])
    last = repository.commit([("a.conf", "# above\n" + LINE)])
    repository.commit([("a.conf", "# empty\n")])
    finding = _only(history(repository.top))
    assert finding.commit is not None
    assert finding.last_commit is not None
    assert (finding.commit.sha, finding.last_commit.sha) == (first, last)
    assert (finding.commit.author, finding.commit.email, finding.commit.summary) == ("Ada", "ada@example.org", "change")
    assert finding.occurrences == 2
    assert not finding.in_head


def test_a_value_that_still_stands_says_so(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", LINE), ("b.txt", "more\n")])
    assert _only(history(repository.top)).in_head


def test_another_value_in_the_same_place_is_another_finding(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", LINE.replace(PASSWORD, OTHER))])
    result = history(repository.top)
    assert len(result.findings) == 2
    assert len({finding.fingerprint for finding in result.findings}) == 1
    assert {finding.in_head for finding in result.findings} == {False, True}


def test_a_merge_that_brings_in_a_value_of_its_own_is_seen(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "one\n")])
    repository.git("checkout", "-q", "-b", "side")
    repository.commit([("b.conf", "two\n")])
    repository.git("checkout", "-q", "main")
    repository.commit([("c.conf", "three\n")])
    repository.git("merge", "-q", "--no-commit", "side")
    merge = repository.commit([("a.conf", LINE)])
    finding = _only(history(repository.top))
    assert finding.commit is not None
    assert finding.commit.sha == merge


@pytest.mark.parametrize("kept_by", ["branch", "tag", "stash", "older stash", "packed branch"])
def test_whatever_a_ref_reaches_is_read(repository: Repository, history: History, kept_by: str) -> None:
    repository.commit([("a.conf", "one\n")])
    if "stash" in kept_by:
        repository.write("a.conf", LINE)
        repository.git("stash", "push", "-q")
        if kept_by == "older stash":
            repository.write("a.conf", "two\n")
            repository.git("stash", "push", "-q")
    else:
        repository.git("checkout", "-q", "-b", "side")
        repository.commit([("a.conf", LINE)])
        repository.git("checkout", "-q", "main")
        if kept_by == "tag":
            repository.git("tag", "-a", "-m", "kept", "v1", "side")
            repository.git("branch", "-q", "-D", "side")
        if kept_by == "packed branch":
            repository.git("pack-refs", "--all")
            repository.git("gc", "-q")
    assert _only(history(repository.top)).path == "a.conf"


def test_what_no_ref_reaches_is_not_read(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "one\n")])
    repository.git("checkout", "-q", "-b", "side")
    repository.commit([("a.conf", LINE)])
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "side")
    assert history(repository.top).findings == ()


def test_a_bare_repository_and_a_shallow_clone_are_read(
    repository: Repository, history: History, tmp_path: Path
) -> None:
    repository.commit([("a.conf", LINE)])
    repository.commit([("b.conf", "two\n")])
    for name, options in (("bare.git", ["--bare"]), ("shallow", ["--depth", "1"])):
        repository.git("clone", "-q", *options, f"file://{repository.top}", str(tmp_path / name))
        result = history(tmp_path / name)
        assert _only(result).path == "a.conf"
        assert result.errors == ()


def test_a_linked_worktree_reads_the_history_of_its_repository(
    repository: Repository, history: History, tmp_path: Path
) -> None:
    repository.commit([("a.conf", LINE)])
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert _only(history(tmp_path / "linked")).in_head


def test_a_range_looks_at_what_its_commits_add(repository: Repository, history: History) -> None:
    start = repository.commit([("a.conf", LINE)])
    repository.commit([("a.conf", LINE + f"api_key: {KEY}\n")])
    repository.commit([("a.conf", LINE)])
    result = history(repository.top, commit_range=f"{start[:12]}..main")
    assert [finding.rule_id for finding in result.findings] == ["aws-access-key-id"]


@pytest.mark.parametrize("commit_range", ["main", "main...main", "nothing..main", "--all..main", "main..--output=x"])
def test_a_range_that_names_no_commits_is_a_usage_error(
    repository: Repository, history: History, commit_range: str
) -> None:
    repository.commit([("a.conf", "one\n")])
    with pytest.raises(UsageError):
        history(repository.top, commit_range=commit_range)


def test_a_ref_that_leads_nowhere_is_named_and_the_others_are_read(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", LINE)])
    (repository.top / ".git" / "refs" / "heads" / "broken").write_text("0123456789" * 4 + "\n")
    (repository.top / ".git" / "refs" / "heads" / "malformed").write_text("not a name at all\n")
    result = history(repository.top)
    assert _only(result).path == "a.conf"
    assert [error.path for error in result.errors] == [".git: refs/heads/broken"]


def test_blobs_known_to_be_clean_are_not_read_again(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", LINE), *((f"{n}.txt", f"{n}\n") for n in range(10))])
    assert history(repository.top).stats.files == 11
    second = history(repository.top)
    assert second.stats.files == 1
    assert _only(second).path == "a.conf"


def test_another_version_of_the_program_reads_all_blobs_again(
    repository: Repository, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one version turned down another may report: its filters are part of what told that a blob is clean."""
    repository.commit([("a.conf", LINE), *((f"{n}.txt", f"{n}\n") for n in range(10))])
    history(repository.top)
    monkeypatch.setattr(kept, "code", lambda: (("another version", 0, 0),))
    assert history(repository.top).stats.files == 11


def test_threads_see_what_one_thread_sees(repository: Repository, history: History, tmp_path: Path) -> None:
    repository.commit([(f"d{n % 7}/{n}.conf", LINE if n % 500 == 3 else f"# {n}\n") for n in range(4500)])
    alone = history(repository.top)
    for cache in (tmp_path / "cache" / "strongroom").glob("clean-*"):
        cache.unlink()
    threads = history(repository.top, jobs=2)
    assert threads.stats.files == alone.stats.files
    assert [found.path for found in threads.findings] == [found.path for found in alone.findings]


def test_a_blob_too_large_to_read_is_counted_and_the_rest_is_read(repository: Repository, history: History) -> None:
    repository.commit([("a.txt", "x" * 6_000_000), ("b.conf", LINE), ("c.txt", "y" * 7_000_000), ("d.conf", "z\n")])
    result = history(repository.top)
    assert _only(result).path == "b.conf"
    assert result.stats.skipped == {"larger than 5 MB": 2}


def test_utf_16_is_read_in_histories_too(repository: Repository, history: History) -> None:
    repository.write("a.conf", b"\xff\xfe" + LINE.encode("utf-16-le"))
    repository.commit([])
    assert _only(history(repository.top)).path == "a.conf"


def test_a_drawn_token_in_a_test_is_found_in_histories_as_in_trees(
    repository: Repository, history: History, found: Found
) -> None:
    text = f"const client = new Client({{ auth_token: '{token('history', '[a-z0-9]{40}')}' }});\n"
    repository.commit([("tests/client.test.js", text), ("src/a.conf", "one\n")])
    one = _only(history(repository.top))
    (other,) = found("tests/client.test.js", text)
    assert (one.value.reveal_text(), one.confidence) == (other.value.reveal_text(), other.confidence)


def test_values_known_by_name_in_tests_stay_out_of_histories_too(repository: Repository, history: History) -> None:
    repository.commit([("tests/a.conf", LINE), ("src/a.conf", "one\n")])
    assert history(repository.top).findings == ()


def test_an_encoded_value_is_one_finding_with_its_commits(repository: Repository, history: History) -> None:
    encoded = base64.b64encode(f"the key is {KEY}".encode()).decode()
    first = repository.commit([("app.conf", f"x = {encoded}\n")])
    repository.commit([("app.conf", f"# more\nx = {encoded}\n")])
    repository.commit([("app.conf", "x =\n")])
    finding = _only(history(repository.top))
    assert finding.commit is not None
    assert finding.commit.sha == first
    assert finding.occurrences == 2


def test_what_no_ref_reaches_is_found_only_when_asked_for(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "# empty\n")])
    amended = repository.commit([("a.conf", LINE)])
    repository.write("a.conf", "# clean\n")
    repository.git("commit", "-q", "--amend", "-a", "-m", "clean")
    assert history(repository.top).findings == ()
    finding = _only(history(repository.top, dangling=True))
    assert finding.path == "a.conf"
    assert finding.commit is not None
    assert finding.commit.sha == amended
    assert not finding.in_head


def test_a_dropped_stash_is_found_when_asked_for(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "# empty\n")])
    repository.write("a.conf", LINE)
    repository.git("stash", "-q")
    repository.git("stash", "drop", "-q")
    assert history(repository.top).findings == ()
    assert _only(history(repository.top, dangling=True)).path == "a.conf"


def test_what_was_added_and_never_committed_is_named_by_its_object(repository: Repository, history: History) -> None:
    repository.commit([("a.conf", "# empty\n")])
    repository.write("b.conf", LINE)
    repository.git("add", "b.conf")
    name = repository.git("rev-parse", ":b.conf").strip()
    repository.git("rm", "-q", "--cached", "-f", "b.conf")
    finding = _only(history(repository.top, dangling=True))
    assert (finding.path, finding.commit) == (f"objects/{name}", None)


def test_the_first_commit_is_the_parent_whatever_the_clocks_say(
    repository: Repository, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = ["2026-03-01T12:00:00Z", "2020-01-01T12:00:00Z", "2023-01-01T12:00:00Z"]
    texts = [LINE, "# above\n" + LINE, "# clean\n"]
    names = []
    for date, text in zip(dates, texts, strict=True):
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        names.append(repository.commit([("a.conf", text)]))
    finding = _only(history(repository.top))
    assert finding.commit is not None
    assert finding.last_commit is not None
    assert (finding.commit.sha, finding.last_commit.sha) == (names[0], names[1])
