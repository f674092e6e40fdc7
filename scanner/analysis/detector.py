"""Credentials in a program: literals that reach a call that takes one, that are compared, or that a name gives away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.analysis.names import names_of
from scanner.analysis.program import Call, Entries, Expression, Items, Key, Member, Name, Program, Routine, Scope, Text
from scanner.analysis.project import Files, Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import RECEIVER, Parameter, calls
from scanner.analysis.value import Piece, Step, Value
from scanner.analysis.values import Values
from scanner.detectors.entropy import raised, shannon, weigh
from scanner.detectors.regex import find_patterns
from scanner.detectors.scheme import behind_scheme
from scanner.lines import LineIndex
from scanner.model import Candidate, Evidence, EvidenceKind, FlowStep, Span
from scanner.prefilter.found import Finder
from scanner.rulebook.model import Rule, RuleBook, ValueKind
from scanner.rulebook.names import NameClassifier
from strongroom.kernel.record import replace
from strongroom.kernel.secretvalue import SecretValue

_SETTING = re.compile(r"(?:[Ss]et|[Ww]ith|[Aa]dd|[Uu]sing|[Uu]se|[Bb]y)(?=[A-Z_])_?|^put")
_SETTING_OF = re.compile(
    r"(?:^|[;?&])\s{0,8}(?P<name>\w[\w .]{0,40}?)\s{0,8}=\s{0,8}['\"]?(?P<value>[^;&'\"{}$%]{1,200})"
)
_DATABASE, _PASSWORD = "database-password", "hardcoded-password"
_MOST_STEPS = 12
_DEFAULT = "default"
"""The key of a setting's description under which its value stands."""
_OPTION = re.compile(r"--([\w-]+)")
"""An option of the command line, by the name that is written out."""
_DIGEST = re.compile(r"digest|hash|checksum|md5|sha\d|hmac|signature", re.IGNORECASE)
"""Names of what is computed from a content, which is compared in the way of credentials."""
_CONNECTION = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A candidate and the file in which its literal stands."""

    path: str
    candidate: Candidate


class ProgramDetector:
    """Finds candidates in programs; one serves a whole scan."""

    def __init__(self, book: RuleBook, names: NameClassifier, finder: Finder) -> None:
        self.book = book
        self.names = names
        self.finder = finder

    def find(self, files: Files, program: Program) -> tuple[list[Located], bool]:
        """Return what `program` holds or leads to in `files`, and whether something was not followed to its end."""
        search = _Search(self, files, program)
        found = list(search.found())
        return found, search.values.cut_short or program.cut


class _Search:
    """One program's candidates."""

    def __init__(self, detector: ProgramDetector, files: Files, program: Program) -> None:
        self._detector = detector
        self._files = files
        self._program = program
        self._table = calls(program.language)
        self.values = Values(Project(files, program))
        self._checked_names = frozenset(self._given_to_checks())

    def found(self) -> Iterator[Located]:
        """Yield the candidates, the surest kinds first."""
        for call in self._program.calls:
            names = names_of(self._program, call)
            yield from self._sunk(call, names)
            yield from self._paired(call, names)
            yield from self._checked_by(call, names)
        for left, right in self._program.compared:
            yield from self._checked(left, right)
        for name, value in self._program.named:
            yield from self._named(name, value)
        for joined in self._program.joined:
            yield from self._shaped(joined)

    def _sunk(self, call: Call, names: list[str]) -> Iterator[Located]:
        known = next((name for name in names if name in self._table.sinks), None)
        for parameter in self._table.sinks[known] if known is not None else ():
            for program, given in self._given(call, parameter):
                for value in self.values.of(program, given):
                    message = f"reaches {known}({_shown(parameter)})"
                    yield from self._reached(value, parameter, Step(program, given, message))

    def _reached(self, value: Value, parameter: Parameter, last: Step) -> Iterator[Located]:
        evidence = Evidence(kind=EvidenceKind.SINK, detail=last.message, flow=self._flow((*value.steps, last)))
        if parameter.rule is None:
            yield from self._matching(value, evidence, connections=True)
            yield from self._settings(value, evidence)
            return
        rule = self._detector.book.by_id[parameter.rule]
        first = behind_scheme(value.text) if rule.value_kind is ValueKind.TOKEN else 0
        if parameter.after:
            first = value.text.find(parameter.after) + len(parameter.after)
            if first < len(parameter.after):
                return
        yield from self._candidate(value, rule, parameter.key or parameter.name, evidence, used=True, first=first)

    def _given(self, call: Call, parameter: Parameter) -> Iterator[tuple[Program, Expression]]:
        for one in self._argument(call, parameter):
            inner: Iterable[tuple[Program, Expression]] = [(self._program, one)]
            for key in parameter.key.split(".") if parameter.key else ():
                inner = [found for program, value in inner for found in self.values.entry(program, value, key)]
            for program, value in inner:
                if parameter.element is None:
                    yield program, value
                elif isinstance(value, Items) and parameter.element < len(value.elements):
                    yield program, value.elements[parameter.element]

    def _argument(self, call: Call, parameter: Parameter) -> Iterator[Expression]:
        if parameter.position == RECEIVER:
            if isinstance(call.called, Member) and call.called.of is not None:
                yield call.called.of
            return
        if parameter.name:
            yield from (one.value for one in call.arguments if one.name == parameter.name)
        plain = [one for one in call.arguments if not one.name]
        if isinstance(parameter.position, int) and -len(plain) <= parameter.position < len(plain):
            yield plain[parameter.position].value

    def _paired(self, call: Call, names: list[str]) -> Iterator[Located]:
        """A call that binds a value to a name, by its arguments or by its own name."""
        known = next((name for name in names if name in self._table.pairs), None)
        for pair in self._table.pairs[known] if known is not None else ():
            if max(pair.name, pair.value) < len(call.arguments):
                key = call.arguments[pair.name].value
                texts = [value.text for value in self.values.of(self._program, key)[:1]]
                for written in texts or [last_word(key)]:
                    option = _OPTION.search(written)
                    name = option[1] if option else written
                    yield from self._named(name, call.arguments[pair.value].value)
        word = last_word(call.called)
        if len(call.arguments) == 1 and not call.new and isinstance(call.called, Member):
            yield from self._named(_SETTING.sub("", word, count=1), call.arguments[0].value)

    def _named(self, name: str, value: Expression) -> Iterator[Located]:
        if isinstance(value, Entries):
            for default in (one for key, one in value.entries if key == _DEFAULT and not isinstance(one, Entries)):
                yield from self._named(name, default)
        if isinstance(value, Entries | Items | Routine):
            return
        rule = self._rule_of(name)
        if rule is None:
            return
        for one in self.values.of(self._program, value):
            flow = self._flow(one.steps) if len(one.steps) > 1 else ()
            evidence = Evidence(kind=EvidenceKind.KEYWORD, detail=f"bound to the name {name}", flow=flow)
            first = behind_scheme(one.text) if rule.value_kind is ValueKind.TOKEN else 0
            yield from self._candidate(one, rule, name, evidence, used=False, first=first)

    def _rule_of(self, name: str) -> Rule | None:
        """Return the rule that a name falls under: by the language's table, or by what names say in general."""
        listed = self._table.names.get(name)
        if listed is not None:
            return self._detector.book.by_id[listed]
        return self._detector.names.classify(name) if name else None

    def _checked_by(self, call: Call, names: list[str]) -> Iterator[Located]:
        known = next((name for name in names if name in self._table.compared), None)
        for sides in self._table.compared[known] if known is not None else ():
            left, right = self._side(call, sides.left), self._side(call, sides.right)
            if left is not None and right is not None:
                yield from self._checked(left, right, sides.rule, one_way=sides.one_way)

    def _side(self, call: Call, side: int | str) -> Expression | None:
        return next(self._argument(call, Parameter(position=side)), None)

    def _checked(
        self, left: Expression, right: Expression, listed: str | None = None, *, one_way: bool = False
    ) -> Iterator[Located]:
        """Follow each side of a comparison whose other side is known by a credential's name, or of credentials only."""
        for value, other in ((left, right), (right, left))[: 1 if one_way else 2]:
            name = self._known_as(other)
            rule = self._detector.names.classify(name) if name else None
            if rule is None and listed is not None and not _DIGEST.search(name or last_word(other)):
                rule = self._detector.book.by_id[listed]
            if rule is None or isinstance(other, Text):
                continue
            for one in self.values.of(self._program, value):
                flow = self._flow((*one.steps, Step(self._program, value, "compared")))
                evidence = Evidence(kind=EvidenceKind.SINK, detail="compared with what a user gives", flow=flow)
                # Tokens are also what a text is cut into, which programs compare with words.
                telling = listed is not None or rule.value_kind is not ValueKind.TOKEN
                for located in self._candidate(one, rule, name, evidence, used=telling):
                    yield replace_candidate(located, rotator="generated")

    def _known_as(self, expression: Expression, hops: int = 4) -> str:
        """Return the name by which an expression is known: its own, or the key that it looks up."""
        if isinstance(expression, Name) and self._detector.names.classify(expression.name) is None:
            return self._known_by_use(expression, hops) if hops else expression.name
        if isinstance(expression, Name | Member):
            return expression.name
        if isinstance(expression, Call) and not _DIGEST.search(last_word(expression.called)):
            keys = [one.value for one in expression.arguments if isinstance(one.value, Text | Key)]
            texts = [one.value if isinstance(one, Text) else one.name for one in keys]
            if texts and self._detector.names.classify(texts[0]) is not None:
                return texts[0]
            word = re.sub(r"^[Gg]et(?=[A-Z_])_?", "", last_word(expression.called))
            if self._detector.names.classify(word) is not None:
                return word
            inner = [one.value for one in expression.arguments]
            of = expression.called.of if isinstance(expression.called, Member) else None
            known = (self._known_as(one, hops - 1) for one in (of, *inner) if one is not None and hops)
            return next((name for name in known if self._detector.names.classify(name) is not None), "")
        return ""

    def _known_by_use(self, name: Name, hops: int) -> str:
        """Return by which name the value of a variable is known: it is checked elsewhere, or read under that name."""
        place = self._bound_in(name)
        if place is None:
            return name.name
        if (id(place), name.name) in self._checked_names:
            return "password"
        for bound in place.bound.get(name.name, ()):
            if isinstance(bound, Call | Member) and not _asked_of_class(bound):
                return self._known_as(bound, hops - 1)
        taken = place.routine is not None and name.name in place.routine.parameters
        call = self._program.callbacks.get(id(place.routine)) if taken else None
        if call is not None:
            inner = call.called if isinstance(call.called, Call) else call
            texts = [one.value.value for one in inner.arguments if isinstance(one.value, Text)]
            if texts and self._rule_of(texts[0]):
                return texts[0]
        return name.name

    def _given_to_checks(self) -> Iterator[tuple[int, str]]:
        """Yield the variables that are checked against what is stored, each with the scope that binds it."""
        for call in self._program.calls if self._table.checked else ():
            position = next(
                (self._table.checked[one] for one in names_of(self._program, call) if one in self._table.checked), None
            )
            if position is not None and position < len(call.arguments):
                given = call.arguments[position].value
                place = self._bound_in(given) if isinstance(given, Name) else None
                if place is not None and isinstance(given, Name):
                    yield id(place), given.name

    def _bound_in(self, name: Name) -> Scope | None:
        """Return the scope that binds a name."""
        for scope in self._program.enclosing(name.scope):
            declared = name.name in scope.bound or name.name in scope.types
            if declared or (scope.routine is not None and name.name in scope.routine.parameters):
                return scope
        return None

    def _shaped(self, joined: Expression) -> Iterator[Located]:
        """Try the patterns on a text that is made of several literals and stands nowhere as a whole."""
        for value in self.values.of(self._program, joined):
            literals = {id(piece.literal) for piece in value.pieces if piece.literal is not None}
            if len(literals) > 1:
                evidence = Evidence(
                    kind=EvidenceKind.PATTERN, detail="joined of several literals", flow=self._flow(value.steps)
                )
                yield from self._matching(value, evidence, connections=False)

    def _matching(self, value: Value, evidence: Evidence, *, connections: bool) -> Iterator[Located]:
        lines = LineIndex(value.text.encode("utf-8", "replace"))
        found = self._detector.finder.found(lines.data)
        for candidate in find_patterns(self._detector.book, self._program.path, lines, found):
            rule = self._detector.book.by_id[candidate.rule_id]
            if connections and rule.layout != _CONNECTION:
                continue
            first = len(lines.data[: candidate.span.start].decode("utf-8", "replace"))
            last = first + len(candidate.value.reveal().decode("utf-8", "replace"))
            place = self._place(value, first, last)
            if place is not None:
                path, span = place
                moved = replace(candidate, span=span, evidence=(*candidate.evidence, evidence))
                yield Located(path=path, candidate=moved)

    def _settings(self, value: Value, evidence: Evidence) -> Iterator[Located]:
        """Look into a connection string of names and values for those of a credential."""
        text = value.text
        for found in _SETTING_OF.finditer(text):
            rule = self._rule_of(found["name"].strip().replace(" ", "_"))
            if rule is not None:
                used = self._detector.book.by_id[_DATABASE] if rule.id == _PASSWORD else rule
                place = (found.start("value"), found.end("value"))
                yield from self._candidate(
                    value, used, found["name"], evidence, used=True, first=place[0], last=place[1]
                )

    def _candidate(
        self,
        value: Value,
        rule: Rule,
        name: str,
        evidence: Evidence,
        *,
        used: bool,
        first: int = 0,
        last: int | None = None,
    ) -> Iterator[Located]:
        last = len(value.text) if last is None else last
        text = value.text[first:last]
        place = self._place(value, first, last) if text else None
        if place is None:
            return
        path, span = place
        weight = weigh(text, rule.value_kind)
        measured = Evidence(kind=EvidenceKind.ENTROPY, detail=f"{shannon(text):.1f} bits a character")
        yield Located(
            path=path,
            candidate=Candidate(
                rule_id=rule.id,
                span=span,
                value=SecretValue(text.encode("utf-8", "surrogatepass")),
                confidence=raised(weight) if used else weight,
                evidence=(evidence, measured),
                binding=name,
            ),
        )

    def _place(self, value: Value, first: int, last: int) -> tuple[str, Span] | None:
        """Return where the characters from `first` up to `last` are written: of several literals in the longest."""
        best: tuple[int, str, Span] | None = None
        at = 0
        for piece in value.pieces:
            low, high = max(first - at, 0), min(last - at, len(piece.text))
            if low < high and (piece.literal is None or piece.program is None):
                return None
            longer = low < high and (best is None or high - low > best[0])
            if longer and piece.literal is not None and piece.program is not None:
                best = (high - low, piece.program.path, _written(piece, piece.literal, low, high))
            at += len(piece.text)
        return best[1:] if best is not None else None

    def _flow(self, steps: tuple[Step, ...]) -> tuple[FlowStep, ...]:
        shown = steps if len(steps) <= _MOST_STEPS else (*steps[: _MOST_STEPS // 2], *steps[-_MOST_STEPS // 2 :])
        return tuple(self._step(step) for step in shown)

    def _step(self, step: Step) -> FlowStep:
        lines = self._files.lines(step.program.path)
        region = lines.region(Span(start=step.at.start, end=max(step.at.end, step.at.start)))
        return FlowStep(
            path=step.program.path, line=region.start_line, column=region.start_column, message=step.message
        )


def _asked_of_class(bound: Expression) -> bool:
    """Tell whether a class is asked for something of its own, which no user gives: Ruby's `Dir.pwd`."""
    of = bound.called.of if isinstance(bound, Call) and isinstance(bound.called, Member) else None
    return isinstance(bound, Call) and not bound.arguments and isinstance(of, Name) and of.name[:1].isupper()


def replace_candidate(located: Located, *, rotator: str) -> Located:
    """Return `located` with the rotation strategy that the value's use suggests."""
    return Located(path=located.path, candidate=replace(located.candidate, rotator=rotator))


def _written(piece: Piece, literal: Text, low: int, high: int) -> Span:
    if not piece.exact:
        return Span(start=literal.start, end=literal.end)
    first, last = piece.start + low, piece.start + high
    if literal.starts is None:
        return Span(start=literal.start + first, end=literal.start + last)
    end = literal.starts[last] if last < len(literal.starts) else literal.end
    return Span(start=literal.starts[first], end=end)


def _shown(parameter: Parameter) -> str:
    return parameter.key or parameter.name or f"argument {parameter.position}"
