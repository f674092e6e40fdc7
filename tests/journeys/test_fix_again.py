"""`fix resume` and `fix undo`: a fix that was cut off is completed or taken back, and one that was completed, too."""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.shop import Shop, command

KILLER = """import os, pathlib, signal, sys
marker = pathlib.Path(sys.argv[1])
if not marker.exists():
    marker.touch()
    os.kill(os.getppid(), signal.SIGKILL)
"""
"""Kills what runs it, once: as a test command it cuts a fix off behind its secrets and before its commit."""


@pytest.fixture
def shop(tmp_path: Path, process: FixProcess) -> Shop:
    value = made_up_credential()
    files = {"settings.py": f'API_KEY = "{value}"\n', "requirements.txt": "requests\n"}
    return Shop(top=make_repository(tmp_path / "shop", files), home=tmp_path / "home", value=value, process=process)


def cut_off(shop: Shop, *arguments: str, **variables: str) -> None:
    script = shop.top.parent / "killer.py"
    script.write_text(KILLER)
    done = shop.strongroom(
        "fix", "--test-command", f"{sys.executable} {script} {shop.top.parent / 'killed'}", *arguments, **variables
    )
    assert done.returncode == -9, done.stderr


def secret(shop: Shop, name: str = "shop/api_key") -> Mapping[str, object]:
    described: Mapping[str, object] = json.loads(shop.strongroom("vault", "describe", name).stdout)
    return described


def test_a_fix_that_was_killed_is_resumed_with_the_same_secret(shop: Shop) -> None:
    cut_off(shop, "--branch", "fixed")
    version = list(secret(shop)["VersionIdsToStages"])  # type: ignore[call-overload]
    done = shop.strongroom("fix", "resume")
    assert done.returncode == 0, done.stderr
    assert "created  shop/api_key" in done.stdout
    assert 'secret("shop/api_key")' in git(shop.top, "show", "fixed:settings.py")
    assert list(secret(shop)["VersionIdsToStages"]) == version  # type: ignore[call-overload]
    assert shop.strongroom("fix", "resume").stderr.startswith("no fix was interrupted here")


def test_a_fix_that_was_killed_is_undone(shop: Shop) -> None:
    before = shop.branches()
    cut_off(shop)
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, done.stdout) == (0, "undone   the secret shop/api_key\n")
    assert "DeletedDate" in secret(shop)
    assert shop.branches() == before
    assert "there is no fix to undo here" in shop.strongroom("fix", "undo").stderr


def test_the_same_fix_goes_on_by_itself_where_it_was_killed(shop: Shop) -> None:
    cut_off(shop)
    done = shop.strongroom("fix")
    assert (done.returncode, "going on with the fix that was interrupted" in done.stderr) == (0, True)
    assert "created  shop/api_key" in done.stdout


def test_beside_an_interrupted_fix_another_one_names_both_ways_out(shop: Shop) -> None:
    cut_off(shop)
    other = shop.strongroom("fix", "--branch", "other")
    (shop.top / "more.txt").write_text("more\n")
    git(shop.top, "add", ".")
    git(shop.top, "commit", "--quiet", "--message=more")
    moved = shop.strongroom("fix", "resume")
    for done in (other, moved):
        assert done.returncode == 1
        assert "`strongroom fix resume`" in done.stderr
        assert "`strongroom fix undo`" in done.stderr
    assert "HEAD is " in moved.stderr
    assert shop.strongroom("fix", "undo").returncode == 0
    assert shop.strongroom("fix", "--branch", "other").returncode == 0


def test_a_completed_fix_is_undone_and_can_be_made_again(shop: Shop) -> None:
    before = shop.branches()
    shop.strongroom("fix", "--branch", "fixed")
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, done.stdout) == (0, "undone   the branch fixed\nundone   the secret shop/api_key\n")
    assert shop.branches() == before
    again = shop.strongroom("fix", "--branch", "fixed")
    assert again.returncode == 0, again.stderr
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value
    assert shop.strongroom("fix", "undo").returncode == 0
    assert "DeletedDate" in secret(shop)


def test_a_fix_that_changed_nothing_is_undone_with_the_one_before_it(shop: Shop) -> None:
    before = shop.branches()
    shop.strongroom("fix")
    shop.strongroom("fix")
    assert shop.strongroom("fix", "undo").returncode == 0
    assert shop.branches() == before
    assert "DeletedDate" in secret(shop)


@pytest.mark.parametrize("merge", [("merge", "--quiet", "fixed"), ("merge", "--quiet", "--squash", "fixed")])
def test_what_was_merged_is_not_undone(shop: Shop, merge: tuple[str, ...]) -> None:
    shop.strongroom("fix", "--branch", "fixed")
    git(shop.top, *merge)
    if "--squash" in merge:
        git(shop.top, "commit", "--quiet", "--message=squashed")
    done = shop.strongroom("fix", "undo")
    assert done.returncode == 1
    assert "nothing was undone" in done.stderr
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value
    assert "fixed" in shop.branches()


def test_what_was_squashed_into_another_branch_is_not_undone(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "fixed")
    squashed = git(shop.top, "commit-tree", "fixed^{tree}", "-p", "main", "-m", "squashed").strip()
    git(shop.top, "update-ref", "refs/remotes/origin/main", squashed)
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, "origin/main reads shop/api_key from the store" in done.stderr) == (1, True)
    assert "DeletedDate" not in secret(shop)


def test_a_branch_with_a_persons_commit_is_not_undone(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "fixed")
    made = git(shop.top, "commit-tree", "fixed^{tree}", "-p", "fixed", "-m", "mine").strip()
    git(shop.top, "update-ref", "refs/heads/fixed", made)
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, "holds more than the fix made" in done.stderr) == (1, True)
    assert "DeletedDate" not in secret(shop)


def test_the_only_copy_of_a_value_is_kept(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "fixed")
    (shop.top / "settings.py").write_text("API_KEY = None\n")
    git(shop.top, "commit", "--quiet", "--all", "--message=gone")
    done = shop.strongroom("fix", "undo")
    assert done.returncode == 1
    assert "kept     the secret shop/api_key" in done.stdout
    assert "the only copy" in done.stdout
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value


def test_a_secret_that_was_there_before_stays(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "first")
    shop.strongroom("fix", "--branch", "second")
    assert shop.strongroom("fix", "undo").stdout == "undone   the branch second\n"
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value


def test_a_commit_that_another_branch_has_holds_up_nothing_where_no_secret_was_made(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "first")
    shop.strongroom("fix", "--branch", "second")
    git(shop.top, "branch", "--force", "first", "second")
    assert shop.strongroom("fix", "undo").stdout == "undone   the branch second\n"


def test_a_fix_that_fails_behind_its_commit_can_be_resumed(shop: Shop) -> None:
    (shop.top.parent / "taken").write_text("a file\n")
    failed = shop.strongroom("fix", "--patch", str(shop.top.parent / "taken" / "patches"))
    assert failed.returncode == 2
    assert "strongroom fix resume" in failed.stderr
    (shop.top.parent / "taken").unlink()
    done = shop.strongroom("fix", "resume")
    assert done.returncode == 0, done.stderr
    assert len(list((shop.top.parent / "taken" / "patches").glob("*.patch"))) == 1


def test_a_vault_that_is_gone_for_good_does_not_hold_the_branch_up(shop: Shop) -> None:
    before = shop.branches()
    shop.strongroom("fix", "--branch", "fixed")
    shutil.rmtree(shop.home)
    refused = shop.strongroom("fix", "undo")
    assert (refused.returncode, "--keep-secrets" in refused.stderr) == (4, True)
    done = shop.strongroom("fix", "undo", "--keep-secrets")
    assert done.stdout == "undone   the branch fixed\nkept     the secret shop/api_key: as it was asked for\n"
    assert (done.returncode, shop.branches()) == (0, before)


def test_a_secret_that_another_repository_relies_on_stays(shop: Shop) -> None:
    shop.strongroom("fix")
    other = make_repository(shop.top.parent / "other", {"settings.py": f'API_KEY = "{shop.value}"\n'})
    reused = command(other, "fix", STRONGROOM_HOME=str(shop.home))
    assert "reused   shop/api_key" in reused.stdout
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, "kept     the secret shop/api_key: another fix relies on it" in done.stdout) == (1, True)
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value


def test_the_journal_is_private_holds_no_value_and_lies_outside_the_tree(shop: Shop) -> None:
    cut_off(shop)
    notes = shop.top / ".git" / "strongroom"
    (journal,) = notes.glob("*.jsonl")
    assert (notes.stat().st_mode & 0o777, journal.stat().st_mode & 0o777) == (0o700, 0o600)
    assert not leaks([shop.value.encode()], every_byte_below(notes))
    assert git(shop.top, "status", "--porcelain") == ""


def test_a_second_fix_at_the_same_time_is_told_so(shop: Shop) -> None:
    notes = shop.top / ".git" / "strongroom"
    notes.mkdir()
    with (notes / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = shop.strongroom("fix")
    assert (done.returncode, "another fix is at work" in done.stderr) == (1, True)
    assert not shop.home.exists()


def test_a_folder_of_that_name_is_written_with_a_dot(shop: Shop) -> None:
    inner = make_repository(shop.top / "resume", {"settings.py": f'API_KEY = "{made_up_credential()}"\n'})
    assert shop.strongroom("fix", "./resume", "--branch", "fixed").returncode == 0
    assert "fixed" in git(inner, "branch", "--list", "fixed")


def test_the_fix_is_resumed_in_the_store_that_it_used(shop: Shop, tmp_path: Path) -> None:
    cut_off(shop, "--data-dir", str(tmp_path / "elsewhere"))
    assert shop.strongroom("fix", "resume").returncode == 0
    assert not shop.home.exists()
