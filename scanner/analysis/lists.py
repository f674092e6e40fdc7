"""Lists: what a routine returns by itself, and what a call makes a list of."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.names import names_of
from scanner.analysis.octets import spells
from scanner.analysis.program import (
    EACH,
    Call,
    Entries,
    Expression,
    Items,
    Member,
    Name,
    Opaque,
    Program,
    Routine,
    Text,
)
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import RECEIVER, calls

_PROMISE = "Promise"


def first(returned: Expression) -> Expression:
    """Return what a routine's result is by itself: of several results the first."""
    if not isinstance(returned, Items) or len(returned.elements) < 2:
        return returned
    return returned if spells(returned) else returned.elements[0]


def rows(program: Program, call: Call) -> Items | None:
    """Return the list of rows that a call makes, by one that stands for all; None where it makes none.

    `zip` puts the elements of its lists together, `enumerate` a number before each, `items` each value's key; `values`
    are elements by themselves, and `map` those that the function returns which it is given.
    """
    table = calls(program.language).through
    way = next((table[name] for name in names_of(program, call) if name in table), None)
    if way is None or way.way not in ("pairs", "zipped", "elements"):
        return _mapped(program, call)
    receiver = call.called.of if isinstance(call.called, Member) and way.start == RECEIVER else None
    given = [receiver] if receiver is not None else [one.value for one in call.arguments]
    row: list[Expression] = [Member(one.start, one.end, call.scope, one, EACH) for one in given]
    if way.way == "elements":
        return Items(call.start, call.end, call.scope, row[:1])
    if way.way == "pairs":
        row = [Opaque(call.start, call.start, call.scope), *row[:1]]
    return Items(call.start, call.end, call.scope, [Items(call.start, call.end, call.scope, row)])


def _mapped(program: Program, call: Call) -> Items | None:
    """Return the list of what a function returns that a method calls for each element of its list."""
    given = call.arguments[0].value if isinstance(call.called, Member) and call.arguments else None
    made = isinstance(call.called, Member) and calls(program.language).hands.get(call.called.name) == "elements"
    if not made or not isinstance(given, Routine):
        return None
    return Items(call.start, call.end, call.scope, given.returned)


def taken_from(program: Program, call: Call) -> Expression | None:
    """Return the list, or its element, that a method gives which looks through its list; None for other calls."""
    of = call.called.of if isinstance(call.called, Member) else None
    way = calls(program.language).hands.get(last_word(call.called)) if of is not None else None
    if of is None or way not in ("kept", "one"):
        return None
    return of if way == "kept" else Member(call.start, call.end, call.scope, of, EACH)


def settled_by(program: Program, call: Call) -> Iterator[Expression]:
    """Yield what a promise comes to be that a function makes: what that gives to the function it is handed."""
    made = call.arguments[0].value if call.new and call.arguments and last_word(call.called) == _PROMISE else None
    if isinstance(made, Routine) and made.parameters:
        for inner in program.calls_of.get(made.parameters[0], ()):
            within = any(scope.routine is made for scope in program.enclosing(inner.scope))
            yield from (one.value for one in inner.arguments[:1] if within)


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
    written = [one for one in given[::2] if isinstance(one, Text)]
    return Entries(call.start, call.end, call.scope, list(zip(keys, given[1::2], strict=False)), written)


def split_by(program: Program, holder: Expression) -> tuple[Expression, str] | None:
    """Return the text that a call takes apart of which `holder` is one part, and the separator; None for all else."""
    call = holder.of if isinstance(holder, Member) and holder.name.isdigit() else None
    if isinstance(call, Name):
        held = [one.bound[call.name] for one in program.enclosing(call.scope) if call.name in one.bound]
        call = held[0][0] if held and held[0] else None
    if not isinstance(call, Call):
        return None
    table = calls(program.language).splits
    start, by = next((table[name] for name in names_of(program, call) if name in table), (len(call.arguments), 0))
    given = [one.value for one in call.arguments]
    between = given[by] if by < len(given) else None
    of = call.called.of if isinstance(call.called, Member) and start == RECEIVER else None
    text = given[start] if isinstance(start, int) and start < len(given) else of
    return (text, between.value) if isinstance(between, Text) and between.value and text is not None else None
