"""What the tests of verification share: a clock that nobody waits for, questions, and findings to ask about."""

from __future__ import annotations

import threading

from scanner.model import (
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    Region,
    Remediation,
    Severity,
    Span,
    SuppressedBy,
    Surroundings,
)
from scanner.rulebook.model import Rule
from scanner.rulebook.verifier import Verifier
from scanner.rulebook.verifying import read_verifier
from scanner.verify.base import Question
from scanner.verify.hosts import read_hosts
from scanner.verify.pace import BUDGET, Clock, Pace
from scanner.verify.reach import Reach
from scanner.verify.wire import Limits, Transport
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.stub import Stub

NOON = 1_767_268_800.0
"""2026-01-01, 12:00 UTC."""
RULE = "acme-key"
BEARER = {"http": {"url": "https://api.acme.example/me", "headers": {"Authorization": "Bearer {value}"}}}


class SkippingClock(Clock):
    """Time passes only by waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._guard = threading.Lock()

    def now(self) -> float:
        """Return the seconds waited for so far."""
        return self._seconds

    def wall(self) -> float:
        """Return the time of day after them."""
        return NOON + self._seconds

    def wait(self, seconds: float) -> None:
        """Let `seconds` be over."""
        with self._guard:
            self._seconds += max(0.0, seconds)


def verifier(**changes: object) -> Verifier:
    """Return the verifier of a rule file that asks Acme with the value as a bearer, with `changes` of the request."""
    return read_verifier({"http": {**BEARER["http"], **changes}})


def question(value: str, made: Verifier | None = None, surroundings: Surroundings = ()) -> Question:
    """Return the question whether `value` is live."""
    return Question(rule_id=RULE, verifier=made or verifier(), value=SecretValue(value), surroundings=surroundings)


def near(**texts: str) -> Surroundings:
    """Return one thing of each name that stands near a value."""
    return tuple((name, (SecretValue(text),)) for name, text in texts.items())


def reach_to(
    stub: Stub | None = None, *hosts: str, clock: Clock | None = None, limits: Limits | None = None,
    budget: float = BUDGET,
) -> Reach:  # fmt: skip
    """Return a way out that asks `stub` in Acme's place, and may ask `hosts`."""
    allowed = read_hosts([*([f"acme={stub.place}"] if stub is not None else []), *hosts])
    pace = Pace(budget=budget, clock=clock or SkippingClock())
    return Reach(allowed, Transport(allowed, limits=limits), pace)


def rule(made: Verifier | None, rule_id: str = RULE) -> Rule:
    """Return a rule with a verifier."""
    return Rule(
        id=rule_id, name="Acme key", description="Calls Acme.", severity=Severity.HIGH, confidence=Confidence.HIGH,
        keywords=("acme",), pattern="(?P<value>acme)", verifier=made,
    )  # fmt: skip


def finding(
    value: str, *, line: int = 1, suppressed_by: SuppressedBy | None = None, surroundings: Surroundings = ()
) -> Finding:
    """Return `value` as found on a line."""
    return Finding(
        fingerprint=f"{line:032x}", secret_id="0" * 16, rule_id=RULE, rule_name="Acme key", severity=Severity.HIGH,
        confidence=Confidence.HIGH, path="app.py",
        region=Region(start_line=line, start_column=1, end_line=line, end_column=9),
        span=Span(start=line, end=line + 8), value=SecretValue(value), preview="...", binding="key",
        evidence=(Evidence(kind=EvidenceKind.PATTERN, detail="has the shape"),),
        remediation=Remediation(fixable=False, strategy="", reason=""),
        suppressed_by=suppressed_by, surroundings=surroundings,
    )  # fmt: skip
