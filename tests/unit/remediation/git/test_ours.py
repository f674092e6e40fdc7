"""Which commits count as a fix's own, and which branches are put on a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from remediation.errors import Refused
from remediation.git.commit import Committed, commit, read_head, require_branch
from remediation.git.ours import all_ours
from remediation.git.plumbing import Plumbing
from remediation.model import Edit, Patch, Snapshot
from tests.testing.gitrepo import git, make_repository

BRANCH = "strongroom/fix-1"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Plumbing]:
    with Plumbing(make_repository(tmp_path / "shop", {"a.py": "A = 1\n"})) as plumbing:
        yield plumbing


def patch(snapshot: Snapshot, text: str) -> Patch:
    entry = snapshot.entries["a.py"]
    edit = Edit(path="a.py", mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=text.encode())
    return Patch(edits=(edit,))


def fixed(opened: Plumbing, text: str = "A = 2\n") -> Committed:
    snapshot = read_head(opened)
    return commit(opened, snapshot, patch(snapshot, text), branch=BRANCH, message="Fix\n")


def base_moves_on(opened: Plumbing) -> None:
    (opened.top / "b.py").write_text("B = 1\n")
    git(opened.top, "add", "b.py")
    git(opened.top, "commit", "--quiet", "--message=work")


def by_hand(opened: Plumbing, *commands: Sequence[str]) -> str:
    """Run git commands on the branch of the fix, and return where it is then."""
    git(opened.top, "checkout", "--quiet", BRANCH)
    for arguments in commands:
        git(opened.top, *arguments)
    tip = git(opened.top, "rev-parse", "HEAD").strip()
    git(opened.top, "checkout", "--quiet", "main")
    return tip


def test_a_commit_of_a_fix_is_ours(opened: Plumbing) -> None:
    made = fixed(opened)
    assert all_ours(opened, made.commit, [read_head(opened).commit])


def test_the_trailer_is_one_that_git_reads(opened: Plumbing) -> None:
    made = fixed(opened)
    shown = git(opened.top, "log", "-1", "--format=%(trailers:key=Strongroom-Fix,valueonly)", made.commit)
    assert shown.split()[-1] == git(opened.top, "rev-parse", f"{made.commit}^{{tree}}").strip()


@pytest.mark.parametrize(
    "commands",
    [
        [["commit", "--quiet", "--allow-empty", "--message=mine"]],
        [["rm", "--quiet", "a.py"], ["commit", "--quiet", "--amend", "--no-edit"]],
        [["rebase", "--quiet", "main"]],
        [["merge", "--quiet", "--no-edit", "main"]],
        [["commit", "--quiet", "--amend", "--message=mine"]],
    ],
    ids=["added", "amended", "rebased", "merged", "reworded"],
)
def test_what_a_person_did_to_it_makes_it_theirs(opened: Plumbing, commands: list[list[str]]) -> None:
    fixed(opened)
    base_moves_on(opened)
    tip = by_hand(opened, *commands)
    assert not all_ours(opened, tip, [read_head(opened).commit])


def test_a_branch_without_a_commit_of_its_own_is_not_ours(opened: Plumbing) -> None:
    head = read_head(opened).commit
    assert not all_ours(opened, head, [head])


def test_the_same_fix_on_a_base_that_moved_on_replaces_its_branch(opened: Plumbing) -> None:
    first = fixed(opened)
    base_moves_on(opened)
    second = fixed(opened)
    assert second.created
    assert second.commit != first.commit
    assert git(opened.top, "rev-parse", f"{BRANCH}^") == git(opened.top, "rev-parse", "main")


def test_a_branch_that_a_person_went_on_with_is_refused(opened: Plumbing) -> None:
    fixed(opened)
    base_moves_on(opened)
    tip = by_hand(opened, ["commit", "--quiet", "--allow-empty", "--message=mine"])
    snapshot = read_head(opened)
    with pytest.raises(Refused, match="holds something else"):
        require_branch(opened, BRANCH, snapshot, patch(snapshot, "A = 2\n"))
    assert git(opened.top, "rev-parse", BRANCH).strip() == tip


def test_a_branch_that_another_working_tree_stands_on_is_refused(opened: Plumbing, tmp_path: Path) -> None:
    fixed(opened)
    base_moves_on(opened)
    git(opened.top, "worktree", "add", "--quiet", str(tmp_path / "beside"), BRANCH)
    with pytest.raises(Refused, match="holds something else"):
        fixed(opened)
