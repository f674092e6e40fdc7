"""What speaks for or against a candidate besides its shape: the other half of its pair, and what its format checks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from scanner.checks.named import check
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind
from scanner.rulebook.model import Rule, RuleBook
from strongroom.kernel.record import replace

NEAR = 12
"""Lines between the halves of a pair: a block of configuration, not a whole file."""


def paired(book: RuleBook, lines: LineIndex, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates, each half of a pair saying where its other half stands, or as sure as it is alone."""
    if not any(book.by_id[one.rule_id].depends_on for one in candidates):
        return list(candidates)
    places = _places(lines, candidates)
    return [_paired(book.by_id[one.rule_id], one, lines, places) for one in candidates]


def checked(book: RuleBook, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with what the check that their rule names says of the value.

    Who passes is as sure as can be, unless something made it less sure than its rule; who fails is not surer than
    medium, as whoever makes a token up for a test seldom computes its checksum, and low where it cannot be one.
    """
    return [_checked(book.by_id[one.rule_id], one) for one in candidates]


def _places(lines: LineIndex, candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    """Return the lines on which candidates of each rule stand, in order."""
    places: dict[str, list[int]] = {}
    for one in sorted(candidates, key=lambda one: one.span):
        places.setdefault(one.rule_id, []).append(lines.number(one.span.start))
    return places


def _paired(rule: Rule, one: Candidate, lines: LineIndex, places: dict[str, list[int]]) -> Candidate:
    if not rule.depends_on:
        return one
    number = lines.number(one.span.start)
    for partner in rule.depends_on:
        near = _nearest(places.get(partner, ()), number)
        if near is not None and abs(near - number) <= NEAR:
            beside = Evidence(kind=EvidenceKind.PAIR, detail=f"pair: {partner} stands on line {near}")
            return replace(one, evidence=(*one.evidence, beside))
    if rule.alone is None or rule.alone.rank >= one.confidence.rank:
        return one
    missing = Evidence(kind=EvidenceKind.PAIR, detail=f"pair: no {' or '.join(rule.depends_on)} stands near")
    return replace(one, confidence=rule.alone, evidence=(*one.evidence, missing))


def _nearest(numbers: Sequence[int], number: int) -> int | None:
    after = bisect_left(numbers, number)
    around = numbers[max(after - 1, 0) : after + 1]
    return min(around, key=lambda one: abs(one - number), default=None)


def _checked(rule: Rule, one: Candidate) -> Candidate:
    outcome = check(rule.check, one.value.reveal()) if rule.check else None
    if outcome is None:
        return one
    confidence = one.confidence
    if not outcome.holds:
        most = Confidence.LOW if outcome.decisive else Confidence.MEDIUM
        confidence = min(confidence, most, key=lambda level: level.rank)
    elif confidence.rank >= rule.confidence.rank:
        confidence = Confidence.HIGH
    said = Evidence(kind=EvidenceKind.CHECK, detail=f"check {rule.check}: {outcome.detail}")
    return replace(one, confidence=confidence, evidence=(*one.evidence, said))
