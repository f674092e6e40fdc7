"""A line on the terminal that says how far a scan is, from its second second on."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_PATIENCE = 1.0
_BETWEEN = 0.2


class Progress:
    """Counts files and shows the number now and then; the line is gone when the next thing is written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._files = 0
        self._started = time.monotonic()
        self._next = self._started + _PATIENCE

    def heard(self, number: int) -> None:
        """Count `number` more files."""
        self._files += number
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _BETWEEN
            rate = self._files / (now - self._started)
            # Carriage return and "erase to the end of the line" (ECMA-48): what is written next takes its place.
            self._stream.write(f"scanned {self._files} files, {rate:.0f} a second\x1b[K\r")
            self._stream.flush()
