"""`strongroom fix --pr` and its remote: how the branch gets there, who sees the token, what is said where it cannot."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.git_http import serving_git
from tests.testing.gitrepo import git
from tests.testing.ports import free_port
from tests.testing.reviews import Shop
from tests.testing.server import plain_environment
from tests.testing.stub import certified, serving


def test_a_remote_over_http_gets_the_token_by_a_login_alone(lab: Shop) -> None:
    with serving_git(lab.bare.parents[1], lab.hub.fake.token) as remote:
        git(lab.top, "remote", "set-url", "origin", f"{remote.place}/{lab.name}.git")
        done = lab.fix()
        assert done.returncode == 0, done.stderr
        assert lab.branch == lab.project.reviews[0].branch
        lab.commit("settings.py", f'# more\nAPI_KEY = "{lab.value}"\n')
        again = lab.fix()
        assert again.returncode == 0, again.stderr
        assert all(lab.hub.fake.token not in each.target for each in remote.asked)
    assert "# more" in git(lab.bare, "show", f"{lab.branch}:settings.py")
    assert lab.hub.fake.token not in git(lab.top, "config", "--list")


def test_a_remote_over_http_that_does_not_take_the_token_is_denied_before_anything_is_stored(lab: Shop) -> None:
    with serving_git(lab.bare.parents[1], secrets.token_hex(8)) as remote:
        git(lab.top, "remote", "set-url", "origin", f"{remote.place}/{lab.name}.git")
        done = lab.fix()
    assert done.returncode == 5, done.stderr
    assert "origin does not take the token" in done.stderr
    assert not lab.home.exists()


def test_a_push_that_fails_leaves_the_fix_and_the_same_command_goes_on(lab: Shop) -> None:
    hook = lab.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no pushes on Fridays\nexit 1\n")
    hook.chmod(0o755)
    done = lab.fix()
    assert done.returncode == 1, done.stderr
    assert "origin does not take the branch" in done.stderr
    assert "no pushes on Fridays" in done.stderr
    assert "the same command goes on from there" in done.stderr
    assert lab.project.reviews == []
    hook.unlink()
    assert lab.fix().returncode == 0
    assert len(lab.project.reviews) == 1


def test_nothing_of_the_repositorys_settings_or_hooks_is_run_by_the_push(lab: Shop, tmp_path: Path) -> None:
    trap = f"touch '{tmp_path}/ran'; false"
    hook = lab.top / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{trap}\n")
    hook.chmod(0o755)
    git(lab.top, "config", "credential.helper", f"!{trap}")
    git(lab.top, "config", "remote.origin.receivepack", f"sh -c '{trap}'")
    git(lab.top, "config", "core.sshCommand", trap)
    done = lab.fix()
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_commits_that_the_remote_does_not_have_are_not_taken_along(lab: Shop) -> None:
    lab.commit("private.py", "DRAFT = 1\n", push=False)
    done = lab.fix()
    assert done.returncode == 2
    assert "HEAD has commits that main on origin has not" in done.stderr
    assert lab.project.reviews == []


def test_a_request_leads_to_the_default_branch_from_a_detached_head(lab: Shop) -> None:
    git(lab.top, "checkout", "--quiet", "--detach")
    assert lab.fix().returncode == 0
    assert lab.project.reviews[0].base == "main"


def test_an_address_with_a_login_in_it_is_used_and_shown_nowhere(lab: Shop) -> None:
    password = secrets.token_hex(8)
    with serving_git(lab.bare.parents[1], password) as remote:
        # Another name of this machine, which is not the forge's, so the forge's token does not go there.
        place = remote.place.replace("http://127.0.0.1", f"http://me:{password}@localhost")
        git(lab.top, "remote", "set-url", "origin", f"{place}/{lab.name}.git")
        done = lab.fix()
        assert done.returncode == 0, done.stderr
        assert all(lab.hub.fake.token not in repr(each) for each in remote.asked)
    assert password not in done.stdout + done.stderr + lab.project.reviews[0].body


def test_a_remote_by_ssh_is_pushed_to_with_the_users_own_command(lab: Shop, tmp_path: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    git(lab.top, "remote", "set-url", "origin", f"git@gitlab.example:{lab.bare}")
    done = lab.fix("--forge-project", lab.name, GIT_SSH_COMMAND=str(ssh), GIT_SSH_VARIANT="simple")
    assert done.returncode == 0, done.stderr
    assert lab.branch == lab.project.reviews[0].branch


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ((), {"GITLAB_TOKEN": ""}, "no token for gitlab is set"),
        ((), {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": "x"}, "the token of a job may neither push nor open"),
        (("--remote", "upstream"), {}, "there is no remote upstream"),
        (("--base", "release"), {}, "origin has no branch release"),
        (("--forge-url", "gitlab.example"), {}, "is not the address of a forge"),
    ],
)
def test_what_is_missing_or_wrong_is_said_before_anything_is_stored(
    lab: Shop, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    done = lab.fix(*arguments, **variables)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "hint: " in done.stderr
    assert not lab.home.exists()


def test_a_host_that_does_not_say_what_forge_it_is_has_to_be_named(lab: Shop) -> None:
    done = lab.run("fix", "--pr", GITLAB_TOKEN=lab.hub.fake.token)
    assert done.returncode == 2
    assert "--forge github|gitlab" in done.stderr


def test_without_a_remote_patch_files_are_the_way_out(lab: Shop, tmp_path: Path) -> None:
    git(lab.top, "remote", "remove", "origin")
    done = lab.fix()
    assert done.returncode == 2
    assert "--patch DIR" in done.stderr
    folder = tmp_path / "patches"
    patched = lab.run("fix", "--patch", str(folder), STRONGROOM_HOME=str(lab.home))
    assert patched.returncode == 0, patched.stderr
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    git(lab.top, "am", "--quiet", str(file))
    assert (
        git(lab.top, "diff", "HEAD", git(lab.top, "branch", "--list", "--format=%(refname)", "strongroom/*").strip())
        == ""
    )


def test_the_missing_extra_is_named_with_the_command_that_installs_it(lab: Shop) -> None:
    code = "import sys; sys.modules['gitlab'] = None; from strongroom.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, "fix", "--pr", "--forge", "gitlab", "--forge-url", lab.hub.api],
        cwd=lab.top, env=plain_environment(GITLAB_TOKEN="x"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 'strongroom[forge]'" in done.stderr


def test_a_remote_that_cannot_be_reached_is_said_before_anything_is_stored(lab: Shop) -> None:
    git(lab.top, "remote", "set-url", "origin", f"http://127.0.0.1:{free_port()}/{lab.name}.git")
    done = lab.fix()
    assert done.returncode == 4, done.stderr
    assert "origin cannot be reached" in done.stderr
    assert not lab.home.exists()


def test_no_token_is_in_an_argument_of_any_command(lab: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "arguments"
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >>\'{log}\'\nexec {shutil.which("git")} "$@"\n')
    (folder / "git").chmod(0o755)
    with serving_git(lab.bare.parents[1], lab.hub.fake.token) as remote:
        git(lab.top, "remote", "set-url", "origin", f"{remote.place}/{lab.name}.git")
        done = lab.fix(PATH=f"{folder}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert " push " in log.read_text()
    assert lab.hub.fake.token not in log.read_text()


def test_an_authority_of_ones_own_is_trusted_as_the_library_does(lab: Shop, tmp_path: Path) -> None:
    context, authority = certified(tmp_path, "127.0.0.1")
    with serving(lab.hub.fake.answer, context) as stub:
        api = stub.place.replace("http:", "https:")
        unknown = lab.fix("--forge-url", api)
        known = lab.fix("--forge-url", api, REQUESTS_CA_BUNDLE=str(authority))
    assert (unknown.returncode, known.returncode) == (4, 0), unknown.stderr + known.stderr
    assert len(lab.project.reviews) == 1


def test_a_dry_run_asks_neither_forge_nor_remote(lab: Shop) -> None:
    done = lab.fix("--dry-run")
    assert done.returncode == 0, done.stderr
    assert lab.hub.stub.asked == []
    assert not lab.home.exists()
