"""`strongroom scan --since BASE --review`: one comment a new finding, kept true, and answers that are heeded."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess
from tests.testing.forge_comments import Lines, running
from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import leaks
from tests.testing.stub import Stub

TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}
ENVIRONMENT = {"GITHUB_REF": "", "GITHUB_TOKEN": "", "GITLAB_TOKEN": "", "CI_MERGE_REQUEST_IID": ""}


@dataclass(frozen=True, kw_only=True)
class Work:
    """A branch that adds a credential on line 2 of `pay.py`, and the request that it is put up with."""

    top: Path
    forge: str
    stub: Stub
    lines: Lines
    value: str
    process: FixProcess

    def strongroom(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        told = ("--forge", self.forge, "--forge-url", self.stub.place, "--forge-project", "acme/shop")
        said = {**ENVIRONMENT, TOKENS[self.forge]: self.lines.token, **variables}
        out, err = self.top.parent / "said.out", self.top.parent / "said.err"
        status, _ = self.process.command(self.top, *arguments, *told, out=out, err=err, variables=said)
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())

    def review(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        number = () if variables else ("--request", "7")
        return self.strongroom("scan", "--since", "main", "--review", *number, *arguments, **variables)

    def write(self, text: str) -> None:
        (self.top / "pay.py").write_text(text)
        git(self.top, "add", "pay.py")
        git(self.top, "commit", "-qm", "work")
        self.lines.head = git(self.top, "rev-parse", "HEAD").strip()

    def bodies(self) -> list[str]:
        return [talk.notes[0].body for talk in self.lines.talks]


@pytest.fixture(params=["github", "gitlab"])
def work(request: pytest.FixtureRequest, tmp_path: Path, process: FixProcess) -> Iterator[Work]:
    top, value = make_repository(tmp_path / "shop", {"pay.py": "import os\n"}), made_up_credential()
    lines = Lines(token=secrets.token_hex(20), base=git(top, "rev-parse", "HEAD").strip())
    git(top, "remote", "add", "origin", "https://forge.example/acme/shop.git")
    git(top, "checkout", "-qb", "payments")
    with running(request.param, lines) as stub:
        made = Work(top=top, forge=request.param, stub=stub, lines=lines, value=value, process=process)
        made.write(f'import os\nAPI_KEY = "{value}"\n')
        yield made


def test_a_new_finding_is_told_on_its_line_and_the_scan_ends_as_ever(work: Work) -> None:
    done = work.review()
    assert (done.returncode, "7: 1 commented" in done.stderr) == (1, True), done.stderr
    (talk,) = work.lines.talks
    assert (talk.path, talk.line) == ("pay.py", 2)
    assert "`strongroom fix`" in talk.notes[0].body
    assert "`strongroom baseline review --request 7`" in talk.notes[0].body


def test_no_value_leaves_the_machine(work: Work) -> None:
    work.review()
    sent = b"\n".join(each.body + each.target.encode() for each in work.stub.asked)
    assert not leaks([work.value.encode()], sent)


def test_the_same_scan_again_says_nothing_twice(work: Work) -> None:
    work.review()
    before = work.bodies()
    again = work.review()
    assert "7: 1 as before" in again.stderr
    assert work.bodies() == before


def test_a_finding_that_is_gone_is_resolved_and_one_that_comes_back_opened_again(work: Work) -> None:
    work.review()
    (told,) = work.bodies()
    work.write("import os\nAPI_KEY = os.environ['API_KEY']\n")
    gone = work.review()
    (talk,) = work.lines.talks
    assert (talk.resolved, "1 gone" in gone.stderr) == (True, True)
    assert "No longer found here" in talk.notes[0].body
    assert "nothing to say" in work.review().stderr
    work.write(f'import os\nAPI_KEY = "{work.value}"\n')
    work.review()
    assert (talk.resolved, talk.notes[0].body) == (False, told)


def test_what_a_person_resolved_stays_so(work: Work) -> None:
    work.review()
    work.lines.talks[0].resolved = True
    work.review()
    assert [talk.resolved for talk in work.lines.talks] == [True]


def test_a_login_that_may_not_resolve_says_at_least_that_it_is_gone(work: Work) -> None:
    work.review()
    work.lines.may_resolve = False
    work.write("import os\n")
    done = work.review()
    assert "could not be resolved; the token needs to write contents" in done.stderr
    assert "No longer found here" in work.bodies()[0]


def test_the_words_of_others_are_left_alone(work: Work) -> None:
    work.review()
    (mark,) = (body.partition("\n")[0] for body in work.bodies())
    theirs = work.lines.begin("pay.py", 1, f"{mark}\nlook", author="outsider")
    work.write("import os\n")
    work.review()
    assert theirs.notes[0].body == f"{mark}\nlook"


def test_a_line_that_is_not_in_the_request_is_named_and_the_others_are_told(work: Work) -> None:
    work.write(f'import os\nAPI_KEY = "{work.value}"\n\n\nTOKEN = "{made_up_credential()}"\n')
    work.lines.outside = {("pay.py", 2)}
    done = work.review()
    assert [talk.line for talk in work.lines.talks] == [5]
    assert "note: pay.py:2 is no line that can be commented on" in done.stderr


def test_in_a_merge_that_ci_checked_out_the_line_of_the_branch_itself_is_told(work: Work) -> None:
    git(work.top, "checkout", "-q", "main")
    (work.top / "pay.py").write_text('"""Payments."""\n\nimport os\n')
    git(work.top, "commit", "-qam", "a docstring")
    git(work.top, "checkout", "-q", "--detach")
    git(work.top, "merge", "-q", "--no-edit", "payments")
    assert '"""Payments' in (work.top / "pay.py").read_text().partition("API_KEY")[0]
    work.review()
    assert [talk.line for talk in work.lines.talks] == [2]


def test_a_job_of_a_request_needs_no_number(work: Work) -> None:
    told = {"GITHUB_REF": "refs/pull/7/merge"} if work.forge == "github" else {"CI_MERGE_REQUEST_IID": "7"}
    work.review(**told)
    assert [talk.line for talk in work.lines.talks] == [2]


def test_without_a_request_nothing_is_said_and_the_way_out_is(work: Work) -> None:
    done = work.strongroom("scan", "--since", "main", "--review")
    assert (done.returncode, "hint: name it: --request N" in done.stderr) == (2, True)


def test_a_review_is_of_what_is_new(work: Work) -> None:
    done = work.strongroom("scan", "--review", "--request", "7")
    assert (done.returncode, "--review goes with --since" in done.stderr) == (2, True)


def test_what_a_member_calls_a_false_positive_is_accepted_with_the_reason(work: Work) -> None:
    work.review()
    work.lines.reply(work.lines.talks[0], "maintainer", "False positive: it is the key of the sandbox")
    taken = work.strongroom("baseline", "review", "--request", "7")
    assert (taken.returncode, "1 finding accepted" in taken.stdout) == (0, True), taken.stderr
    kept = (work.top / ".strongroom-baseline.jsonl").read_text()
    assert "false positive (maintainer): it is the key of the sandbox" in kept
    assert work.review().returncode == 0
    assert work.lines.talks[0].resolved


@pytest.mark.parametrize(
    ("author", "words"), [("outsider", "false positive"), ("maintainer", "is this a false positive?")]
)
def test_other_answers_accept_nothing(work: Work, author: str, words: str) -> None:
    work.review()
    work.lines.reply(work.lines.talks[0], author, words)
    taken = work.strongroom("baseline", "review", "--request", "7")
    assert "0 findings accepted" in taken.stdout
    assert work.review().returncode == 1


def test_a_reason_that_shows_the_value_is_not_kept(work: Work) -> None:
    work.review()
    work.lines.reply(work.lines.talks[0], "maintainer", f"false positive, {work.value} is for tests")
    work.strongroom("baseline", "review", "--request", "7")
    kept = (work.top / ".strongroom-baseline.jsonl").read_text()
    assert "false positive (maintainer)" in kept
    assert work.value not in kept
