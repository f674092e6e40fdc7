"""What reports for other programs have in common: how our severities are said in theirs, and what a rule is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.model import Confidence, Finding, Severity, Verified
from scanner.reports.summary import fix_command, live, reaches, why
from scanner.rulebook.model import Rule
from strongroom.kernel.inert import inert
from strongroom.kernel.record import Record

TOOL_URI = "https://github.com/strongroom/strongroom"
ADVICE = "Move the value into the vault with `strongroom fix`, deploy, then rotate it: whoever read the code knows it."

_WEB = ("https://", "http://")


class ReportedRule(Record):
    """A rule as a report describes it, by its gravest finding where rule and findings differ."""

    id: str
    name: str
    description: str
    severity: Severity
    confidence: Confidence
    references: tuple[str, ...]


def reported_rules(findings: Iterable[Finding], rules: Iterable[Rule]) -> dict[str, ReportedRule]:
    """Return each rule that has a finding, once, by id; its description comes from `rules` where it is there."""
    known = {rule.id: rule for rule in rules}
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.rule_id, []).append(finding)
    return {rule_id: _reported(grouped[rule_id], known) for rule_id in sorted(grouped)}


def judgement(finding: Finding) -> str:
    """Return how grave and how sure a finding is, and whether it is live where its provider told."""
    told = [str(finding.verified)] if finding.verified in (Verified.ACTIVE, Verified.INACTIVE) else []
    return ", ".join([finding.severity.value, f"{finding.confidence} confidence", *told])


def explanation(finding: Finding) -> str:
    """Return in plain text why it is a finding, where the value goes, whether it is live, and how it is fixed."""
    flow, said = reaches(finding), live(finding)
    command = fix_command(finding)
    fix = f"Fix: {command} ({inert(finding.remediation.reason)})." if command else ""
    by_hand = "" if command else f"Fix by hand: {inert(finding.remediation.reason)}."
    verified = f"Verified: {said}." if said else ""
    parts = (f"Why: {why(finding)}.", f"It {flow}." if flow else "", verified, fix, by_hand)
    return " ".join(part for part in parts if part)


def _reported(found: list[Finding], known: Mapping[str, Rule]) -> ReportedRule:
    first = found[0]
    rule = known.get(first.rule_id)
    order = list(Severity)
    return ReportedRule(
        id=first.rule_id,
        name=first.rule_name,
        description=rule.description if rule else f"{first.rule_name}: whoever reads the code can use it.",
        severity=min((each.severity for each in found), key=order.index),
        confidence=max((each.confidence for each in found), key=lambda each: each.rank),
        references=tuple(each for each in rule.references if each.startswith(_WEB)) if rule else (),
    )
