"""What a call hands to what the tables name: parameters by place, name or key, bound pairs, sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from scanner.analysis.given import spread_at
from scanner.analysis.program import SPREAD, Argument, Call, Expression, Member, Program, Text
from scanner.analysis.tables import EVERY, RECEIVER, Pair, Parameter
from scanner.analysis.values import Values


class Handed:
    """Answers for the calls of one program."""

    def __init__(self, program: Program, values: Values) -> None:
        self._program = program
        self._values = values

    def given(self, call: Call, parameter: Parameter) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call hands to a parameter: that itself, or what is wanted of it."""
        for program, one in self.argument(call, parameter):
            inner = self._under(program, one, parameter.key) if parameter.key else [(program, one)]
            for owner, value in inner:
                if parameter.returned:
                    made = self._values.returned(owner, value)
                    place = parameter.element
                    yield from (
                        made
                        if place is None
                        else (held for at, one in made for held in self._values.entry(at, one, str(place)))
                    )
                elif parameter.element is None:
                    yield owner, value
                else:
                    yield from self._values.entry(owner, value, str(parameter.element))

    def _under(self, program: Program, value: Expression, key: str) -> list[tuple[Program, Expression]]:
        """Return what stands under a key of a map, which may be a path through maps in it."""
        found = self._values.entry(program, value, key)
        first, _, rest = key.partition(".")
        if found or not rest:
            return found
        inner = self._values.entry(program, value, first)
        return [one for owner, held in inner for one in self._under(owner, held, rest)]

    def argument(self, call: Call, parameter: Parameter) -> Iterator[tuple[Program, Expression]]:
        """Yield what stands at a parameter's place or under its name, and the map in which its key may be."""
        if parameter.position == RECEIVER:
            if isinstance(call.called, Member) and call.called.of is not None:
                yield self._program, call.called.of
            return
        if parameter.name:
            yield from ((self._program, one.value) for one in call.arguments if one.name == parameter.name)
            for one in call.arguments:
                if one.name == SPREAD:
                    yield from self._values.entry(self._program, one.value, parameter.name)
        if parameter.key and parameter.position is not None:
            yield from ((self._program, one.value) for one in call.arguments if one.name == SPREAD)
        plain = [one for one in call.arguments if not one.name]
        if self._takes_results(plain, parameter.position):
            yield from self._values.entry(self._program, plain[0].value, str(parameter.position))
            return
        if isinstance(parameter.position, int) and -len(plain) <= parameter.position < len(plain):
            yield self._program, plain[parameter.position].value
        for held, key in spread_at(call, parameter.position):
            yield from self._values.entry(self._program, held, key)

    def _takes_results(self, plain: Sequence[Argument], position: int | str | None) -> bool:
        """Tell whether a call is given all results of another, as Go has it: `SetBasicAuth(login())`."""
        several = isinstance(position, int) and position > 0 and len(plain) == 1
        return several and self._program.language == "go" and isinstance(plain[0].value, Call)

    def pairs(self, call: Call, pair: Pair) -> Iterator[tuple[Expression, Expression]]:
        """Yield names and the values that a call binds to them."""
        if pair.name == EVERY:
            plain = [one.value for one in call.arguments if not one.name]
            yield from ((key, value) for key, value in pairwise(plain) if isinstance(key, Text))
            return
        key = next((one for _, one in self.argument(call, _argument_at(pair.name))), None)
        value = next((one for _, one in self.argument(call, _argument_at(pair.value))), None)
        if key is not None and value is not None:
            yield key, value

    def side(self, call: Call, side: int | str) -> Expression | None:
        """Return what a call compares: an argument, or what it is called on."""
        return next((one for _, one in self.argument(call, Parameter(position=side))), None)


def _argument_at(place: int | str) -> Parameter:
    plain = isinstance(place, int) or place == RECEIVER
    return Parameter(position=place) if plain else Parameter(name=str(place))
