"""`strongroom fix` as a user runs it: what it leaves, what it leaves alone, and what it says where it cannot work."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import ENVIRONMENT, git, make_repository
from tests.testing.leaks import every_byte_below
from tests.testing.server import command_line, plain_environment
from tests.testing.shop import Shop, command


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    value = made_up_credential()
    files = {"settings.py": f'API_KEY = "{value}"\n', "requirements.txt": "requests\n", ".gitignore": "local.py\n"}
    return Shop(top=make_repository(tmp_path / "shop", files), home=tmp_path / "home", value=value)


def test_the_same_fix_again_makes_no_commit(shop: Shop) -> None:
    first = shop.strongroom("fix")
    made = shop.branches()
    again = shop.strongroom("fix")
    assert (first.returncode, again.returncode) == (0, 0)
    assert "holds this fix already; no new commit" in again.stdout
    assert shop.branches() == made


def test_the_fixed_branch_is_clean_and_needs_no_fix(shop: Shop) -> None:
    shop.strongroom("fix", "--branch", "fixed")
    git(shop.top, "checkout", "--quiet", "fixed")
    made = shop.branches()
    again = shop.strongroom("fix")
    assert shop.strongroom("scan").returncode == 0
    assert (again.returncode, again.stderr.strip()) == (0, "nothing to fix")
    assert shop.branches() == made


def test_head_index_and_a_dirty_working_tree_stay_as_they_were(shop: Shop) -> None:
    (shop.top / "settings.py").write_text(f'# mine, not committed\nAPI_KEY = "{shop.value}"\n')
    (shop.top / "requirements.txt").write_text("staged\n")
    git(shop.top, "add", "requirements.txt")
    (shop.top / "requirements.txt").write_text("and changed again\n")
    (shop.top / "notes.txt").write_text("untracked\n")
    before = shop.state()
    assert shop.strongroom("fix", "--branch", "fixed").returncode == 0
    assert shop.state() == before
    assert "mine, not committed" not in git(shop.top, "show", "fixed:settings.py")


def test_no_hook_of_the_repository_runs(shop: Shop) -> None:
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change"):
        hook = shop.top / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{shop.top.parent}/ran'\nexit 1\n")
        hook.chmod(0o755)
    assert shop.strongroom("fix").returncode == 0
    assert not (shop.top.parent / "ran").exists()


@pytest.mark.parametrize("name", ["new.py", "local.py"])
def test_a_finding_in_an_untracked_or_ignored_file_is_named_with_what_to_do(shop: Shop, name: str) -> None:
    (shop.top / name).write_text(f'import os\nPASSWORD = "{made_up_credential()}"\n')
    done = shop.strongroom("fix", "--branch", "fixed")
    assert done.returncode == 0
    named = [line for line in done.stderr.splitlines() if line.startswith(f"not in HEAD: {name}:2 ")]
    assert len(named) == 1, done.stderr
    assert "strongroom fix" in named[0]
    assert name not in git(shop.top, "ls-tree", "-r", "--name-only", "fixed")


def test_a_dry_run_shows_the_diff_and_touches_nothing(shop: Shop) -> None:
    before, files = shop.state(), every_byte_below(shop.top)
    done = shop.strongroom("fix", "--dry-run")
    assert done.returncode == 0
    assert '+API_KEY = secret("shop/api_key")' in done.stdout
    assert shop.value not in done.stdout + done.stderr
    assert (shop.state(), every_byte_below(shop.top)) == (before, files)
    assert not shop.home.exists()


def test_a_folder_below_the_top_means_the_whole_repository(shop: Shop) -> None:
    (shop.top / "below").mkdir()
    assert shop.strongroom("fix", "below", "--branch", "fixed").returncode == 0
    assert shop.value not in git(shop.top, "show", "fixed:settings.py")


def test_a_folder_that_is_no_repository_is_a_usage_error(tmp_path: Path) -> None:
    done = command(tmp_path, "fix", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2
    assert "is not in a git repository" in done.stderr
    assert "hint: run `git init`" in done.stderr


def test_a_repository_without_a_commit_is_a_usage_error(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    done = command(tmp_path, "fix")
    assert done.returncode == 2
    assert "the repository has no commit yet" in done.stderr
    assert "hint:" in done.stderr


def test_without_an_author_nothing_is_stored(shop: Shop) -> None:
    git(shop.top, "config", "--unset", "user.email")
    nobody = {name: text for name, text in ENVIRONMENT.items() if name.startswith("GIT_CONFIG")}
    done = shop.strongroom("fix", HOME=str(shop.top.parent), EMAIL="", **nobody)
    assert done.returncode == 2
    assert "git has no user.email" in done.stderr
    assert "hint: git config" in done.stderr
    assert "stored" not in done.stderr
    assert shop.branches().startswith("main ")


def test_strict_tells_of_steps_that_are_left(shop: Shop) -> None:
    (shop.top / "Dockerfile").write_text(f"FROM base\nRUN curl -u shop:{made_up_credential()} https://api.internal\n")
    git(shop.top, "add", ".")
    git(shop.top, "commit", "--quiet", "--message=deploy")
    assert shop.strongroom("fix", "--branch", "fixed").returncode == 0
    strict = shop.strongroom("fix", "--branch", "fixed", "--strict")
    assert "for you: Dockerfile:2:" in strict.stdout
    assert strict.returncode == 1


def test_a_vault_that_cannot_be_opened_leaves_the_code_alone(shop: Shop) -> None:
    shop.home.write_text("in the way\n")
    done = shop.strongroom("fix")
    assert done.returncode in (2, 4), done.stderr
    assert "internal error" not in done.stderr
    assert len(shop.branches().splitlines()) == 1


def test_two_fixes_at_once_leave_one_commit_and_one_secret(shop: Shop) -> None:
    shop.strongroom("vault", "init")
    environment = plain_environment(STRONGROOM_HOME=str(shop.home))
    both = [
        subprocess.Popen(
            command_line("fix", "--branch", "fixed"), cwd=shop.top, env={**os.environ, **environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [each.communicate(timeout=120)[1].decode() for each in both]
    assert any(each.returncode == 0 for each in both), said
    assert all("internal error" not in each for each in said), said
    assert git(shop.top, "rev-list", "--count", "main..fixed").strip() == "1"
    assert shop.strongroom("vault", "get", "shop/api_key").stdout == shop.value


def test_a_credential_that_only_another_file_gives_away_is_moved_and_rewritten(tmp_path: Path) -> None:
    value = made_up_credential()
    files = {
        "api/__init__.py": "",
        "api/words.py": f'WORD = "{value}"\n',
        "api/store.py": "import redis\nfrom api.words import WORD\n\ncache = redis.Redis(password=WORD)\n",
        "requirements.txt": "redis\n",
    }
    app = Shop(top=make_repository(tmp_path / "app", files), home=tmp_path / "home", value=value)
    fixed = app.strongroom("fix", "--branch", "fixed")
    assert (fixed.returncode, "not in HEAD" in fixed.stderr) == (0, False)
    assert 'WORD = secret("app/word")' in git(app.top, "show", "fixed:api/words.py")
    git(app.top, "checkout", "--quiet", "fixed")
    assert app.strongroom("scan").returncode == 0


def test_on_a_terminal_each_stage_is_shown_and_elsewhere_none(shop: Shop) -> None:
    near, far = pty.openpty()
    done = subprocess.run(
        command_line("fix"), cwd=shop.top, env=plain_environment(STRONGROOM_HOME=str(shop.home)), stderr=far,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    os.close(far)
    said = os.read(near, 10_000).decode()
    os.close(near)
    stages = ("scanning", "planning", "checking", "storing 1 of 1", "committing on strongroom/fix-")
    assert [said.index(stage) for stage in stages] == sorted(said.index(stage) for stage in stages)
    assert said.endswith("\x1b[K")
    assert "scanning" not in done.stdout.decode()
    assert "storing" not in shop.strongroom("fix").stderr


def test_the_project_says_what_a_commit_is_about_and_the_command_says_it_again(shop: Shop) -> None:
    (shop.top / "mail.py").write_text(f'SMTP_PASSWORD = "{made_up_credential()}"\n')
    (shop.top / "strongroom.toml").write_text('[fix]\ngroup = "file"\n')
    git(shop.top, "add", ".")
    git(shop.top, "commit", "--quiet", "--message=settings")
    assert shop.strongroom("fix", "--branch", "fixed").returncode == 0
    assert shop.strongroom("fix", "--branch", "other", "--group", "one").returncode == 0
    assert git(shop.top, "rev-list", "--count", "main..fixed").strip() == "2"
    assert git(shop.top, "rev-list", "--count", "main..other").strip() == "1"
    assert git(shop.top, "rev-parse", "fixed^{tree}") == git(shop.top, "rev-parse", "other^{tree}")


def test_a_project_names_no_command_to_run(shop: Shop) -> None:
    (shop.top / "strongroom.toml").write_text('[fix]\ntest-command = "make test"\n')
    done = shop.strongroom("fix")
    assert (done.returncode, "whoever cloned it would run what it says" in done.stderr) == (2, True)
