"""What an expression may stand for: texts, each with the literals it is made of and the way it came from there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product

from scanner.analysis.lists import first, listed_by, paired
from scanner.analysis.names import names_of
from scanner.analysis.program import (
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
from scanner.analysis.tables import LAST, RECEIVER, Through, calls
from scanner.analysis.value import WAYS, Piece, Step, Value, filled, unknown

_HOPS = 12
_MOST_VALUES = 8
"""Values of one expression that are followed; a program of people has few."""
_MOST_STEPS = 20_000
_CONSTRUCTORS = ("constructor", "__init__", "__construct", "initialize", "new", "init")
_OF_OWN_CLASS = ("this", "self", "super")
"""Words by which one constructor calls another."""


class Values:
    """Follows the expressions of a project's files; one serves a file that is analysed, and those that it uses."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._left = _MOST_STEPS
        self._known: dict[int, list[Value]] = {}
        self._open: set[int] = set()
        self._looking: set[int] = set()
        self._keep: list[Expression] = []

    @property
    def cut_short(self) -> bool:
        """Tell whether something was not followed to its end, because that would take too long."""
        return self._left < 0

    def of(self, program: Program, expression: Expression | None, hops: int = _HOPS) -> list[Value]:
        """Return what `expression` of `program` may stand for."""
        if expression is None or hops <= 0 or self._left < 0:
            return []
        key = id(expression)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            return []
        self._left -= 1
        self._open.add(key)
        try:
            found = list(islice(self._of(program, expression, hops), _MOST_VALUES))
        finally:
            self._open.discard(key)
        if not self._open:
            self._known[key] = found
            self._keep.append(expression)
        return found

    def _of(self, program: Program, expression: Expression, hops: int) -> Iterator[Value]:
        if isinstance(expression, Text):
            step = Step(program, expression, "the literal")
            yield Value((Piece(expression.value, expression, program),), (step,))
        elif isinstance(expression, Joined):
            yield from self._joined(program, expression.parts, hops)
        elif isinstance(expression, Either | Routine):
            of = expression.options if isinstance(expression, Either) else map(first, expression.returned)
            for option in of:
                yield from self.of(program, option, hops - 1)
        elif isinstance(expression, Items):
            yield from self._characters(program, expression, hops)
        elif isinstance(expression, Call):
            yield from self._result(program, expression, hops)
        elif isinstance(expression, Name | Member):
            yield from self._held(program, expression, hops)

    def _held(self, program: Program, holder: Name | Member, hops: int) -> Iterator[Value]:
        """Yield what is bound to a name or member, and what is put into it; a method may be called without brackets."""
        way = calls(program.language).through.get(f"*.{holder.name}")
        if isinstance(holder, Member) and way is not None and way.start == RECEIVER and way.way in WAYS:
            for value in self.of(program, holder.of, hops - 1):
                changed = WAYS[way.way](value)
                if changed is not None:
                    yield changed
        for owner, bound in self.bound(program, holder, hops):
            for value in self.of(owner, bound, hops - 1):
                yield value.then(Step(program, holder, f"read as {holder.name}"))
        for put in self._stored(program, holder):
            for value in self.of(program, put, hops - 1):
                yield value.then(Step(program, put, f"put into {holder.name}"))

    @staticmethod
    def _stored(program: Program, holder: Name | Member) -> Iterator[Expression]:
        """Yield what is put into a list, map or the like by calls of its methods."""
        for word, position in calls(program.language).stored.items():
            for call in program.calls_of.get(word, ()):
                of = call.called.of if isinstance(call.called, Member) else None
                same = isinstance(of, Name | Member) and of.name == holder.name
                if same and len(call.arguments) > (position if position >= 0 else 0):
                    yield call.arguments[position].value

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

    def bound(self, program: Program, what: Name | Member, hops: int) -> list[tuple[Program, Expression]]:
        """Return what a name or member may be bound to, each with the program in which that stands."""
        found = self._of_name(program, what, hops) if isinstance(what, Name) else self._of_member(program, what, hops)
        return list(islice(found, 4 * _MOST_VALUES))

    def _of_name(self, program: Program, name: Name, hops: int) -> Iterator[tuple[Program, Expression]]:
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
                if scope.is_class and name.name in scope.types:
                    yield from self._project.assigned(program, scope.owner, name.name)
        yield from self._project.imported(program, name.name, self._read_words(name))

    @staticmethod
    def _read_words(name: Name) -> list[str]:
        return re.split(r"::|\\|\.", name.name)

    def _arguments(self, program: Program, routine: Routine, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what callers give for a parameter, in this file and in others that use it."""
        position = routine.parameters.index(name)
        if not routine.name:
            yield from self._given_to_block(program, routine)
        makes = routine.owner and routine.name in (routine.owner, *_CONSTRUCTORS)
        for word in dict.fromkeys((routine.name, *((routine.owner, *_OF_OWN_CLASS) if makes else ()))):
            for owner, call in self._project.calls_of(program, word, routine) if word else ():
                of = call.called.of if isinstance(call.called, Member) else None
                if isinstance(of, Name) and of.name[:1].isupper() and routine.owner not in ("", of.name) and not makes:
                    continue
                named = next((one.value for one in call.arguments if one.name == name), None)
                if named is not None:
                    yield owner, named
                elif position < len(call.arguments) and not call.arguments[position].name:
                    yield owner, call.arguments[position].value

    @staticmethod
    def _given_to_block(program: Program, routine: Routine) -> Iterator[tuple[Program, Expression]]:
        """Yield the object whose method gives it to a block: `value.let { it }`."""
        for word in calls(program.language).blocks:
            for call in program.calls_of.get(word, ()):
                given = any(one.value is routine for one in call.arguments)
                if given and isinstance(call.called, Member) and call.called.of is not None:
                    yield program, call.called.of

    def _of_member(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        of = member.of
        if of is None:
            yield from self._own_field(program, member)
            return
        if isinstance(of, Name):
            yield from self._of_object(program, of, member, hops)
            return
        for owner, value in self._objects(program, of, hops - 1):
            yield from self._inside(owner, value, member.name)

    def _own_field(self, program: Program, member: Member) -> Iterator[tuple[Program, Expression]]:
        owner = program.owner(member.scope)
        held = program.fields.get((owner, member.name), ())
        yield from ((program, one) for one in held)
        if not held:
            yield from ((program, one) for one in program.fields.get(("", member.name), ()))

    def _of_object(self, program: Program, of: Name, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        yield from ((program, one) for one in program.fields.get((f"={of.name}", member.name), ()))
        yield from ((program, one) for one in program.fields.get((of.name, member.name), ()))
        kind = next((scope.types[of.name] for scope in program.enclosing(of.scope) if of.name in scope.types), "")
        if kind:
            type_name = program.owner(of.scope) if kind == "this" else kind
            yield from ((program, one) for one in program.fields.get((type_name, member.name), ()))
        found = False
        for owner, value in self._objects(program, of, hops - 1):
            found = found or not isinstance(value, Name | Member)
            yield from self._inside(owner, value, member.name)
        if not found:
            yield from self._project.member(program, of.name, kind, member.name)

    def _objects(self, program: Program, expression: Expression, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the maps, lists and made objects that an expression may stand for."""
        if hops <= 0 or self._left < 0 or id(expression) in self._looking:
            return
        self._left -= 1
        self._looking.add(id(expression))
        try:
            yield from islice(self._objects_of(program, expression, hops), _MOST_VALUES)
        finally:
            self._looking.discard(id(expression))

    def _objects_of(self, program: Program, expression: Expression, hops: int) -> Iterator[tuple[Program, Expression]]:
        if isinstance(expression, Entries | Items):
            yield program, expression
        elif isinstance(expression, Either | Routine):
            for option in expression.options if isinstance(expression, Either) else expression.returned:
                yield from self._objects(program, option, hops - 1)
        elif isinstance(expression, Name | Member):
            if isinstance(expression, Name) and expression.name == "this":
                return
            yield program, expression
            for owner, bound in self.bound(program, expression, hops - 1):
                if id(bound) not in self._open:
                    yield from self._objects(owner, bound, hops - 1)
        elif isinstance(expression, Call):
            yield from self._made(program, expression, hops)

    def _made(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the object that a call makes or returns: itself, with its named arguments and its class's fields."""
        yield program, listed_by(program, call) or call
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

    def _inside(self, program: Program, value: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        if isinstance(value, Entries):
            yield from ((program, one) for key, one in value.entries if key == name)
        elif isinstance(value, Items) and name.isdigit() and int(name) < len(value.elements):
            yield program, value.elements[int(name)]
        elif isinstance(value, Name | Member):
            yield from ((program, one) for one in program.fields.get((f"={value.name}", name), ()))
        elif isinstance(value, Call):
            yield from ((program, one.value) for one in value.arguments if one.name == name)
            yield from self._project.given(program, value, name)
            yield from ((program, one) for given in value.arguments for one in paired(given.value, name))
            if value.new or isinstance(value.called, Name):
                yield from self._project.fields(program, value.called, name)

    def _result(self, program: Program, call: Call, hops: int) -> Iterator[Value]:
        """Yield what a call returns: by the tables, or by what the routine of this name returns."""
        table = calls(program.language)
        listed = listed_by(program, call)
        if listed is not None:
            yield from self._characters(program, listed, hops)
            return
        for name in names_of(program, call):
            through = table.through.get(name)
            if through is not None:
                yield from self._handed_on(program, call, through, hops)
                return
        for owner, routine in self._project.routines(program, call):
            for returned in routine.returned:
                for value in self.of(owner, first(returned), hops - 1):
                    yield value.then(Step(program, call, f"returned by {routine.name}"))

        if isinstance(call.called, Name):
            yield from self._by_name(program, call, call.called, hops)
        elif isinstance(call.called, Member) and not call.arguments:
            for owner, bound in self.bound(program, call.called, hops - 1):
                yield from self.of(owner, bound, hops - 1)

    def _by_name(self, program: Program, call: Call, called: Name, hops: int) -> Iterator[Value]:
        """Yield what a variable gives that is called: a map under a key, or a block that it holds."""
        key = call.arguments[0].value if len(call.arguments) == 1 else None
        for owner, one in self.entry(program, called, key.value) if isinstance(key, Text) else ():
            yield from self.of(owner, one, hops - 1)
        for owner, bound in self.bound(program, called, hops - 1):
            if isinstance(bound, Routine):
                yield from self.of(owner, bound, hops - 1)

    def _handed_on(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        given = self._given(call, through.start)
        if through.way in ("format", "join", "concat", "builder"):
            yield from self._composed(program, call, through, given, hops)
            return
        for one in given:
            for value in self.of(program, one, hops - 1):
                changed = WAYS[through.way](value)
                if changed is not None:
                    yield changed

    def _given(self, call: Call, start: int | str) -> list[Expression]:
        if start == RECEIVER:
            return [call.called.of] if isinstance(call.called, Member) and call.called.of is not None else []
        place = len(call.arguments) - 1 if start == LAST else int(start)
        return [call.arguments[place].value] if place < len(call.arguments) else []

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

    def _formatted(self, program: Program, pattern: Expression, rest: list[Expression], hops: int) -> Iterator[Value]:
        for value in self.of(program, pattern, hops - 1):
            if len(value.pieces) != 1 or value.pieces[0].literal is None:
                continue
            options = [self.of(program, one, hops - 1) or [unknown()] for one in rest]
            for chosen in islice(product(*options), _MOST_VALUES):
                yield filled(value, chosen)
