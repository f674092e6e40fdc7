"""`strongroom` at a terminal of its own, typed at by a test."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.testing.server import command_line

_PATIENCE = 60


class Terminal:
    """One command at a terminal."""

    def __init__(self, top: Path, *words: str, environment: Mapping[str, str]) -> None:
        self._ours, self._theirs = pty.openpty()
        self.before = self.settings()
        self._process = subprocess.Popen(
            command_line(*words), cwd=top, env=dict(environment), stdin=self._theirs, stdout=self._theirs,
            stderr=self._theirs, start_new_session=True,
        )  # fmt: skip
        self.shown = ""
        self._read = 0

    def settings(self) -> list[Any]:
        """Return what the terminal is set to."""
        return termios.tcgetattr(self._theirs)

    def until(self, text: str) -> None:
        """Read on until `text` is shown; it may have come with what was waited for before."""
        while (place := self.shown.find(text, self._read)) < 0:
            self.shown += self._next(f"waited in vain for {text!r} after {self.shown[-2000:]!r}")
        self._read = place + len(text)

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self._ours, text.encode() + b"\n")

    def presses(self, key: str) -> None:
        """Press a key."""
        os.write(self._ours, key.encode())

    def interrupts(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send what Ctrl-C sends, or another signal, once the process waits: before, it is noticed later only."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "S":
            pass
        self._process.send_signal(number)

    def status(self) -> int:
        """Return the exit status, all output read, and the terminal as it was left in `after`."""
        while self._process.poll() is None or select.select([self._ours], [], [], 0)[0]:
            if select.select([self._ours], [], [], 0.05)[0]:
                self.shown += os.read(self._ours, 4096).decode("utf-8", "replace")
        self.after = self.settings()
        os.close(self._theirs)
        os.close(self._ours)
        return self._process.wait(timeout=_PATIENCE)

    def _next(self, failure: str) -> str:
        """Return what is shown next; what never comes fails the test and does not hold it up."""
        deadline = time.monotonic() + _PATIENCE
        while not select.select([self._ours], [], [], 0.2)[0]:
            assert self._process.poll() is None, failure
            assert time.monotonic() < deadline, failure
        return os.read(self._ours, 4096).decode("utf-8", "replace")
