"""The picture of findings by severity and confidence: how many a part stands for, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.model import Confidence, Severity
from strongroom.kernel.record import Record

_LEFT, _WIDEST = 20.0, 58.0
"""Of the picture's width, in hundredths: where bars begin, and how long the longest is."""


class Bar(Record):
    """One part of a bar: how many findings, from where on and how wide, in hundredths of the picture's width."""

    confidence: Confidence
    number: int
    x: float
    width: float


class SeverityBar(Record):
    """The bar of one severity: its parts, the surest first, how many findings, and where it ends."""

    severity: Severity
    parts: tuple[Bar, ...]
    total: int
    end: float


def severity_bars(numbers: Mapping[tuple[Severity, Confidence], int]) -> tuple[SeverityBar, ...]:
    """Return a bar for each severity, the gravest first; the longest fills the picture."""
    totals = {level: sum(numbers.get((level, sure), 0) for sure in Confidence) for level in Severity}
    scale = _WIDEST / (max(totals.values()) or 1)
    return tuple(_bar(level, numbers, totals[level], scale) for level in Severity)


def _bar(level: Severity, numbers: Mapping[tuple[Severity, Confidence], int], total: int, scale: float) -> SeverityBar:
    parts: list[Bar] = []
    before = 0
    for sure in Confidence:
        number = numbers.get((level, sure), 0)
        if number:
            x, width = _LEFT + before * scale, number * scale
            parts.append(Bar(confidence=sure, number=number, x=round(x, 2), width=round(width, 2)))
        before += number
    return SeverityBar(severity=level, parts=tuple(parts), total=total, end=round(_LEFT + total * scale, 2))
