"""A call ends with all that it has left behind, however much that is and however it tries to stay."""

from __future__ import annotations

from tests.unit.vault.rotation.lambdas.conftest import Run

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
