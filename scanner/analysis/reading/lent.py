"""Objects that a routine lends to a block that it is given, which sets them out: `configure { |c| c.host = ... }`."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.program import Call, Expression, Member, Name, Program, Routine
from scanner.analysis.reading.walk import last_word

_BLOCK = "yield"
"""The word by which a routine calls the block that it is given without a name: Ruby's."""


def set_out_lent(program: Program) -> None:
    """Let fields that a block sets on its parameter be fields of what the routine that is given the block lends it."""
    held = _by_holder(program)
    for block, call in _blocks(program):
        if not any(f"={name}" in held for name in block.parameters):
            continue
        for routine in _taking(program, call):
            for name, lent in zip(block.parameters, _lent(program, routine, call, block), strict=False):
                _same_fields(program, _within(block, held.get(f"={name}", {})), lent, routine.owner)


def set_by_blocks(program: Program, owner: str, name: str) -> Iterator[Expression]:
    """Yield what blocks that the class or module `owner` is given set the field `name` of what they are lent to."""
    for block, call in _blocks(program):
        of = call.called.of if isinstance(call.called, Member) else None
        for parameter in block.parameters if last_word(of) == owner else ():
            held = {name: list(program.fields.get((f"={parameter}", name), ()))}
            yield from _within(block, held)[name]


def _by_holder(program: Program) -> dict[str, dict[str, list[Expression]]]:
    """Return what is bound to the fields of each variable."""
    held: dict[str, dict[str, list[Expression]]] = {}
    for (of, field), values in program.fields.items():
        if of.startswith("="):
            held.setdefault(of, {})[field] = list(values)
    return held


def _within(block: Routine, held: dict[str, list[Expression]]) -> dict[str, list[Expression]]:
    """Return what is bound to fields in a block; elsewhere another variable may have the name of its parameter."""
    return {field: [one for one in values if block.start <= one.start < block.end] for field, values in held.items()}


def _blocks(program: Program) -> Iterator[tuple[Routine, Call]]:
    for call in list(program.callbacks.values()):
        blocks = (one.value for one in call.arguments)
        yield from ((one, call) for one in blocks if isinstance(one, Routine) and one.parameters)


def _taking(program: Program, call: Call) -> list[Routine]:
    """Return the routines of the file that a call may mean; where it makes an object those that set it out."""
    word = last_word(call.called)
    made = [one for one in program.routines.get("initialize", ()) if call.new and one.owner == word]
    return [*program.routines.get(word, ()), *made]


def _lent(program: Program, routine: Routine, call: Call, block: Routine) -> list[Expression]:
    """Return what a routine gives the block where it first calls it."""
    place = next((number for number, one in enumerate(call.arguments) if one.value is block), -1)
    named = routine.parameters[place : place + 1] if place >= 0 else []
    for word in (_BLOCK, *named):
        for inner in program.calls_of.get(word, ()):
            if isinstance(inner.called, Name) and any(one.routine is routine for one in program.enclosing(inner.scope)):
                return [one.value for one in inner.arguments]
    return []


def _same_fields(program: Program, held: dict[str, list[Expression]], lent: Expression, owner: str) -> None:
    word = lent.name if isinstance(lent, Name | Member) else ""
    if isinstance(lent, Call) and not lent.arguments:
        word = last_word(lent)
    target = owner if word == "this" else f"={word}"
    for field, values in held.items() if word else ():
        known = program.fields.setdefault((target, field), [])
        known.extend(one for one in values if all(one is not other for other in known))
