"""What an expression may stand for: texts, each with the literals it is made of and the way it came from there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice, product

from scanner.analysis.names import field_type, names_of
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
    Several,
    Text,
)
from scanner.analysis.project import CONSTRUCTORS, Project, may_mean
from scanner.analysis.tables import LAST, RECEIVER, Through, calls
from scanner.analysis.value import WAYS, Piece, Step, Value, changed_by, filled, unknown

_HOPS = 10
_MOST_VALUES = 8
"""Values of one expression that are followed; a program of people has few."""
_MOST_ELEMENTS = 24
"""Elements of one list that are followed where any of them may be meant."""
_MOST_STEPS = 20_000
_MOST_CALLERS = 12
_OF_OWN_CLASS = ("this", "self", "super")
"""Words by which one constructor calls another."""


_SLICE = re.compile(r"(-?\d*)\s*:\s*(-?\d*)(?:\s*:\s*(-?\d*))?")


def _dotted(expression: Expression | None) -> list[str]:
    """Return the words of `a.b.c`; none for anything else."""
    if isinstance(expression, Name):
        return [expression.name]
    if isinstance(expression, Member):
        before = _dotted(expression.of)
        return [*before, expression.name] if before else []
    return []


def _cut(text: str, *, part: str) -> str:
    found = _SLICE.fullmatch(part)
    bounds = [int(one) if one else None for one in found.groups()] if found is not None else []
    return text[slice(*bounds)]


def _replaced(text: str, *, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _given_for(call: Call, routine: Routine, returned: Expression) -> Expression | None:
    """Return what a call gives for a parameter that the routine hands back as it is."""
    if not isinstance(returned, Name) or returned.name not in routine.parameters:
        return None
    place = routine.parameters.index(returned.name)
    named = next((one.value for one in call.arguments if one.name == returned.name), None)
    return named or (call.arguments[place].value if place < len(call.arguments) else None)


class Values:
    """Follows the expressions of a project's files; one serves a file that is analysed, and those that it uses."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential, which its neighbours in a map then are not."""
        self._project = project
        self._telling = telling
        self._left = _MOST_STEPS
        self._known: dict[int, list[Value]] = {}
        self._open: set[int] = set()
        self._cuts = 0
        """How often something was not followed further: what was found on the way may not be all."""
        self._bound: dict[int, list[tuple[Program, Expression]]] = {}
        self._held: dict[int, list[tuple[Program, Expression]]] = {}
        self._keep: list[Expression] = []
        """What the numbers above stand for must not give them to others."""

    @property
    def cut_short(self) -> bool:
        """Tell whether something was not followed to its end, because that would take too long."""
        return self._left < 0

    def of(self, program: Program, expression: Expression | None, hops: int = _HOPS) -> list[Value]:
        """Return what `expression` of `program` may stand for."""
        if expression is None or hops <= 0 or self._left < 0:
            self._cuts += 1
            return []
        key = id(expression)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._cuts += 1
            return []
        self._left -= 1
        self._open.add(key)
        cuts = self._cuts
        try:
            found = list(islice(self._of(program, expression, hops), _MOST_VALUES))
        finally:
            self._open.discard(key)
        if not self._open or cuts == self._cuts:
            self._known[key] = found
            self._keep.append(expression)
        return found

    def _of(self, program: Program, expression: Expression, hops: int) -> Iterator[Value]:
        if isinstance(expression, Text):
            step = Step(program, expression, "the literal")
            yield Value((Piece(expression.value, expression, program),), (step,))
        elif isinstance(expression, Joined):
            yield from self._joined(program, expression.parts, hops)
        elif isinstance(expression, Either):
            for option in expression.options:
                yield from self.of(program, option, hops)
        elif isinstance(expression, Items):
            yield from self._characters(program, expression, hops)
        elif isinstance(expression, Call):
            yield from self._result(program, expression, hops)
        elif isinstance(expression, Name | Member):
            yield from self._read(program, expression, hops)

    def _read(self, program: Program, expression: Name | Member, hops: int) -> Iterator[Value]:
        if isinstance(expression, Member) and _SLICE.fullmatch(expression.name):
            cut = changed_by(partial(_cut, part=expression.name))
            for value in self.of(program, expression.of, hops - 1):
                yield cut(value) or value
            return
        message = f"read as {expression.name}"
        for owner, bound in self.bound(program, expression, hops):
            for value in self.of(owner, bound, hops - 1):
                yield value.then(Step(program, expression, message))

    def _joined(self, program: Program, parts: Sequence[Expression], hops: int) -> Iterator[Value]:
        """Yield the texts that parts make together; of a part that is not known a mark stands there."""
        options = [self.of(program, part, hops - 1) or [unknown()] for part in parts]
        for chosen in islice(product(*options), _MOST_VALUES):
            if any(piece.literal is not None for value in chosen for piece in value.pieces):
                pieces = tuple(piece for value in chosen for piece in value.pieces)
                yield Value(pieces, max((value.steps for value in chosen), key=len))

    def _characters(self, program: Program, items: Items, hops: int) -> Iterator[Value]:
        """Yield the text that a list of characters spells; of a list of texts each one by itself."""
        if len(items.elements) > 3 and all(isinstance(one, Text) and len(one.value) == 1 for one in items.elements):
            yield from self._joined(program, items.elements, hops)
            return
        for element in items.elements[:_MOST_VALUES]:
            yield from self.of(program, element, hops - 1)

    def bound(self, program: Program, what: Name | Member, hops: int = _HOPS) -> list[tuple[Program, Expression]]:
        """Return what a name or member may be bound to, each with the program in which that stands."""
        key = id(what)
        if key not in self._bound:
            self._left -= 1
            if hops <= 0 or self._left < 0:
                return []
            self._bound[key] = []
            self._keep.append(what)
            found = self._of_name(program, what) if isinstance(what, Name) else self._of_member(program, what, hops)
            self._bound[key] = list(islice(found, 4 * _MOST_VALUES))
        return self._bound[key]

    def _of_name(self, program: Program, name: Name) -> Iterator[tuple[Program, Expression]]:
        for scope in program.enclosing(name.scope):
            held = [one for one in scope.bound.get(name.name, ()) if one is not name]
            yield from ((program, one) for one in held)
            routine = scope.routine
            if routine is not None and name.name in routine.parameters:
                yield from self._arguments(program, routine, name.name)
                return
            if held or (name.name in scope.types and not scope.is_class):
                return
            if scope.owner:
                fields = program.fields.get((scope.owner, name.name))
                if fields:
                    yield from ((program, one) for one in fields)
                    return
        words = self._read_words(name)
        if len(words) > 1:
            owner = program.owner(name.scope) if words[-2] in ("Self", "self") else words[-2]
            yield from ((program, one) for one in program.fields.get((owner, words[-1]), ()))
        yield from self._project.imported(program, name.name, words)

    @staticmethod
    def _read_words(name: Name) -> list[str]:
        return re.split(r"::|\\|\.", name.name)

    def _arguments(self, program: Program, routine: Routine, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what callers give for a parameter, in this file and in others that use it."""
        position = routine.parameters.index(name)
        callers = list(islice(self._callers(program, routine), _MOST_CALLERS + 1))
        if len(callers) > _MOST_CALLERS:
            # A helper that everybody calls: what one caller gives it is not what another gets back.
            return
        for owner, call in callers:
            named = next((one.value for one in call.arguments if one.name == name), None)
            if named is not None:
                yield owner, named
            elif position < len(call.arguments) <= len(routine.parameters):
                given = call.arguments[position]
                yield from () if given.name else [(owner, given.value)]

    def _callers(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Call]]:
        makes = routine.owner and routine.name in (routine.owner, *CONSTRUCTORS)
        for word in dict.fromkeys((routine.name, *((routine.owner, *_OF_OWN_CLASS) if makes else ()))):
            for owner, call in self._project.callers(program, routine, word) if word else ():
                if may_mean(owner, call, routine):
                    yield owner, call

    def _of_member(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        of = member.of
        if of is None:
            yield from self._own_field(program, member)
            return
        if member.name in calls(program.language).members:
            yield program, of
        if isinstance(of, Name):
            yield from self._of_object(program, of, member, hops)
            return
        found = False
        for owner, value in self._objects(program, of, hops - 1):
            one: tuple[Program, Expression]
            for one in self._inside(owner, value, member.name):
                found = True
                yield one
        if not found and isinstance(of, Call) and member.name == "0":
            # The first of what a call returns, where it is known to return one thing.
            yield program, of
        if not found and isinstance(of, Member):
            yield from self._project.dotted(program, _dotted(of), member.name)
        kind = field_type(program, of) if not found else ""
        if kind:
            yield from self._project.held(program, kind, member.name)

    def _own_field(self, program: Program, member: Member) -> Iterator[tuple[Program, Expression]]:
        owner = program.owner(member.scope)
        held = program.fields.get((owner, member.name), ())
        yield from ((program, one) for one in held)
        if not held:
            yield from ((program, one) for one in program.fields.get(("", member.name), ()))
            # A method that is read like a field.
            routines = [one for one in program.routines.get(member.name, ()) if one.owner == owner]
            yield from ((program, returned) for routine in routines for returned in routine.returned)

    def _of_object(self, program: Program, of: Name, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        yield from ((program, one) for one in program.fields.get((f"={of.name}", member.name), ()))
        yield from ((program, one) for one in program.fields.get((of.name, member.name), ()))
        kind = next((scope.types[of.name] for scope in program.enclosing(of.scope) if of.name in scope.types), "")
        if kind:
            yield from self._project.held(program, program.owner(of.scope) if kind == "this" else kind, member.name)
        if member.name.startswith("*"):
            yield from (
                (program, one) for (at, _), held in program.fields.items() if at == f"={of.name}" for one in held
            )
        found = False
        for owner, value in self._objects(program, of, hops - 1):
            found = True
            yield from self._inside(owner, value, member.name)
        if not found:
            yield from self._project.member(program, of.name, kind, member.name)

    def _objects(self, program: Program, expression: Expression, hops: int) -> list[tuple[Program, Expression]]:
        """Return the maps, lists and made objects that an expression may stand for."""
        if isinstance(expression, Several) and expression.elements and hops > 0:
            return [(program, expression), *self._objects(program, expression.elements[0], hops - 1)]
        if isinstance(expression, Entries | Items):
            return [(program, expression)]
        key = id(expression)
        if key not in self._held:
            self._left -= 1
            if hops <= 0 or self._left < 0:
                return []
            self._held[key] = []
            self._keep.append(expression)
            self._held[key] = list(islice(self._standing(program, expression, hops), 2 * _MOST_VALUES))
        return self._held[key]

    def _standing(self, program: Program, expression: Expression, hops: int) -> Iterator[tuple[Program, Expression]]:
        if isinstance(expression, Either):
            for option in expression.options:
                yield from self._objects(program, option, hops - 1)
        elif isinstance(expression, Name | Member):
            yield from self._held_objects(program, expression, hops)
        elif isinstance(expression, Call):
            yield from self._made(program, expression, hops)

    def _held_objects(
        self, program: Program, expression: Name | Member, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        if isinstance(expression, Name) and expression.name == "this":
            return
        for owner, bound in self.bound(program, expression, hops - 1):
            if id(bound) not in self._open:
                yield from self._objects(owner, bound, hops - 1)
        filled = program.filled.get(expression.name) if isinstance(expression, Name) else None
        if filled:
            yield program, Entries(expression.start, expression.end, expression.scope, filled)

    def _made(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the object that a call makes or returns: itself, with its named arguments and its class's fields."""
        yield program, call
        module = self._project.required(program, call)
        if module is not None:
            yield from self._project.whole(module)
        for owner, routine in self._project.routines(program, call):
            for returned in routine.returned:
                yield from self._objects(owner, returned, hops - 1)
        for name in names_of(program, call):
            way = calls(program.language).through.get(name)
            if way is not None and way.way in ("same", "default"):
                for given in self._given(call, way.start):
                    yield from self._objects(program, given, hops - 1)

    def entry(self, program: Program, expression: Expression, key: str) -> list[tuple[Program, Expression]]:
        """Return what stands under `key` in the map or object that `expression` may stand for."""
        found = [
            one for owner, value in self._objects(program, expression, _HOPS) for one in self._inside(owner, value, key)
        ]
        if isinstance(expression, Name):
            found.extend((program, one) for one in program.fields.get((f"={expression.name}", key), ()))
        return found[:_MOST_VALUES]

    def returned(self, program: Program, expression: Expression) -> Iterator[tuple[Program, Expression]]:
        """Yield what the routines return that an expression may stand for."""
        found: list[tuple[Program, Expression]] = [(program, expression)]
        if isinstance(expression, Name | Member):
            found = self.bound(program, expression, _HOPS)
            called = Call(expression.start, expression.end, expression.scope, expression, [], new=False)
            found.extend(self._project.routines(program, called))
        elif isinstance(expression, Call):
            found = [
                (owner, value) for owner, one in self._project.routines(program, expression) for value in one.returned
            ]
        for owner, routine in found:
            for value in routine.returned if isinstance(routine, Routine) else ():
                yield owner, value.elements[0] if isinstance(value, Several) and value.elements else value

    def _inside(self, program: Program, value: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        if isinstance(value, Entries):
            held = [one for key, one in value.entries if key == name.lstrip("*")]
            if not held and name.startswith("*"):
                held = [one for key, one in value.entries if self._telling(key)]
                held = held or [one for _, one in value.entries]
            yield from ((program, one) for one in held)
        elif isinstance(value, Items) and name.startswith("*"):
            yield from ((program, one) for one in value.elements[:_MOST_ELEMENTS])
        elif isinstance(value, Items) and name.isdigit() and int(name) < len(value.elements):
            yield program, value.elements[int(name)]
        elif isinstance(value, Call):
            yield from ((program, one.value) for one in value.arguments if one.name == name)
            if value.new and any(not one.name for one in value.arguments):
                place = self._project.place_of_field(program, value.called, name)
                if place is not None and place < len(value.arguments):
                    yield program, value.arguments[place].value
            if value.new or isinstance(value.called, Name):
                yield from self._project.fields(program, value.called, name)
                place = self._project.place_of_field(program, value.called, name)
                if place is not None and place < len(value.arguments) and not value.arguments[place].name:
                    yield program, value.arguments[place].value

    def _result(self, program: Program, call: Call, hops: int) -> Iterator[Value]:
        """Yield what a call returns: by the tables, or by what the routine of this name returns."""
        table = calls(program.language)
        for name in names_of(program, call):
            through = table.through.get(name)
            if through is not None:
                yield from self._handed_on(program, call, through, hops)
                return
        for owner, routine in self._called(program, call, hops):
            for returned in routine.returned:
                given = _given_for(call, routine, returned)
                first = returned.elements[0] if isinstance(returned, Several) and returned.elements else returned
                handed = self.of(program, given, hops - 1) if given is not None else self.of(owner, first, hops - 1)
                for value in handed:
                    yield value.then(Step(program, call, f"returned by {routine.name or 'a function'}"))
        if isinstance(call.called, Name) and call.called.name in program.classes and len(call.arguments) == 1:
            yield from self.of(program, call.arguments[0].value, hops - 1)

    def _called(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Routine]]:
        """Yield the routines that a call may mean: by its name, or bound to it."""
        yield from self._project.routines(program, call)
        if isinstance(call.called, Name | Member) and not call.new:
            for owner, bound in self.bound(program, call.called, hops):
                if isinstance(bound, Routine) and not bound.name:
                    yield owner, bound

    def _handed_on(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        given = self._given(call, through.start)
        if through.way in ("format", "join", "concat", "builder"):
            yield from self._composed(program, call, through, given, hops)
            return
        if through.way in ("each", "item", "replace"):
            yield from self._taken_from(program, call, through, given, hops)
            return
        if through.way == "default":
            given = [inner for one in given for inner in (one.returned if isinstance(one, Routine) else [one])]
        for one in given:
            for value in self.of(program, one, hops - 1):
                changed = WAYS[through.way](value)
                if changed is not None:
                    yield changed

    def _taken_from(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        if through.way == "item":
            yield from self._looked_up(program, call, hops)
        elif through.way == "replace":
            yield from self._replaced(program, call, given, hops)
        else:
            for one in given:
                for owner, element in self.entry(program, one, EACH):
                    yield from self.of(owner, element, hops - 1)

    def _looked_up(self, program: Program, call: Call, hops: int) -> Iterator[Value]:
        """Yield what stands in a map under the key that a call asks for, or what takes its place."""
        receiver = self._given(call, RECEIVER)
        for key in self.of(program, call.arguments[0].value, hops - 1) if call.arguments else ():
            for of in receiver:
                for owner, found in self.entry(program, of, key.text):
                    yield from self.of(owner, found, hops - 1)
        for default in call.arguments[1:2]:
            yield from self.of(program, default.value, hops - 1)

    def _replaced(self, program: Program, call: Call, given: list[Expression], hops: int) -> Iterator[Value]:
        """Yield a text with one part of it replaced by another, where both are known."""
        sides = [self.of(program, one.value, hops - 1) for one in call.arguments[:2]]
        for one in given:
            for value in self.of(program, one, hops - 1):
                if len(sides) == 2 and sides[0] and sides[1]:
                    old, new = sides[0][0].text, sides[1][0].text
                    yield changed_by(partial(_replaced, old=old, new=new))(value) or value
                else:
                    yield value

    def _given(self, call: Call, start: int | str) -> list[Expression]:
        if start == RECEIVER:
            return [call.called.of] if isinstance(call.called, Member) and call.called.of is not None else []
        if start == LAST:
            return [call.arguments[-1].value] if call.arguments else []
        place = int(start)
        return [call.arguments[place].value] if place < len(call.arguments) else []

    def handed_on(self, program: Program, call: Call) -> list[Expression]:
        """Return the expressions whose text a call hands on as it is; none for other calls."""
        table = calls(program.language).through
        ways = [table[name] for name in names_of(program, call) if name in table]
        return [one for way in ways[:1] if way.way in ("same", "default") for one in self._given(call, way.start)]

    def _composed(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        rest = [one.value for one in call.arguments]
        if through.way == "concat":
            yield from self._joined(program, [*(given if through.start == RECEIVER else []), *rest], hops)
        elif through.way == "builder":
            yield from self._built(program, given, hops)
        elif through.way == "join":
            yield from self._listed(program, call, through, hops)
        else:
            start = -1 if through.start == RECEIVER else int(through.start)
            for pattern in given:
                yield from self._formatted(program, pattern, rest[start + 1 :], hops)

    def _listed(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        """Yield the elements of a list with what stands between them."""
        arguments = [one.value for one in call.arguments]
        if through.start == RECEIVER:
            lists, between = self._given(call, RECEIVER), arguments[0] if arguments else None
        else:
            lists, between = self._given(call, through.start), self._separator(call, int(through.start))
        separators = self.of(program, between, hops - 1) if between is not None else []
        for one in lists:
            for owner, found in self._objects(program, one, hops - 1):
                if isinstance(found, Items):
                    yield from self._interspersed(owner, found.elements, separators, hops)
        spread = arguments[int(through.start) :] if isinstance(through.start, int) else []
        if len(spread) > 1:
            yield from self._interspersed(program, spread, separators, hops)

    @staticmethod
    def _separator(call: Call, place: int) -> Expression | None:
        """Return what parts the elements: it stands before the list, or behind it where that comes first."""
        others = [one.value for number, one in enumerate(call.arguments) if number != place]
        if place:
            return call.arguments[0].value
        if isinstance(call.called, Member) and not others:
            return call.called.of
        return others[0] if others else None

    def _interspersed(
        self, program: Program, elements: Sequence[Expression], separators: list[Value], hops: int
    ) -> Iterator[Value]:
        for value in self._joined(program, elements, hops):
            between = separators[0].text if separators else ""
            if not between:
                yield value
                continue
            pieces: list[Piece] = []
            for piece in value.pieces:
                pieces.extend([Piece(between, piece.literal, piece.program, exact=False)] if pieces else [])
                pieces.append(piece)
            yield Value(tuple(pieces), value.steps)

    def _built(self, program: Program, given: list[Expression], hops: int) -> Iterator[Value]:
        """Yield what a builder holds: its chained calls, or the calls on its variable, each add their arguments."""
        for receiver in given:
            parts: list[Expression] = []
            chain = receiver
            while isinstance(chain, Call):
                parts[:0] = [one.value for one in chain.arguments]
                chain = chain.called.of if isinstance(chain.called, Member) and chain.called.of is not None else chain
                if not isinstance(chain, Call | Name) or (isinstance(chain, Call) and chain is receiver):
                    break
                if isinstance(chain, Call) and chain.new:
                    parts[:0] = [one.value for one in chain.arguments]
                    break
            if isinstance(chain, Name):
                parts[:0] = self._added(program, chain)
            if parts:
                yield from self._joined(program, parts, hops)

    @staticmethod
    def _added(program: Program, name: Name) -> list[Expression]:
        found: list[Call] = []
        for scope in program.enclosing(name.scope):
            for bound in scope.bound.get(name.name, ()):
                if isinstance(bound, Call):
                    found.append(bound)
            if found:
                break
        for word in ("append", "WriteString", "Append", "write", "push", "push_str", "concat", "add"):
            found.extend(
                one
                for one in program.calls_of.get(word, ())
                if isinstance(one.called, Member)
                and isinstance(one.called.of, Name)
                and one.called.of.name == name.name
            )
        return [argument.value for call in sorted(found, key=lambda one: one.end) for argument in call.arguments]

    def _spread(self, program: Program, rest: list[Expression], hops: int) -> list[Expression]:
        """Return what a pattern is filled with: a tuple that is given by its name is its elements."""
        if len(rest) == 1 and isinstance(rest[0], Name):
            for owner, found in self._objects(program, rest[0], hops - 1):
                if isinstance(found, Items) and owner is program:
                    return found.elements
        return rest

    def _formatted(self, program: Program, pattern: Expression, rest: list[Expression], hops: int) -> Iterator[Value]:
        for value in self.of(program, pattern, hops - 1):
            if len(value.pieces) != 1 or value.pieces[0].literal is None:
                continue
            options = [self.of(program, one, hops - 1) or [unknown()] for one in self._spread(program, rest, hops)]
            for chosen in islice(product(*options), _MOST_VALUES):
                yield filled(value, chosen)
