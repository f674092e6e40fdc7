"""What is sent to a channel of Go: where it is made, and by routines that it is handed to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from scanner.analysis.program import Call, Expression, Name, Program
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word

_CHANNEL = re.compile(r"(?:<-\s*)?chan\b")
_MOST_HANDED = 12
"""Calls that are given a channel."""


def is_channel(bound: Sequence[Expression]) -> bool:
    """Tell whether what a variable is bound to makes it a channel; what else it is bound to is sent to it."""
    return any(_makes_channel(one) for one in bound)


def sent_elsewhere(project: Project, program: Program, channel: Name) -> Iterator[tuple[Program, Expression]]:
    """Yield what routines send to `channel` by the name by which they know it: `go feed(logins)`."""
    for call, place in islice(_handing(program, channel), _MOST_HANDED):
        for owner, routine in project.routines(program, call):
            if place < len(routine.parameters):
                held = owner.scopes[routine.inside].bound.get(routine.parameters[place], ())
                yield from ((owner, one) for one in held)


def _makes_channel(made: Expression) -> bool:
    if not isinstance(made, Call) or last_word(made.called) != "make" or not made.arguments:
        return False
    kind = made.arguments[0].value
    return isinstance(kind, Name) and _CHANNEL.match(kind.name) is not None


def _handing(program: Program, channel: Name) -> Iterator[tuple[Call, int]]:
    """Yield the calls that are given a channel, each with the place at which they take it."""
    place = program.binder(channel)
    for call in program.calls:
        for position, one in enumerate(call.arguments):
            given = one.value
            same = isinstance(given, Name) and given.name == channel.name
            if same and isinstance(given, Name) and program.binder(given) is place:
                yield call, position
