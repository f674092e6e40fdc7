"""How fast hosts are asked, and for how long in all: nobody is hammered, and no scan waits for ever."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from email.utils import parsedate_to_datetime

from scanner.verify.base import Unreachable

BUDGET = 300.0
"""Seconds after which nothing more is asked."""
MOST_PATIENCE = 30.0
"""Seconds that a host may ask us to wait for, and be waited for."""


class Clock:
    """The time, and waiting for it, until somebody stops the waiting."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        """Return seconds from some moment on."""
        return time.monotonic()

    def wall(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or once stopped."""
        self._stopped.wait(seconds)

    def stop(self) -> None:
        """Let all who wait return at once."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Tell whether the waiting was stopped."""
        return self._stopped.is_set()


class Pace:
    """Gives turns: to one host so many a second, to all of them together for `budget` seconds."""

    def __init__(self, *, budget: float = BUDGET, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._budget = budget
        self._deadline = self.clock.now() + budget
        self._next: dict[str, float] = defaultdict(float)
        self._queues: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def turn(self, host: str, rate: float) -> None:
        """Return when `host` may be asked again. Raises `Unreachable` when there is no time left for that."""
        with self._queue(host):
            while (left := self._left(host)) > 0:
                self.clock.wait(left)
                self._check()
            self._check()
            with self._guard:
                self._next[host] = self.clock.now() + 1 / rate

    def hold(self, host: str, seconds: float) -> bool:
        """Let nobody ask `host` for so many seconds; tell whether it is worth waiting for."""
        until = self.clock.now() + seconds
        if seconds > MOST_PATIENCE or until > self._deadline:
            return False
        with self._guard:
            self._next[host] = max(self._next[host], until)
        return True

    @property
    def spent(self) -> bool:
        """Tell whether the time is used up."""
        return self.clock.stopped or self.clock.now() >= self._deadline

    def out_of_time(self) -> Unreachable:
        """Return what is to be said of whatever was not asked."""
        return Unreachable(f"not asked: the {self._budget:.0f} s for all questions were used up")

    def _queue(self, host: str) -> threading.Lock:
        with self._guard:
            return self._queues[host]

    def _left(self, host: str) -> float:
        with self._guard:
            until = self._next[host]
        if until > self._deadline:
            raise self.out_of_time()
        return until - self.clock.now()

    def _check(self) -> None:
        if self.spent:
            raise self.out_of_time()


def seconds_of(retry_after: str, wall: float) -> float | None:
    """Return for how long a `Retry-After` header (RFC 9110, section 10.2.3) asks; None where it cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall)
    except (ValueError, TypeError, OverflowError):
        return None
