"""What was seen in a program that holds something, as it is kept for the next scan: all but the values.

A value is read again from the file, where it has to stand as it is; a program with a value that does not is followed
anew each time.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable

from scanner.model import Candidate, Confidence, Evidence, EvidenceKind, FlowStep, Span
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Text = Callable[[str], bytes | None]


class Recalled(Record):
    """What a program holds, what it leads to in other files (each with its path), and what was said of it."""

    candidates: tuple[Candidate, ...]
    elsewhere: tuple[tuple[str, Candidate], ...] = ()
    messages: tuple[str, ...] = ()

    def paths(self) -> frozenset[str]:
        """Return the files that are spoken of."""
        seen = (*self.candidates, *(one for _, one in self.elsewhere))
        steps = (step.path for one in seen for evidence in one.evidence for step in evidence.flow)
        return frozenset({*steps, *(path for path, _ in self.elsewhere)})


def packed(recalled: Recalled, data: bytes, text: Text) -> bytes | None:
    """Return `recalled` of the program `data` for keeping; None where a value does not stand in its file as it is.

    `text` gives other files by their paths.
    """
    here = [_plain(one, data) for one in recalled.candidates]
    others = [(path, _plain(one, text(path) or b"")) for path, one in recalled.elsewhere]
    if None in here or any(one is None for _, one in others):
        return None
    return marshal.dumps((here, others, recalled.messages))


def unpacked(kept: bytes, data: bytes, text: Text) -> Recalled | None:
    """Return what `packed` has made of the same program; None for anything else."""
    try:
        here, others, messages = marshal.loads(kept)  # noqa: S302 - of our own making
        return Recalled(
            candidates=tuple([_candidate(one, data) for one in here]),
            elsewhere=tuple([(path, _candidate(one, text(path) or b"")) for path, one in others]),
            messages=tuple(messages),
        )
    except (ValueError, TypeError, EOFError):
        return None


def _plain(candidate: Candidate, data: bytes) -> tuple[Any, ...] | None:
    span = candidate.span
    if candidate.surroundings or data[span.start : span.end] != candidate.value.reveal():
        return None
    return (
        candidate.rule_id,
        (span.start, span.end),
        candidate.confidence.value,
        [(one.kind.value, one.detail, _steps(one.flow)) for one in candidate.evidence],
        (candidate.binding, candidate.strategy, candidate.rotator, candidate.codecs),
        [(one.start, one.end) for one in candidate.parts],
    )


def _steps(flow: Iterable[FlowStep]) -> list[tuple[str, int, int, str]]:
    return [(one.path, one.line, one.column, one.message) for one in flow]


def _candidate(kept: tuple[Any, ...], data: bytes) -> Candidate:
    rule, (start, end), confidence, evidence, (binding, strategy, rotator, codecs), parts = kept
    return Candidate(
        rule_id=rule,
        span=Span(start=start, end=end),
        value=SecretValue(data[start:end]),
        confidence=Confidence(confidence),
        evidence=tuple([_evidence(one) for one in evidence]),
        binding=binding,
        strategy=strategy,
        rotator=rotator,
        codecs=codecs,
        parts=tuple([Span(start=first, end=last) for first, last in parts]),
    )


def _evidence(kept: tuple[str, str, list[tuple[str, int, int, str]]]) -> Evidence:
    kind, detail, flow = kept
    steps = [FlowStep(path=path, line=line, column=column, message=message) for path, line, column, message in flow]
    return Evidence(kind=EvidenceKind(kind), detail=detail, flow=tuple(steps))
