"""Kills a process at one of its calls, by number: before and after whatever it asks of Python, a disk or a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.testing.server import plain_environment

KILLED = -9

DIE_AT = """
import os, signal, sys

class Calls:
    # Counts calls and returns from where the function `begin` is called, and dies at the one of number `last`.
    def __init__(self, last, begin=""):
        self.seen, self.last, self.begin = 0, last, begin
        sys.setprofile(self)
    def __call__(self, frame, event, argument):
        if self.begin and frame.f_code.co_name != self.begin:
            return
        self.begin = ""
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
"""
"""Source of what counts and kills, for a program of its own."""

_COMMAND = f"""{DIE_AT}
import atexit
calls = Calls(int(sys.argv[1]), sys.argv[2])
atexit.register(lambda: (sys.setprofile(None), sys.stderr.write("\\n%d" % calls.seen)))
sys.argv[:3] = ["strongroom"]
from strongroom.entry import main
main()
"""
_NEVER = 0


def calls_of(begin: str, *arguments: str) -> int:
    """Run a command line to its end; return how many calls and returns it makes from the function `begin` on."""
    done = _run(_NEVER, begin, arguments)
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rpartition("\n")[2])


def cut_off(last: int, begin: str, *arguments: str) -> None:
    """Run a command line that is killed at the call of number `last` from the function `begin` on."""
    assert _run(last, begin, arguments).returncode == KILLED


def _run(last: int, begin: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _COMMAND, str(last), begin, *arguments],
        cwd=Path(__file__).parents[2], env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
