"""Inline markers, ours and those of other tools, by which a line's author accepts a finding."""

from __future__ import annotations

import re
from datetime import date

from scanner.lines import LineIndex
from scanner.model import Candidate

_SAME_LINE = re.compile(
    rb"pragma:\s{0,2}(?:allow|white)list secret|gitleaks:allow|betterleaks:allow|trufflehog:ignore|ggignore",
    re.IGNORECASE,
)
_NEXT_LINE = re.compile(rb"pragma:\s{0,2}(?:allow|white)list nextline secret", re.IGNORECASE)
_OURS = re.compile(
    rb"strongroom:allow\s{1,4}(?P<rules>[a-z0-9*][a-z0-9,*\-]{0,200})"
    rb"(?:\s{1,4}reason=\"[^\"]{0,400}\")?(?:\s{1,4}expires=(?P<expires>\d{4}-\d{2}-\d{2}))?"
)
_WORDS = (b"allow", b"ignore", b"whitelist")
"""One of them stands in every marker."""
_NEAR = 2_000
"""Bytes of a line in which a marker is looked for: one line may hold thousands of values."""


def allowed_inline(candidate: Candidate, lines: LineIndex, today: date) -> bool:
    """Tell whether a marker on the value's lines, or a next-line marker above them, accepts the candidate.

    Our own marker names rules (`*` is every rule) and may expire; an expired or malformed date accepts nothing.
    """
    span = lines.lines(candidate.span)
    start, end = max(span.start, candidate.span.start - _NEAR), min(span.end, candidate.span.end + _NEAR)
    text = lines.data[start:end]
    lowered = text.lower()
    marked = any(word in lowered for word in _WORDS)
    if marked and (_SAME_LINE.search(text) or _ours(text, candidate.rule_id, today)):
        return True
    first = lines.number(candidate.span.start)
    if first == 1:
        return False
    above = lines.line(first - 1)
    return _NEXT_LINE.search(lines.data[max(above.start, above.end - _NEAR) : above.end]) is not None


def _ours(text: bytes, rule_id: str, today: date) -> bool:
    for match in _OURS.finditer(text):
        named = match["rules"].decode().split(",")
        if (rule_id in named or "*" in named) and not _expired(match["expires"], today):
            return True
    return False


def _expired(written: bytes | None, today: date) -> bool:
    if written is None:
        return False
    try:
        return date.fromisoformat(written.decode()) < today
    except ValueError:
        return True
