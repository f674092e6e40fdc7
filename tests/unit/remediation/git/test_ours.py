"""Which commits count as a fix's own, and which branches are put on a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from remediation.errors import Refused
from remediation.git.commit import Prepared, Stage, prepare, publish, read_head
from remediation.git.ours import all_ours
from remediation.git.plumbing import Plumbing
from remediation.model import Edit, Snapshot
from tests.testing.gitrepo import git, make_repository

BRANCH = "strongroom/fix-1"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Plumbing]:
    with Plumbing(make_repository(tmp_path / "shop", {"a.py": "A = 1\n"})) as plumbing:
        yield plumbing


def stage(snapshot: Snapshot, text: str) -> Stage:
    entry = snapshot.entries["a.py"]
    edit = Edit(path="a.py", mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=text.encode())
    return Stage(edits=(edit,), message="Fix\n")


def fixed(opened: Plumbing, *texts: str, branch: str = BRANCH) -> Prepared:
    """Put a branch on a commit for each text of the file."""
    snapshot = read_head(opened)
    stages = [stage(snapshot, text) for text in texts or ("A = 2\n",)]
    made = prepare(opened, snapshot, stages, branch=branch)
    publish(opened, made)
    return made


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
        prepare(opened, snapshot, [stage(snapshot, "A = 2\n")], branch=BRANCH)
    assert git(opened.top, "rev-parse", BRANCH).strip() == tip


def test_a_branch_that_another_working_tree_stands_on_is_refused(opened: Plumbing, tmp_path: Path) -> None:
    fixed(opened)
    base_moves_on(opened)
    git(opened.top, "worktree", "add", "--quiet", str(tmp_path / "beside"), BRANCH)
    with pytest.raises(Refused, match="holds something else"):
        fixed(opened)


def test_several_commits_of_a_fix_are_ours_and_replaced_together(opened: Plumbing) -> None:
    first = fixed(opened, "A = 2\n", "A = 3\n")
    assert git(opened.top, "rev-list", "--count", f"main..{BRANCH}").strip() == "2"
    assert all_ours(opened, first.commit, [read_head(opened).commit])
    base_moves_on(opened)
    second = fixed(opened, "A = 2\n", "A = 3\n")
    assert second.created
    assert git(opened.top, "rev-parse", f"{BRANCH}~2") == git(opened.top, "rev-parse", "main")


def test_a_branch_with_the_last_tree_needs_no_commit_however_it_got_there(opened: Plumbing) -> None:
    first = fixed(opened, "A = 2\n", "A = 3\n")
    again = fixed(opened, "A = 3\n")
    assert (again.created, again.commit) == (False, first.commit)


@pytest.mark.parametrize(("there", "wanted"), [("strongroom", BRANCH), (f"{BRANCH}/more", BRANCH)])
def test_a_name_that_another_branch_stands_in_the_way_of_is_told_before_anything_is_done(
    opened: Plumbing, there: str, wanted: str
) -> None:
    git(opened.top, "branch", there)
    snapshot = read_head(opened)
    with pytest.raises(Refused, match=f"no branch {wanted} can be made"):
        prepare(opened, snapshot, [stage(snapshot, "A = 2\n")], branch=wanted)


def test_a_branch_that_moves_meanwhile_is_left_where_it_is(opened: Plumbing) -> None:
    snapshot = read_head(opened)
    made = prepare(opened, snapshot, [stage(snapshot, "A = 2\n")], branch=BRANCH)
    git(opened.top, "branch", BRANCH)
    with pytest.raises(Refused, match="moved meanwhile"):
        publish(opened, made)
    assert git(opened.top, "rev-parse", BRANCH) == git(opened.top, "rev-parse", "main")
