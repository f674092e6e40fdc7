"""What is bound to a name or member: in its scope, by callers, in its class or object, and in other files."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator

from scanner.analysis.arguments import HOPS
from scanner.analysis.contents import built_for, put_in, set_by
from scanner.analysis.kinds import fields_by_kind
from scanner.analysis.names import field_type
from scanner.analysis.objects import Objects
from scanner.analysis.places import dotted, is_any, variable
from scanner.analysis.program import SENT, Call, Expression, Member, Name, Program, Routine, Scope, Text
from scanner.analysis.project import Project
from scanner.analysis.sent import is_channel, sent_elsewhere
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls


class Bound(Objects):
    """Follows names and members to what is bound to them."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential."""
        super().__init__(project, telling)
        self._bound: dict[object, list[tuple[Program, Expression]]] = {}

    def bound(self, program: Program, what: Name | Member, hops: int = HOPS) -> list[tuple[Program, Expression]]:
        """Return what a name or member may be bound to, each with the program in which that stands."""
        key = variable(program, what) if isinstance(what, Name) else id(what)
        member = self._each_of if is_any(what.name) else self._of_member
        member = self._sent_to if what.name == SENT else member
        found = self._of_name(program, what) if isinstance(what, Name) else member(program, what, hops)
        return self._once(self._bound, key, what, found, hops)

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
            if program.language == "go" and is_channel(held):
                yield from sent_elsewhere(self._project, program, name)
            routine = scope.routine
            if routine is not None and name.name in (*routine.parameters, routine.extended):
                yield from self._arguments(program, routine, name.name)
                return
            if routine is not None and scope.types.get(name.name) == "this" and self._is_text(program, routine):
                yield from self._called_on(program, routine)
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
        if scope.owner and syntax(program.language).modules == "types":
            yield from ((program, one) for one in built_for(program, scope.owner, name.name))
        if fields:
            return True
        if scope.is_class and name.name in scope.types:
            yield from self._project.assigned(program, scope.owner, name.name)
            yield from self._project.overridden(program, scope.owner, name.name)
        elif scope.is_class or syntax(program.language).bare_fields:
            yield from self._project.inherited(program, scope.owner, name.name)
        return False

    @staticmethod
    def _is_text(program: Program, routine: Routine) -> bool:
        """Tell whether the objects of a method's type may be texts, it has no fields: Go's `type word string`."""
        declared = program.classes.get(routine.owner)
        return declared is not None and not declared.types

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
            yield from self._declared(program, of, member.name)

    def _each_of(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield the elements of a list; what is known to be none is its own only element, as an `Option`."""
        found = list(self._of_member(program, member, hops))
        alone = not found and member.of is not None and syntax(program.language).modules == "types"
        yield from [(program, member.of)] if alone and member.of is not None else found

    def _sent_to(self, program: Program, member: Member, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what a loop over a channel takes out of it one after another: what is sent to it."""
        channel = member.of
        held: list[tuple[Program, Expression]] = []
        if isinstance(channel, Name | Member):
            held = self.bound(program, channel, hops - 1)
        elif isinstance(channel, Call):
            made = self._project.routines(program, channel)
            held = [(owner, one) for owner, routine in made for one in routine.returned]
        if is_channel([one for _, one in held]):
            yield from (one for one in held if not is_channel([one[1]]))
            return
        for owner, one in held:
            passed = Member(one.start, one.end, one.scope, one, SENT)
            yield from [(owner, one)] if isinstance(one, Text) else self.bound(owner, passed, hops - 1)

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
            yield from self._project.set_out(program, owner, member.name)
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
        held = program.fields.get((of.name, member.name), ())
        yield from ((program, one) for one in held) if held else self._project.inherited(program, of.name, member.name)
        yield from ((program, one) for one in set_by(program, of, member.name))
        kind = next((scope.types[of.name] for scope in program.enclosing(of.scope) if of.name in scope.types), "")
        if kind:
            yield from self._project.held(program, program.owner(of.scope) if kind == "this" else kind, member.name)
        yield from ((program, one) for one in put_in(program, of, member.name))
        if is_any(member.name):
            every = [one for (at, _), bound in program.fields.items() if at == f"={of.name}" for one in bound]
            yield from ((program, one) for one in every)
        found = False
        for owner, value in self._objects(program, of, hops - 1):
            found = found or not isinstance(value, Name | Member)
            yield from self._inside(owner, value, member.name, hops - 1)
        if not found:
            yield from self._project.member(program, of.name, kind, member.name)
            yield from self._declared(program, of, member.name)

    def _declared(self, program: Program, of: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        if program.language == "go":
            yield from fields_by_kind(self._project, program, of, name)
