"""`scan --since BASE`, as a job of a pull request runs it: what the change adds, and nothing that was there before."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import git
from tests.unit.scanner.making import password

OLD, NEW = password("there before"), password("brought in")
LINE, FRESH = f'db_password = "{OLD}"\n', f'db_password = "{NEW}"\n'
ABOVE, BELOW = ("".join(f"{name}{number} = {number}\n" for number in range(12)) for name in ("above", "below"))
MODULE = ABOVE + LINE + BELOW


@dataclass(frozen=True, kw_only=True)
class Project:
    """A repository whose branch `topic` is about to change `main`, where a credential stands already."""

    top: Path
    process: FixProcess

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.top / f"{name}.py").write_text(text)

    def commit(self, message: str = "a commit", **texts: str) -> None:
        self.write(**texts)
        git(self.top, "add", "--all")
        git(self.top, "commit", "--quiet", "--message", message)

    def on_main(self, message: str, **texts: str) -> None:
        git(self.top, "checkout", "--quiet", "main")
        self.commit(message, **texts)
        git(self.top, "checkout", "--quiet", "topic")

    def scan(self, since: str = "main", *words: str, top: Path | None = None) -> tuple[int, str, str]:
        out, err = self.top.parent / "out", self.top.parent / "err"
        arguments = ("scan", "--since", since, "--format", "json", *words)
        variables = {"XDG_CACHE_HOME": str(self.top.parent / "cache")}
        status, _ = self.process.command(top or self.top, *arguments, out=out, err=err, variables=variables)
        return status, out.read_text(), err.read_text()

    def new(self, since: str = "main", *words: str) -> list[str]:
        """Return the places of what the change adds."""
        status, out, err = self.scan(since, *words)
        found: list[dict[str, Any]] = json.loads(out)["findings"]
        assert status == (1 if found else 0), err
        return [f"{one['path']}:{one['start_line']}" for one in found]


@pytest.fixture
def project(tmp_path: Path, process: FixProcess) -> Project:
    made = Project(top=tmp_path / "shop", process=process)
    made.top.mkdir()
    git(made.top, "init", "--quiet", "--initial-branch=main")
    made.commit("first", app=MODULE, other="x = 1\n")
    git(made.top, "checkout", "--quiet", "-b", "topic")
    return made


def test_what_a_change_adds_is_new(project: Project) -> None:
    project.commit(app=ABOVE + LINE + FRESH + BELOW)
    assert project.new() == ["app.py:14"]


def test_a_finding_on_a_line_that_stays_beside_a_changed_one_is_not_new(project: Project) -> None:
    project.commit(app=MODULE.replace("above11 = 11", "above11 = 12").replace("below0 = 0", "below0 = 1"))
    assert project.new() == []


@pytest.mark.parametrize(
    "text",
    {
        "moved up": LINE + ABOVE + BELOW,
        "with another indent": ABOVE + "if True:\n    " + LINE + BELOW,
        "with another name": MODULE.replace("db_password", "database_password"),
        "with a remark": ABOVE + LINE.replace("\n", "  # of the test server\n") + BELOW,
        "with other line ends": MODULE.replace("\n", "\r\n"),
    }.values(),
    ids=["moved up", "with another indent", "with another name", "with a remark", "with other line ends"],
)
def test_a_value_that_stands_elsewhere_or_otherwise_in_its_file_is_not_new(text: str, project: Project) -> None:
    project.commit(app=text)
    assert project.new() == []


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("text", [MODULE, MODULE.replace("below3 = 3", "below3 = 4")])
def test_a_renamed_file_brings_nothing_in(committed: bool, text: str, project: Project) -> None:
    (project.top / "settings").mkdir()
    (project.top / "app.py").rename(project.top / "settings" / "app.py")
    (project.top / "settings" / "app.py").write_text(text)
    if committed:
        project.commit()
    assert project.new() == []
    assert "1 finding of this change stood there before it" in project.scan()[2]


def test_a_renamed_file_with_another_value_brings_that_in(project: Project) -> None:
    (project.top / "app.py").rename(project.top / "settings.py")
    project.commit(settings=ABOVE + FRESH + BELOW)
    assert project.new() == ["settings.py:13"]


def test_a_renamed_archive_brings_nothing_in(project: Project) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", MODULE)
    (project.top / "old.zip").write_bytes(packed.getvalue())
    project.commit()
    git(project.top, "branch", "--force", "main")
    (project.top / "old.zip").rename(project.top / "new.zip")
    project.commit()
    assert project.new() == []


def test_a_value_that_moves_into_another_file_by_way_of_a_third_is_not_new(project: Project) -> None:
    project.commit("one", app=ABOVE + BELOW, between=LINE)
    (project.top / "between.py").unlink()
    project.commit("two", other=f"x = 1\n{LINE}")
    assert project.new() == []


def test_a_copy_is_one_place_more(project: Project) -> None:
    project.commit(copy=LINE)
    assert project.new() == ["copy.py:1"]


@pytest.mark.parametrize("ahead", [True, False])
def test_a_copy_in_its_own_file_is_one_place_more_whether_or_not_the_base_went_on(
    ahead: bool, project: Project
) -> None:
    project.commit(app=MODULE + f"# and again\n{LINE}")
    if ahead:
        project.on_main("more", more="y = 1\n")
    assert len(project.new()) == 1


def test_of_a_move_and_a_copy_one_is_new(project: Project) -> None:
    project.commit(app=ABOVE + BELOW, copy=LINE, second=LINE)
    assert len(project.new()) == 1


def test_a_move_is_seen_where_only_its_goal_is_looked_at(project: Project) -> None:
    project.commit(app=ABOVE + BELOW, other=LINE)
    assert project.new("main", "other.py") == []


def test_a_value_of_which_the_old_one_was_a_part_is_new(project: Project) -> None:
    project.commit(app=ABOVE + LINE.replace(OLD, OLD + NEW) + BELOW)
    assert project.new() == ["app.py:13"]


def test_what_a_commit_of_the_change_added_and_a_later_one_took_away_is_new(project: Project) -> None:
    project.commit("in", other=FRESH)
    project.commit("out", other="x = 1\n")
    assert project.new() == ["other.py:1"]


def test_what_the_base_gained_since_is_not_of_this_change(project: Project) -> None:
    project.commit(other="x = 2\n")
    project.on_main("more", more=FRESH)
    assert project.new() == []


def test_what_the_base_lost_since_is_not_of_this_change(project: Project) -> None:
    project.commit(other="x = 2\n")
    project.on_main("fixed there", app=ABOVE + BELOW)
    assert project.new() == []


def test_what_the_base_has_at_the_same_place_by_now_is_not_new(project: Project) -> None:
    project.commit(other=FRESH)
    project.on_main("the same there", other=FRESH)
    assert project.new() == []


def test_what_came_by_a_merge_of_the_base_is_not_of_this_change(project: Project) -> None:
    project.on_main("more", more=FRESH)
    project.commit(other="x = 2\n")
    git(project.top, "merge", "--quiet", "--no-edit", "main")
    project.on_main("and more", app=ABOVE + BELOW)
    assert project.new() == []


def test_what_a_merge_itself_adds_is_new(project: Project) -> None:
    project.on_main("more", more="y = 1\n")
    git(project.top, "merge", "--quiet", "--no-commit", "--no-ff", "main")
    project.commit("merged, and more", other=FRESH)
    assert project.new() == ["other.py:1"]


def test_a_merge_with_the_base_as_github_checks_it_out_shows_the_change_alone(project: Project) -> None:
    project.commit(other=FRESH)
    project.on_main("more", more=FRESH.replace(NEW, password("on main")))
    git(project.top, "checkout", "--quiet", "--detach", "main")
    git(project.top, "merge", "--quiet", "--no-edit", "topic")
    assert project.new() == ["other.py:1"]


def test_what_a_forced_push_took_out_of_the_branch_is_not_looked_at(project: Project) -> None:
    project.commit(other=FRESH)
    git(project.top, "reset", "--quiet", "--hard", "main")
    project.commit(other="x = 3\n")
    assert project.new() == []


def test_what_git_fetched_last_can_be_the_base(project: Project, tmp_path: Path) -> None:
    project.commit(other=FRESH)
    git(tmp_path, "clone", "--quiet", "--branch", "topic", project.top.as_uri(), "clone")
    git(tmp_path / "clone", "fetch", "--quiet", "origin", "main")
    status, out, _ = project.scan("FETCH_HEAD", top=tmp_path / "clone")
    assert status == 1
    assert [one["path"] for one in json.loads(out)["findings"]] == ["other.py"]


@pytest.fixture
def clone(project: Project, tmp_path: Path) -> Path:
    """A clone that holds the last commit alone, as checkout steps make it unless they are told otherwise."""
    project.commit(other="x = 2\n")
    place = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--branch=topic", project.top.as_uri(), str(place)], check=True
    )
    return place


def test_a_clone_without_the_base_says_what_to_fetch(project: Project, clone: Path) -> None:
    status, out, err = project.scan("origin/main", top=clone)
    assert (status, out) == (2, "")
    assert "fetch-depth: 0" in err
    assert "GIT_DEPTH" in err


def test_a_clone_without_the_commits_between_does_not_take_all_for_new(project: Project, clone: Path) -> None:
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    status, out, err = project.scan("origin/main", top=clone)
    assert (status, out) == (2, "")
    assert "this clone is shallow, and commits since origin/main are not in it" in err
    assert "fetch-depth: 0" in err


def test_a_shallow_clone_that_holds_the_change_will_do(project: Project, clone: Path) -> None:
    git(clone, "fetch", "--quiet", "--depth=2", "origin", "topic", "main:refs/remotes/origin/main")
    status, out, err = project.scan("origin/main", top=clone)
    assert (status, json.loads(out)["findings"]) == (0, []), err


@pytest.mark.parametrize(("since", "word"), [("0" * 40, "a new branch"), ("deadbeef" * 5, "forced push")])
def test_a_commit_that_a_job_was_told_and_that_is_not_there_says_why(since: str, word: str, project: Project) -> None:
    status, _, err = project.scan(since)
    assert status == 2
    assert word in err
    assert "origin/main" in err


def test_branches_that_share_nothing_are_compared_as_they_are(project: Project) -> None:
    git(project.top, "checkout", "--quiet", "--orphan", "apart")
    project.commit("apart", other=FRESH)
    assert project.new() == ["other.py:1"]
