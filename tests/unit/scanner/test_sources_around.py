"""The other files of a commit, as analysis asks for them."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from scanner.sources.around import ObjectsAround, commit_around
from scanner.sources.gitdir import find_git_dir
from scanner.sources.gitrun import Git, Lookup
from tests.testing.gitrepo import git, make_repository


def around_of_commit(tmp_path: Path) -> ObjectsAround:
    texts = {f"part{number}.py": f"x = {number}\n" for number in range(5)}
    top = make_repository(tmp_path / "shop", {**texts, "large.py": "x = 1\n" * 2_000_000})
    found = find_git_dir(str(top))
    assert found is not None
    made = commit_around(found, git(top, "rev-parse", "HEAD").strip())
    assert isinstance(made, ObjectsAround)
    return made


@pytest.fixture
def around(tmp_path: Path) -> ObjectsAround:
    return around_of_commit(tmp_path)


def test_each_file_is_read_when_it_is_asked_for(around: ObjectsAround) -> None:
    assert [around.text(f"part{number}.py") for number in (3, 1, 3)] == [b"x = 3\n", b"x = 1\n", b"x = 3\n"]
    assert around.text("absent.py") is None


def test_a_file_that_is_too_large_is_left_out_and_the_next_one_read(around: ObjectsAround) -> None:
    assert around.text("large.py") is None
    assert around.text("part2.py") == b"x = 2\n"


def test_one_process_of_git_reads_them_all(around: ObjectsAround, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = Git.start

    def counted(self: Git, *arguments: str, **more: object) -> object:
        started.append(arguments[0])
        return start(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "start", counted)
    for number in range(5):
        around.text(f"part{number}.py")
    assert started == ["ls-tree", "cat-file"]


def test_git_ends_with_whoever_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    close = Lookup.close

    def noted(self: Lookup) -> None:
        close(self)
        closed.append("closed")

    monkeypatch.setattr(Lookup, "close", noted)
    made = around_of_commit(tmp_path)
    made.text("part1.py")
    del made
    gc.collect()
    assert closed == ["closed"]
