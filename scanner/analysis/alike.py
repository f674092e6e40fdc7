"""Results of one function that are compared: they are the same where what it was given is."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.program import Call, Expression, Member, Name, Program
from scanner.analysis.reading.walk import last_word
from scanner.analysis.values import Values

_FED = "update"
"""The method by which a digest is given what it is made of."""


def alike(
    program: Program, values: Values, left: Expression, right: Expression
) -> Iterator[tuple[Expression, Expression]]:
    """Yield what one function is given on both sides of a comparison: `digest(given)` and `digest(known)`."""
    one, other = (_call(program, values, side) for side in (left, right))
    if one is None or other is None or last_word(one.called) != last_word(other.called):
        return
    held = [_fed(call) or _first(call) for call in (one, other)]
    if held[0] is not None and held[1] is not None:
        yield held[0], held[1]


def _call(program: Program, values: Values, side: Expression) -> Call | None:
    bound = values.here(program, side)[:1] if isinstance(side, Name) else [side]
    return next((one for one in bound if isinstance(one, Call)), None)


def _first(call: Call) -> Expression | None:
    return call.arguments[0].value if call.arguments else None


def _fed(call: Call) -> Expression | None:
    """Return what a digest is made of, by the chain of calls that makes it."""
    of = call.called.of if isinstance(call.called, Member) else None
    while isinstance(of, Call) and last_word(of.called) != _FED:
        of = of.called.of if isinstance(of.called, Member) else None
    return _first(of) if isinstance(of, Call) else None
