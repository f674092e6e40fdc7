"""How far an audit is, on a terminal: repositories done, how many failed, what was found, and what is left."""

from __future__ import annotations

import time
from typing import TextIO

from scanner.audit.database.audits import Begun
from scanner.audit.model import Outcome, Task

_PATIENCE = 1.0
_BETWEEN = 0.2


class AuditProgress:
    """A line on a terminal from the second second on; elsewhere only what failed is told, as it fails."""

    def __init__(self, stream: TextIO, begun: Begun) -> None:
        self._stream = stream
        self._shows = stream.isatty()
        self._total = begun.total
        self._done = 0
        self._failed = 0
        self._findings = 0
        self._started = time.monotonic()
        self._next = self._started + _PATIENCE

    def heard(self, task: Task, outcome: Outcome) -> None:
        """Count a repository that is done."""
        self._done += 1
        self._findings += len(outcome.get("findings", ()))
        if "failed" in outcome:
            self._failed += 1
            self._clear()
            self._stream.write(f"warning: {task.repository.name}: {outcome['failed']}\n")

    def tick(self, running: int) -> None:
        """Show where things stand."""
        now = time.monotonic()
        if not self._shows or now < self._next:
            return
        self._next = now + _BETWEEN
        rate = self._done / (now - self._started)
        left = f", about {(self._total - self._done) / rate:.0f} s left" if self._done > 1 else ""
        failed = f", {self._failed} failed" if self._failed else ""
        self._stream.write(
            f"audited {self._done} of {self._total} repositories, {running} under way{failed}, "
            f"{self._findings} findings{left}\x1b[K\r"
        )
        self._stream.flush()

    def interrupted(self) -> None:
        """Say what is done, and how the rest is."""
        self._clear()
        done = f"{self._done} of {self._total} repositories were audited in this run and are kept"
        self._stream.write(f"{done}; go on: strongroom audit --resume\n")

    def done(self) -> None:
        """Take the line away."""
        self._clear()

    def _clear(self) -> None:
        if self._shows:
            self._stream.write("\x1b[K")
            self._stream.flush()
