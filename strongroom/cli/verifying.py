"""`strongroom scan --verify`: asks about what was found, and says on a terminal how far that is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from scanner.model import ScanResult
from scanner.rulebook.model import RuleBook
from scanner.verify.gate import Gate
from scanner.verify.hosts import read_hosts
from scanner.verify.reach import Reach
from strongroom.kernel.record import replace

_BETWEEN = 0.2


def verified(result: ScanResult, hosts: Sequence[str], book: RuleBook) -> ScanResult:
    """Return `result` with what providers say of its findings; `hosts` are those of `--verify-host`."""
    gate = Gate(book.by_id, Reach(read_hosts(hosts)))
    return replace(result, findings=gate.verified(result.findings, _heard() if sys.stderr.isatty() else None))


def _heard() -> Callable[[int, int], None]:
    next_line = 0.0

    def say(answered: int, of: int) -> None:
        nonlocal next_line
        now = time.monotonic()
        if now >= next_line or answered == of:
            next_line = now + _BETWEEN
            # Carriage return and "erase to the end of the line" (ECMA-48): what is written next takes its place.
            sys.stderr.write(f"verified {answered} of {of}\x1b[K\r")
            sys.stderr.flush()

    return say
