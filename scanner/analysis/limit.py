"""A limit to the processor time that one file may take, for what no count of steps has foreseen."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class TooLongError(Exception):
    """A file took more time than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TooLongError` in what runs under this after so many seconds of processor time.

    Only a process's first thread can be interrupted, and only where the system counts (not on Windows); elsewhere the
    counts of steps have to do.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TooLongError
