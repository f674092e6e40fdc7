"""What a name, member or call stands for: what is bound to it, what callers give for it, and the objects it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import TypeVar

from scanner.analysis.arguments import HOPS, Arguments
from scanner.analysis.contents import (
    MAPS,
    as_element,
    built_with,
    elements_of,
    fields_of,
    in_pairs,
    merged,
    paired,
    pushed,
    put_in,
    put_inside,
    set_by,
    stored,
)
from scanner.analysis.lists import listed_by, mapped_by, rows, settled_by, taken_from
from scanner.analysis.names import field_type, names_of
from scanner.analysis.places import dotted, is_any, places_named, variable
from scanner.analysis.program import (
    EACH,
    SPREAD,
    Call,
    Either,
    Entries,
    Expression,
    Items,
    Member,
    Name,
    Program,
    Routine,
    Scope,
    Several,
    Text,
)
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import LAST, RECEIVER, calls

MOST_VALUES = 8
"""Values of one expression that are followed; a program of people has few."""
_MOST_STEPS = 20_000
_MOST_ELEMENTS = 24
"""Elements of one list that are followed where any of them may be meant."""
_GETTER = re.compile(r"^(?:get|is)(?=[A-Z])")
_SPREADING = 20
"""Steps of the budget for a look into a map that another is spread from."""

K = TypeVar("K")


class Bound(Arguments):
    """Follows names to what they stand for, through the files of a project, within one budget."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential, which its neighbours in a map then are not."""
        super().__init__(project)
        self._telling = telling
        self._left = _MOST_STEPS
        self._open: set[int] = set()
        self._bound: dict[object, list[tuple[Program, Expression]]] = {}
        self._objects_known: dict[int, list[tuple[Program, Expression]]] = {}
        self._properties: dict[tuple[int, str], Member] = {}
        self._inside_known: dict[tuple[int, str], list[tuple[Program, Expression]]] = {}
        self._keep: list[Expression] = []
        """What the numbers above stand for must not give them to others."""

    @property
    def cut_short(self) -> bool:
        """Tell whether something was not followed to its end, because that would take too long."""
        return self._left < 0

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

    def bound(self, program: Program, what: Name | Member, hops: int = HOPS) -> list[tuple[Program, Expression]]:
        """Return what a name or member may be bound to, each with the program in which that stands."""
        key = variable(program, what) if isinstance(what, Name) else id(what)
        member = self._each_of if what.name == EACH else self._of_member
        found = self._of_name(program, what) if isinstance(what, Name) else member(program, what, hops)
        return self._once(self._bound, key, what, found, hops)

    def _once(
        self,
        known: dict[K, list[tuple[Program, Expression]]],
        key: K,
        asked: Expression,
        found: Iterator[tuple[Program, Expression]],
        hops: int,
    ) -> list[tuple[Program, Expression]]:
        """Return what is known under `key`, or else found now within the budget; nothing to who asks meanwhile."""
        if key not in known:
            self._left -= 1
            if hops <= 0 or self._left < 0:
                return []
            known[key] = []
            self._keep.append(asked)
            known[key] = list(islice(found, 4 * MOST_VALUES))
        return known[key]

    @staticmethod
    def here(program: Program, what: Name | Member) -> list[Expression]:
        """Return what is bound to a name or field in its own file and scope, without a look at any other file."""
        if isinstance(what, Name):
            return next((one.bound[what.name] for one in program.enclosing(what.scope) if what.name in one.bound), [])
        owner = program.owner(what.scope) if what.of is None else ""
        if isinstance(what.of, Name):
            owner = f"={what.of.name}"
        return program.fields.get((owner, what.name), [])

    def _of_name(self, program: Program, name: Name) -> Iterator[tuple[Program, Expression]]:
        for scope in program.enclosing(name.scope):
            held = [one for one in scope.bound.get(name.name, ()) if one is not name]
            yield from ((program, one) for one in held)
            routine = scope.routine
            if routine is not None and name.name in (*routine.parameters, routine.extended):
                yield from self._arguments(program, routine, name.name)
                return
            if held or (name.name in scope.types and not scope.is_class):
                return
            if scope.owner and (yield from self._of_class(program, scope, name)):
                return
        if syntax(program.language).bare_calls:
            for routine in program.routines.get(name.name, ()):
                yield from ((program, returned) for returned in routine.returned)
        yield from self._of_receiver(program, name)
        words = self._read_words(name)
        if len(words) > 1:
            owner = program.owner(name.scope) if words[-2] in ("Self", "self") else words[-2]
            yield from ((program, one) for one in program.fields.get((owner, words[-1]), ()))
        yield from self._project.imported(program, name.name, words)

    def _of_class(
        self, program: Program, scope: Scope, name: Name
    ) -> Generator[tuple[Program, Expression], None, bool]:
        """Yield what is bound to a field of the class around, or of those above and below; tell whether it has it."""
        fields = program.fields.get((scope.owner, name.name), [])
        yield from ((program, one) for one in fields)
        if fields:
            return True
        if scope.is_class and name.name in scope.types:
            yield from self._project.assigned(program, scope.owner, name.name)
            yield from self._project.overridden(program, scope.owner, name.name)
        elif scope.is_class or syntax(program.language).bare_fields:
            yield from self._project.inherited(program, scope.owner, name.name)
        return False

    @staticmethod
    def _read_words(name: Name) -> list[str]:
        return re.split(r"::|\\|\.", name.name)

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
        one: tuple[Program, Expression]
        for owner, value in self._objects(program, of, hops - 1):
            for one in self._inside(owner, value, member.name, hops - 1):
                found = True
                yield one
        if not found:
            yield from self._otherwise(program, of, member.name)

    def _each_of(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the elements of a list; what is known to be none is its own only element, as an `Option`."""
        found = list(self._of_member(program, member, hops))
        alone = not found and member.of is not None and syntax(program.language).modules == "types"
        yield from [(program, member.of)] if alone and member.of is not None else found

    def _otherwise(self, program: Program, of: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a member is where nothing is known of its object's making: by types, modules and classes."""
        if isinstance(of, Call) and name == "0":
            # The first of what a call returns, where it is known to return one thing.
            yield program, of
        if isinstance(of, Member):
            yield from self._project.dotted(program, dotted(of), name)
        if isinstance(of, Member) and of.name[:1].isupper():
            yield from ((program, one) for one in program.fields.get((of.name, name), ()))
            yield from self._project.member(program, of.name, "", name)
        kind = field_type(program, of)
        if kind:
            yield from self._project.held(program, kind, name)

    def _own_field(self, program: Program, member: Member) -> Iterator[tuple[Program, Expression]]:
        owner = program.owner(member.scope)
        held = program.fields.get((owner, member.name), ())
        yield from ((program, one) for one in held)
        if not held:
            yield from self._project.inherited(program, owner, member.name)
            derived = [word for word, base in program.bases.items() if base == owner]
            yield from ((program, one) for word in derived for one in program.fields.get((word, member.name), ()))
        if not held:
            yield from ((program, one) for one in program.fields.get(("", member.name), ()))
            # A method that is read like a field.
            routines = [one for one in program.routines.get(member.name, ()) if one.owner == owner]
            yield from ((program, returned) for routine in routines for returned in routine.returned)

    def _of_object(self, program: Program, of: Name, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        yield from ((program, one) for one in program.fields.get((f"={of.name}", member.name), ()))
        yield from ((program, one) for one in program.fields.get((of.name, member.name), ()))
        yield from ((program, one) for one in set_by(program, of, member.name))
        kind = next((scope.types[of.name] for scope in program.enclosing(of.scope) if of.name in scope.types), "")
        if kind:
            yield from self._project.held(program, program.owner(of.scope) if kind == "this" else kind, member.name)
        yield from ((program, one) for one in put_in(program, of, member.name))
        if is_any(member.name):
            held = [one for (at, _), bound in program.fields.items() if at == f"={of.name}" for one in bound]
            yield from ((program, one) for one in held)
        found = False
        for owner, value in self._objects(program, of, hops - 1):
            found = found or not isinstance(value, Name | Member)
            yield from self._inside(owner, value, member.name, hops - 1)
        if not found:
            yield from self._project.member(program, of.name, kind, member.name)

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
            if way is not None and way.way == "get" and call.arguments:
                for owner, held in self._looked_for(program, call, way.start, hops - 1):
                    yield from self._objects(owner, held, hops - 1)
            if way is not None and way.way in ("same", "default", "merge"):
                whole = way.way == "merge"
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

    def lists(self, program: Program, expression: Expression) -> list[Items]:
        """Return the lists of `program` itself that an expression may stand for."""
        found = self._objects(program, expression, HOPS)
        return [one for owner, one in found if owner is program and isinstance(one, Items)]

    def keys(self, program: Program, expression: Expression) -> list[tuple[Program, Text]]:
        """Return the keys, as far as they are texts, of the maps that an expression may stand for."""
        maps = [one for one in self._objects(program, expression, HOPS) if isinstance(one[1], Entries)]
        return [(at, key) for at, one in maps if isinstance(one, Entries) for key in one.keys][:_MOST_ELEMENTS]

    def entry(
        self, program: Program, expression: Expression, key: str, hops: int = HOPS
    ) -> list[tuple[Program, Expression]]:
        """Return what stands under `key` in the map or object that `expression` may stand for."""
        found = [
            one
            for owner, value in self._objects(program, expression, hops)
            for one in self._inside(owner, value, key, hops)
        ]
        if isinstance(expression, Name):
            found.extend((program, one) for one in program.fields.get((f"={expression.name}", key), ()))
            found.extend((program, one) for one in islice(put_in(program, expression, key), MOST_VALUES))
        return found[:MOST_VALUES]

    def _inside(self, program: Program, value: Expression, name: str, hops: int) -> list[tuple[Program, Expression]]:
        """Return what stands under a name in one map, list or object; maps that are put into each other are many."""
        found = self._looked_up(program, value, name, hops)
        return self._once(self._inside_known, (id(value), name), value, found, hops)

    def _looked_up(
        self, program: Program, value: Expression, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        if isinstance(value, Entries):
            yield from self._in_entries(program, value, name, hops)
        elif isinstance(value, Name | Member):
            yield from self._in_named(program, value, name, hops)
        elif isinstance(value, Items):
            yield from self._in_items(program, value, name, hops)
        elif isinstance(value, Call):
            yield from self._in_call(program, value, name, hops)

    def _in_call(self, program: Program, value: Call, name: str, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what stands under a name in what a call makes: its arguments, what it is spread from, its class."""
        yield from ((program, one.value) for one in value.arguments if one.name and name in (EACH, one.name))
        for one in value.arguments if syntax(program.language).modules == "go" else ():
            if isinstance(one.value, Call) and one.name == last_word(one.value.called):
                # A structure that another is made of by its type alone: its fields are the other's own.
                yield from self._inside(program, one.value, name, hops - 1)
        each = elements_of(program, value) if is_any(name) else ()
        yield from ((program, one if name == EACH else one.elements[-1]) for one in each)
        for spread in (one.value for one in value.arguments if one.name == SPREAD):
            yield from self.entry(program, spread, name, hops - 1)
        yield from self._project.given(program, value, name)
        yield from ((program, one) for given in value.arguments for one in paired(program, given.value, name))
        yield from ((program, one) for one in (*built_with(value, name), *put_inside(program, value, name)))
        if value.new and last_word(value.called) in MAPS:
            yield from ((program, one) for one in in_pairs(value, name))
        if value.new and name.isdigit() and int(name) < len(value.arguments) and not value.arguments[int(name)].name:
            # An object that is taken apart gives what it was made of, in order.
            yield program, value.arguments[int(name)].value
        if value.new or isinstance(value.called, Name):
            yield from self._project.fields(program, value.called, name)
            yield from self._by_place(program, value, name)

    def _in_items(self, program: Program, value: Items, name: str, hops: int) -> Iterator[tuple[Program, Expression]]:
        last = len(value.elements)
        chosen = [
            one
            for place, one in enumerate(value.elements)
            if name in (*places_named(place), str(place - last), *value.names[place : place + 1]) or is_any(name)
        ]
        yield from ((program, one) for one in chosen[:_MOST_ELEMENTS])
        if not chosen and hops > 0 and name.isidentifier() and syntax(program.language).modules == "types":
            # One of the objects in the list is meant: what finds it is not followed.
            for owner, one in self._objects_in(program, value, hops - 1):
                yield from self._inside(owner, one, name, hops - 1)

    def _objects_in(self, program: Program, items: Items, hops: int) -> Iterator[tuple[Program, Expression]]:
        for element in items.elements[:_MOST_ELEMENTS]:
            yield from self._objects(program, element, hops) if not isinstance(element, Text) else ()

    def _by_place(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a class without a constructor is given for a field, by the order of their declarations."""
        place = self._project.place_of_field(program, call.called, name)
        if place is None and isinstance(call.called, Name):
            made = [fields_of(owner, one) for owner, one in self.bound(program, call.called)]
            place = next((held.index(name) for held in made if name in held), None)
        if place is not None and place < len(call.arguments) and not call.arguments[place].name:
            yield program, call.arguments[place].value

    def _in_named(
        self, program: Program, value: Name | Member, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        yield from ((program, one) for one in program.fields.get((f"={value.name}", name), ()))
        if isinstance(value, Name) and hops > 0:
            yield from ((program, one) for one in program.fields.get((value.name, name), ()))
            if name.isdigit() or name == EACH:
                yield from ((program, one) for one in (*stored(program, value), *pushed(program, value)))
            for owner, held in self._objects(program, value, hops - 1):
                if not isinstance(held, Name):
                    yield from self._inside(owner, held, name, hops - 1)

    def _in_entries(
        self, program: Program, value: Entries, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        exact = any(key == name.lstrip("*") for key, _ in value.entries)
        telling = is_any(name) and any(self._telling(key) for key, _ in value.entries)
        for key, one in value.entries:
            chosen = is_any(name) and not exact and key != SPREAD and (not telling or self._telling(key))
            if key in (name.lstrip("*"), EACH) or chosen:
                yield program, as_element(program, one) if name == EACH and key != EACH else one
            elif key == SPREAD and hops > 0 and self._left > 0:
                # Maps that are spread into one another again and again would take each other's entries without end.
                self._left -= _SPREADING
                for owner, held in self._objects(program, one, hops - 1):
                    yield from self._inside(owner, held, name, hops - 1)

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
            for value in routine.returned if isinstance(routine, Routine) else ():
                yield owner, value.elements[0] if isinstance(value, Several) and value.elements else value

    def _named_routines(self, program: Program, expression: Expression) -> list[tuple[Program, Expression]]:
        """Return the routines that an expression names, or itself."""
        if not isinstance(expression, Name | Member):
            return [(program, expression)]
        called = Call(expression.start, expression.end, expression.scope, expression, [], new=False)
        return [*self.bound(program, expression), *self._project.routines(program, called)]

    def _given(self, call: Call, start: int | str) -> list[Expression]:
        if start == RECEIVER and isinstance(call.called, Name):
            return [Name(call.start, call.start, call.scope, "this")]
        if start == RECEIVER:
            return [call.called.of] if isinstance(call.called, Member) and call.called.of is not None else []
        if isinstance(start, str) and start != LAST:
            return [one.value for one in call.arguments if one.name == start]
        place = len(call.arguments) - 1 if start == LAST else int(start)
        return [call.arguments[place].value] if 0 <= place < len(call.arguments) else []
