"""Lists: what a routine returns by itself, and what a call makes a list of."""

from __future__ import annotations

from scanner.analysis.names import names_of
from scanner.analysis.program import Call, Entries, Expression, Items, Program, Text
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import calls


def first(returned: Expression) -> Expression:
    """Return what a routine's result is by itself: of several results the first."""
    if not isinstance(returned, Items) or len(returned.elements) < 2:
        return returned
    spelled = all(isinstance(one, Text) and len(one.value) == 1 for one in returned.elements)
    return returned if spelled else returned.elements[0]


def listed_by(program: Program, call: Call) -> Items | None:
    """Return the list that a call makes of its arguments; None where it makes none."""
    lists = calls(program.language).lists
    if not lists or not any(name in lists for name in names_of(program, call)):
        return None
    return Items(call.start, call.end, call.scope, [one.value for one in call.arguments])


def mapped_by(program: Program, call: Call) -> Entries | None:
    """Return the map that a call makes of keys and values, which it is given in turn; None where it makes none."""
    maps = calls(program.language).maps
    if len(call.arguments) < 2 or not any(name in maps for name in names_of(program, call)):
        return None
    given = [one.value for one in call.arguments]
    keys = [one.value if isinstance(one, Text) else last_word(one) for one in given[::2]]
    return Entries(call.start, call.end, call.scope, list(zip(keys, given[1::2], strict=False)))
