"""`fix --test-command`: the fixed tree has to pass a command of the user's before anything is committed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import make_repository
from tests.testing.server import command_line, plain_environment
from tests.testing.shop import Shop

CHECK = """import os, sys
from settings import API_KEY
assert "API_KEY" not in os.environ and API_KEY not in os.environ.values()
print("the key is", API_KEY)
open(sys.argv[1], "a").write(os.getcwd() + "\\n")
sys.exit(int(sys.argv[2 if "secret(" in open("settings.py").read() else 3]))
"""
"""Says which folder it ran in; ends with one status in the fixed tree and with another in the one before."""


@pytest.fixture
def shop(tmp_path: Path, process: FixProcess) -> Shop:
    value = made_up_credential()
    files = {"settings.py": f'API_KEY = "{value}"\n', "requirements.txt": "requests\n", "check.py": CHECK}
    return Shop(top=make_repository(tmp_path / "shop", files), home=tmp_path / "home", value=value, process=process)


def trial(shop: Shop, with_fix: int, without: int) -> str:
    return f"{sys.executable} check.py {shop.top.parent / 'ran'} {with_fix} {without}"


def ran_in(shop: Shop) -> list[Path]:
    return [Path(line) for line in (shop.top.parent / "ran").read_text().split()]


def test_what_passes_is_committed_and_the_copy_is_gone(shop: Shop) -> None:
    before = shop.state()
    done = shop.strongroom("fix", "--branch", "fixed", "--test-command", trial(shop, 0, 0))
    assert done.returncode == 0, done.stderr
    (folder,) = ran_in(shop)
    assert not folder.exists()
    assert folder.parent != shop.top.parent
    assert "fixed" in shop.branches()
    assert shop.state() == before


def test_what_fails_is_not_committed_and_its_output_shown_with_values_masked(shop: Shop) -> None:
    done = shop.strongroom("fix", "--branch", "fixed", "--test-command", trial(shop, 3, 0))
    assert done.returncode == 1
    assert "fails with the fix (status 3), and not without it" in done.stderr
    assert "the key is ••••••••" in done.stderr
    assert shop.value not in done.stderr + done.stdout
    assert "fixed" not in shop.branches()
    assert not [folder for folder in ran_in(shop) if folder.exists()]


def test_after_a_failure_the_next_fix_needs_no_way_out_and_an_undo_takes_the_secrets_back(shop: Shop) -> None:
    shop.strongroom("fix", "--test-command", trial(shop, 3, 0))
    again = shop.strongroom("fix", "--branch", "other")
    assert again.returncode == 0, again.stderr
    done = shop.strongroom("fix", "undo")
    assert (done.returncode, done.stdout) == (0, "undone   the branch other\nundone   the secret shop/api_key\n")


def test_a_project_whose_tests_fail_before_is_told_so(shop: Shop) -> None:
    done = shop.strongroom("fix", "--test-command", trial(shop, 1, 1))
    assert (done.returncode, "fails on HEAD already" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("command", "message"), [("no-such-program x", "is not found"), ("'", "cannot be read"), ("", "is empty")]
)
def test_a_command_that_cannot_be_run_is_a_usage_error_before_anything_is_done(
    shop: Shop, command: str, message: str
) -> None:
    done = shop.strongroom("fix", "--test-command", command)
    assert (done.returncode, message in done.stderr) == (2, True)
    assert not shop.home.exists()


def test_the_setting_of_the_environment_counts(shop: Shop) -> None:
    done = shop.strongroom("fix", STRONGROOM_FIX_TEST_COMMAND=trial(shop, 1, 0))
    assert done.returncode == 1


LONG = """
import signal, subprocess, sys

# Both hold the pipe: who reads it is told once neither is there any more.
pipe = open(sys.argv[1], "wb", buffering=0)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], pass_fds=[pipe.fileno()])
pipe.write(b"both run")
signal.pause()
"""


def test_an_interrupt_ends_the_command_and_all_that_it_started(shop: Shop, tmp_path: Path) -> None:
    script, place = tmp_path / "long.py", tmp_path / "pipe"
    script.write_text(LONG)
    os.mkfifo(place)
    pipe = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(
        command_line("fix", "--test-command", f"{sys.executable} {script} {place}"), cwd=shop.top,
        env=plain_environment(STRONGROOM_HOME=str(shop.home)), stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert _said(pipe) == b"both run"
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=30)[1].decode()
    assert _said(pipe) == b""
    os.close(pipe)
    assert (running.returncode, "`strongroom fix undo`" in said) == (130, True)
    assert shop.branches().startswith("main ")


def _said(pipe: int) -> bytes:
    """Return what is written into a pipe next, nothing once nobody is left who could write."""
    readable, _, _ = select.select([pipe], [], [], 60)
    assert readable
    return os.read(pipe, 100)
