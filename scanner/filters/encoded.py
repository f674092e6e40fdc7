"""Drops provider forms met by chance in encoded data: pictures, fonts and archives written out as Base64."""

from __future__ import annotations

import re

from scanner.filters.base import Subject, Verdict

_BEFORE = re.compile(rb"[A-Za-z0-9+/]*\Z")
_AFTER = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_LINE = re.compile(rb"[ \t]*[A-Za-z0-9+/]{60,}={0,2}[ \t]*\\?\r?")
_LONGEST_TOKEN = 150
"""Characters of Base64 around a value from which on it is a piece of something larger."""
_LOOK_AROUND = 400


def encoded(subject: Subject) -> Verdict | None:
    """Return why a value is a piece of encoded data; one whose form carries a check is told by that."""
    if not subject.known_shape or subject.rule.check or subject.rule.layout == "connection":
        return None
    return Verdict(reason="inside encoded data") if _continues(subject) or _wrapped(subject) else None


def _continues(subject: Subject) -> bool:
    data, span = subject.lines.data, subject.candidate.span
    before = _BEFORE.search(data, max(span.start - _LOOK_AROUND, 0), span.start)
    after = _AFTER.match(data, span.end, span.end + _LOOK_AROUND)
    return sum(len(found[0]) for found in (before, after) if found is not None) >= _LONGEST_TOKEN


def _wrapped(subject: Subject) -> bool:
    """Tell whether the value's line and a neighbour are nothing but long runs of Base64."""
    data, span = subject.lines.data, subject.candidate.span
    start = data.rfind(b"\n", max(span.start - _LOOK_AROUND, 0), span.start) + 1
    end = data.find(b"\n", span.end, span.end + _LOOK_AROUND)
    if end < 0 or not start or _LINE.fullmatch(data, start, end) is None:
        return False
    above = data.rfind(b"\n", max(start - 1 - _LOOK_AROUND, 0), start - 1) + 1
    below = data.find(b"\n", end + 1, end + 1 + _LOOK_AROUND)
    return _LINE.fullmatch(data, above, start - 1) is not None or (
        below > 0 and _LINE.fullmatch(data, end + 1, below) is not None
    )
