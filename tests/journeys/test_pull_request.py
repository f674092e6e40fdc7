"""`strongroom fix --pr`: opened, brought up to date, left alone, and refused, on GitHub and on GitLab.

GitHub's requests pass a validator that has its published API description.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.forges import running_github, running_gitlab
from tests.testing.git_http import serving_git
from tests.testing.gitrepo import ENVIRONMENT, git
from tests.testing.leaks import leaks
from tests.testing.ports import free_port
from tests.testing.reviews import Hub, Shop, open_shop
from tests.testing.server import plain_environment


@pytest.fixture(scope="module")
def github() -> Iterator[Hub]:
    with running_github(secrets.token_hex(20)) as (fake, stub, api):
        yield Hub(fake=fake, stub=stub, api=api)


@pytest.fixture(scope="module")
def gitlab() -> Iterator[Hub]:
    with running_gitlab(secrets.token_hex(20)) as (fake, stub, api):
        yield Hub(fake=fake, stub=stub, api=api)


@pytest.fixture(params=["github", "gitlab"])
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    found: Hub = request.getfixturevalue(request.param)
    found.stub.asked.clear()
    yield found
    found.fake.down = False


@pytest.fixture
def shop(tmp_path: Path, hub: Hub) -> Shop:
    return open_shop(tmp_path, hub)


@pytest.fixture
def lab(tmp_path: Path, gitlab: Hub) -> Iterator[Shop]:
    """A shop on the forge that answers the fastest, for what is the same on both."""
    gitlab.stub.asked.clear()
    yield open_shop(tmp_path, gitlab)
    gitlab.fake.down = False


def test_the_branch_is_pushed_and_a_request_opened_and_labelled(shop: Shop) -> None:
    done = shop.fix()
    assert done.returncode == 0, done.stderr
    (review,) = shop.project.reviews
    assert (review.branch, review.base, review.draft, review.labels) == (shop.branch, "main", False, ["security"])
    assert review.title == "Read the secret shop/api_key from the store instead of from the code"
    assert shop.value not in git(shop.bare, "show", f"{shop.branch}:settings.py")
    assert "opened: https://" in done.stdout
    assert f"/{review.number}" in done.stdout


def test_the_same_fix_again_opens_nothing_and_writes_nothing(shop: Shop) -> None:
    shop.fix()
    tip = git(shop.bare, "rev-parse", shop.branch)
    shop.hub.stub.asked.clear()
    again = shop.fix()
    assert (again.returncode, len(shop.project.reviews)) == (0, 1)
    assert "is up to date: https://" in again.stdout
    assert {each.method for each in shop.hub.stub.asked} == {"GET"}
    assert git(shop.bare, "rev-parse", shop.branch) == tip


def test_when_the_base_moved_on_branch_and_text_are_brought_up_to_date(shop: Shop) -> None:
    shop.fix()
    review = shop.project.reviews[0]
    review.body = f"From me.\n\n{review.body.replace('- [ ] This is merged', '- [x] This is merged', 1)}\n\nMine, too."
    shop.commit("settings.py", f'# one line more\nAPI_KEY = "{shop.value}"\n')
    again = shop.fix()
    assert again.returncode == 0, again.stderr
    assert "updated: https://" in again.stdout
    assert len(shop.project.reviews) == 1
    assert "`settings.py:2`" in review.body
    assert review.body.startswith("From me.\n\n")
    assert review.body.endswith("\n\nMine, too.")
    assert "- [x] This is merged and deployed" in review.body
    assert git(shop.bare, "rev-parse", f"{shop.branch}^") == git(shop.bare, "rev-parse", "main")
    assert "# one line more" in git(shop.bare, "show", f"{shop.branch}:settings.py")


def test_a_fresh_clone_updates_the_branch_of_an_earlier_one(shop: Shop, tmp_path: Path) -> None:
    shop.fix()
    tip = git(shop.bare, "rev-parse", shop.branch)
    git(tmp_path, "clone", "--quiet", shop.bare.as_uri(), "elsewhere/shop")
    clone = Shop(**{**_fields(shop), "top": tmp_path / "elsewhere" / "shop"})
    git(clone.top, "config", "user.name", "Robot")
    git(clone.top, "config", "user.email", "robot@example.invalid")
    same = clone.fix()
    assert (same.returncode, git(shop.bare, "rev-parse", shop.branch)) == (0, tip), same.stderr
    clone.commit("settings.py", f'# more\nAPI_KEY = "{shop.value}"\n')
    moved = clone.fix()
    assert moved.returncode == 0, moved.stderr
    assert git(shop.bare, "rev-parse", shop.branch) != tip
    assert len(shop.project.reviews) == 1


def test_what_a_person_closed_stays_closed_and_nothing_is_done(shop: Shop) -> None:
    shop.fix()
    shop.project.reviews[0].state = "closed"
    git(shop.bare, "branch", "-D", shop.branch)
    again = shop.fix()
    assert again.returncode == 0
    assert "was closed by a person and stays so" in again.stdout
    assert [each.state for each in shop.project.reviews] == ["closed"]
    assert git(shop.bare, "branch", "--list", "strongroom/*") == ""


def test_reopen_opens_it_again(shop: Shop) -> None:
    shop.fix()
    shop.project.reviews[0].state = "closed"
    again = shop.fix("--reopen")
    assert again.returncode == 0, again.stderr
    assert "reopened: https://" in again.stdout
    assert [each.state for each in shop.project.reviews] == ["open"]


def test_reopen_opens_another_where_the_forge_does_not_open_the_closed_one(shop: Shop) -> None:
    shop.fix()
    shop.project.reviews[0].state = "closed"
    shop.project.reopens = False
    assert shop.fix("--reopen").returncode == 0
    assert [each.state for each in shop.project.reviews] == ["closed", "open"]


def test_after_the_merge_there_is_nothing_to_do(shop: Shop) -> None:
    shop.fix()
    shop.project.reviews[0].state, shop.project.reviews[0].merged = "closed", True
    again = shop.fix()
    assert again.returncode == 0
    assert "was merged: nothing to do" in again.stdout
    assert len(shop.project.reviews) == 1


def test_a_fix_that_has_to_be_looked_at_is_a_draft(tmp_path: Path, hub: Hub) -> None:
    login = 'import psycopg\n\nDB = psycopg.connect(host="db.internal", user="shop", password="{}", dbname="shop")\n'
    shop = open_shop(tmp_path, hub, place="db.py", template=login)
    done = shop.fix()
    assert done.returncode == 0, done.stderr
    (review,) = shop.project.reviews
    assert review.draft
    assert "restart them after each rotation" in review.body


def test_where_there_are_no_drafts_it_is_opened_all_the_same(tmp_path: Path, github: Hub) -> None:
    login = 'import psycopg\n\nDB = psycopg.connect(host="db.internal", user="shop", password="{}", dbname="shop")\n'
    shop = open_shop(tmp_path, github, place="db.py", template=login)
    shop.project.has_drafts = False
    done = shop.fix()
    assert (done.returncode, [each.draft for each in shop.project.reviews]) == (0, [False])
    assert "note: this repository has no drafts" in done.stderr


def test_a_label_that_may_not_be_set_is_said_and_no_failure(shop: Shop) -> None:
    shop.project.may_label = False
    done = shop.fix("--label", "leaks")
    assert done.returncode == 0, done.stderr
    assert "note: the label leaks could not be set" in done.stderr


def test_no_more_than_the_limit_are_open(lab: Shop) -> None:
    for number in range(2):
        lab.project.add(branch=f"strongroom/fix-{number}", base="main", title="", body="")
    lab.project.add(branch="strongroom/fix-x", base="main", title="", body="", fork=True)
    lab.project.add(branch="feature", base="main", title="", body="")
    full = lab.fix("--pr-limit", "2")
    assert full.returncode == 0
    assert "2 are open already" in full.stdout
    assert len(lab.project.reviews) == 4
    assert lab.fix("--pr-limit", "2", "--strict").returncode == 1
    assert not lab.home.exists()
    assert lab.fix("--pr-limit", "3").returncode == 0
    assert len(lab.project.reviews) == 5


def test_a_wrong_token_is_denied_before_anything_is_stored(shop: Shop) -> None:
    kind = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}[shop.hub.fake.name]
    wrong = secrets.token_hex(20)
    done = shop.fix(**{kind: wrong})
    assert done.returncode == 5, done.stderr
    assert "does not take the token" in done.stderr
    assert wrong not in done.stdout + done.stderr
    assert not shop.home.exists()
    assert git(shop.top, "branch", "--list", "strongroom/*") == ""


def test_a_forge_that_is_down_is_said_before_anything_is_stored(shop: Shop) -> None:
    shop.hub.fake.down = True
    done = shop.fix()
    assert done.returncode == 4, done.stderr
    assert "did not answer" in done.stderr
    assert not shop.home.exists()


def test_a_forge_that_cannot_be_reached_is_said_before_anything_is_stored(lab: Shop) -> None:
    done = lab.fix("--forge-url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 4, done.stderr
    assert not lab.home.exists()


def test_a_branch_with_a_persons_commit_is_refused_and_left(lab: Shop, tmp_path: Path) -> None:
    lab.fix()
    git(tmp_path, "clone", "--quiet", "--branch", lab.branch, lab.bare.as_uri(), "reviewer")
    (tmp_path / "reviewer" / "notes.txt").write_text("mine\n")
    git(tmp_path / "reviewer", "add", ".")
    git(tmp_path / "reviewer", "commit", "--quiet", "--message=By hand")
    git(tmp_path / "reviewer", "push", "--quiet")
    tip = git(lab.bare, "rev-parse", lab.branch)
    lab.commit("settings.py", f'# more\nAPI_KEY = "{lab.value}"\n')
    done = lab.fix()
    assert done.returncode == 1
    assert "holds more than a fix made; it is left as it is" in done.stderr
    assert git(lab.bare, "rev-parse", lab.branch) == tip


def test_a_commit_of_a_fix_that_a_person_amended_is_theirs(lab: Shop, tmp_path: Path) -> None:
    lab.fix()
    git(tmp_path, "clone", "--quiet", "--branch", lab.branch, lab.bare.as_uri(), "reviewer")
    (tmp_path / "reviewer" / "settings.py").write_text("API_KEY = None\n")
    git(tmp_path / "reviewer", "commit", "--quiet", "--all", "--amend", "--no-edit")
    git(tmp_path / "reviewer", "push", "--quiet", "--force")
    done = lab.fix()
    assert done.returncode == 1
    assert "holds more than a fix made" in done.stderr


def test_no_value_is_in_any_request_or_on_the_terminal(shop: Shop) -> None:
    other, named = shop.value[::-1], f"keys/{shop.value}.sh"
    shop.commit(named, f'export API_PASSWORD="{other}"\n')
    done = shop.fix()
    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).replace(named, "")
    values = [shop.value.encode(), other.encode()]
    assert leaks(values, shop.asked()) == []
    assert leaks(values, said.encode()) == []
    assert "`keys/••••••••.sh:1`" in shop.project.reviews[0].body


def test_a_remote_over_http_gets_the_token_by_a_login_alone(shop: Shop) -> None:
    with serving_git(shop.bare.parents[1], shop.hub.fake.token) as remote:
        git(shop.top, "remote", "set-url", "origin", f"{remote.place}/{shop.name}.git")
        done = shop.fix()
        assert done.returncode == 0, done.stderr
        assert shop.branch == shop.project.reviews[0].branch
        shop.commit("settings.py", f'# more\nAPI_KEY = "{shop.value}"\n')
        again = shop.fix()
        assert again.returncode == 0, again.stderr
        assert all(shop.hub.fake.token not in each.target for each in remote.asked)
    assert "# more" in git(shop.bare, "show", f"{shop.branch}:settings.py")
    assert shop.hub.fake.token not in git(shop.top, "config", "--list")


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


def test_the_recipe_in_the_text_takes_the_values_out_of_the_history(lab: Shop, tmp_path: Path) -> None:
    other = made_up_credential()
    url = f"postgresql://shop:{other}@db.internal/shop"
    lab.commit("db.py", f'import psycopg\n\nDB = psycopg.connect("{url}")\n')
    assert lab.fix().returncode == 0
    git(lab.top, "checkout", "--quiet", lab.branch)
    recipe = lab.project.reviews[0].body.partition("```sh\n")[2].partition("\n```")[0]
    environment = plain_environment(STRONGROOM_HOME=str(lab.home), **ENVIRONMENT)
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-c", recipe], cwd=lab.top, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    git(lab.bare, "reflog", "expire", "--expire=now", "--all")
    git(lab.bare, "gc", "--quiet", "--prune=now")
    everything = git(lab.bare, "log", "--all", "--patch", "--format=%B")
    assert "REMOVED" in everything
    assert leaks([lab.value.encode(), other.encode()], everything.encode()) == []
    assert not (lab.top.parent / "leaked-values.txt").exists()


def _fields(shop: Shop) -> dict[str, object]:
    return {name: getattr(shop, name) for name in ("top", "bare", "home", "hub", "name", "value", "variables")}
