"""Values bound to a credential's name in any text: code of every language, configuration, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.detectors.entropy import shannon, weigh
from scanner.detectors.scheme import behind_scheme
from scanner.lines import LineIndex
from scanner.model import Candidate, Evidence, EvidenceKind, Span
from scanner.prefilter.found import Found
from scanner.rulebook.model import Rule, RuleBook, Shape, ValueKind, applies_to, compiled
from scanner.rulebook.names import NameClassifier
from strongroom.kernel.secretvalue import SecretValue

_ESCAPE = re.compile(rb"\\(.)")


class AssignmentDetector:
    """Tries every shape of binding where it may match, and asks the name rules about the name."""

    def __init__(self, book: RuleBook) -> None:
        self._shapes = {shape.id: shape for shape in book.shapes}
        self._rules = book.by_id
        self._names = NameClassifier(book, weak=True)

    def find(self, path: str, lines: LineIndex, found: Found) -> Iterator[Candidate]:
        """Yield a candidate for each value that a shape binds to a name some rule knows."""
        for shape in self._shapes.values():
            target = f"shape:{shape.id}"
            fits = target in found and applies_to(shape.paths, path)
            if fits and not (shape.excluded_paths and applies_to(shape.excluded_paths, path)):
                for rule, candidate in self._bound(
                    shape, lines, found.windows(target, lines, multiline=shape.multiline)
                ):
                    if applies_to(rule.paths, path):
                        yield candidate

    def matches(self, shape_id: str, lines: LineIndex, windows: list[Span]) -> Iterator[Candidate]:
        """Yield a candidate for each value that one shape binds in `windows`, whatever the path."""
        return (candidate for _, candidate in self._bound(self._shapes[shape_id], lines, windows))

    def _bound(self, shape: Shape, lines: LineIndex, windows: list[Span]) -> Iterator[tuple[Rule, Candidate]]:
        for window in windows:
            for match in compiled(shape.pattern).finditer(lines.data, window.start, window.end):
                name = match["name"].decode("ascii", "replace")
                rule = self._rules[shape.rule] if shape.rule else self._names.classify(name)
                if rule is not None:
                    yield rule, _candidate(rule, shape, name, match)


def _candidate(rule: Rule, shape: Shape, name: str, match: re.Match[bytes]) -> Candidate:
    first = behind_scheme(match["value"]) if rule.value_kind is ValueKind.TOKEN else 0
    written = match["value"][first:]
    value = _unescaped(written) if "quoted" in shape.id else written
    return Candidate(
        rule_id=rule.id,
        span=Span(start=match.start("value") + first, end=match.end("value")),
        value=SecretValue(value),
        confidence=weigh(value.decode("utf-8", "replace"), rule.value_kind),
        evidence=(
            Evidence(kind=EvidenceKind.KEYWORD, detail=f"bound to the name {name}"),
            Evidence(kind=EvidenceKind.ENTROPY, detail=f"{shannon(value):.1f} bits a character"),
        ),
        binding=name,
    )


def _unescaped(value: bytes) -> bytes:
    """Return `value` with backslashes before quotes and backslashes resolved, which all quoting languages share."""
    return _ESCAPE.sub(lambda match: match[1] if match[1] in b"\"'\\`" else match[0], value)
