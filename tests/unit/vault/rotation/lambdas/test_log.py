"""What a function has written is in its log, however it ended, in the order that it was written in."""

from __future__ import annotations

import pytest

from tests.unit.vault.rotation.lambdas.conftest import invocation
from vault.rotation.lambdas.runner import Runner

CODE = """
import os, signal, sys

def handler(event, context):
    print("one")
    print("two", file=sys.stderr)
    print("three")
    """


@pytest.mark.parametrize("end", ["signal.pause()", "os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_what_was_printed_before_a_function_was_ended_is_in_its_log(runner: Runner, end: str) -> None:
    outcome = runner.run(invocation(CODE + end, timeout=5), "")
    assert outcome.failed
    assert b"\none\ntwo\nthree\nEND" in outcome.log.reveal()
