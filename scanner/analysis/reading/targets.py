"""Objects that are made without a word about their class, `new(...)`: it is that of what takes them."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.program import Call, Either, Expression, Member, Name, Program
from scanner.analysis.reading.walk import last_word


def name_made(program: Program) -> None:
    """Name the class of each object of a program that is made without one, once all of the program is read."""
    for call, kind in [*_assigned(program), *_handed(program), *_returned(program)]:
        if kind and isinstance(call.called, Name) and not call.called.name:
            call.called.name = kind
            program.calls_of.setdefault(kind.rpartition(".")[2], []).append(call)


def unnamed(made: Expression | None) -> bool:
    """Tell whether an expression makes an object of a class that it does not name."""
    return isinstance(made, Call) and made.new and isinstance(made.called, Name) and not made.called.name


def _assigned(program: Program) -> Iterator[tuple[Call, str]]:
    """Yield the objects that are assigned, each with the declared type of what holds it."""
    for call, target in program.unnamed:
        yield call, _declared(program, target)


def _declared(program: Program, target: Name | Member) -> str:
    if isinstance(target, Name):
        return next((one.types[target.name] for one in program.enclosing(target.scope) if target.name in one.types), "")
    owner = program.owner(target.scope) if target.of is None else _declared_of(program, target.of)
    held = program.classes.get(owner.rpartition(".")[2])
    return held.types.get(target.name, "") if held is not None else ""


def _declared_of(program: Program, of: Expression) -> str:
    return _declared(program, of) if isinstance(of, Name | Member) else ""


def _returned(program: Program) -> Iterator[tuple[Call, str]]:
    """Yield the objects that routines return, each with the type that these say they return."""
    for routine in (one for held in program.routines.values() for one in held if one.kind):
        parts = [part for one in routine.returned for part in (one.options if isinstance(one, Either) else [one])]
        yield from ((one, routine.kind) for one in parts if isinstance(one, Call) and unnamed(one))


def _handed(program: Program) -> Iterator[tuple[Call, str]]:
    """Yield the objects that calls are given, each with the type of the parameter that takes it."""
    for outer in program.calls if program.makes_unnamed else ():
        for place, one in enumerate(outer.arguments):
            if isinstance(one.value, Call) and unnamed(one.value):
                yield one.value, _parameter(program, outer, place, one.name)


def _parameter(program: Program, outer: Call, place: int, name: str) -> str:
    for routine in program.routines.get(last_word(outer.called), ()):
        taken = name or (routine.parameters[place] if place < len(routine.parameters) else "")
        kind = program.scopes[routine.inside].types.get(taken, "")
        if kind:
            return kind
    declared = program.classes.get(last_word(outer.called)) if outer.new else None
    fields = list(declared.types) if declared is not None else []
    field = name or (fields[place] if place < len(fields) else "")
    return declared.types.get(field, "") if declared is not None else ""
