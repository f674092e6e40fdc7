"""What an expression may stand for: texts, each with the literals it is made of and the way it came from there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product

from scanner.analysis.contents import MAPS, added, in_pairs, pushed, put_in
from scanner.analysis.names import names_of
from scanner.analysis.program import (
    ANY,
    SPREAD,
    Call,
    Either,
    Entries,
    Expression,
    Items,
    Joined,
    Key,
    Member,
    Name,
    Program,
    Routine,
    Text,
)
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import LAST, RECEIVER, Through, calls
from scanner.analysis.value import WAYS, Piece, Step, Value, filled, replaced, unknown

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
            for one in expression.options if isinstance(expression, Either) else expression.returned:
                yield from self.of(program, one, hops - isinstance(expression, Routine))
        elif isinstance(expression, Items):
            yield from self._characters(program, expression, hops)
        elif isinstance(expression, Call):
            yield from self._result(program, expression, hops)
            for owner, bound in self._read_by(program, expression, hops):
                yield from self.of(owner, bound, hops - 1)
        elif isinstance(expression, Name | Member):
            yield from self._read(program, expression, hops)

    def _read(self, program: Program, expression: Name | Member, hops: int) -> Iterator[Value]:
        step = Step(program, expression, f"read as {expression.name}")
        for owner, bound in self.bound(program, expression, hops):
            for value in self.of(owner, bound, hops - 1):
                yield value.then(step)

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

    def _read_by(self, program: Program, call: Call, hops: int) -> list[tuple[Program, Expression]]:
        """Return what a field is bound to that is read by a call without arguments."""
        plain = not call.arguments and not call.new and isinstance(call.called, Member)
        if not plain or not syntax(program.language).bare_calls or not isinstance(call.called, Member):
            return []
        return self.bound(program, call.called, hops)

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
        if syntax(program.language).bare_calls:
            for routine in program.routines.get(name.name, ()):
                yield from ((program, returned) for returned in routine.returned)
        yield from self._project.imported(program, name.name, self._read_words(name))

    @staticmethod
    def _read_words(name: Name) -> list[str]:
        return re.split(r"::|\\|\.", name.name)

    def _arguments(self, program: Program, routine: Routine, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what callers give for a parameter, in this file and in others that use it."""
        position = routine.parameters.index(name)
        yield from self._called_back(program, routine, position)
        for owner, call in self._project.calls_of(program, "bind") if routine.name else ():
            of = call.called.of if isinstance(call.called, Member) else None
            if last_word(of) == routine.name and position + 1 < len(call.arguments):
                yield owner, call.arguments[position + 1].value
        makes = routine.owner and routine.name in (routine.owner, *_CONSTRUCTORS)
        for word in dict.fromkeys((routine.name, *((routine.owner, *_OF_OWN_CLASS) if makes else ()))):
            for owner, call in self._project.calls_of(program, word) if word else ():
                named = next((one.value for one in call.arguments if one.name == name), None)
                if named is not None:
                    yield owner, named
                elif position < len(call.arguments) and not call.arguments[position].name:
                    yield owner, call.arguments[position].value

    def _called_back(self, program: Program, routine: Routine, position: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call hands to a function that it is given: its receiver, or each element of that."""
        call = program.callbacks.get(id(routine))
        if call is None or position or not isinstance(call.called, Member) or call.called.of is None:
            return
        way = calls(program.language).hands.get(call.called.name)
        if way == "same":
            yield program, call.called.of
        elif way == "elements":
            yield program, Member(call.start, call.end, call.scope, call.called.of, ANY)

    def _of_member(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        of = member.of
        if of is None:
            yield from self._own_field(program, member)
            return
        if isinstance(of, Name):
            yield from self._of_object(program, of, member, hops)
            return
        for owner, value in self._objects(program, of, hops - 1):
            yield from self._inside(owner, value, member.name, hops - 1)
        if isinstance(of, Member) and of.name[:1].isupper():
            yield from ((program, one) for one in program.fields.get((of.name, member.name), ()))
            yield from self._project.member(program, of.name, "", member.name)

    def _own_field(self, program: Program, member: Member) -> Iterator[tuple[Program, Expression]]:
        owner = program.owner(member.scope)
        held = program.fields.get((owner, member.name), ())
        yield from ((program, one) for one in held)
        if not held and owner in program.bases:
            base = Name(member.start, member.end, member.scope, program.bases[owner])
            yield from self._project.fields(program, base, member.name)
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
            found = True
            yield from self._inside(owner, value, member.name, hops - 1)
        if not found:
            yield from self._project.member(program, of.name, kind, member.name)

    def _objects(self, program: Program, expression: Expression, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the maps, lists and made objects that an expression may stand for."""
        self._left -= 1
        if hops <= 0 or self._left < 0:
            return
        if isinstance(expression, Entries | Items):
            yield program, expression
        elif isinstance(expression, Either):
            for option in expression.options:
                yield from self._objects(program, option, hops - 1)
        elif isinstance(expression, Name | Member):
            if isinstance(expression, Name) and expression.name == "this":
                return
            for owner, bound in self.bound(program, expression, hops - 1):
                if id(bound) not in self._open:
                    yield from self._objects(owner, bound, hops - 1)
        elif isinstance(expression, Call):
            yield from self._made(program, expression, hops)

    def _made(self, program: Program, call: Call, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the object that a call makes or returns: itself, with its named arguments and its class's fields."""
        yield program, call
        module = self._project.required(program, call)
        if module is not None:
            yield from self._project.whole(module)
        for owner, routine in self._project.routines(program, call):
            for returned in routine.returned:
                yield from self._objects(owner, returned, hops - 1)
        for owner, held in self._read_by(program, call, hops):
            yield from self._objects(owner, held, hops - 1)
        for name in names_of(program, call):
            way = calls(program.language).through.get(name)
            if way is not None and way.way in ("same", "default", "merge"):
                whole = way.way == "merge"
                for given in [*self._given(call, way.start), *(one.value for one in call.arguments if whole)]:
                    yield from self._objects(program, given, hops - 1)

    def entry(
        self, program: Program, expression: Expression, key: str, hops: int = _HOPS
    ) -> list[tuple[Program, Expression]]:
        """Return what stands under `key` in the map or object that `expression` may stand for."""
        found = [
            one
            for owner, value in self._objects(program, expression, hops)
            for one in self._inside(owner, value, key, hops)
        ]
        if isinstance(expression, Name):
            found.extend((program, one) for one in program.fields.get((f"={expression.name}", key), ()))
            found.extend((program, one) for one in put_in(program, expression, key))
        return found[:_MOST_VALUES]

    def _inside(
        self, program: Program, value: Expression, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        if isinstance(value, Entries):
            yield from self._in_entries(program, value, name, hops)
        elif isinstance(value, Name) and hops > 0:
            yield from ((program, one) for one in program.fields.get((value.name, name), ()))
            for owner, held in self._objects(program, value, hops - 1):
                if not isinstance(held, Name):
                    yield from self._inside(owner, held, name, hops - 1)
        elif isinstance(value, Items):
            chosen = [one for place, one in enumerate(value.elements) if name in (ANY, str(place))]
            yield from ((program, one) for one in chosen)
        elif isinstance(value, Call):
            yield from ((program, one.value) for one in value.arguments if one.name and name in (ANY, one.name))
            if value.new and last_word(value.called) in MAPS:
                yield from ((program, one) for one in in_pairs(value, name))
            if value.new or isinstance(value.called, Name):
                yield from self._project.fields(program, value.called, name)

    def _in_entries(
        self, program: Program, value: Entries, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        for key, one in value.entries:
            if key == name or (name == ANY and key != SPREAD):
                yield program, one
            elif key == SPREAD and hops > 0:
                for owner, held in self._objects(program, one, hops - 1):
                    yield from self._inside(owner, held, name, hops - 1)

    def _result(self, program: Program, call: Call, hops: int) -> Iterator[Value]:
        """Yield what a call returns: by the tables, or by what the routine of this name returns."""
        table = calls(program.language)
        for name in names_of(program, call):
            through = table.through.get(name)
            if through is not None:
                yield from self._handed_on(program, call, through, hops)
                return
        for owner, routine in self._project.routines(program, call):
            for returned in routine.returned:
                for value in self.of(owner, returned, hops - 1):
                    yield value.then(Step(program, call, f"returned by {routine.name}"))

    def _handed_on(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        given = self._given(call, through.start)
        if through.way == "merge":
            return
        if through.way in ("item", "elements", "path"):
            for owner, held in self._items(program, call, through, given, hops - 1):
                yield from self.of(owner, held, hops - 1)
            return
        if through.way in ("format", "join", "concat", "builder", "replace"):
            yield from self._composed(program, call, through, given, hops)
            return
        for one in given:
            for value in self.of(program, one, hops - 1):
                changed = WAYS[through.way](value)
                if changed is not None:
                    yield changed

    def _items(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield items of a map: all, or that which a call asks for, and what it gives where there is none."""
        arguments = [one.value for one in call.arguments]
        if through.way == "elements" or not arguments:
            yield from (held for one in given for held in self.entry(program, one, ANY, hops))
            return
        found = [(program, one) for one in given]
        for asked in arguments if through.way == "path" else arguments[:1]:
            key = asked.value if isinstance(asked, Text) else asked.name if isinstance(asked, Key) else ANY
            found = [held for owner, one in found for held in self.entry(owner, one, key, hops)]
        yield from found
        yield from ((program, one) for one in arguments[1:2] if through.way == "item")

    def _given(self, call: Call, start: int | str) -> list[Expression]:
        if start == RECEIVER:
            return [call.called.of] if isinstance(call.called, Member) and call.called.of is not None else []
        place = len(call.arguments) - 1 if start == LAST else int(start)
        return [call.arguments[place].value] if 0 <= place < len(call.arguments) else []

    def _composed(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        rest = [one.value for one in call.arguments]
        if through.way == "concat":
            yield from self._joined(program, [*(given if through.start == RECEIVER else []), *rest], hops)
        elif through.way == "builder":
            yield from self._built(program, given, hops)
        elif through.way == "replace":
            yield from self._replaced(program, given, rest, hops)
        elif through.way == "join":
            yield from self._listed(program, call, through, hops)
        else:
            start = -1 if through.start == RECEIVER else int(through.start)
            for pattern in given:
                yield from self._formatted(program, pattern, rest[start + 1 :], hops)

    def _replaced(
        self, program: Program, given: list[Expression], rest: list[Expression], hops: int
    ) -> Iterator[Value]:
        sought = self.of(program, rest[0], hops - 1)[:1] if len(rest) > 1 else []
        by = self.of(program, rest[1], hops - 1)[:1] or [unknown()] if len(rest) > 1 else []
        for value in (held for one in given for held in self.of(program, one, hops - 1)):
            yield replaced(value, sought[0].text, by[0]) if sought and by else value

    def _listed(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        """Yield the elements of a list with what stands between them."""
        arguments = [one.value for one in call.arguments]
        if through.start == RECEIVER:
            lists, between = self._given(call, RECEIVER), arguments[0] if arguments else None
        else:
            lists, between = self._given(call, through.start), self._separator(call, int(through.start))
        separators = self.of(program, between, hops - 1) if between is not None else []
        for one in lists:
            found = [held for held in self._objects(program, one, hops - 1) if isinstance(held[1], Items)]
            for owner, held in found:
                more = pushed(program, one) if isinstance(one, Name) else []
                elements = [*held.elements, *more] if isinstance(held, Items) else more
                yield from self._interspersed(owner, elements, separators, hops)
            if not found and isinstance(one, Call):
                yield from self.of(program, one, hops - 1)
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
                parts[:0] = added(program, chain)
            if parts:
                yield from self._joined(program, parts, hops)

    def _formatted(self, program: Program, pattern: Expression, rest: list[Expression], hops: int) -> Iterator[Value]:
        for value in self.of(program, pattern, hops - 1):
            if len(value.pieces) != 1 or value.pieces[0].literal is None:
                continue
            options = [self.of(program, one, hops - 1) or [unknown()] for one in rest]
            for chosen in islice(product(*options), _MOST_VALUES):
                yield filled(value, chosen)
