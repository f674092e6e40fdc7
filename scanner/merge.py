"""Candidates that share bytes are one credential: keeps the one that knows most, with the reasons of all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.decoding.piece import NOTEBOOK
from scanner.model import Candidate, Evidence, EvidenceKind, Span
from scanner.rulebook.model import RuleBook
from strongroom.kernel.record import replace

_VARIABLE = re.compile(rb"\$\{(?:[\w.\-]{1,80}:[^{}]{1,400}|(?P<quote>[\"'`])[^\"'`{}]{1,400}(?P=quote))\}")
"""A variable and what stands for it where it is not set, or a hole of a template with a text in it."""

_MOST_USES = 5
"""As many uses by the same call are told of one value."""


def merged(book: RuleBook, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates without overlaps, in order of their place.

    A rule that knows the shape beats one that knows the name; then the surer one wins, then the longer value.
    A password inside a longer known shape (a URL, a key file) yields to the shape, a variable to its own default.
    """
    groups: list[list[Candidate]] = []
    end = -1
    for candidate in sorted(candidates, key=lambda one: (one.span, one.rule_id)):
        if groups and candidate.span.start < end:
            groups[-1].append(candidate)
            end = max(end, candidate.span.end)
        else:
            groups.append([candidate])
            end = candidate.span.end
    return [_joined(book, group) for group in groups]


def beside(book: RuleBook, plain: list[Candidate], decoded: list[Candidate]) -> list[Candidate]:
    """Return what stands in a text as it is and what stands encoded in it, each credential once.

    A value known by its name only that turns out to encode known shapes is those, and a notebook's cell is what its
    author reads; other values that overlap are what they are in the text.
    """
    cells = [one for one in decoded if one.codecs[0].startswith(NOTEBOOK)]
    plain = [one for one in plain if not any(one.span.overlaps(cell.span) for cell in cells)]
    known = [one for one in decoded if not book.by_id[one.rule_id].generic]
    left = [
        one
        for one in plain
        if not (book.by_id[one.rule_id].generic and any(one.span.contains(other.span) for other in known))
    ]
    further = [one for one in decoded if not any(one.span.overlaps(other.span) for other in left)]
    return [*left, *further]


def placed(candidate: Candidate, span: Span, codecs: tuple[str, ...]) -> Candidate:
    """Return a candidate of a decoded text as one of the text that encodes it at `span`."""
    how = Evidence(kind=EvidenceKind.DECODED, detail=f"decoded from {', '.join(codecs)}")
    return replace(candidate, span=span, codecs=codecs, strategy="", evidence=(*candidate.evidence, how))


def _joined(book: RuleBook, group: list[Candidate]) -> Candidate:
    if len(group) == 1:
        return group[0]
    inner = [one for one in group if not _VARIABLE.fullmatch(one.value.reveal())]
    group = _without_wholes(book, inner or group)
    best = max(group, key=lambda one: _knowledge(book, one))
    same = [one for one in group if one is not best and one.span == best.span]
    evidence = list(best.evidence)
    for other in same:
        evidence.extend(reason for reason in other.evidence if not _known(reason, evidence))
    confidence = max((one.confidence for one in (best, *same)), key=lambda level: level.rank)
    return replace(
        best,
        evidence=tuple(evidence),
        confidence=confidence,
        binding=best.binding or next((one.binding for one in same if one.binding), ""),
        rotator=best.rotator or next((one.rotator for one in same if one.rotator), None),
        parts=tuple(sorted({part for one in group for part in one.parts})),
    )


def _without_wholes(book: RuleBook, group: list[Candidate]) -> list[Candidate]:
    """Leave out what only a common word speaks for, such as `AUTH`, where it ends in what is known as a credential."""
    told = [one.span for one in group if not book.by_id[one.rule_id].weak]
    return [
        one
        for one in group
        if not book.by_id[one.rule_id].weak
        or not any(one.span.start < part.start and one.span.end == part.end for part in told)
    ]


def _known(reason: Evidence, reasons: Iterable[Evidence]) -> bool:
    # A credential is measured once, even where a part of it was taken for the whole.
    # One call that is reached at several places of the literal's own file is told for each, up to a few.
    held = [one for one in reasons if one.kind is reason.kind]
    if reason.kind is EvidenceKind.ENTROPY:
        return bool(held)
    again = [one for one in held if one.detail == reason.detail]
    if len({step.path for step in reason.flow}) != 1:
        return bool(again)
    return len(again) >= _MOST_USES or any(one.flow == reason.flow for one in again)


def _knowledge(book: RuleBook, candidate: Candidate) -> tuple[bool, int, bool, bool, bool, int]:
    rule = book.by_id[candidate.rule_id]
    sunk = any(one.kind is EvidenceKind.SINK for one in candidate.evidence)
    parsed = bool(candidate.strategy) and candidate.strategy != "comment"
    # A literal that is used as it stands can be rewritten, whatever else is made of it.
    verbatim = sunk and parsed and candidate.strategy not in ("assembled", "computed", "octets")
    level = candidate.confidence.rank
    return (not rule.generic, level, sunk and rule.layout is not None, parsed, verbatim, len(candidate.value))
