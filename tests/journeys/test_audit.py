"""An audit from the command line: several repositories, a database that remembers, and what is told of changes."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.testing.audits import Desk, commit, line, timeless
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git
from tests.testing.server import command_line, plain_environment

MARKER = "strongroom:" + "allow"
"""Put together here, or it would be one of this file's own."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_same_value_in_two_repositories_is_one_exposure(desk: Desk) -> None:
    shared = made_up_credential()
    desk.repository("shop", {"app.py": line(shared), "old.py": "x = 1\n"})
    desk.repository("billing", {"conf/settings.py": line(shared)})
    report = desk.audited("shop", "billing")
    (exposure,) = report["exposures"]
    assert exposure["repositories"] == ["billing", "shop"]
    assert [one["path"] for one in report["findings"]] == ["conf/settings.py", "app.py"]
    assert shared not in json.dumps(report)


def test_what_left_the_code_is_reported_with_the_commits_that_brought_it_in_and_took_it_out(desk: Desk) -> None:
    shop = desk.repository("shop", {"app.py": line(made_up_credential())})
    (shop / "app.py").write_text("import os\n")
    commit(shop, "read it from the environment")
    (finding,) = desk.audited("shop")["findings"]
    assert (finding["state"], finding["in_head"]) == ("fixed", False)
    assert finding["commit"]["summary"] == "first"
    assert finding["removed"]["summary"] == "read it from the environment"
    assert finding["owner"] == "Test Author <author@example.invalid>"


def test_code_owners_own_what_is_found_in_their_files(desk: Desk) -> None:
    desk.repository("shop", {"app.py": line(made_up_credential()), "CODEOWNERS": "* @everyone\n*.py @backend\n"})
    (finding,) = desk.audited("shop")["findings"]
    assert (finding["owner"], finding["owner_source"]) == ("@backend", "codeowners")


def test_a_repository_that_cannot_be_read_is_reported_and_does_not_end_the_audit(desk: Desk) -> None:
    desk.repository("shop", {"app.py": line(made_up_credential())})
    (desk.folder / "list.txt").write_text(f"file://{desk.folder}/shop\n# gone\n{desk.folder}/gone\n")
    (desk.folder / "gone" / ".git" / "objects").mkdir(parents=True)
    (desk.folder / "gone" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (desk.folder / "gone" / ".git" / "refs").symlink_to(desk.folder)
    (desk.folder / "broken").mkdir()
    (desk.folder / "broken" / ".git").write_text("gitdir: /nowhere\n")
    report = desk.audited("--repos-from", "list.txt", "broken")
    states = {one["name"]: one["state"] for one in report["repositories"]}
    assert states == {"broken": "failed", "gone": "done", "shop": "done"}
    assert "broken: .git names a folder that does not exist" in desk.said
    assert len(report["findings"]) == 1


def test_nothing_found_is_0_and_nothing_but_what_could_not_be_read_is_3(desk: Desk) -> None:
    desk.repository("clean", {"app.py": "x = 1\n"})
    (desk.folder / "broken").mkdir()
    (desk.folder / "broken" / ".git").write_text("gitdir: /nowhere\n")
    desk.audited("clean", status=0)
    desk.audited("clean", "broken", status=3)


def test_what_markers_and_the_baseline_of_a_repository_accept_is_listed_with_the_reason(desk: Desk) -> None:
    first, second = made_up_credential(), made_up_credential()
    allowed = f'password = "{first}"  # {MARKER} * reason="of the tests" expires=2999-01-01\n'
    shop = desk.repository("shop", {"app.py": allowed, "conf.py": line(second, "api_password")})
    baseline = command_line("baseline", "create", "--reason", "known since spring")
    subprocess.run(baseline, cwd=shop, env=plain_environment(), check=True, capture_output=True)
    commit(shop)
    report = desk.audited("shop", status=0)
    told = {one["path"]: (one["state"], one["reason"], one["expires"]) for one in report["findings"]}
    assert told == {
        "app.py": ("accepted", "of the tests", "2999-01-01"),
        "conf.py": ("accepted", "known since spring", None),
    }
    assert [(one["kind"], one["state"]) for one in report["suppressions"]] == [
        ("inline", "in force"),
        ("baseline", "in force"),
    ]


def test_a_second_audit_tells_exactly_what_was_fixed_added_moved_and_brought_back(desk: Desk) -> None:
    values = [made_up_credential() for _ in range(6)]
    shop = desk.repository("shop", {f"app{number}.py": line(value) for number, value in enumerate(values[:5])})
    (shop / "app4.py").write_text("x = 1\n")
    commit(shop)
    desk.audited("shop")
    (shop / "app0.py").write_text("x = 1\n")
    git(shop, "mv", "app1.py", "moved.py")
    (shop / "app4.py").write_text(line(values[4]))
    (shop / "new.py").write_text(line(values[5]))
    commit(shop)
    report = desk.audited("shop")
    changed = {(one["path"], one["change"]) for one in report["findings"] if one["change"] != "unchanged"}
    assert changed == {
        ("app0.py", "fixed"),
        ("moved.py", "moved"),
        ("app4.py", "reopened"),
        ("new.py", "new"),
    }
    last = report["trend"][-1]
    assert {name: last[name] for name in ("new", "moved", "removed", "reopened", "open")} == {
        "new": 1, "moved": 1, "removed": 1, "reopened": 1, "open": 5,
    }  # fmt: skip
    changes = desk.changes(status=1)
    paths = {kind: [one["path"] for one in changes[kind]] for kind in ("new", "moved", "fixed", "reopened", "gone")}
    assert paths == {
        "new": ["new.py"], "moved": ["moved.py"], "fixed": ["app0.py"], "reopened": ["app4.py"], "gone": [],
    }  # fmt: skip
    assert changes["moved"][0]["moved_from"] == "app1.py"


def test_a_clone_is_made_once_and_follows_what_is_pushed(desk: Desk) -> None:
    shop = desk.repository("shop", {"app.py": "x = 1\n"})
    desk.audited(f"file://{shop}", status=0)
    (shop / "app.py").write_text(line(made_up_credential()))
    commit(shop)
    report = desk.audited(f"file://{shop}")
    assert [one["change"] for one in report["findings"]] == ["new"]
    assert len(list((desk.folder / "cache" / "strongroom" / "mirrors").glob("*.git"))) == 1


def test_an_audit_that_is_killed_again_and_again_comes_to_the_same_report(desk: Desk) -> None:
    names = [f"repository{number}" for number in range(12)]
    for number, name in enumerate(names):
        files = {f"app{each}.py": line(made_up_credential()) for each in range(number % 3)}
        desk.repository(name, {"README": "hello\n", **files})
    for statement in (3, 80, 45, 40, 45):
        with desk.watched("--jobs", "1", *names, kill=statement) as audit:
            assert audit.ends()[0] == -signal.SIGKILL
    killed = desk.audited(*names)
    assert "going on with audit 1" in desk.said
    assert timeless(killed) == timeless(desk.without_interruption(*names))


def test_ctrl_c_ends_the_workers_says_so_and_loses_nothing_that_was_done(desk: Desk) -> None:
    names = [f"repository{number}" for number in range(4)]
    for name in names:
        desk.repository(name, {"app.py": line(made_up_credential())})
    with desk.watched("--jobs", "1", *names, pause=2) as audit:
        audit.has_done(2)
        audit.process.send_signal(signal.SIGINT)
        status, out, said = audit.ends()
    assert (status, out) == (130, "")
    assert "2 of 4 repositories" in said
    assert "strongroom audit --resume" in said
    report = desk.audited("--resume")
    assert len(report["findings"]) == 4


def test_two_audits_do_not_work_in_one_file_at_once(desk: Desk) -> None:
    desk.repository("shop", {"app.py": "x = 1\n"})
    with Path(f"{desk.database}.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        desk.run("shop", status=2)
    assert "another audit is at work" in desk.said


def test_two_machines_share_an_audit_on_one_postgresql(desk: Desk, postgres_database: str) -> None:
    desk.database = postgres_database
    names = [f"repository{number}" for number in range(12)]
    for name in names:
        desk.repository(name, {"app.py": line(made_up_credential())})
    key = str(desk.folder / "audit.key")
    with desk.watched("--jobs", "1", "--key-file", key, *names, pause=1) as first:
        first.has_done(1)
        with desk.watched("--jobs", "1", "--key-file", key, "--resume") as second:
            second.has_done(1)
            first.goes_on()
            status, theirs, said = second.ends()
            assert status == 1, said
        status, ours, said = first.ends()
    assert status == 1, said
    assert json.loads(ours)["findings"] == json.loads(theirs)["findings"]
    assert sorted(one["repository"] for one in json.loads(ours)["findings"]) == sorted(names)


def test_values_are_shown_where_that_is_asked_for_and_nowhere_else(desk: Desk) -> None:
    value = made_up_credential()
    shop = desk.repository("shop", {"app.py": line(value)})
    (shop / "app.py").write_text("x = 1\n")
    commit(shop)
    assert desk.audited("--show-secrets", "shop")["findings"][0]["secret"] == value
    assert value not in desk.run("report", "-f", "json")
    desk.run("--show-secrets", "-f", "json", "-o", "audit.json", "shop", status=2)
    assert not (desk.folder / "audit.json").exists()


def test_a_first_audit_has_nothing_to_be_compared_with(desk: Desk) -> None:
    desk.repository("shop", {"app.py": line(made_up_credential())})
    desk.audited("shop")
    changes = desk.changes()
    assert (changes["from"], changes["new"], changes["repositories_added"]) == ("no audit", [], ["shop"])


def test_providers_are_asked_where_that_is_wished_for(desk: Desk) -> None:
    desk.repository("shop", {"app.py": line(made_up_credential())})
    (finding,) = desk.audited("--verify", "shop")["findings"]
    assert finding["verified"] == "unknown"
    assert finding["evidence"][-1]["kind"] == "verification"
    desk.run("--verify-host", "example.org", "shop", status=2)
