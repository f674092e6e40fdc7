"""A second opinion from detect-secrets: its plugins read single lines that are already suspect, and nothing else.

Only `analyze_string` of each plugin is called. `scan_file` and the filters are not: one of them takes tens of seconds
on a long line. The library's settings are global to the process; nothing here touches them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind, Span
from scanner.rulebook.names import NameClassifier
from strongroom.kernel.record import replace
from strongroom.kernel.secretvalue import SecretValue

_LONGEST_LINE = 1000
_SHORTEST_VALUE = 6
_ENTROPY_LIMITS = {"Base64HighEntropyString": 4.5, "HexHighEntropyString": 3.0}
"""Limits of detect-secrets' own default configuration, in bits a character."""


def seconded(lines: LineIndex, candidate: Candidate) -> Candidate:
    """Return `candidate` with the agreement of plugins as evidence; two that agree raise a medium confidence."""
    value = candidate.value.reveal().decode("utf-8", "replace")
    opinions = _opinions(_text(lines, lines.line(lines.number(candidate.span.start))))
    agreeing = sorted(name for name, values in opinions.items() if value in values)
    if not agreeing:
        return candidate
    reason = Evidence(kind=EvidenceKind.PLUGIN, detail=f"detect-secrets agrees: {', '.join(agreeing)}")
    raised = candidate.confidence is Confidence.MEDIUM and len(agreeing) > 1
    confidence = Confidence.HIGH if raised else candidate.confidence
    return replace(candidate, evidence=(*candidate.evidence, reason), confidence=confidence)


def further(lines: LineIndex, places: Sequence[int], names: NameClassifier) -> Iterator[Candidate]:
    """Yield, at low confidence, values that the keyword plugin sees on the lines of `places`."""
    for number in sorted({lines.number(place) for place in places}):
        span = lines.line(number)
        for value in sorted(_opinions(_text(lines, span)).get("KeywordDetector", ())):
            yield from _new(lines, span, value, names)


def _new(lines: LineIndex, span: Span, value: str, names: NameClassifier) -> Iterator[Candidate]:
    raw = value.encode()
    start = lines.data.find(raw, span.start, span.end)
    rule = names.classify("password")
    if start >= 0 and rule is not None and len(value) >= _SHORTEST_VALUE:
        yield Candidate(
            rule_id=rule.id,
            span=Span(start=start, end=start + len(raw)),
            value=SecretValue(raw),
            confidence=Confidence.LOW,
            evidence=(Evidence(kind=EvidenceKind.PLUGIN, detail="detect-secrets: KeywordDetector"),),
        )


def _text(lines: LineIndex, span: Span) -> str:
    return lines.data[span.start : min(span.end, span.start + _LONGEST_LINE + 1)].decode("utf-8", "replace")


def _opinions(text: str) -> dict[str, set[str]]:
    """Return the values that each plugin sees in a line; a line too long for their patterns is not shown to them."""
    if len(text) > _LONGEST_LINE:
        return {}
    found: dict[str, set[str]] = {}
    for name, plugin in _plugins():
        limit = _ENTROPY_LIMITS.get(name)
        values = set(plugin.analyze_string(text))
        if limit is not None:
            values = {value for value in values if plugin.calculate_shannon_entropy(value) > limit}
        if values:
            found[name] = values
    return found


@lru_cache(maxsize=1)
def _plugins() -> tuple[tuple[str, Any], ...]:
    # Imported late: the library brings requests along, a third of a second that a clean scan does not pay.
    from detect_secrets.plugins.basic_auth import BasicAuthDetector
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
    from detect_secrets.plugins.keyword import KeywordDetector

    made = (
        KeywordDetector(),
        BasicAuthDetector(),
        Base64HighEntropyString(limit=_ENTROPY_LIMITS["Base64HighEntropyString"]),
        HexHighEntropyString(limit=_ENTROPY_LIMITS["HexHighEntropyString"]),
    )
    return tuple((type(plugin).__name__, plugin) for plugin in made)
