"""Complaints about the store in the server's log: at once, and then seldom, however many requests meet the same."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

SECONDS = 10.0
_MOST = 64
_log = logging.getLogger("strongroom.store")


class Complaints:
    """Writes each complaint at most once in `SECONDS`, with how often it was heard meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, tuple[float, int]] = {}
        self._guard = threading.Lock()

    def hear(self, text: str) -> None:
        """Write `text`, which holds no value, unless that was done just now."""
        with self._guard:
            now = self._clock()
            written, more = self._heard.get(text, (-SECONDS, 0))
            if now - written < SECONDS:
                self._heard[text] = (written, more + 1)
                return
            if len(self._heard) >= _MOST:
                self._heard.clear()
            self._heard[text] = (now, 0)
        _log.error("%s%s", text, f" ({more} more requests met this)" if more else "")
