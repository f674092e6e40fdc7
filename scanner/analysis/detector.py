"""Credentials in a program: literals that reach a call that takes one, that are compared, or that a name gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from scanner.analysis.alike import alike
from scanner.analysis.candidates import Candidates, Located, placed, replace_candidate
from scanner.analysis.connections import awaits_credential, behind_schemes, passwords_in
from scanner.analysis.extent import extent
from scanner.analysis.files import Files
from scanner.analysis.gathered import gathered, names_several
from scanner.analysis.given import applied, defaults_in
from scanner.analysis.handed import Handed
from scanner.analysis.instead import set_instead
from scanner.analysis.logins import Logins, is_users_name
from scanner.analysis.looks import is_pin, looks_drawn, surely_drawn
from scanner.analysis.names import names_of, object_names, says_any
from scanner.analysis.naming import Naming
from scanner.analysis.octets import octets
from scanner.analysis.program import (
    EACH,
    Call,
    Either,
    Entries,
    Expression,
    Items,
    Joined,
    Member,
    Name,
    Program,
    Routine,
    Text,
)
from scanner.analysis.project import Project
from scanner.analysis.queries import QUERIES, asked_with, keys_in, named_in_query
from scanner.analysis.ran import SHELL, Ran
from scanner.analysis.reading.texts import name_before
from scanner.analysis.reading.walk import last_word
from scanner.analysis.signatures import Signatures, prompted
from scanner.analysis.steps import Steps
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import Calls, Comparison, Parameter, calls
from scanner.analysis.value import Step, Value
from scanner.analysis.values import Values
from scanner.analysis.wrappers import Wrappers
from scanner.detectors.scheme import behind_scheme
from scanner.model import Confidence, Evidence, EvidenceKind
from scanner.prefilter.found import Finder
from scanner.rulebook.model import RuleBook, ValueKind
from scanner.rulebook.names import NameClassifier, normalised
from strongroom.kernel.record import replace

_SETTING = re.compile(r"(?:[Ss]et|[Ww]ith|[Aa]dd|[Uu]sing|[Uu]se|[Bb]y)(?=[A-Z_])_?|^put")
_FEW_STEPS = 400
"""What is spent on a key or on a text that may be a credential's form by chance: their literals are near."""
_MOST_NAMES = 3
"""Names of one option: `-p`, `--password`."""
_OF_HEADER = "hardcoded-token"
"""The rule of what a header is compared with that a service has made up for itself."""
_AUTHORISING = re.compile(r"(?:^|_)o?auth$")
"""Names of what lets in, and of what says whether somebody is let in: a drawn text tells them apart."""
_PIN_NAMES, _OF_PIN = ("pin", "pin_code", "pincode", "passcode", "door_code"), "hardcoded-password"
"""Names by which digits are a credential where they are compared."""
_COMPOSING = ("builder", "concat", "join", "format")
_OPTION = re.compile(r"--([\w-]+)")
"""An option of the command line, by the name that is written out."""


class ProgramDetector:
    """Finds candidates in programs; one serves a whole scan."""

    def __init__(self, book: RuleBook, names: NameClassifier, finder: Finder) -> None:
        self.book = book
        self.names = names
        self.finder = finder

    def find(self, files: Files, program: Program) -> tuple[list[Located], bool, frozenset[str] | None]:
        """Return what `program` holds or leads to in `files`, and whether something was not followed to its end.

        The third are the other files that were read, None where that is not known.
        """
        search = _Search(self, files, program)
        found: list[Located] = []
        try:
            found.extend(search.found())
        except RecursionError:
            return found, True, None
        return found, search.values.cut_short or program.cut, search.project.read_files()


class _Search:
    """One program's candidates."""

    def __init__(self, detector: ProgramDetector, files: Files, program: Program) -> None:
        self._detector = detector
        self._steps = Steps(files)
        self._program = program
        self._table = calls(program.language)
        self.project = Project(files, program)
        self.values = Values(self.project, lambda key: detector.names.classify(key) is not None)
        # Keys, and texts that may be a credential's form by chance, are not worth the reading of other files.
        alone = Project(Files([], lambda _: None), program)
        self._near = Values(alone, lambda key: detector.names.classify(key) is not None)
        self._handed = Handed(program, self.values)
        self._wrappers = Wrappers(self.project)
        self._signatures = Signatures(self.project, program)
        self._logins = Logins(program, self.values)
        self._ran = Ran(program, self.values)
        self._naming = Naming(detector.book, detector.names, self.values, program)
        self._candidates = Candidates(detector.book, detector.finder, self._naming, program.path)

    def found(self) -> Iterator[Located]:
        """Yield the candidates, the surest kinds first."""
        for call in self._calls():
            names = names_of(self._program, call)
            yield from self._sunk(call, names)
            yield from self._wrapped(call, names)
            yield from self._paired(call, names)
            yield from self._checked_by(call, names)
            yield from self._run_by(call, names, self._program.language)
        for target, value in self._program.assigned:
            yield from self._set(target, value)
            yield from self._named(self._naming.filled_in(target), value)
        for left, right in self._program.compared:
            yield from self._checked(left, right)
        for held, key in self._program.looked_up:
            yield from self._checked(held, key, one_way=True)
        for name, value in self._program.named:
            yield from self._named(name, value)
        for asked, default in self._program.defaulted:
            yield from self._named(self._naming.known_as(asked), default)
        for setting, text in set_instead(self._program, self._naming):
            yield from self._named(setting, text)
        for joined in (*self._program.joined, *self._formats()):
            yield from self._shaped(joined)
        for pattern in self._formats():
            yield from self._filled(pattern)

    def _formats(self) -> Iterator[Call]:
        """Yield the calls that set texts into a pattern."""
        for call in self._program.calls:
            ways = [self._table.through[one] for one in names_of(self._program, call) if one in self._table.through]
            if ways and ways[0].way == "format":
                yield call

    def _filled(self, pattern: Call) -> Iterator[Located]:
        """Yield what is set into holes of a pattern that says before them that a credential comes: `password=%s`."""
        near = self._near.within(_FEW_STEPS, self._program, pattern)
        if all(self._naming.rule_of(name_before(piece.text)) is None for value in near for piece in value.pieces):
            return
        for value in self.values.of(self._program, pattern):
            at = 0
            for before, piece in pairwise(value.pieces):
                at += len(before.text)
                name = name_before(before.text) if piece.literal is not before.literal else ""
                rule = self._naming.rule_of(name)
                if rule is not None and piece.literal is not None:
                    detail, flow = f"set behind the name {name}", self._steps.shown(value.steps)
                    evidence = Evidence(kind=EvidenceKind.KEYWORD, detail=detail, flow=flow)
                    last = at + len(piece.text)
                    yield from self._candidates.made(value, rule, name, evidence, used=False, first=at, last=last)

    def _calls(self) -> Iterator[Call]:
        """Yield the calls, those too that another call makes later."""
        for call in self._program.calls:
            yield call
            made = applied(self._program, call)
            yield from [made] if made is not None else []

    def _run_by(self, call: Call, names: list[str], language: str) -> Iterator[Located]:
        """Search what a call runs: a command is the call of a shell, and a script is a program of its own."""
        for script, other in self._ran.interpreted(call, names, language):
            yield from self._in_script(script, call, other)
        for ran in self._ran.by(call, names, language):
            if isinstance(ran, Value):
                yield from self._in_script(ran, call)
                continue
            word = [last_word(ran.called)]
            yield from self._sunk(ran, word, calls(SHELL))
            yield from self._run_by(ran, word, SHELL)

    def _in_script(self, script: Value, call: Call, language: str = SHELL) -> Iterator[Located]:
        text = script.text
        data = text.encode("utf-8", "replace")
        files = Files([], lambda _path: data)
        flow = self._steps.shown((*script.steps, Step(self._program, call, f"run as {language}")))
        for one in _Search(self._detector, files, files.take(self._program.path, data, language)).found():
            first, last = (
                len(data[:end].decode("utf-8", "replace")) for end in (one.candidate.span.start, one.candidate.span.end)
            )
            place = script.place(first, last)
            evidence = tuple(replace(held, flow=flow) for held in one.candidate.evidence)
            yield from [placed(place, replace(one.candidate, evidence=evidence))] if place is not None else []

    def _sunk(self, call: Call, names: list[str], table: Calls | None = None) -> Iterator[Located]:
        sinks = (table or self._table).sinks
        known = next((name for name in names if name in sinks), None)
        for parameter in sinks[known] if known is not None else ():
            if not _fits(call, parameter):
                continue
            for program, given in self._handed.given(call, parameter):
                for value in self.values.of(program, given):
                    message = f"reaches {known}({_shown(parameter)})"
                    for located in self._reached(value, parameter, Step(program, given, message)):
                        yield self._with_login(located, call, parameter)

    def _with_login(self, located: Located, call: Call, parameter: Parameter) -> Located:
        """Return what was found with where the other parts of its login stand: they are moved together."""
        beside = self._logins.beside(call, parameter)
        evidence = [
            Evidence(kind=EvidenceKind.PAIR, detail=f"pair: the {kind} stands on line {step.line} of {step.path}")
            for kind, value in beside
            for step in self._steps.shown(value.steps[:1])
        ]
        candidate = replace(located.candidate, evidence=(*located.candidate.evidence, *evidence))
        if is_users_name(candidate.value, beside):
            candidate = replace(candidate, confidence=Confidence.LOW)
        return Located(path=located.path, candidate=candidate)

    def _wrapped(self, call: Call, names: list[str]) -> Iterator[Located]:
        """Follow what looks like a credential into a routine of another file that hands it on."""
        if any(name in self._table.sinks for name in names):
            return
        telling = self._leads_elsewhere(call) and any(self._drawn_here(one.value) for one in call.arguments)
        for name, given in self._signatures.named(call, elsewhere=telling):
            yield from self._named(name, given)
        for taken in self._wrappers.of(self._program, call) if telling else ():
            for program, one in self._handed.argument(call, Parameter(position=taken.position, name=taken.name)):
                for value in self.values.of(program, one):
                    message = f"reaches {taken.call}({_shown(taken.parameter)}) through {last_word(call.called)}"
                    yield from self._reached(value, taken.parameter, Step(program, one, message))

    def _leads_elsewhere(self, call: Call) -> bool:
        """Tell whether what a call names may stand in another file of the project."""
        root: Expression | None = call.called
        while isinstance(root, Member):
            root = root.of
        return isinstance(root, Name) and self.project.leads(self._program, re.split(r"\.|::|\\", root.name)[0])

    def _drawn_here(self, given: Expression) -> bool:
        """Tell whether an argument looks like a credential as far as its own file shows, before others are read."""
        held = [given]
        if isinstance(given, Name | Member):
            held = self.values.here(self._program, given)
        held = [part for one in held for part in (one.options if isinstance(one, Either) else [one])]
        held = [part for one in held for part in (one.parts if isinstance(one, Joined) else [one])]
        return any(self._looks_drawn(one) for one in held)

    def _looks_drawn(self, held: Expression) -> bool:
        if isinstance(held, Text):
            return looks_drawn(held.value)
        if not isinstance(held, Call) or not self._composes(held):
            return False
        near = self._near.within(_FEW_STEPS, self._program, held)
        return any(one.known and looks_drawn(one.text) for one in near)

    def _composes(self, call: Call) -> bool:
        """Tell whether a call makes a text of several, by the tables."""
        ways = (self._table.through[one].way for one in names_of(self._program, call) if one in self._table.through)
        return next(ways, "") in _COMPOSING

    def _set(self, target: Member, value: Expression) -> Iterator[Located]:
        """A field that is set takes what the making of its object takes by that name."""
        names = object_names(self._program, target) if target.of is not None else []
        known = next((name for name in names if name in self._table.sinks), None)
        for parameter in self._table.sinks[known] if known is not None else ():
            if parameter.name == target.name and not parameter.key and not parameter.returned:
                for one in self.values.of(self._program, value):
                    last = Step(self._program, value, f"is set as {known}({parameter.name})")
                    yield from self._reached(one, parameter, last)

    def _reached(self, value: Value, parameter: Parameter, last: Step) -> Iterator[Located]:
        evidence = Evidence(kind=EvidenceKind.SINK, detail=last.message, flow=self._steps.shown((*value.steps, last)))
        yield from self._candidates.reaching(value, parameter, evidence)

    def _paired(self, call: Call, names: list[str]) -> Iterator[Located]:
        """A call that binds a value to a name, by its arguments or by its own name."""
        known = next((name for name in names if name in self._table.pairs and not self._naming.tells(call)), None)
        for pair in self._table.pairs[known] if known is not None else ():
            for key, value in self._handed.pairs(call, pair):
                most = _MOST_NAMES if isinstance(key, Items) else 1
                texts = [value.text for value in self._near.within(_FEW_STEPS, self._program, key)[:most]]
                for written in texts or [self._naming.known_as(key) or last_word(key)]:
                    option = _OPTION.search(written)
                    name = named_in_query(option[1] if option else written.lstrip("-"), call)
                    for one in value.returned if isinstance(value, Routine) else [value]:
                        yield from self._named(name, one)
        for name, default in self._naming.defaults(call, names):
            yield from self._named(name, default)
        for asked_as, held in asked_with(call):
            yield from self._named(asked_as, held)
        word = last_word(call.called)
        # In languages where calls need no brackets a setting may be the call of its name: `secret_key "..."`.
        set_by = isinstance(call.called, Member) or syntax(self._program.language).bare_calls
        if len(call.arguments) == 1 and not call.new and set_by:
            yield from self._named(_SETTING.sub("", word, count=1), call.arguments[0].value)
        for asked in prompted(self._program, call, self._table.prompts) if call.arguments else ():
            yield from self._named(self._naming.asked_by(asked), call.arguments[0].value)

    def _named(self, name: str, value: Expression) -> Iterator[Located]:
        for owner, password in self._second(value) if name in self._table.tuples else ():
            parameter = Parameter(name=name, rule=self._table.tuples[name])
            for one in self.values.of(owner, password):
                yield from self._reached(one, parameter, Step(owner, password, f"the password of {name}"))
        for default in defaults_in(value):
            yield from self._named(name, default)
        for asked_as, inner in keys_in(value) if name in QUERIES else ():
            yield from self._named(asked_as, inner)
        if isinstance(value, Entries | Items | Call) and names_several(name) and not self._naming.refuses(name):
            yield from (found for one in gathered(self._program, value) for found in self._bound(name, one))
        if isinstance(value, Routine) and not value.parameters:
            # What is given as a function without parameters is what that returns.
            yield from (found for one in value.returned for found in self._bound(name, one))
        if isinstance(value, Entries | Items | Routine) and not (isinstance(value, Items) and octets(value)):
            return
        lines = "*" in self._table.settings and _is_of_lines(value)
        if name in self._table.settings or lines:
            for one in self.values.of(self._program, value):
                yield from self._reached(one, Parameter(), Step(self._program, value, f"the settings {name}"))
        yield from self._bound(name, value)

    def _second(self, value: Expression) -> list[tuple[Program, Expression]]:
        """Return the second of a pair, which is written here or has a name."""
        if isinstance(value, Items):
            return [(self._program, value.elements[1])] if len(value.elements) == 2 else []
        if not isinstance(value, Name | Member) or self.values.entry(self._program, value, "2"):
            return []
        return self.values.entry(self._program, value, "1")

    def _bound(self, name: str, value: Expression) -> Iterator[Located]:
        """Yield what a name gives away that `value` stands for."""
        rule = self._naming.rule_of(name)
        if rule is None:
            return
        for one in self.values.of(self._program, value):
            if names_several(name) and rule.value_kind is ValueKind.TOKEN and not surely_drawn(one.text):
                # What a text is taken apart into, tokens of a language among them.
                continue
            flow = self._steps.shown(one.steps) if len(one.steps) > 1 else ()
            evidence = Evidence(kind=EvidenceKind.KEYWORD, detail=f"bound to the name {name}", flow=flow)
            first, last = extent(one.text, token=rule.value_kind is ValueKind.TOKEN)
            yield from self._candidates.made(one, rule, name, evidence, used=False, first=first, last=last)

    def _checked_by(self, call: Call, names: list[str]) -> Iterator[Located]:
        listed = [self._table.compared[name] for name in names if name in self._table.compared]
        for known in listed:
            sides = [(self._handed.side(call, one.left), self._handed.side(call, one.right), one) for one in known]
            for left, right, one in sides:
                refused = one.one_way and left is not None and self._naming.refuses(last_word(left))
                if left is not None and right is not None and not refused:
                    yield from self._checked(left, right, one.rule, one_way=one.one_way)
                    yield from self._looked_through(left, right, one) if one.one_way else ()
            if any(left is not None and right is not None for left, right, _ in sides):
                return

    def _looked_through(self, held: Expression, sought: Expression, known: Comparison) -> Iterator[Located]:
        """Follow the elements of a map in which what a user gives is looked for."""
        elements = self.values.entry(self._program, held, EACH) if not isinstance(held, Items) else ()
        for program, one in elements:
            if program is self._program:
                yield from self._compared(one, sought, known.rule, one_way=True)

    def _checked(
        self, left: Expression, right: Expression, listed: str | None = None, *, one_way: bool = False
    ) -> Iterator[Located]:
        """Follow the sides of a comparison, and what went into them where both are what one function returns."""
        yield from self._compared(left, right, listed, one_way=one_way)
        for given, known in alike(self._program, self.values, left, right):
            yield from self._compared(given, known)

    def _compared(
        self, left: Expression, right: Expression, listed: str | None = None, *, one_way: bool = False
    ) -> Iterator[Located]:
        """Follow each side of a comparison whose other side is known by a credential's name, or of credentials only."""
        for value, other in ((left, right), (right, left))[: 1 if one_way else 2]:
            name = self._naming.known_as(other) if not isinstance(other, Text) else ""
            rule = self._naming.rule_of(name)
            header = self._drawn_for(other, name) if rule is None else ""
            if header:
                name, rule = header, self._detector.book.by_id[_OF_HEADER]
            pin = rule is None and normalised(name) in _PIN_NAMES
            rule = self._detector.book.by_id[_OF_PIN] if pin else rule
            if rule is None and listed is not None and not self._naming.computes(other):
                rule = self._detector.book.by_id[listed]
            if rule is None or isinstance(other, Text):
                continue
            held = [(self._program, value), *self.values.keys(self._program, value)]
            for one in (text for program, part in held for text in self.values.of(program, part)):
                digits = rule.value_kind is ValueKind.PASSWORD and is_pin(one.text)
                if (header and not surely_drawn(one.text)) or (pin and not digits):
                    continue
                scheme = behind_scheme(one.text)
                if not digits and not looks_drawn(one.text[scheme:]):
                    continue
                flow = self._steps.shown((*one.steps, Step(self._program, value, "compared")))
                evidence = Evidence(kind=EvidenceKind.SINK, detail="compared with what a user gives", flow=flow)
                used = digits or listed is not None
                for located in self._candidates.made(one, rule, name, evidence, used=used, first=scheme):
                    yield replace_candidate(located, rotator="generated")

    def _drawn_for(self, other: Expression, name: str) -> str:
        """Return by which name a side of a comparison is known that is a credential's where the other looks drawn."""
        header = self._naming.header_of(other)
        return header or (name if _AUTHORISING.search(normalised(name)) else "")

    def _shaped(self, joined: Expression) -> Iterator[Located]:
        """Try the patterns on a text that is made of several literals and stands nowhere as a whole."""
        found = self._near.within(_FEW_STEPS, self._program, joined)
        if any(awaits_credential(value.text) and not value.known for value in found):
            # What comes from elsewhere is known to be a credential.
            found = self.values.of(self._program, joined)
        for value in found:
            literals = {id(piece.literal) for piece in value.pieces if piece.literal is not None}
            if len(literals) > 1:
                evidence = Evidence(
                    kind=EvidenceKind.PATTERN, detail="joined of several literals", flow=self._steps.shown(value.steps)
                )
                yield from self._candidates.matching(value, evidence, connections=False)
                parts = [(*one, "Authorization") for one in behind_schemes(value.text)]
                parts += [(*one, "password") for one in passwords_in(value.text, statements=True)]
                for rule, start, end, name in parts:
                    held = self._detector.book.by_id[rule]
                    yield from self._candidates.made(value, held, name, evidence, used=True, first=start, last=end)


def _is_of_lines(value: Expression) -> bool:
    """Tell whether a text has several lines, as far as it is written here."""
    parts = value.parts if isinstance(value, Joined) else [value]
    return any(isinstance(one, Text) and "\n" in one.value.strip() for one in parts)


def _fits(call: Call, parameter: Parameter) -> bool:
    """Tell whether a call has the words and as many arguments as it must have to take a credential there."""
    refused = bool(parameter.unless) and says_any(call, parameter.unless)
    count = len(call.arguments)
    few = count <= parameter.most or not parameter.most
    return few and count >= parameter.least and not refused and says_any(call, parameter.when)


def _shown(parameter: Parameter) -> str:
    return parameter.key or parameter.name or f"argument {parameter.position}"
