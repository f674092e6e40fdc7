"""Credentials in a Python module: literals with its name, or compared with what has it; where literals stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from scanner.analysis.tables import calls
from scanner.detectors.entropy import shannon, weigh
from scanner.detectors.regex import find_patterns
from scanner.detectors.scheme import behind_scheme
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind, FlowStep, Span
from scanner.prefilter.found import Finder
from scanner.python.bindings import Bindings, collect_bindings
from scanner.python.literals import Literal, literals
from scanner.python.places import Place, Places, name_of
from scanner.python.tree import Tree, parse
from scanner.rulebook.model import Rule, RuleBook, ValueKind
from scanner.rulebook.names import NameClassifier
from strongroom.kernel.record import replace

_MAX_HOPS = 4
_MOST_STEPS = 20_000
"""Expressions of one module that are followed to what they stand for; a program of people has hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonDetector:
    """Finds candidates in modules; one detector serves a whole scan."""

    book: RuleBook
    names: NameClassifier
    finder: Finder

    def find(self, path: str, lines: LineIndex) -> ModuleCandidates:
        """Return what the module at `path` holds. Raises `UnparsableError`."""
        tree = parse(lines.data)
        return ModuleCandidates(self, path, lines, tree, collect_bindings(tree))


class ModuleCandidates:
    """The candidates of one module, and the places of its literals for candidates that others found."""

    def __init__(self, detector: PythonDetector, path: str, lines: LineIndex, tree: Tree, bindings: Bindings) -> None:
        self._detector = detector
        self._path = path
        self._lines = lines
        self._tree = tree
        self._bindings = bindings
        self._transparent = calls("python").transparent
        self._places = Places(bindings, self._transparent)
        self._literals = list(literals(tree))
        self._by_node = {literal.node: literal for literal in self._literals}
        self._in_order = sorted(self._literals, key=lambda literal: literal.starts[0])
        self._starts = [literal.starts[0] for literal in self._in_order]
        self._left = _MOST_STEPS

    def found(self) -> Iterator[Candidate]:
        """Yield candidates by name, by the shape of a joined or escaped literal, and by what they are compared with.

        What reaches a call that takes a credential is found by the analysis of programs in all languages.
        """
        for literal in self._literals:
            yield from self._named(literal)
            yield from self._shaped(literal)
        for call in self._tree.of(cst.Call):
            yield from self._compared_by(call)
        for comparison in self._tree.of(cst.Comparison):
            yield from self._compared(comparison)

    def placed(self, candidate: Candidate) -> Candidate:
        """Return a candidate of the text detectors as the program sees it: decoded, with its place and name."""
        candidate = self._written_as_one(candidate)
        if candidate.strategy:
            # What the program makes of several literals, or of one, stands in none of them.
            return candidate
        literal = self._around(candidate.span)
        if literal is None:
            return replace(candidate, strategy="comment")
        first, last = literal.characters(candidate.span)
        place = self._places.describe(literal.node)
        whole = (first, last) == (0, len(literal.value))
        return replace(
            candidate,
            value=candidate.value if literal.plain else literal.secret(first, last),
            binding=place.binding or candidate.binding,
            strategy=_strategy(place, self._detector.book.by_id[candidate.rule_id], whole=whole),
        )

    def _written_as_one(self, candidate: Candidate) -> Candidate:
        """Return a candidate of several parts or with escapes as one of a single literal, if one says all of it.

        Literals that follow one another are one to Python ("String literal concatenation" of its reference).
        """
        parts = (candidate.span, *candidate.parts)
        span = Span(start=min(part.start for part in parts), end=max(part.end for part in parts))
        literal = self._around(span) if candidate.strategy in ("assembled", "computed") else None
        if literal is None or literal.secret(*literal.characters(span)).reveal() != candidate.value.reveal():
            return candidate
        return replace(candidate, span=span, parts=(), strategy="")

    @property
    def cut_short(self) -> bool:
        """Tell whether the module's values have not all been followed, because that would take too long."""
        return self._left < 0

    def _around(self, span: Span) -> Literal | None:
        place = bisect_right(self._starts, span.start) - 1
        literal = self._in_order[place] if place >= 0 else None
        return literal if literal is not None and literal.span.contains(span) else None

    def _named(self, literal: Literal) -> Iterator[Candidate]:
        place = self._places.describe(literal.node)
        rule = self._detector.names.classify(place.binding) if place.binding else None
        if rule is None or place.strategy in ("fstring-part", "operand", "docstring"):
            return
        first = behind_scheme(literal.value) if rule.value_kind is ValueKind.TOKEN else 0
        if first:
            yield self._behind_scheme(literal, rule, place, first)
            return
        yield self._candidate(literal, rule, place, weigh(literal.value, rule.value_kind), ())

    def _behind_scheme(self, literal: Literal, rule: Rule, place: Place, first: int) -> Candidate:
        """Return the token of a header's value: what stands behind `Bearer` is the credential."""
        token = literal.value[first:]
        found = self._candidate(literal, rule, place, weigh(token, rule.value_kind), ())
        span = literal.part(first, len(literal.value))
        strategy = _strategy(place, rule, whole=False)
        return replace(found, span=span, value=literal.secret(first), strategy=strategy)

    def _shaped(self, literal: Literal) -> Iterator[Candidate]:
        """Try the patterns on the value of a literal that stands in the file in another form than it has."""
        if literal.plain:
            return
        lines = LineIndex(literal.secret().reveal())
        found = self._detector.finder.found(lines.data)
        for candidate in find_patterns(self._detector.book, self._path, lines, found):
            text = lines.data.decode("utf-8", "replace")
            first = len(lines.data[: candidate.span.start].decode("utf-8", "replace"))
            last = len(lines.data[: candidate.span.end].decode("utf-8", "replace"))
            if len(text) == len(literal.value):
                yield self.placed(replace(candidate, span=literal.part(first, last)))

    def _compared_by(self, call: cst.Call) -> Iterator[Candidate]:
        called = self._bindings.qualified(call.func)
        if called.endswith("compare_digest") and len(call.args) == 2:
            yield from self._checked(call.args[0].value, call.args[1].value)
            yield from self._checked(call.args[1].value, call.args[0].value)

    def _compared(self, comparison: cst.Comparison) -> Iterator[Candidate]:
        """Follow both sides of `x == y`, where one is known by a password's name, to the literals they stand for."""
        target = comparison.comparisons[0]
        if isinstance(target.operator, cst.Equal | cst.NotEqual) and len(comparison.comparisons) == 1:
            yield from self._checked(comparison.left, target.comparator)
            yield from self._checked(target.comparator, comparison.left)

    def _checked(self, value: cst.BaseExpression, other: cst.BaseExpression) -> Iterator[Candidate]:
        names = self._detector.names
        rule = names.classify(name_of(other)) or names.classify(name_of(value))
        if rule is None or rule.value_kind is not ValueKind.PASSWORD:
            return
        for literal, steps in self._origins(value, _MAX_HOPS):
            flow = (*steps, self._step(value, "compared"))
            evidence = Evidence(kind=EvidenceKind.SINK, detail="compared with what a user gives", flow=flow)
            place = self._places.describe(literal.node)
            weight = weigh(literal.value, rule.value_kind)
            found = self._candidate(literal, rule, place, weight, (evidence,))
            # The program itself checks the value, so a new one drawn by the store works at once.
            yield replace(found, rotator="generated")

    def _origins(self, value: cst.BaseExpression | None, hops: int) -> Iterator[tuple[Literal, tuple[FlowStep, ...]]]:
        """Yield the literals that an expression may stand for, each with the steps from the literal on."""
        self._left -= 1
        if value is None or hops == 0 or self._left < 0:
            return
        literal = self._by_node.get(value)
        if literal is not None:
            yield literal, (self._step(value, "the literal"),)
            return
        for inner in self._through(value):
            for found, steps in self._origins(inner, hops - 1):
                name = self._tree.module.code_for_node(value) if isinstance(value, cst.Name | cst.Attribute) else ""
                yield found, (*steps, self._step(value, f"read as {name}")) if name else steps

    def _through(self, value: cst.BaseExpression) -> list[cst.BaseExpression | None]:
        """Return the expressions whose value `value` may have."""
        if isinstance(value, cst.Name | cst.Attribute):
            return self._bindings.bound(value)
        if isinstance(value, cst.BooleanOperation):
            return [value.left, value.right]
        if isinstance(value, cst.IfExp):
            return [value.body, value.orelse]
        if isinstance(value, cst.Call):
            return self._call_result(value)
        return []

    def _call_result(self, call: cst.Call) -> list[cst.BaseExpression | None]:
        if self._bindings.qualified(call.func) in ("os.environ.get", "os.getenv") and len(call.args) > 1:
            return [call.args[1].value]
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("encode", "decode", "strip"):
            return [call.func.value]
        if isinstance(call.func, cst.Name) and call.func.value in self._transparent and call.args:
            return [call.args[0].value]
        return []

    def _candidate(
        self, literal: Literal, rule: Rule, place: Place, weight: Confidence, evidence: tuple[Evidence, ...]
    ) -> Candidate:
        named = (Evidence(kind=EvidenceKind.KEYWORD, detail=f"bound to the name {place.binding}"),)
        measured = Evidence(kind=EvidenceKind.ENTROPY, detail=f"{shannon(literal.value):.1f} bits a character")
        return Candidate(
            rule_id=rule.id,
            span=literal.span,
            value=literal.secret(),
            confidence=weight,
            evidence=(*(named if not evidence else ()), measured, *evidence),
            binding=place.binding,
            strategy=place.strategy,
        )

    def _step(self, node: cst.CSTNode, message: str) -> FlowStep:
        position = self._tree.positions[node]
        span = self._tree.file_span(position.start, position.start + position.length)
        region = self._lines.region(Span(start=span.start, end=span.end))
        return FlowStep(path=self._path, line=region.start_line, column=region.start_column, message=message)


def _strategy(place: Place, rule: Rule, *, whole: bool) -> str:
    if place.strategy in ("docstring", "match-pattern", "annotation", "subscript", "dict-key", "other"):
        return place.strategy
    if rule.layout == "connection" and not whole:
        return "connection-url"
    return place.strategy if whole or place.strategy == "fstring-part" else "literal-part"
