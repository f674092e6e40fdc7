"""The lines of code around a finding, with every value that was found in them masked; for people who judge it."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.excerpt import MASK, excerpt, masked, places
from scanner.lines import LineIndex
from scanner.model import Finding, Span
from strongroom.kernel.record import Record

_AROUND = 3
_MOST_OWN = 6
"""Lines of a value that are shown; a private key has dozens, which say nothing."""
_LONGEST = 400
_SHORTEST = 4
"""Least length of a value that is also looked for where it was not found."""


class Line(Record):
    """One line; `before` is what stands on the finding's first line before its value, None on every other line."""

    number: int
    text: str
    before: str | None = None


def code_around(data: bytes, finding: Finding, others: Sequence[Finding], *, around: int = _AROUND) -> tuple[Line, ...]:
    """Return the lines of `finding` with some `around` them; none where `data` is not the text it was found in.

    `others` are all findings of the same text.
    """
    lines = LineIndex(data)
    spans = places(sorted(others, key=lambda one: one.span))
    if finding.span.end > len(data) or not _is_there(lines, finding, spans):
        return ()
    hidden = {text for one in others if len(text := one.value.reveal().decode("utf-8", "replace")) >= _SHORTEST}
    first, last = lines.number(finding.span.start), lines.number(max(finding.span.start, finding.span.end - 1))
    own = min(last, first + _MOST_OWN - 1)
    numbers = [*range(max(1, first - around), own + 1), *range(last + 1, last + around + 1)]
    final = data.count(b"\n") + (0 if data.endswith(b"\n") else 1)
    return tuple(_line(lines, number, finding, spans, hidden) for number in numbers if number <= final)


def _is_there(lines: LineIndex, finding: Finding, spans: Sequence[Span]) -> bool:
    """Tell whether the value stands where it was found: as it is, or with the same text around it."""
    there = lines.data[finding.span.start : finding.span.end]
    return there == finding.value.reveal() or excerpt(lines, finding, spans) == finding.excerpt


def _line(lines: LineIndex, number: int, finding: Finding, spans: Sequence[Span], hidden: set[str]) -> Line:
    whole = lines.line(number)
    start, end = whole.start, min(whole.end, whole.start + _LONGEST)
    if not whole.start <= finding.span.start <= whole.end:
        return Line(number=number, text=_hiding(masked(lines, Span(start=start, end=end), spans), hidden))
    start = max(start, finding.span.start - _LONGEST // 2)
    end = min(whole.end, max(finding.span.end, start) + _LONGEST // 2)
    before = _hiding(masked(lines, Span(start=start, end=finding.span.start), spans), hidden)
    after = _hiding(masked(lines, Span(start=min(finding.span.end, end), end=end), spans), hidden)
    return Line(number=number, text=f"{before}{MASK}{after}", before=before)


def _hiding(text: str, hidden: set[str]) -> str:
    for value in hidden:
        text = text.replace(value, MASK)
    return text
