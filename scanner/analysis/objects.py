"""The maps, lists and made objects that an expression may stand for, and what routines return that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from scanner.analysis.arguments import HOPS
from scanner.analysis.contents import merged
from scanner.analysis.inside import MOST_ELEMENTS, MOST_VALUES, Inside
from scanner.analysis.lists import listed_by, mapped_by, rows, settled_by, taken_from
from scanner.analysis.names import names_of
from scanner.analysis.program import (
    EACH,
    Call,
    Either,
    Entries,
    Expression,
    Items,
    Member,
    Name,
    Program,
    Routine,
    Several,
    Text,
)
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import LAST, RECEIVER, calls

_RESULTS = 2
"""What a function that is called back is given: an error, or none, and a result."""
_GETTER = re.compile(r"^(?:get|is)(?=[A-Z])")


def _called_back_with(program: Program, routine: Expression) -> Iterator[Expression]:
    """Yield what a function of Node gives the function behind its other parameters, behind the error."""
    if not isinstance(routine, Routine) or not routine.parameters or syntax(program.language).modules != "javascript":
        return
    for call in program.calls_of.get(routine.parameters[-1], ()):
        within = any(scope.routine is routine for scope in program.enclosing(call.scope))
        yield from [call.arguments[1].value] if within and len(call.arguments) == _RESULTS else ()


class Objects(Inside):
    """Follows expressions to objects and routines."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential."""
        super().__init__(project, telling)
        self._open: set[int] = set()
        """Expressions that are being followed."""
        self._objects_known: dict[int, list[tuple[Program, Expression]]] = {}
        self._properties: dict[tuple[int, str], Member] = {}

    def _objects(self, program: Program, expression: Expression, hops: int) -> list[tuple[Program, Expression]]:
        """Return the maps, lists and made objects that an expression may stand for."""
        if isinstance(expression, Several) and expression.elements and hops > 0:
            return [(program, expression), *self._objects(program, expression.elements[0], hops - 1)]
        if isinstance(expression, Entries | Items):
            return [(program, expression)]
        found = islice(self._standing(program, expression, hops), 2 * MOST_VALUES)
        return self._once(self._objects_known, id(expression), expression, found, hops)

    def _standing(self, program: Program, expression: Expression, hops: int) -> Iterator[tuple[Program, Expression]]:
        if isinstance(expression, Either | Routine):
            for option in expression.options if isinstance(expression, Either) else expression.returned:
                yield from self._objects(program, option, hops - 1)
        elif isinstance(expression, Name | Member):
            if isinstance(expression, Name) and expression.name == "this":
                return
            yield program, expression
            for owner, bound in self.bound(program, expression, hops - 1):
                if id(bound) not in self._open:
                    yield from self._objects(owner, bound, hops - 1)
            for whole in merged(program, expression):
                yield from self._objects(program, whole, hops - 1)
            filled = program.filled.get(expression.name) if isinstance(expression, Name) else None
            if filled:
                yield program, Entries(expression.start, expression.end, expression.scope, filled)
        elif isinstance(expression, Call):
            yield from self._made(program, expression, hops)

    def _made(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the object that a call makes or returns: itself, with its named arguments and its class's fields."""
        yield program, rows(program, call) or listed_by(program, call) or mapped_by(program, call) or call
        module = self._project.required(program, call)
        if module is not None:
            yield from self._project.whole(module)
        for owner, value in self._made_of(program, call):
            yield from self._objects(owner, value, hops - 1)
        for owner, routine in self._project.routines(program, call):
            for returned in routine.returned:
                yield from self._objects(owner, returned, hops - 1)
                of = call.called.of if isinstance(call.called, Member) else None
                if of is not None and isinstance(returned, Name) and returned.name == "this":
                    yield from self._objects(program, of, hops - 1)
        for owner, held in self._read_by(program, call, hops):
            yield from self._objects(owner, held, hops - 1)
        for owner, constant in self._project.constants(program, call):
            yield from self._objects(owner, constant, hops - 1)
        yield from self._handed_objects(program, call, hops)
        for owner, held in self.applied_to(program, call, hops - 1) if program.language == "scala" else ():
            yield from self._objects(owner, held, hops - 1)

    def _handed_objects(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the objects that a call hands on, or takes out of a map, by the tables."""
        for name in names_of(program, call):
            way = calls(program.language).through.get(name)
            if way is not None and way.way in ("get", "item") and call.arguments:
                for owner, held in self._looked_for(program, call, way.start, hops - 1):
                    yield from self._objects(owner, held, hops - 1)
            if way is not None and way.way in ("same", "default", "merge", "append"):
                whole = way.way == "merge"
                if way.way == "append":
                    yield program, Items(call.start, call.end, call.scope, [one.value for one in call.arguments[1:]])
                for given in [*self._given(call, way.start), *(one.value for one in call.arguments if whole)]:
                    yield from self._objects(program, given, hops - 1)

    def _looked_for(
        self, program: Program, call: Call, start: int | str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield what stands in a map under the key that a call asks for; where that is computed, all that it holds."""
        asked = call.arguments[0].value
        key = asked.value if isinstance(asked, Text) else f"{EACH}{last_word(asked)}"
        for given in self._given(call, start):
            yield from self.entry(program, given, key, hops)

    def _made_of(self, program: Program, call: Call) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call gives by what it is given: an element, a promise's value, the result of a result."""
        taken = taken_from(program, call)
        yield from ((program, one) for one in settled_by(program, call))
        yield from [(program, taken)] if taken is not None else []
        if isinstance(call.called, Routine | Call):
            yield from self.returned(program, call.called)
        for owner, held in self.bound(program, call.called) if isinstance(call.called, Name) else ():
            # A function that a variable holds out of a map of such.
            yield from self.returned(owner, held) if isinstance(held, Member) else ()

    def _read_by(self, program: Program, call: Call, hops: int) -> list[tuple[Program, Expression]]:
        """Return what a field is bound to that is read by a call without arguments."""
        if call.arguments or call.new or not isinstance(call.called, Member):
            return []
        found = self.bound(program, call.called, hops)
        plain = _GETTER.sub("", call.called.name)
        if found or plain == call.called.name or self._project.routines(program, call):
            return found
        return self.bound(program, self._property(call.called, plain[:1].lower() + plain[1:]), hops)

    def _property(self, getter: Member, name: str) -> Member:
        """Return the field that a getter is for which nobody wrote: tools make such."""
        key = (id(getter), name)
        if key not in self._properties:
            self._properties[key] = Member(getter.start, getter.end, getter.scope, getter.of, name)
            self._keep.append(getter)
        return self._properties[key]

    def lists(self, program: Program, expression: Expression) -> list[Items]:
        """Return the lists of `program` itself that an expression may stand for."""
        found = self._objects(program, expression, HOPS)
        return [one for owner, one in found if owner is program and isinstance(one, Items)]

    def keys(self, program: Program, expression: Expression) -> list[tuple[Program, Text]]:
        """Return the keys, as far as they are texts, of the maps that an expression may stand for."""
        found = self._objects(program, expression, HOPS)
        maps = [(at, one) for at, one in found if isinstance(one, Entries | Call)]
        return [(at, key) for at, one in maps for key in one.keys][:MOST_ELEMENTS]

    def returned(self, program: Program, expression: Expression) -> Iterator[tuple[Program, Expression]]:
        """Yield what the routines return that an expression may stand for."""
        found = self._named_routines(program, expression)
        if isinstance(expression, Call):
            made = self._project.routines(program, expression)
            held = [(owner, value) for owner, one in made for value in one.returned]
            found = [inner for owner, value in held for inner in self._named_routines(owner, value)]
            module = self._project.required(program, expression)
            found += list(self._project.whole(module)) if module is not None else ()
        for owner, routine in found:
            yield from ((owner, one) for one in _called_back_with(owner, routine))
            for value in routine.returned if isinstance(routine, Routine) else ():
                yield owner, value.elements[0] if isinstance(value, Several) and value.elements else value

    def _named_routines(self, program: Program, expression: Expression) -> list[tuple[Program, Expression]]:
        """Return the routines that an expression names, or itself."""
        if not isinstance(expression, Name | Member):
            return [(program, expression)]
        called = Call(expression.start, expression.end, expression.scope, expression, [], new=False)
        return [*self.bound(program, expression), *self._project.routines(program, called)]

    def _given(self, call: Call, start: int | str) -> list[Expression]:
        own = isinstance(call.called, Member) and call.called.of is None
        if start == RECEIVER and (own or isinstance(call.called, Name)):
            return [Name(call.start, call.start, call.scope, "this")]
        if start == RECEIVER:
            return [call.called.of] if isinstance(call.called, Member) and call.called.of is not None else []
        if isinstance(start, str) and start != LAST:
            return [one.value for one in call.arguments if one.name == start]
        place = len(call.arguments) - 1 if start == LAST else int(start)
        return [call.arguments[place].value] if 0 <= place < len(call.arguments) else []
