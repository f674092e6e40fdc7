"""How sure the classifier makes us of a candidate that only a name speaks for."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.classifier.features import features, looks_drawn
from scanner.classifier.things import names_a_thing
from scanner.classifier.trees import model
from scanner.detectors.entropy import chosen, drawn_hex, shuffled, varied
from scanner.filters.base import Verdict
from scanner.filters.basic import without_user
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind
from scanner.rulebook.model import Rule, ValueKind
from strongroom.kernel.record import Record, replace


class Weighed(Record):
    """What the classifier says of a candidate: how sure, None where it sees no credential, and why no surer."""

    score: float
    level: Confidence | None
    why: str


def classified(candidate: Candidate, weighed: Weighed) -> Candidate:
    """Return `candidate` with the classifier's score as evidence, before what tells how the text was decoded."""
    reason = Evidence(kind=EvidenceKind.CLASSIFIER, detail=f"the classifier gives it {weighed.score:.2f} of 1")
    read = [one for one in candidate.evidence if one.kind is EvidenceKind.DECODED]
    seen = [one for one in candidate.evidence if one.kind is not EvidenceKind.DECODED]
    return replace(candidate, evidence=(*seen, reason, *read))


def weighed(
    candidate: Candidate, rule: Rule, path: str, lines: LineIndex, verdicts: Sequence[Verdict], *, used: bool = False
) -> Weighed:
    """Return what the classifier says of `candidate`, found by `rule` in the file `path`, below the filters' ceilings.

    `used` tells whether the value is seen to reach a call or comparison that takes a credential.
    """
    return _weighed(model().score(features(candidate, rule, path, lines)), candidate, rule, verdicts, used=used)


def most(candidate: Candidate, rule: Rule, verdicts: Sequence[Verdict], *, used: bool) -> tuple[Confidence, str]:
    """Return the most that could be said of `candidate` whatever its score, and why no more: most need no score."""
    if not used and _low(candidate):
        return Confidence.LOW, "weak evidence"
    level, why = Confidence.HIGH, ""
    for verdict in verdicts:
        if verdict.ceiling is not None and not (verdict.yields and _token(candidate, rule)):
            level, why = _under(level, why, verdict.ceiling, verdict.reason)
    return level, why


def surest(candidate: Candidate, rule: Rule, lines: LineIndex, verdicts: Sequence[Verdict]) -> Confidence | None:
    """Return the most that the classifier could say of `candidate` in any file, whatever the other lines are."""
    return _weighed(model().greatest(features(candidate, rule, "", lines)), candidate, rule, verdicts).level


def _weighed(
    score: float, candidate: Candidate, rule: Rule, verdicts: Sequence[Verdict], *, used: bool = False
) -> Weighed:
    level, why = _level(score), "the classifier doubts it"
    if _whatever_the_score(candidate, rule):
        level = max(level or Confidence.LOW, Confidence.MEDIUM, key=_rank)
    if used:
        level = max(level or Confidence.LOW, candidate.confidence, key=_rank)
    elif level is not None and (_low(candidate) or (rule.weak and score < model().high)):
        level, why = Confidence.LOW, "weak evidence"
    sure = score >= model().medium and _token(candidate, rule)
    for verdict in verdicts:
        if level is not None and verdict.ceiling is not None and not (verdict.yields and sure):
            level, why = _under(level, why, verdict.ceiling, verdict.reason)
    return Weighed(score=score, level=level, why=why)


def _under(level: Confidence, why: str, ceiling: Confidence, reason: str) -> tuple[Confidence, str]:
    return (ceiling, reason) if ceiling.rank < level.rank else (level, why)


def _whatever_the_score(candidate: Candidate, rule: Rule) -> bool:
    """Tell whether the value's looks outweigh any doubt: the labels hold too little of ordinary configuration.

    There drawn values may have a score of 0.03, no more than names of classes have, so no score parts the two.
    """
    if rule.weak or not (candidate.confidence is Confidence.HIGH or (_varies(candidate, rule) and not _low(candidate))):
        return False
    return not names_a_thing(candidate.value.reveal().decode("utf-8", "replace"))


def _drawn(candidate: Candidate, rule: Rule) -> bool:
    """Tell whether the value looks drawn, under a name that is a credential's and nothing else's."""
    return not rule.weak and looks_drawn(without_user(candidate.value.reveal()).decode("utf-8", "replace"))


def _varies(candidate: Candidate, rule: Rule) -> bool:
    """Tell whether the value looks drawn, or of a password's letters, digits and signs, or so for its length."""
    value = without_user(candidate.value.reveal()).decode("utf-8", "replace")
    return _drawn(candidate, rule) or varied(value) or shuffled(value) or chosen(value) or drawn_hex(value)


def _token(candidate: Candidate, rule: Rule) -> bool:
    """Tell whether the value is a token's and looks drawn: passwords in tests are made up, even the odd ones."""
    value = candidate.value.reveal()
    return rule.value_kind is ValueKind.TOKEN and without_user(value) == value and _drawn(candidate, rule)


def _low(candidate: Candidate) -> bool:
    return candidate.confidence is Confidence.LOW


def _rank(level: Confidence) -> int:
    return level.rank


def _level(score: float) -> Confidence | None:
    known = model()
    if score >= known.medium:
        return Confidence.HIGH if score >= known.high else Confidence.MEDIUM
    return Confidence.LOW if score >= known.low else None
