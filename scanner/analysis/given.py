"""What a call gives for a parameter: by name or place, from a list or map that it takes apart, or all that is left."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.names import names_of
from scanner.analysis.program import SPREAD, Argument, Call, Entries, Expression, Items, Member, Program, Routine
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls

_MOST_OF_A_NAME = 8
"""Routines of one name among which the one that is meant may be any."""
_APPLY = "apply"
"""The method of functions that takes what they are called with as a list: JavaScript's."""
_DEFAULTS = ("default", "devDefault", "defaultValue")
"""The keys of a setting's description under which its value stands."""


def given_for(call: Call, routine: Routine, name: str) -> Expression | None:
    """Return what `call` gives `routine` for the parameter `name`; None where it gives nothing of its own for it."""
    position = routine.parameters.index(name)
    rest = routine.rest.get(name)
    if rest is not None:
        return _left_over(call, routine, position, rest)
    named = next((one.value for one in call.arguments if one.name == name), None)
    if named is not None:
        return named
    fits = position < len(call.arguments) <= max(len(routine.parameters), position + 1)
    if not (fits or routine.rest) or position >= len(call.arguments) or _spread_before(call, position):
        return None
    given = call.arguments[position]
    return given.value if not given.name else None


def spread_for(call: Call, routine: Routine, name: str) -> Iterator[tuple[Expression, str]]:
    """Yield the lists and maps that `call` takes apart, each with the key under which the parameter's value stands."""
    position = routine.parameters.index(name)
    for place, one in enumerate(call.arguments):
        if one.name == SPREAD:
            yield one.value, name
            yield from [(one.value, str(position - place))] if place <= position else []


def told_apart(program: Program, call: Call, routines: list[tuple[Program, Routine]]) -> list[tuple[Program, Routine]]:
    """Return the routines that a call may mean; none where so many have its name that it says nothing."""
    if len(routines) <= _MOST_OF_A_NAME or syntax(program.language).modules != "types":
        return routines
    fitting = [one for one in routines if len(one[1].parameters) == len(call.arguments)]
    return fitting if len(fitting) <= _MOST_OF_A_NAME else []


def spread_at(call: Call, position: int | str | None) -> Iterator[tuple[Expression, str]]:
    """Yield the lists that `call` takes apart, each with the key under which what it gives at `position` stands."""
    for place, one in enumerate(call.arguments):
        if one.name == SPREAD and isinstance(position, int) and place <= position:
            yield one.value, str(position - place)


def defaults_in(described: Expression) -> Iterator[Expression]:
    """Yield the default that the description of a setting says, a map or a call: `dict(type="str", default="x")`."""
    if isinstance(described, Entries):
        yield from (one for key, one in described.entries if key in _DEFAULTS and not isinstance(one, Entries))
    elif isinstance(described, Call):
        yield from (one.value for one in described.arguments if one.name in _DEFAULTS)
        for one in described.arguments[:1]:
            yield from defaults_in(one.value) if isinstance(one.value, Entries) else ()


def applied(program: Program, call: Call) -> Call | None:
    """Return the call that one makes of what it is given first, or is a method of; None where it makes none.

    A method of functions is given the function's own object first: `sign.call(null, claims, key)`.
    """
    table = calls(program.language)
    name = next((one for one in names_of(program, call) if one in table.applied or one in table.installed), None)
    if name is None or not call.arguments:
        return None
    first, *rest = call.arguments
    if last_word(call.called) == _APPLY and rest and isinstance(rest[0].value, Items):
        rest = [Argument(one) for one in rest[0].value.elements]
    method = name.startswith("*.") and name not in table.installed
    called = call.called.of if method and isinstance(call.called, Member) else first.value
    return Call(call.start, call.end, call.scope, called, rest, new=False) if called is not None else None


def _spread_before(call: Call, position: int) -> bool:
    return any(one.name == SPREAD for one in call.arguments[: position + 1])


def _left_over(call: Call, routine: Routine, position: int, kind: str) -> Expression:
    if kind == "items":
        plain = [one.value for one in call.arguments[position:] if not one.name]
        return Items(call.start, call.end, call.scope, plain)
    named = [(one.name, one.value) for one in call.arguments if one.name and one.name not in routine.parameters]
    return Entries(call.start, call.end, call.scope, named)
