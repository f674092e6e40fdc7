"""The journal of a fix: what was written is read back, whatever was torn, and what a run did counts for the next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from remediation.journal import Begun, Intent, Journal, close_all, forget, last_finished, unfinished
from strongroom.kernel.errors import UsageError

INTENT = Intent(version="v" * 32, field="password", commit="c" * 40, paths=("app/db.py",))
BEGUN = Begun(
    started="2026-11-30T12:00:00+00:00", commit="c" * 40, branch="fixed", before=None, digest="d" * 64,
    secrets={"shop/db": INTENT}, options={"group": "one", "patch": None},
)  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path)
    made.begin(BEGUN, None)
    return made


def everything(journal: Journal) -> None:
    journal.storing("shop/db", "v" * 32)
    journal.testing("/tmp/strongroom-tree-1")
    journal.committing("a" * 40)
    journal.rotating("shop/db", "arn:aws:lambda:us-east-1:123456789012:function:f")
    journal.pushing("origin", "a" * 40)
    journal.requested(7, "https://forge.internal/7", opened=True)


def test_what_was_written_is_read_back(journal: Journal, tmp_path: Path) -> None:
    everything(journal)
    run = unfinished(tmp_path)
    assert run is not None
    assert run.begun == BEGUN
    assert (run.stored, run.tips, run.pushed) == ({"shop/db": "v" * 32}, ("a" * 40,), {"origin": "a" * 40})
    assert (run.folders, run.request and run.request.number) == (("/tmp/strongroom-tree-1",), 7)
    assert run.touched


def test_a_run_that_has_only_begun_touched_nothing(journal: Journal, tmp_path: Path) -> None:
    run = unfinished(tmp_path)
    assert run is not None
    assert not run.touched


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_line_that_was_torn_counts_as_not_written(journal: Journal, tmp_path: Path, cut: int) -> None:
    journal.storing("shop/db", "v" * 32)
    before = unfinished(tmp_path)
    journal.committing("a" * 40)
    file = tmp_path / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    assert unfinished(tmp_path) == before


def test_whoever_goes_on_writes_behind_whole_lines_and_answers_for_both(journal: Journal, tmp_path: Path) -> None:
    everything(journal)
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"event":"sto')
    Journal(tmp_path).begin(replace(BEGUN, before="e" * 40), unfinished(tmp_path))
    journal.committing("b" * 40)
    run = unfinished(tmp_path)
    assert run is not None
    assert (run.stored, run.tips) == ({"shop/db": "v" * 32}, ("a" * 40, "b" * 40))
    assert run.begun.before is None


def test_a_finished_run_is_kept_until_it_is_taken_back(journal: Journal, tmp_path: Path) -> None:
    journal.finish()
    finished = last_finished(tmp_path)
    assert (unfinished(tmp_path), finished and finished.finished) == (None, True)
    close_all(tmp_path)
    assert last_finished(tmp_path) is None


def test_a_run_that_is_forgotten_leaves_the_one_before_it(journal: Journal, tmp_path: Path) -> None:
    journal.finish()
    journal.begin(replace(BEGUN, branch="other"), None)
    forget(tmp_path)
    finished = last_finished(tmp_path)
    assert (unfinished(tmp_path), finished and finished.begun.branch) == (None, "fixed")


@pytest.mark.parametrize("text", ["nonsense\n", "{}\n", '{"event":"begun","schema_version":99}\n', "\n"])
def test_a_damaged_journal_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.jsonl").write_text(text)
    with pytest.raises(UsageError, match=r"journal\.jsonl is damaged"):
        unfinished(tmp_path)
