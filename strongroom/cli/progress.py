"""A line on the terminal that says how far a long work is."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_PATIENCE = 1.0
_BETWEEN = 0.2


class Stages:
    """Says on a terminal what is being done; elsewhere nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shows = stream.isatty()

    def say(self, message: str) -> None:
        """Show what is being done now, in place of what was before."""
        if self._shows:
            self._stream.write(f"{message} …\x1b[K\r")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self._shows:
            self._stream.write("\x1b[K")
            self._stream.flush()


class Progress:
    """Counts what is done and shows the number from the second second on; the next thing written takes its place."""

    def __init__(self, stream: TextIO, done: str = "scanned", things: str = "files") -> None:
        """`done` says what has been done to how many `things`."""
        self._stream = stream
        self._done, self._things = done, things
        self._files = 0
        self._started = time.monotonic()
        self._next = self._started + _PATIENCE

    def heard(self, number: int) -> None:
        """Count so many more."""
        self._files += number
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _BETWEEN
            rate = self._files / (now - self._started)
            # Carriage return and "erase to the end of the line" (ECMA-48): what is written next takes its place.
            self._stream.write(f"{self._done} {self._files} {self._things}, {rate:.0f} a second\x1b[K\r")
            self._stream.flush()
