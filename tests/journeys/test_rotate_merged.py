"""Rotating what stood in code once its fix is merged: not before, once, and from any job that runs again."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.server import command_line, plain_environment


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A repository whose password stands fixed on the branch `fixed`, and the folder of its vault."""

    top: Path
    home: Path

    def strongroom(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(*arguments), cwd=self.top, env=plain_environment(STRONGROOM_HOME=str(self.home)), text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    def merged(self) -> subprocess.CompletedProcess[str]:
        return self.strongroom("rotate", "now", "--merged")

    def value(self) -> str:
        return self.strongroom("vault", "get", "shop/login_password").stdout


@pytest.fixture
def fixed(tmp_path: Path) -> Fixed:
    value = made_up_credential()
    program = f'API_KEY = "{made_up_credential()}"\n\n\ndef is_admin(password):\n    return password == "{value}"\n'
    shop = Fixed(top=make_repository(tmp_path / "shop", {"login.py": program}), home=tmp_path / "home")
    done = shop.strongroom("fix")
    assert "rotates  shop/login_password" in done.stdout, done.stdout + done.stderr
    return shop


def _branch(fixed: Fixed) -> str:
    return git(fixed.top, "for-each-ref", "--format=%(refname:short)", "refs/heads/strongroom").strip()


def test_before_the_merge_nothing_rotates_and_the_branch_is_named(fixed: Fixed) -> None:
    before = fixed.value()
    told = fixed.merged()
    assert (told.returncode, fixed.value()) == (0, before)
    assert told.stdout == f"waits    shop/login_password: its fix is not merged ({_branch(fixed)})\n"


def test_the_branch_of_the_fix_itself_is_no_merge(fixed: Fixed) -> None:
    git(fixed.top, "checkout", "-q", _branch(fixed))
    refused = fixed.merged()
    assert (refused.returncode, "check out the branch" in refused.stderr) == (2, True)


def test_after_the_merge_it_rotates_once(fixed: Fixed) -> None:
    before = fixed.value()
    git(fixed.top, "merge", "-q", "--ff-only", _branch(fixed))
    first = fixed.merged()
    assert (first.returncode, "rotated  shop/login_password" in first.stdout) == (0, True), first.stderr
    replaced = fixed.value()
    assert replaced != before
    again = fixed.merged()
    assert (again.returncode, fixed.value()) == (0, replaced)
    assert "left     shop/login_password: leaked value " in again.stdout


def test_a_secret_that_the_store_does_not_have_is_named_and_the_others_rotate(fixed: Fixed) -> None:
    record = fixed.top / ".strongroom" / "secrets.json"
    git(fixed.top, "merge", "-q", "--ff-only", _branch(fixed))
    other = '{"name": "shop/absent", "rotation": "generated-single"},'
    record.write_text(record.read_text().replace('"secrets": [', f'"secrets": [{other}'))
    git(fixed.top, "commit", "-qam", "another")
    before = fixed.value()
    told = fixed.merged()
    assert (told.returncode, fixed.value() != before) == (1, True)
    assert "shop/absent: ResourceNotFoundException" in told.stderr


def test_it_stands_alone(fixed: Fixed) -> None:
    assert fixed.strongroom("rotate", "now", "shop/login_password", "--merged").returncode == 2
