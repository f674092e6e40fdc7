"""The text around a value, with that value and every other one on the same lines masked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from scanner.lines import LineIndex
from scanner.model import Candidate, Excerpt, Finding, Span

MASK = "\u2022" * 8
_LONGEST = 400
_QUOTES = ("'", '"')
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=_\-]{20,}")


def places(candidates: Sequence[Candidate] | Sequence[Finding]) -> list[Span]:
    """Return where the values of `candidates`, which are in order, stand in all their parts: in order and disjoint."""
    if not any(candidate.parts for candidate in candidates):
        return [candidate.span for candidate in candidates]
    found: list[Span] = []
    for span in sorted(span for candidate in candidates for span in (candidate.span, *candidate.parts)):
        if found and span.start < found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def excerpt(lines: LineIndex, candidate: Candidate | Finding, spans: Sequence[Span]) -> Excerpt:
    """Return what stands on the lines of `candidate` before and after its value; `spans` are all values of the file."""
    around = lines.lines(candidate.span)
    before = Span(start=max(around.start, candidate.span.start - _LONGEST), end=candidate.span.start)
    after = Span(start=candidate.span.end, end=min(around.end, candidate.span.end + _LONGEST))
    value = candidate.value.reveal().decode("utf-8", "replace")
    return Excerpt(
        before=masked(lines, before, spans).replace(value, MASK),
        after=masked(lines, after, spans).replace(value, MASK),
    )


def bare(around: Excerpt) -> Excerpt:
    """Return a text around a value without anything else that may be one: quoted texts and long runs are masked too.

    Where quotes do not pair, so that nobody can tell what they hold, nothing is left of that side.
    """
    own = around.before[-1:] if around.before[-1:] in _QUOTES and around.after[:1] == around.before[-1:] else ""
    before, after = around.before.removesuffix(own), around.after.removeprefix(own)
    return Excerpt(before=_paired(before) + own, after=own + _paired(after))


def _paired(text: str) -> str:
    return "" if any(text.count(quote) % 2 for quote in _QUOTES) else without_texts(text)


def without_texts(text: str) -> str:
    """Return `text` with what is quoted, or a run of twenty characters that a token may have, masked."""
    return _LONG_RUN.sub(MASK, _QUOTED.sub(MASK, text))


def _end(span: Span) -> int:
    return span.end


def masked(lines: LineIndex, window: Span, spans: Sequence[Span]) -> str:
    """Return the text of `window` with the parts that lie in any of `spans`, which are in order, masked."""
    pieces: list[str] = []
    position = window.start
    # A line may hold a hundred thousand values: only those near are looked at.
    for number in range(bisect_right(spans, window.start, key=_end), len(spans)):
        span = spans[number]
        if span.start >= window.end:
            break
        if span.overlaps(Span(start=position, end=window.end)):
            pieces += [lines.data[position : span.start].decode("utf-8", "replace"), MASK]
            position = span.end
    pieces.append(lines.data[position : window.end].decode("utf-8", "replace"))
    return "".join(pieces)
