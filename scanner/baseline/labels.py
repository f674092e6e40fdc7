"""What people found findings to be, counted by rule: how often a rule is right, as far as anybody looked."""

from __future__ import annotations

from scanner.baseline.model import Entry, Label
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class RuleLabels(Record):
    """How many findings of one rule were called credentials, and how many none."""

    rule_id: str
    true: int = 0
    false: int = 0

    @property
    def precision(self) -> float | None:
        """Return the part that were credentials, from 0 to 1; None where nobody looked at one."""
        return self.true / (self.true + self.false) if self.true + self.false else None


class Precision(Record):
    """The labels of all rules, those with the most first."""

    by_rule: tuple[RuleLabels, ...] = ()

    @property
    def true(self) -> int:
        """Return how many findings were called credentials."""
        return sum(rule.true for rule in self.by_rule)

    @property
    def false(self) -> int:
        """Return how many were called none."""
        return sum(rule.false for rule in self.by_rule)

    @property
    def precision(self) -> float | None:
        """Return the part of all labelled findings that were credentials, from 0 to 1; None without labels."""
        return RuleLabels(rule_id="", true=self.true, false=self.false).precision

    def record(self) -> dict[str, Any]:
        """Return it as JSON data."""
        rules = [{"rule_id": one.rule_id, "true": one.true, "false": one.false} for one in self.by_rule]
        labelled = self.true + self.false
        return {
            "labelled": labelled,
            "true": self.true,
            "false": self.false,
            "precision": self.precision,
            "by_rule": rules,
        }


def precision(entries: Iterable[Entry]) -> Precision:
    """Return what the labels of `entries` say, expired ones too; entries without a label say nothing."""
    counted: dict[str, dict[Label, int]] = {}
    for entry in entries:
        if entry.label is not None:
            of_rule = counted.setdefault(entry.rule_id, dict.fromkeys(Label, 0))
            of_rule[entry.label] += 1
    rules = [
        RuleLabels(rule_id=rule, true=labels[Label.TRUE], false=labels[Label.FALSE]) for rule, labels in counted.items()
    ]
    return Precision(by_rule=tuple(sorted(rules, key=lambda rule: (-rule.true - rule.false, rule.rule_id))))
