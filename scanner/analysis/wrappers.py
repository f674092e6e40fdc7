"""Routines of other files that hand a parameter on to a call which takes a credential: calling them is as telling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.analysis.meant import CONSTRUCTORS
from scanner.analysis.names import names_of
from scanner.analysis.program import Call, Expression, Joined, Member, Name, Program, Routine
from scanner.analysis.project import Project
from scanner.analysis.tables import RECEIVER, Parameter, calls

_DEEPEST = 3
"""Routines that may stand between a call and the one that takes the credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A parameter of a routine that reaches a call which takes a credential there."""

    position: int
    name: str
    parameter: Parameter
    call: str


class Wrappers:
    """What is known of the routines of a project, each looked through once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[int, tuple[Taken, ...]] = {}

    def of(self, program: Program, call: Call) -> Iterator[Taken]:
        """Yield what the routines of other files that `call` may mean do with what they are given."""
        for other, routine in (*self._project.routines(program, call), *self._project.constructors(program, call)):
            if other is not program:
                yield from self._taken(other, routine, _DEEPEST)

    def _taken(self, program: Program, routine: Routine, depth: int) -> tuple[Taken, ...]:
        if id(routine) not in self._known:
            self._known[id(routine)] = ()
            self._known[id(routine)] = tuple(self._looked_through(program, routine, depth))
        return self._known[id(routine)]

    def _looked_through(self, program: Program, routine: Routine, depth: int) -> Iterator[Taken]:
        table = calls(program.language)
        for call in self._inside(program, routine):
            known = next((name for name in names_of(program, call) if name in table.sinks), None)
            for parameter in table.sinks[known] if known is not None else ():
                for given in _arguments(call, parameter.position, parameter.name):
                    for place in self._places(program, routine, given):
                        yield Taken(
                            position=place, name=routine.parameters[place], parameter=parameter, call=known or ""
                        )
            if known is None and depth > 1:
                yield from self._further(program, routine, call, depth)

    def _further(self, program: Program, routine: Routine, call: Call, depth: int) -> Iterator[Taken]:
        for other, inner in self._project.routines(program, call):
            if inner is routine:
                continue
            for taken in self._taken(other, inner, depth - 1):
                for given in _arguments(call, taken.position, taken.name):
                    for place in self._places(program, routine, given):
                        yield Taken(
                            position=place,
                            name=routine.parameters[place],
                            parameter=taken.parameter,
                            call=taken.call,
                        )

    def _inside(self, program: Program, routine: Routine) -> Iterator[Call]:
        """Yield the calls in a routine; for a constructor those in all of its class, which its fields reach."""
        makes = _makes(routine)
        for call in program.calls:
            for scope in program.enclosing(call.scope):
                if scope.routine is routine or (makes and scope.owner == routine.owner):
                    yield call
                    break

    def _places(self, program: Program, routine: Routine, given: Expression) -> Iterator[int]:
        """Yield the places of the parameters that an expression is made of."""
        if isinstance(given, Name):
            if given.name in routine.parameters and self._belongs(program, routine, given):
                yield routine.parameters.index(given.name)
        elif isinstance(given, Member) and given.of is None and _makes(routine):
            for bound in program.fields.get((routine.owner, given.name), ()):
                if isinstance(bound, Name) and bound.name in routine.parameters:
                    yield routine.parameters.index(bound.name)
        else:
            for part in _parts(given):
                yield from self._places(program, routine, part)

    @staticmethod
    def _belongs(program: Program, routine: Routine, name: Name) -> bool:
        return any(scope.routine is routine for scope in program.enclosing(name.scope))


def _makes(routine: Routine) -> bool:
    return bool(routine.owner) and routine.name in (routine.owner, *CONSTRUCTORS)


def _parts(given: Expression) -> Sequence[Expression]:
    """Return what a text is made of: the parts of a join, what a call is given and the object that it is called on."""
    if isinstance(given, Joined):
        return given.parts
    if isinstance(given, Call):
        of = given.called.of if isinstance(given.called, Member) else None
        return [*(one.value for one in given.arguments), *([of] if of is not None else [])]
    return ()


def _arguments(call: Call, position: int | str | None, name: str) -> Iterator[Expression]:
    if position == RECEIVER:
        if isinstance(call.called, Member) and call.called.of is not None:
            yield call.called.of
        return
    yield from (one.value for one in call.arguments if name and one.name == name)
    plain = [one for one in call.arguments if not one.name]
    if isinstance(position, int) and -len(plain) <= position < len(plain):
        yield plain[position].value
