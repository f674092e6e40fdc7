"""Processes that end together: with whoever started this one, and with this one all that came of it.

Source: Linux manual pages, prctl(2), PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER; elsewhere than on Linux the group of
processes that whoever started this one ends is all there is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_NONE_ENDED = (0, 0)
_ENDED = "ZX"
_PAUSE = 0.001


def end_with(parent: int) -> None:
    """Be told to end when the process `parent`, which has started this one, ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def adopt() -> None:
    """Become the parent of what this process's descendants leave behind."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def wait_for(child: int) -> int:
    """Return the exit status of a child, 128 and more for a signal, as a shell has it."""
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def end_all() -> None:
    """End all children, and those that become children then, until there are none."""
    while True:
        for child in _children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        if _childless():
            return
        time.sleep(_PAUSE)


def _childless() -> bool:
    """Forget the children that have ended, and tell whether none is left; it waits for none."""
    try:
        while os.waitpid(-1, os.WNOHANG) != _NONE_ENDED:
            pass
    except ChildProcessError:
        return True
    return False


def of_user(user: int) -> Iterator[int]:
    """Yield the processes that run as a user, without those that have ended and wait for their parents to notice."""
    for place in _all():
        with suppress(OSError, IndexError):
            if place.stat().st_uid == user and _facts(place)[0] not in _ENDED:
                yield int(place.name)


def _children() -> Iterator[int]:
    own = str(os.getpid())
    for place in _all():
        with suppress(OSError, IndexError):
            if _facts(place)[1] == own:
                yield int(place.name)


def _facts(place: Path) -> list[str]:
    """Return what the kernel tells of a process behind its name in parentheses, which may hold anything.

    Its state comes first, its parent second: manual page proc_pid_stat(5).
    """
    return (place / "stat").read_text().rpartition(")")[2].split()


def _all() -> Iterator[Path]:
    with suppress(OSError):
        yield from (place for place in Path("/proc").iterdir() if place.name.isdigit())


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
