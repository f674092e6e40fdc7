"""`strongroom scan --verify`: asks about what was found, and says on a terminal how far that is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from scanner.model import ScanResult
from scanner.rulebook.model import RuleBook
from scanner.verify.gate import Gate
from scanner.verify.hosts import Hosts, read_hosts
from scanner.verify.reach import Reach
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace

_BETWEEN = 0.2


def verified(result: ScanResult, hosts: Sequence[str], book: RuleBook) -> ScanResult:
    """Return `result` with what providers say of its findings; `hosts` are those of `--verify-host`.

    Raises `UsageError` for a provider of which there is no rule: what was meant for a host of one's own would go out.
    """
    allowed = read_hosts(hosts)
    _check_providers(allowed, book)
    gate = Gate(book.by_id, Reach(allowed))
    return replace(result, findings=gate.verified(result.findings, _heard() if sys.stderr.isatty() else None))


def _check_providers(allowed: Hosts, book: RuleBook) -> None:
    for provider, _ in allowed.instead:
        if not any(f"{rule_id}-".startswith(f"{provider}-") for rule_id in book.by_id):
            raise UsageError(
                f"--verify-host {provider}=...: no rule is called so", hint="`strongroom rules list` names them"
            )


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
