"""A call ends with all that it has left behind, however much that is and however it tries to stay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.unit.vault.rotation.lambdas.conftest import Run
from vault.rotation.lambdas.child import processes
from vault.rotation.lambdas.slots import Slots

MANY = """
import os

def handler(event, context):
    for _ in range(event):
        if os.fork() == 0:
            os._exit(0)
    return "left"
"""
FLEEING = """
import os, time

def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if os.fork():
                os._exit(0)
        os._exit(0)
    return "left"
"""


def test_a_call_that_leaves_many_dead_children_ends_at_once(run: Run) -> None:
    assert run(MANY, 800, timeout=8) == "left"


def test_what_becomes_another_process_all_the_time_does_not_get_away(run: Run) -> None:
    assert run(FLEEING, timeout=8) == "left"


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes that do not end by themselves."""
    with ExitStack() as stack:
        code = "import signal; signal.pause()"
        started = [stack.enter_context(subprocess.Popen([sys.executable, "-c", code])) for _ in range(2)]
        for each in started:
            stack.callback(each.kill)
        yield started


def test_what_a_users_process_has_become_meanwhile_ends_before_its_slot_is_used_again(
    base: Path, monkeypatch: pytest.MonkeyPatch, sleepers: list[subprocess.Popen[bytes]]
) -> None:
    looks = iter([[each.pid] for each in sleepers])
    monkeypatch.setattr(processes, "of_user", lambda _: next(looks, []))
    monkeypatch.setattr(Slots, "own_users", True)
    monkeypatch.setattr(os, "chown", lambda *_: None)
    with Slots(base).taken():
        assert [each.wait(10) for each in sleepers] == [-9, -9]


def test_a_process_that_has_ended_runs_no_more_whether_its_parent_has_noticed_or_not(
    sleepers: list[subprocess.Popen[bytes]],
) -> None:
    dead, alive = sleepers
    dead.kill()
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
    found = set(processes.of_user(os.geteuid()))
    assert (dead.pid in found, alive.pid in found) == (False, True)
