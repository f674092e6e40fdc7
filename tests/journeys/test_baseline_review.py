"""A person goes through findings at a terminal: code in view, one key for each, nothing that was decided is lost."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import git
from tests.testing.server import plain_environment
from tests.testing.terminal import Terminal
from tests.unit.scanner.making import Repository, password, token

VALUE, SECOND, THIRD = (password(f"reviewed {number}") for number in range(3))
TOKEN = token("reviewed token", "ghp_[A-Za-z0-9]{36}")
MODULE = f"""import os

def connect():
    db_password = "{VALUE}"
    other_password = "{SECOND}"
    return db_password, other_password
"""
CONF = f'github = "{TOKEN}"\n'
FILE = ".strongroom-baseline.jsonl"
LAST = "that was the last one"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    top = tmp_path / "shop"
    top.mkdir()
    repository = Repository(top)
    repository.commit([("src/app.py", MODULE), ("deploy/app.conf", CONF)])
    # Who commits what is fixed must not depend on what the machine says.
    git(top, "config", "user.name", "Author")
    git(top, "config", "user.email", "author@example.invalid")
    return repository


class Reviewing:
    """A review at a terminal, and what it left."""

    def __init__(self, top: Path, cache: Path, process: FixProcess) -> None:
        self.top, self.process = top, process
        self.environment = plain_environment(
            XDG_CACHE_HOME=str(cache), STRONGROOM_HOME=str(top.parent / "home"), TERM="xterm", NO_COLOR="1"
        )

    def at_terminal(self, *words: str) -> Terminal:
        return Terminal(self.top, "baseline", "review", *words, environment=self.environment)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command off a terminal, without a start of its own."""
        out, err = self.top.parent / "out", self.top.parent / "err"
        variables = {name: self.environment[name] for name in ("XDG_CACHE_HOME", "STRONGROOM_HOME", "NO_COLOR")}
        status, _ = self.process.command(self.top, *words, out=out, err=err, variables=variables)
        return subprocess.CompletedProcess(words, status, out.read_text(), err.read_text())

    def entries(self) -> dict[str, dict[str, Any]]:
        lines = (self.top / FILE).read_text().splitlines()[1:]
        return {f"{one['path']} {one['rule_id']} {number}": one for number, one in enumerate(map(json.loads, lines))}

    def told(self, *keys: str) -> list[tuple[object, ...]]:
        return sorted((tuple(entry.get(key) for key in keys) for entry in self.entries().values()), key=str)

    def findings(self) -> list[dict[str, Any]]:
        read: list[dict[str, Any]] = json.loads(self.run("scan", "-f", "json").stdout)["findings"]
        return read


@pytest.fixture
def review(project: Repository, cache: Path, process: FixProcess) -> Reviewing:
    return Reviewing(project.top, cache, process)


def press(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.until("[?]" if key not in ("y", "-") else "? ")
        terminal.presses(key)


def test_each_finding_is_shown_with_its_code_and_no_value(review: Reviewing) -> None:
    terminal = review.at_terminal()
    terminal.until("1 of 3, 0 decided")
    press(terminal, "s", "s", "s")
    terminal.until(LAST)
    terminal.until("[q]uit ")
    terminal.presses("q")
    assert terminal.status() == 0
    assert "def connect():" in terminal.shown
    assert 'other_password = "••••••••"' in terminal.shown
    assert "return db_password, other_password" in terminal.shown
    assert terminal.shown.index("src/app.py:4") < terminal.shown.index("src/app.py:5")
    assert terminal.shown.index("critical") < terminal.shown.index("deploy/app.conf")
    for value in (VALUE, SECOND, TOKEN):
        assert value not in terminal.shown


def test_one_key_accepts_with_a_reason_and_a_last_day(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "a")
    terminal.until("reason")
    terminal.types("of the test server")
    terminal.until("until")
    terminal.types("yesterday")
    terminal.until("is no day")
    terminal.types("90d")
    terminal.until("2 of 3, 1 decided")
    press(terminal, "q")
    assert terminal.status() == 0
    last = str(date.today() + timedelta(days=90))
    assert review.told("path", "reason", "expires") == [("src/app.py", "of the test server", last)]
    assert "1 finding accepted" in terminal.shown


def test_one_key_calls_it_no_credential_and_another_one_to_be_fixed(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "n")
    terminal.until("reason")
    terminal.types("an example")
    press(terminal, "f", "q")
    terminal.until("do it?")
    terminal.presses("n")
    assert terminal.status() == 0
    assert review.told("path", "label", "accepts") == [
        ("deploy/app.conf", "true", False),
        ("src/app.py", "false", None),
    ]
    assert "strongroom fix --dry-run" in terminal.shown
    assert "later: strongroom fix" in terminal.shown
    assert [one["suppressed_by"] for one in review.findings()] == [None, "baseline", None]
    labels = json.loads(review.run("baseline", "labels", "-f", "json").stdout)
    assert (labels["labelled"], labels["true"], labels["false"], labels["precision"]) == (2, 1, 1, 0.5)
    assert "50%" in review.run("baseline", "labels").stdout


def test_what_is_to_be_fixed_is_fixed_at_the_end_and_nothing_else(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "f", "q")
    terminal.until("do it?")
    terminal.presses("y")
    assert terminal.status() == 0
    branch = git(review.top, "branch", "--list", "--format=%(refname:short)", "strongroom/*").strip()
    fixed = git(review.top, "show", f"{branch}:src/app.py")
    assert VALUE not in fixed
    assert SECOND in fixed
    assert git(review.top, "show", f"{branch}:deploy/app.conf") == CONF


def test_back_skip_and_undo(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "s", "b", "n")
    terminal.until("reason")
    terminal.types("")
    terminal.until("2 of 3, 1 decided")
    press(terminal, "u")
    terminal.until("1 of 3, 0 decided")
    assert not (review.top / FILE).exists()
    press(terminal, "q")
    assert terminal.status() == 0


def test_all_of_a_file_are_decided_at_once_after_a_second_question(review: Reviewing) -> None:
    terminal = review.at_terminal()
    for sure in ("x", "y"):
        press(terminal, "N")
        terminal.until("[v]alue?")
        terminal.presses("f")
        terminal.until("really 2 findings of src/app.py?")
        terminal.presses(sure)
    terminal.until("reason")
    terminal.types("examples")
    terminal.until("2 of 3, 2 decided")
    press(terminal, "r")
    terminal.until(LAST)
    terminal.until("[q]uit ")
    terminal.presses("q")
    assert terminal.status() == 0
    assert review.told("path", "label", "reason") == [("src/app.py", "false", "examples")] * 2


def test_ctrl_c_keeps_what_was_decided_and_leaves_the_terminal_as_it_was(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "n")
    terminal.until("reason")
    terminal.types("")
    press(terminal, "\x03")
    assert terminal.status() == 130
    assert terminal.after == terminal.before
    assert review.told("path") == [("src/app.py",)]
    assert "1 no credential" in terminal.shown


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_review_that_is_ended_has_kept_what_was_decided_and_leaves_the_terminal_as_it_was(
    number: signal.Signals, status: int, review: Reviewing
) -> None:
    terminal = review.at_terminal()
    press(terminal, "n")
    terminal.until("reason")
    terminal.types("")
    terminal.until("2 of 3, 1 decided")
    terminal.until("[?]")
    terminal.interrupts(number)
    assert terminal.status() == status
    assert terminal.after == terminal.before
    assert review.told("path") == [("src/app.py",)]


def test_ctrl_d_ends_as_quitting_does(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "\x04")
    assert terminal.status() == 0
    assert "0 findings accepted" in terminal.shown


def test_ctrl_c_at_the_reason_decides_nothing_and_goes_on(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "a")
    terminal.until("reason")
    terminal.interrupts()
    terminal.until("nothing was decided")
    press(terminal, "q")
    assert terminal.status() == 0
    assert not (review.top / FILE).exists()


def test_keys_pressed_before_a_finding_was_shown_decide_nothing(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "nnnn")
    terminal.until("take back the last decision")
    press(terminal, "q")
    assert terminal.status() == 0
    assert not (review.top / FILE).exists()


def test_a_reason_that_shows_a_value_is_asked_for_again(review: Reviewing) -> None:
    terminal = review.at_terminal()
    press(terminal, "n")
    terminal.until("reason")
    terminal.types(f"it is {SECOND}")
    terminal.until("the reason holds a value")
    terminal.types("an example")
    terminal.until("2 of 3, 1 decided")
    press(terminal, "q")
    assert terminal.status() == 0
    assert SECOND not in (review.top / FILE).read_text()


def test_what_was_decided_to_be_fixed_is_not_asked_about_again(review: Reviewing) -> None:
    first = review.findings()[0]["fingerprint"]
    review.run("baseline", "review", "--true", first)
    terminal = review.at_terminal()
    terminal.until("1 of 2")
    press(terminal, "q")
    assert terminal.status() == 0
    terminal = review.at_terminal("--all")
    terminal.until("1 of 3")
    press(terminal, "q")
    assert terminal.status() == 0


def test_findings_of_the_history_are_shown_as_they_stood_in_their_commit(review: Reviewing) -> None:
    (review.top / "src" / "app.py").write_text("import os\n")
    git(review.top, "commit", "-qam", "out")
    terminal = review.at_terminal("--history")
    terminal.until("1 of 3")
    terminal.until("def connect():")
    terminal.until("no longer in HEAD")
    press(terminal, "f", "q")
    assert terminal.status() == 0
    assert "it stands in commits only" in terminal.shown
    assert VALUE not in terminal.shown
    assert review.told("label", "history") == [("true", True)]


def test_off_a_terminal_findings_are_decided_by_their_ids(review: Reviewing) -> None:
    one, two, three = (finding["fingerprint"][:12] for finding in review.findings())
    ended = review.run("baseline", "review", "--accept", one, "--reason", "known", "--expires", "30d")
    assert ended.stdout == f"1 finding accepted in {FILE}, 2 left\n"
    ended = review.run("baseline", "review", "--false", two, "--true", three)
    assert ended.stdout == f"1 finding accepted (1 no credential), 1 to be fixed in {FILE}, 0 left\n"
    last = str(date.today() + timedelta(days=30))
    assert (
        review.told("label", "expires", "accepts")
        == sorted([(None, last, None), ("false", None, None), ("true", None, False)], key=str)
        or len(review.entries()) == 3
    )
    assert review.run("scan").returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--accept", "ID", "--expires", "2001-01-01"],
        ["--accept", "ID", "--expires", "soon"],
        ["--false", "ID", "--expires", "90d"],
        ["--accept", "ID", "--false", "ID"],
        ["--true", "00000000"],
        ["--expires", "90d"],
        [],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_and_writes_nothing(words: list[str], review: Reviewing) -> None:
    first = review.findings()[0]["fingerprint"]
    ended = review.run("baseline", "review", *(first if word == "ID" else word for word in words))
    assert ended.returncode == 2, ended.stderr
    assert "hint: " in ended.stderr
    assert not (review.top / FILE).exists()


def test_what_expired_is_reported_and_said_to_have_been_accepted(review: Reviewing) -> None:
    first = review.findings()[0]["fingerprint"]
    review.run("baseline", "review", "--accept", first, "--expires", "1d", "--reason", "until the move")
    text = (review.top / FILE).read_text()
    tomorrow, yesterday = (str(date.today() + timedelta(days=days)) for days in (1, -1))
    (review.top / FILE).write_text(text.replace(tomorrow, yesterday))
    assert f"the baseline accepted it until {yesterday}" in review.run("scan").stdout
    assert "1 entry expired" in review.run("baseline", "update").stderr
    review.run("baseline", "update", "--add")
    assert review.run("scan").returncode == 0


def test_without_labels_the_labels_say_so(review: Reviewing) -> None:
    assert review.run("baseline", "labels").returncode == 2
    review.run("baseline", "create")
    assert "no finding is labelled yet" in review.run("baseline", "labels").stdout
