"""`strongroom fix --pr`: opened, brought up to date, left alone, and refused, on GitHub and on GitLab.

GitHub's requests pass a validator that has its published API description.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import ENVIRONMENT, git
from tests.testing.leaks import leaks
from tests.testing.ports import free_port
from tests.testing.reviews import Hub, Shop, open_shop
from tests.testing.server import plain_environment


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


def test_an_undo_closes_the_request_it_opened_and_the_next_fix_opens_it_again(shop: Shop) -> None:
    shop.fix()
    review = shop.project.reviews[0]
    undone = shop.again("undo")
    assert "closed   " in undone.stdout
    assert f"for you: origin may have the branch still: git push origin --delete {review.branch}" in undone.stdout
    assert (undone.returncode, review.state, git(shop.top, "branch", "--list", "strongroom/*")) == (1, "closed", "")
    again = shop.fix()
    assert (again.returncode, review.state, len(shop.project.reviews)) == (0, "open", 1), again.stderr
    assert "undone" not in review.body


def test_an_undo_leaves_a_request_that_was_merged(lab: Shop) -> None:
    lab.fix()
    lab.project.reviews[0].state, lab.project.reviews[0].merged = "closed", True
    undone = lab.again("undo")
    assert (undone.returncode, "was merged, and its secrets are needed" in undone.stderr) == (1, True)
    assert git(lab.top, "branch", "--list", "strongroom/*") != ""


def test_a_fix_that_was_cut_off_before_its_request_is_resumed_with_it(lab: Shop) -> None:
    hook = lab.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    cut_off = lab.fix()
    assert (cut_off.returncode, lab.project.reviews) == (1, []), cut_off.stderr
    hook.unlink()
    resumed = lab.again("resume")
    assert (resumed.returncode, len(lab.project.reviews)) == (0, 1), resumed.stderr


def test_a_fix_of_several_commits_is_pushed_brought_up_to_date_and_written_as_patches(
    lab: Shop, tmp_path: Path
) -> None:
    lab.commit("mail.py", f'SMTP_PASSWORD = "{made_up_credential()}"\n')
    done = lab.fix("--group", "file", "--patch", str(tmp_path / "patches"))
    assert done.returncode == 0, done.stderr
    assert git(lab.bare, "rev-list", "--count", f"main..{lab.branch}").strip() == "2"
    tree = git(lab.bare, "rev-parse", f"{lab.branch}^{{tree}}")
    git(tmp_path, "clone", "--quiet", lab.bare.as_uri(), "elsewhere")
    git(tmp_path / "elsewhere", "am", "--quiet", *map(str, sorted((tmp_path / "patches").iterdir())))
    assert git(tmp_path / "elsewhere", "rev-parse", "HEAD^{tree}") == tree
    lab.commit("more.txt", "more\n")
    assert lab.fix("--group", "file").returncode == 0
    assert git(lab.bare, "rev-list", "--count", f"main..{lab.branch}").strip() == "2"
    assert len(lab.project.reviews) == 1


def test_a_fresh_clone_updates_the_branch_of_an_earlier_one(lab: Shop, tmp_path: Path) -> None:
    lab.fix()
    tip = git(lab.bare, "rev-parse", lab.branch)
    git(tmp_path, "clone", "--quiet", lab.bare.as_uri(), "elsewhere/shop")
    clone = Shop(**{**_fields(lab), "top": tmp_path / "elsewhere" / "shop"})
    git(clone.top, "config", "user.name", "Robot")
    git(clone.top, "config", "user.email", "robot@example.invalid")
    same = clone.fix()
    assert (same.returncode, git(lab.bare, "rev-parse", lab.branch)) == (0, tip), same.stderr
    clone.commit("settings.py", f'# more\nAPI_KEY = "{lab.value}"\n')
    moved = clone.fix()
    assert moved.returncode == 0, moved.stderr
    assert git(lab.bare, "rev-parse", lab.branch) != tip
    assert len(lab.project.reviews) == 1


def test_a_shallow_clone_updates_a_branch_that_left_the_base_before_its_history_begins(
    lab: Shop, tmp_path: Path
) -> None:
    lab.fix()
    lab.commit("other.py", "OTHER = 1\n")
    lab.commit("settings.py", f'# more\nAPI_KEY = "{lab.value}"\n')
    git(tmp_path, "clone", "--quiet", "--depth=1", lab.bare.as_uri(), "elsewhere/shop")
    clone = Shop(**{**_fields(lab), "top": tmp_path / "elsewhere" / "shop"})
    git(clone.top, "config", "user.name", "Robot")
    git(clone.top, "config", "user.email", "robot@example.invalid")
    done = clone.fix()
    assert done.returncode == 0, done.stderr
    assert "# more" in git(lab.bare, "show", f"{lab.branch}:settings.py")
    assert git(clone.top, "rev-list", "--count", "HEAD").strip() == "1"


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


def test_reopen_opens_another_where_the_forge_does_not_open_the_closed_one(lab: Shop) -> None:
    lab.fix()
    lab.project.reviews[0].state = "closed"
    lab.project.reopens = False
    assert lab.fix("--reopen").returncode == 0
    assert [each.state for each in lab.project.reviews] == ["closed", "open"]


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
    other, named = shop.value[::-1], f"keys/{shop.value}.sql"
    shop.commit(named, f"CREATE USER ada IDENTIFIED BY '{other}';\n")
    done = shop.fix()
    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).replace(named, "")
    values = [shop.value.encode(), other.encode()]
    assert leaks(values, shop.asked()) == []
    assert leaks(values, said.encode()) == []
    assert "`keys/••••••••.sql:1`" in shop.project.reviews[0].body


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
