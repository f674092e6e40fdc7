"""Where a review stands: which finding is looked at, and what was decided of which. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scanner.baseline.changes import Decision
from scanner.baseline.model import Label
from scanner.model import Finding, Severity, Verified


class Verdict(StrEnum):
    """What a person says of a finding."""

    ACCEPT = "accept"
    NONE = "none"
    """It is no credential."""
    FIX = "fix"


class Scope(StrEnum):
    """What findings may have in common."""

    RULE = "rule"
    FILE = "file"
    VALUE = "value"


_SAME: Mapping[Scope, Callable[[Finding, Finding], bool]] = {
    Scope.RULE: lambda one, other: one.rule_id == other.rule_id,
    Scope.FILE: lambda one, other: one.path == other.path,
    Scope.VALUE: lambda one, other: one.value == other.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided of one finding."""

    verdict: Verdict
    reason: str = ""
    expires: str = ""

    def of(self, finding: Finding) -> Decision:
        """Return it as a change of a baseline: what is to be fixed stays open, and is labelled."""
        labels = {Verdict.ACCEPT: None, Verdict.NONE: Label.FALSE, Verdict.FIX: Label.TRUE}
        return Decision(
            finding=finding,
            accepts=self.verdict is not Verdict.FIX,
            label=labels[self.verdict],
            reason=self.reason,
            expires=self.expires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The findings in the order they are shown, the one that is looked at, and what was decided."""

    findings: Sequence[Finding]
    number: int = 0
    """From 0; as large as there are findings once all were seen."""
    chosen: Mapping[int, Choice] = field(default_factory=dict)

    @property
    def at_end(self) -> bool:
        """Tell whether all were seen."""
        return self.number >= len(self.findings)

    @property
    def current(self) -> Finding:
        """Return the finding that is looked at."""
        return self.findings[self.number]

    def decisions(self) -> list[Decision]:
        """Return what was decided, in the order of the findings."""
        return [choice.of(self.findings[number]) for number, choice in sorted(self.chosen.items())]

    def with_verdict(self, verdict: Verdict) -> list[Finding]:
        """Return the findings of which this was decided."""
        return [self.findings[number] for number, choice in sorted(self.chosen.items()) if choice.verdict is verdict]

    def decided(self, numbers: Iterable[int], choice: Choice) -> State:
        """Return what follows once `choice` was made of the findings of these numbers: the next one."""
        return replace(self, chosen={**self.chosen, **dict.fromkeys(numbers, choice)})._onward()

    def skipped(self) -> State:
        """Return what follows with the finding left as it is."""
        return replace(self, number=self.number + 1)

    def back(self) -> State:
        """Return what follows one finding back."""
        return replace(self, number=max(0, self.number - 1))

    def at_next_rule(self) -> State:
        """Return what follows at the next undecided finding of another rule; the end where there is none."""
        here = self.current.rule_id
        return replace(self, number=self._first(self.number, lambda found: found.rule_id != here))

    def alike(self, scope: Scope) -> list[int]:
        """Return the numbers of the undecided findings that share this with the one looked at, itself among them."""
        same = _SAME[scope]
        alike = (number for number, found in enumerate(self.findings) if same(found, self.current))
        return [number for number in alike if number == self.number or number not in self.chosen]

    def _onward(self) -> State:
        return replace(self, number=self._first(self.number + 1, lambda _: True))

    def _first(self, start: int, wanted: Callable[[Finding], bool]) -> int:
        numbers = range(start, len(self.findings))
        fitting = (number for number in numbers if number not in self.chosen and wanted(self.findings[number]))
        return next(fitting, len(self.findings))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings as they are reviewed: what is live, then the worst and surest; rule by rule, file by file."""
    levels = list(Severity)

    def place(found: Finding) -> tuple[object, ...]:
        worst = (found.verified is not Verified.ACTIVE, levels.index(found.severity), -found.confidence.rank)
        return (*worst, found.rule_id, found.path, found.span)

    return sorted(findings, key=place)
