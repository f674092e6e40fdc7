"""How sure the classifier makes us of a candidate that only a name speaks for."""

from __future__ import annotations

from scanner.classifier.features import features
from scanner.classifier.trees import model
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind
from scanner.rulebook.model import Rule
from strongroom.kernel.record import replace


def classified(candidate: Candidate, rule: Rule, path: str, lines: LineIndex) -> Candidate:
    """Return `candidate` with the classifier's confidence and its score as evidence."""
    values = features(candidate, rule, path, lines)
    score = model().score(values)
    reason = Evidence(kind=EvidenceKind.CLASSIFIER, detail=f"{score:.2f} of 1")
    return replace(
        candidate, confidence=_floored(_level(score), candidate, rule, values), evidence=(*candidate.evidence, reason)
    )


def surest(candidate: Candidate, rule: Rule, lines: LineIndex) -> Confidence:
    """Return the most that the classifier could say of `candidate` in any file, whatever the other lines are."""
    level = _level(model().greatest(features(candidate, rule, "", lines)))
    return _floored(level, candidate, rule, {"path_test": 0.0, "path_prose": 0.0})


def _floored(level: Confidence, candidate: Candidate, rule: Rule, values: dict[str, float]) -> Confidence:
    """Return at least medium where a credential's own name is bound to a drawn value outside tests and texts.

    There the labelled repositories hold too little to learn from.
    """
    drawn = candidate.confidence is Confidence.HIGH and not rule.weak
    plain = not values["path_test"] and not values["path_prose"]
    return max(level, Confidence.MEDIUM, key=lambda one: one.rank) if drawn and plain else level


def _level(score: float) -> Confidence:
    known = model()
    if score >= known.high:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= known.medium else Confidence.LOW
