"""Known shapes: the pattern of a rule, tried near its keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.detectors.entropy import shannon
from scanner.lines import LineIndex
from scanner.model import Candidate, Evidence, EvidenceKind, Span
from scanner.prefilter.found import Found
from scanner.rulebook.model import CharacterClass, Rule, RuleBook, applies_to, compiled
from strongroom.kernel.secretvalue import SecretValue

_BINDING = re.compile(rb"""(?P<name>[A-Za-z_$][\w.\-]{0,80})["'\]]{0,2}\s{0,8}(?:=>|:=|=|:)\s{0,8}[^\s=:]{0,80}$""")
_LOOK_BACK = 200
_CLASSES = {
    CharacterClass.LOWER: re.compile(rb"[a-z]"),
    CharacterClass.UPPER: re.compile(rb"[A-Z]"),
    CharacterClass.LETTER: re.compile(rb"[A-Za-z]"),
    CharacterClass.DIGIT: re.compile(rb"[0-9]"),
}


def find_patterns(book: RuleBook, path: str, lines: LineIndex, found: Found) -> Iterator[Candidate]:
    """Yield a candidate for every match of every rule that knows the shape of its value."""
    for target in found.rules():
        rule = book.by_id[target.removeprefix("rule:")]
        if applies_to(rule.paths, path):
            yield from matches(rule, lines, found.windows(target, lines, multiline=rule.multiline))


def matches(rule: Rule, lines: LineIndex, windows: list[Span]) -> Iterator[Candidate]:
    """Yield a candidate for every match of `rule` in `windows`."""
    pattern = compiled(rule.pattern)
    for window in windows:
        for match in pattern.finditer(lines.data, window.start, window.end):
            if not _cut_short(match, window, lines.data) and _drawn(rule, match["value"]):
                yield _candidate(rule, lines, match)


def _drawn(rule: Rule, value: bytes) -> bool:
    """Tell whether `value` is as mixed as the rule asks of what a machine has drawn."""
    mixed = all(_CLASSES[kind].search(value) is not None for kind in rule.requires)
    return mixed and shannon(value) >= rule.min_entropy


def _cut_short(match: re.Match[bytes], window: Span, data: bytes) -> bool:
    """Tell whether the match ends where the window was cut in the middle of a line, so that more might follow."""
    return match.end() == window.end and window.end < len(data) and data[window.end : window.end + 1] not in b"\r\n"


def _candidate(rule: Rule, lines: LineIndex, match: re.Match[bytes]) -> Candidate:
    span = Span(start=match.start("value"), end=match.end("value"))
    return Candidate(
        rule_id=rule.id,
        span=span,
        value=SecretValue(match["value"]),
        confidence=rule.confidence,
        evidence=(Evidence(kind=EvidenceKind.PATTERN, detail=f"has the shape of: {rule.name}"),),
        binding=binding_before(lines, span),
    )


def binding_before(lines: LineIndex, span: Span) -> str:
    """Return the name that the text before `span`, on its line, binds the value to; empty where there is none."""
    start = max(lines.line(lines.number(span.start)).start, span.start - _LOOK_BACK)
    match = _BINDING.search(lines.data[start : span.start])
    return match["name"].decode("ascii", "replace") if match else ""
