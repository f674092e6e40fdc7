"""Feeds a process, and takes what it writes, bounded and until it has ended or its time is over, whichever is first."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue

_PIECE = 64 * 1024
_LOG_BYTES = 4096
_RESULT_BYTES = 16 * 1024 * 1024
"""An answer of Lambda's largest, each character of it escaped."""
_PAUSE = 0.005
_LOOK = 0.5
"""Seconds after which a process is looked at that has closed nothing: what it has left behind may hold its pipes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pumped:
    """What came of a process."""

    result: bytes
    log: SecretValue
    """The last of it."""
    late: bool
    """Whether time was over first."""


def pump(process: subprocess.Popen[bytes], given: bytes, outcome: int, *, deadline: float) -> Pumped:
    """Write `given` to a process, read its log and what comes from the descriptor `outcome`; return both."""
    assert process.stdin is not None  # noqa: S101 - it was started with pipes
    assert process.stdout is not None  # noqa: S101 - as well
    feed = process.stdin.fileno()
    pumping = _Pumping(feed, process.stdout.fileno(), outcome, given)
    with selectors.DefaultSelector() as selector:
        pumping.begin(selector)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(min(left, _LOOK)):
                if not pumping.step(key.fd):
                    selector.unregister(key.fd)
                    if key.fd == feed:
                        process.stdin.close()
            if has_ended(process):
                pumping.drain()
                break
    late = not has_ended(process, by=deadline)
    return Pumped(result=bytes(pumping.result), log=SecretValue(bytes(pumping.log)), late=late)


def has_ended(process: subprocess.Popen[bytes], *, by: float = 0.0) -> bool:
    """Tell whether a process has ended, or does so until a time; its number stays its own, as it is not waited for."""
    while not _ended(process):
        if time.monotonic() >= by:
            return False
        time.sleep(_PAUSE)
    return True


def _ended(process: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):
        # macOS has it from Python 3.13 on.
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


class _Pumping:
    """The pipes of one process."""

    def __init__(self, feed: int, log: int, outcome: int, given: bytes) -> None:
        self._feed, self._log, self._outcome = feed, log, outcome
        self._given = memoryview(given)
        self.result = bytearray()
        self.log = bytearray()
        self.open = {log, outcome}

    def begin(self, selector: selectors.BaseSelector) -> None:
        for descriptor in (self._feed, self._log, self._outcome):
            os.set_blocking(descriptor, False)
        selector.register(self._feed, selectors.EVENT_WRITE)
        selector.register(self._log, selectors.EVENT_READ)
        selector.register(self._outcome, selectors.EVENT_READ)

    def step(self, descriptor: int) -> bool:
        """Do what a pipe is ready for, and tell whether there is more to do."""
        if descriptor != self._feed:
            return self._read(descriptor)
        with suppress(BlockingIOError):
            try:
                self._given = self._given[os.write(self._feed, self._given[:_PIECE]) :]
            except BrokenPipeError:
                return False
        return bool(self._given)

    def drain(self) -> None:
        """Read what stands in the pipes of a process that has ended; nobody may wait for more."""
        for descriptor in tuple(self.open):
            while descriptor in self.open and self._read(descriptor, patient=False):
                pass

    def _read(self, descriptor: int, *, patient: bool = True) -> bool:
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return patient
        if not piece:
            self.open.discard(descriptor)
            return False
        if descriptor == self._log:
            self.log += piece
            del self.log[:-_LOG_BYTES]
        elif len(self.result) <= _RESULT_BYTES:
            self.result += piece
        return True
