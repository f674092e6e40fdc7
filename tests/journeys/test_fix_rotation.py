"""Which rotation function `strongroom fix` attaches, and what it says where it can attach none."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from strongroom.kernel.clock import utc_now
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import make_repository
from tests.testing.server import command_line, plain_environment

Strongroom = Callable[..., "subprocess.CompletedProcess[str]"]
LAST = 28
"""The last day that every month has."""
OTHERS = "arn:aws:lambda:us-east-1:123456789012:function:of-somebody"


@pytest.fixture
def strongroom(tmp_path: Path) -> Strongroom:
    """The command, in a repository that compares with a password, which the store can rotate by itself."""
    program = f'def is_admin(password):\n    return password == "{made_up_credential()}"\n'
    return command_in(tmp_path, {"login.py": program})


def command_in(folder: Path, files: dict[str, str]) -> Strongroom:
    """Return the command in a new repository of the files, with a vault of its own."""
    top, home = make_repository(folder / "shop", files), folder / "home"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(*arguments), cwd=top, env=plain_environment(STRONGROOM_HOME=str(home)), text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    return run


def test_a_function_that_the_store_cannot_invoke_is_a_step_for_a_person_and_the_fix_is_made(
    strongroom: Strongroom,
) -> None:
    done = strongroom("fix", "--rotation-lambda-arn", OTHERS)
    assert (done.returncode, "commit   " in done.stdout) == (0, True)
    assert "attach the rotation generated-single (the store did not attach it (AccessDenied" in done.stdout
    assert strongroom("rotate", "status").stdout == "no secret has rotation\n"


def test_a_function_for_another_strategy_leaves_this_one_to_the_store(strongroom: Strongroom) -> None:
    done = strongroom("fix", "--rotation-lambda-arn", f"postgres-single={OTHERS}")
    assert "rotates  shop/login_password" in done.stdout
    assert "generated-single" in strongroom("rotate", "status", "shop/login_password").stdout


@pytest.mark.parametrize("said", ["no-arn", f"magic-single={OTHERS}", "arn:aws:iam::123456789012:role/x"])
def test_what_names_no_function_or_no_strategy_is_refused_before_anything_is_done(
    strongroom: Strongroom, said: str, tmp_path: Path
) -> None:
    refused = strongroom("fix", "--rotation-lambda-arn", said)
    assert (refused.returncode, "--rotation-lambda-arn" in refused.stderr) == (2, True)
    assert not (tmp_path / "home").exists()


def test_the_day_of_the_first_rotation_can_be_said(strongroom: Strongroom) -> None:
    day = next(
        each for each in (utc_now().date() + timedelta(days=ahead) for ahead in range(3, 10)) if each.day <= LAST
    )

    assert strongroom("fix", "--rotate-first", day.isoformat()).returncode == 0
    assert day.isoformat() in strongroom("rotate", "status", "shop/login_password").stdout


@pytest.mark.parametrize("said", ["soon", "2020-01-01", "2999-01-01"])
def test_a_day_on_which_no_monthly_schedule_can_begin_is_refused(strongroom: Strongroom, said: str) -> None:
    refused = strongroom("fix", "--rotate-first", said)
    assert (refused.returncode, "--rotate-first" in refused.stderr) == (2, True)


def test_a_key_of_sessions_rotates_by_hand_and_the_leaked_one_is_still_taken_meanwhile(tmp_path: Path) -> None:
    settings = f'INSTALLED_APPS = []\nSECRET_KEY = "{made_up_credential()}"\n'
    strongroom = command_in(tmp_path, {"settings.py": settings, "requirements.txt": "Django>=4.2\n"})

    assert "rotates  shop/secret_key" in strongroom("fix").stdout
    assert "never rotated, by hand" in strongroom("rotate", "status", "shop/secret_key").stdout
    rotated = strongroom("rotate", "now", "shop/secret_key")

    assert (rotated.returncode, "leaked value: still accepted" in rotated.stdout) == (0, True)
