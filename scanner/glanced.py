"""What a glance at a Python module asks: whether a literal, bound to a name or used by a call, may be a finding."""

from __future__ import annotations

from scanner.detectors.entropy import raised, weigh
from scanner.judge import Judge
from scanner.lines import LineIndex
from scanner.model import Candidate, Evidence, EvidenceKind, Span
from scanner.prefilter.found import Finder
from scanner.rulebook.model import Rule, RuleBook
from strongroom.kernel.secretvalue import SecretValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

_USED = (Evidence(kind=EvidenceKind.SINK, detail="reaches a call"),)


class Glanced:
    """Answers for one module; what was asked once is remembered."""

    def __init__(self, book: RuleBook, judge: Judge, finder: Finder, path: str, lines: LineIndex) -> None:
        self._book = book
        self._judge = judge
        self._finder = finder
        self._path = path
        self._lines = lines
        self._said: dict[tuple[int, str, bool], bool] = {}

    def shaped(self, value: str) -> bool:
        """Tell whether some rule may know the shape of `value`, which does not stand in the text as it is."""
        data = value.encode("utf-8", "replace")
        return data not in self._lines.data and bool(self._finder.found(data).rules())

    def stands(self, literal: ast.Constant, value: str, rule: Rule, *, used: bool) -> bool:
        """Tell whether `literal` with this value may be a finding of `rule`; `used` by a call it is believed sooner."""
        asked = (id(literal), rule.id, used)
        if asked not in self._said:
            self._said[asked] = self._judge.may_be(self._candidate(literal, value, rule, used), self._path, self._lines)
        return self._said[asked]

    def _candidate(self, literal: ast.Constant, value: str, rule: Rule, used: bool) -> Candidate:
        weight = weigh(value, rule.value_kind)
        return Candidate(
            rule_id=rule.id,
            span=self._span(literal),
            value=SecretValue(value.encode("utf-8", "replace")),
            confidence=raised(weight) if used else weight,
            evidence=_USED if used else (),
        )

    def _span(self, literal: ast.Constant) -> Span:
        """Return where the literal's content stands, which is what filters look before."""
        size = len(self._lines.data)
        start = min(self._lines.line(literal.lineno).start + literal.col_offset, size)
        while start < size and self._lines.data[start : start + 1] not in b"\"'":
            start += 1
        while start < size and self._lines.data[start : start + 1] in b"\"'":
            start += 1
        return Span(start=start, end=max(start, min(start + 1, size)))
