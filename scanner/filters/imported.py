"""Turns down what an imported rule does not mean: other files, texts without its words, what its allowlists name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.filters.base import Subject, Verdict
from scanner.model import Span
from scanner.rulebook.model import Allowlist, compiled

_AROUND = 2_000
"""Bytes before and after a value that an allowlist for matches or lines is shown."""


def imported(subject: Subject) -> Verdict | None:
    """Return why the rule's file would not report the candidate; None where it would."""
    rule = subject.rule
    if rule.path_pattern and subject.path and not _any((rule.path_pattern,), subject.path.encode()):
        return Verdict(reason="not in a file that the rule is for")
    if rule.nearby and not any(word.encode() in subject.lines.lowered for word in rule.nearby):
        return Verdict(reason="none of the rule's keywords stands in the file")
    for allowlist in rule.allowlists:
        if _allowed(allowlist, subject):
            said = f" ({allowlist.description})" if allowlist.description else ""
            return Verdict(reason=f"allowed by {allowlist.origin}{said}")
    return None


def _allowed(allowlist: Allowlist, subject: Subject) -> bool:
    said = _said(allowlist, subject)
    return all(said) if allowlist.every else any(said)


def _said(allowlist: Allowlist, subject: Subject) -> Iterator[bool]:
    """Yield whether each kind of check that the allowlist has holds."""
    if allowlist.commits:
        yield subject.commit.lower() in allowlist.commits
    if allowlist.paths:
        yield bool(subject.path) and _any(allowlist.paths, subject.path.encode("utf-8", "surrogateescape"))
    if allowlist.regexes:
        yield _any(allowlist.regexes, _target(allowlist.target, subject))
    if allowlist.stopwords:
        value = subject.value.lower()
        yield any(word in value for word in allowlist.stopwords)


def _target(target: str, subject: Subject) -> bytes:
    span, lines = subject.candidate.span, subject.lines
    if target == "line":
        around = lines.lines(span)
        return lines.data[max(around.start, span.start - _AROUND) : min(around.end, span.end + _AROUND)]
    return _match(subject, span) if target == "match" else subject.candidate.value.reveal()


def _match(subject: Subject, span: Span) -> bytes:
    """Return the whole match whose value the candidate is; the value where the rule has no pattern."""
    data = subject.lines.data
    if subject.rule.pattern:
        start, end = max(0, span.start - _AROUND), min(len(data), span.end + _AROUND)
        if not subject.rule.multiline:
            start, end = max(start, data.rfind(b"\n", 0, span.start) + 1), min(end, subject.lines.lines(span).end)
        for match in compiled(subject.rule.lead + subject.rule.pattern).finditer(data, start, end):
            if match.span("value") == (span.start, span.end):
                return match[0]
    return subject.candidate.value.reveal()


def _any(patterns: tuple[str, ...], text: bytes) -> bool:
    return _joined(patterns).search(text) is not None


@lru_cache(maxsize=256)
def _joined(patterns: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode())
