"""Texts that are put together: parts behind one another, lists with separators, builders, patterns that are filled."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice, product

from scanner.analysis.arguments import HOPS
from scanner.analysis.bound import Bound
from scanner.analysis.contents import added, appended_inside, pushed
from scanner.analysis.inside import MOST_VALUES
from scanner.analysis.octets import octets
from scanner.analysis.program import (
    SPREAD,
    Argument,
    Call,
    Expression,
    Items,
    Key,
    Member,
    Name,
    Program,
    Routine,
    Text,
)
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import RECEIVER, Through
from scanner.analysis.value import PRINTF, TEMPLATE, Piece, Step, Value, filled, name_of_hole, replaced, unknown

_TWO = 2
"""Texts of which one is appended to the other; more are elements of a list."""

_FORMATTING = ("AppendFormat",)
"""Methods that add what they set into a pattern."""


class Composed(Bound):
    """Follows what texts are made of."""

    @abstractmethod
    def of(self, program: Program, expression: Expression | None, hops: int = HOPS) -> list[Value]:
        """Return what `expression` of `program` may stand for."""

    def _joined(self, program: Program, parts: Sequence[Expression], hops: int) -> Iterator[Value]:
        """Yield the texts that parts make together; of a part that is not known a mark stands there."""
        options = [self.of(program, part, hops - 1) or [unknown()] for part in parts]
        for chosen in islice(product(*options), MOST_VALUES):
            if any(piece.literal is not None for value in chosen for piece in value.pieces):
                pieces = tuple(piece for value in chosen for piece in value.pieces)
                yield Value(pieces, max((value.steps for value in chosen), key=len))

    def _characters(self, program: Program, items: Items, hops: int) -> Iterator[Value]:
        """Yield the text that a list of characters spells; of a list of texts each one by itself."""
        if len(items.elements) > 3 and all(isinstance(one, Text) and len(one.value) == 1 for one in items.elements):
            yield from self._joined(program, items.elements, hops)
            return
        numbers = octets(items)
        if numbers is not None:
            steps = (Step(program, numbers, "the bytes"),)
            yield Value((Piece(numbers.value, numbers, program, exact=False, way="octets"),), steps)
            return
        for element in items.elements[:MOST_VALUES]:
            yield from self.of(program, element, hops - 1)

    def _composed(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        """Yield the texts that a call makes of what it is given, by the way that the tables say."""
        rest = [one.value for one in call.arguments]
        if through.way == "concat":
            yield from self._joined(program, [*(given if through.start == RECEIVER else []), *rest], hops)
        elif through.way == "append":
            # What is there before is most often nothing.
            known = [one for one in rest if self.of(program, one, hops - 1)] if len(rest) == _TWO else rest[:1]
            yield from self._joined(program, known, hops)
        elif through.way == "builder":
            yield from self._built(program, given, hops)
        elif through.way == "replace":
            yield from self._replaced(program, given, rest, hops)
        elif through.way == "join":
            yield from self._listed(program, call, through, hops)
        else:
            start = -1 if through.start == RECEIVER else int(through.start)
            for pattern in given:
                holes = TEMPLATE if through.way == "template" else PRINTF
                yield from self._formatted(program, pattern, call.arguments[start + 1 :], holes, hops)

    def _replaced(
        self, program: Program, given: list[Expression], rest: list[Expression], hops: int
    ) -> Iterator[Value]:
        sought = self.of(program, rest[0], hops - 1)[:1] if len(rest) > 1 else []
        by = self.of(program, rest[1], hops - 1)[:1] or [unknown()] if len(rest) > 1 else []
        for value in (held for one in given for held in self.of(program, one, hops - 1)):
            yield replaced(value, sought[0].text, by[0]) if sought and by else value

    def _listed(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        """Yield the elements of a list with what stands between them."""
        arguments = [one.value for one in call.arguments]
        if through.start == RECEIVER:
            lists, between = self._given(call, RECEIVER), arguments[0] if arguments else None
        else:
            lists, between = self._given(call, through.start), self._separator(call, int(through.start))
        separators = self.of(program, between, hops - 1) if between is not None else []
        for one in lists:
            found = [held for held in self._objects(program, one, hops - 1) if isinstance(held[1], Items)]
            for owner, held in found:
                more = pushed(program, one) if isinstance(one, Name) else []
                elements = [*held.elements, *more] if isinstance(held, Items) else more
                yield from self._interspersed(owner, elements, separators, hops)
            if not found and isinstance(one, Call):
                yield from self.of(program, one, hops - 1)
        spread = arguments[int(through.start) :] if isinstance(through.start, int) else []
        if len(spread) > 1:
            yield from self._interspersed(program, spread, separators, hops)

    @staticmethod
    def _separator(call: Call, place: int) -> Expression | None:
        """Return what parts the elements: it stands before the list, or behind it where that comes first."""
        others = [one.value for number, one in enumerate(call.arguments) if number != place]
        if place:
            return call.arguments[0].value
        if isinstance(call.called, Member) and not others:
            return call.called.of
        return others[0] if others else None

    def _interspersed(
        self, program: Program, elements: Sequence[Expression], separators: list[Value], hops: int
    ) -> Iterator[Value]:
        for value in self._joined(program, elements, hops):
            between = separators[0].text if separators else ""
            if not between:
                yield value
                continue
            pieces: list[Piece] = []
            for piece in value.pieces:
                pieces.extend([Piece(between, piece.literal, piece.program, exact=False)] if pieces else [])
                pieces.append(piece)
            yield Value(tuple(pieces), value.steps)

    def _built(self, program: Program, given: list[Expression], hops: int) -> Iterator[Value]:
        """Yield what a builder holds: its chained calls, or the calls on its variable, each add their arguments."""
        for receiver in given:
            parts, start = _chained(receiver)
            parts[:0] = appended_inside(program, receiver) if isinstance(receiver, Routine) else []
            if isinstance(start, Name):
                parts[:0] = [part for one in added(program, start) for part in _chained(one)[0]]
            if parts:
                yield from self._joined(program, parts, hops)

    def _formatted(
        self, program: Program, pattern: Expression, rest: Sequence[Argument], holes: re.Pattern[str], hops: int
    ) -> Iterator[Value]:
        for value in self.of(program, pattern, hops - 1):
            if len(value.pieces) != 1 or value.pieces[0].literal is None:
                continue
            given = self._spread(program, rest, value, holes, hops)
            options = [self.of(program, one, hops - 1) or [unknown()] for one in given.values()]
            for chosen in islice(product(*options), MOST_VALUES):
                yield filled(value, dict(zip(given, chosen, strict=True)), holes)

    def _spread(
        self, program: Program, rest: Sequence[Argument], pattern: Value, holes: re.Pattern[str], hops: int
    ) -> dict[str, Expression]:
        """Return what a pattern is filled with, by name or place; a tuple or map that is given is its elements."""
        given = {one.name or str(place): one.value for place, one in enumerate(rest)}
        if len(rest) == 1 and rest[0].name in ("", SPREAD):
            names = [name for hole in holes.finditer(pattern.text) if (name := name_of_hole(hole))]
            held = [(name, self.entry(program, rest[0].value, name, hops - 1)) for name in dict.fromkeys(names)]
            given |= {name: found[0][1] for name, found in held if found and found[0][0] is program}
            listed = rest[0].value if isinstance(rest[0].value, Name | Member) else None
            for owner, found in self._objects(program, listed, hops - 1) if listed is not None else ():
                if isinstance(found, Items) and owner is program:
                    return given | {str(place): one for place, one in enumerate(found.elements)}
        return given


def _chained(expression: Expression | None) -> tuple[list[Expression], Expression | None]:
    """Return what the calls of a chain are given, in order, and what the first is called on, if anything."""
    parts: list[Expression] = []
    while isinstance(expression, Call):
        if last_word(expression.called) in _FORMATTING:
            parts[:0] = [expression]
            expression = expression.called.of if isinstance(expression.called, Member) else None
            continue
        # What a builder is made with may be how much room it has.
        given = [one.value for one in expression.arguments if not (expression.new and isinstance(one.value, Key))]
        parts[:0] = given
        made = expression.new or not isinstance(expression.called, Member)
        expression = expression.called.of if isinstance(expression.called, Member) and not made else None
    return parts, expression
