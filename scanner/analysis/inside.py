"""What stands under a key in the maps, lists and objects of a project, each looked for once and within one budget."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from scanner.analysis.arguments import HOPS, Arguments
from scanner.analysis.contents import (
    as_element,
    built_with,
    default_of,
    elements_of,
    fields_of,
    in_pairs,
    made_of_pairs,
    paired,
    pushed,
    put_in,
    put_inside,
    stored,
)
from scanner.analysis.octets import spells
from scanner.analysis.options import option_defaults
from scanner.analysis.places import is_any, places_named
from scanner.analysis.program import EACH, SPREAD, Call, Entries, Expression, Items, Member, Name, Program, Text
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax

MOST_VALUES = 8
"""Values of one expression that are followed; a program of people has few."""
MOST_ELEMENTS = 24
"""Elements of one list that are followed where any of them may be meant."""
_MOST_STEPS = 20_000
_SPREADING = 20
"""Steps of the budget for a look into a map that another is spread from."""

K = TypeVar("K")


class Inside(Arguments):
    """Looks into what an expression stands for."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential, which its neighbours in a map then are not."""
        super().__init__(project)
        self._telling = telling
        self._left = _MOST_STEPS
        self._inside_known: dict[tuple[int, str], list[tuple[Program, Expression]]] = {}
        self._keep: list[Expression] = []
        """Expressions by whose numbers something is known: while they are kept, no others have these."""

    @abstractmethod
    def _objects(self, program: Program, expression: Expression, hops: int) -> list[tuple[Program, Expression]]:
        """Return the maps, lists and made objects that an expression may stand for."""

    @property
    def cut_short(self) -> bool:
        """Tell whether something was not followed to its end, because that would take too long."""
        return self._left < 0

    def entry(
        self, program: Program, expression: Expression, key: str, hops: int = HOPS
    ) -> list[tuple[Program, Expression]]:
        """Return what stands under `key` in the map or object that `expression` may stand for."""
        found = [
            one
            for owner, value in self._objects(program, expression, hops)
            for one in self._inside(owner, value, key, hops)
        ]
        if isinstance(expression, Name):
            found.extend((program, one) for one in program.fields.get((f"={expression.name}", key), ()))
        if isinstance(expression, Name | Member):
            found.extend((program, one) for one in islice(put_in(program, expression, key), MOST_VALUES))
        return found[:MOST_VALUES]

    def _inside(self, program: Program, value: Expression, name: str, hops: int) -> list[tuple[Program, Expression]]:
        """Return what stands under a name in one map, list or object; maps that are put into each other are many."""
        found = self._looked_up(program, value, name, hops)
        return self._once(self._inside_known, (id(value), name), value, found, hops)

    def _looked_up(
        self, program: Program, value: Expression, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        if isinstance(value, Call | Member):
            yield from ((program, one) for one in option_defaults(program, value, name))
        if isinstance(value, Entries):
            yield from self._in_entries(program, value, name, hops)
        elif isinstance(value, Name | Member):
            yield from self._in_named(program, value, name, hops)
        elif isinstance(value, Items):
            yield from self._in_items(program, value, name, hops)
        elif isinstance(value, Call):
            yield from self._in_call(program, value, name, hops)
        yield from self._project.lent(program, value, name)

    def _in_call(self, program: Program, value: Call, name: str, hops: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what stands under a name in what a call makes: its arguments, what it is spread from, its class."""
        yield from ((program, one.value) for one in value.arguments if one.name and name in (EACH, one.name))
        for one in value.arguments if syntax(program.language).modules == "go" else ():
            if isinstance(one.value, Call) and one.name == last_word(one.value.called):
                # A structure that another is made of by its type alone: its fields are the other's own.
                yield from self._inside(program, one.value, name, hops - 1)
        each = elements_of(program, value) if is_any(name) else ()
        yield from ((program, one if name == EACH else one.elements[-1]) for one in each)
        for spread in (one.value for one in value.arguments if one.name == SPREAD):
            yield from self.entry(program, spread, name, hops - 1)
        yield from self._project.given(program, value, name)
        yield from ((program, one) for given in value.arguments for one in paired(program, given.value, name))
        yield from ((program, one) for one in (*built_with(value, name), *put_inside(program, value, name)))
        for owner, pairs in self._objects(program, value.arguments[0].value, hops - 1) if made_of_pairs(value) else ():
            yield from ((owner, one) for one in in_pairs(pairs, name)) if isinstance(pairs, Items) else ()
        if value.new and name.isdigit() and int(name) < len(value.arguments) and not value.arguments[int(name)].name:
            # An object that is taken apart gives what it was made of, in order.
            yield program, value.arguments[int(name)].value
        if value.new or isinstance(value.called, Name):
            yield from self._project.fields(program, value.called, name)
            yield from self._by_place(program, value, name)

    def _in_items(self, program: Program, value: Items, name: str, hops: int) -> Iterator[tuple[Program, Expression]]:
        last = len(value.elements)
        if name == EACH and spells(value):
            # What is made of all of them in turn is made of the text.
            yield program, value
            return
        chosen = [
            one
            for place, one in enumerate(value.elements)
            if name in (*places_named(place), str(place - last), *value.names[place : place + 1]) or is_any(name)
        ]
        yield from ((program, one) for one in chosen[:MOST_ELEMENTS])
        if not chosen and hops > 0 and name.isidentifier() and syntax(program.language).modules == "types":
            # One of the objects in the list is meant: what finds it is not followed.
            for owner, one in self._objects_in(program, value, hops - 1):
                yield from self._inside(owner, one, name, hops - 1)

    def _objects_in(self, program: Program, items: Items, hops: int) -> Iterator[tuple[Program, Expression]]:
        for element in items.elements[:MOST_ELEMENTS]:
            yield from self._objects(program, element, hops) if not isinstance(element, Text) else ()

    def _by_place(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a class without a constructor is given for a field, by the order of their declarations."""
        place = self._project.place_of_field(program, call.called, name)
        if place is None and isinstance(call.called, Name):
            made = [(owner, one, fields_of(owner, one)) for owner, one in self.bound(program, call.called)]
            place = next((held.index(name) for _, _, held in made if name in held), None)
            if place is not None and place >= len(call.arguments):
                yield from ((owner, one) for owner, by, held in made for one in default_of(by, held, name))
        if place is not None and place < len(call.arguments) and not call.arguments[place].name:
            yield program, call.arguments[place].value

    def _in_named(
        self, program: Program, value: Name | Member, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        yield from ((program, one) for one in program.fields.get((f"={value.name}", name), ()))
        if isinstance(value, Name) and hops > 0:
            yield from ((program, one) for one in program.fields.get((value.name, name), ()))
            if name.isdigit() or name == EACH:
                yield from ((program, one) for one in (*stored(program, value), *pushed(program, value)))
            for owner, held in self._objects(program, value, hops - 1):
                if not isinstance(held, Name):
                    yield from self._inside(owner, held, name, hops - 1)

    def _in_entries(
        self, program: Program, value: Entries, name: str, hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        exact = any(key == name.lstrip("*") for key, _ in value.entries)
        telling = is_any(name) and any(self._telling(key) for key, _ in value.entries)
        for key, one in value.entries:
            chosen = is_any(name) and not exact and key != SPREAD and (not telling or self._telling(key))
            if key in (name.lstrip("*"), EACH) or chosen:
                yield program, as_element(program, one) if name == EACH and key != EACH else one
            elif key == SPREAD and hops > 0 and self._left > 0:
                # Maps that are spread into one another again and again would take each other's entries without end.
                self._left -= _SPREADING
                for owner, held in self._objects(program, one, hops - 1):
                    yield from self._inside(owner, held, name, hops - 1)

    def _once(
        self,
        known: dict[K, list[tuple[Program, Expression]]],
        key: K,
        asked: Expression,
        found: Iterator[tuple[Program, Expression]],
        hops: int,
    ) -> list[tuple[Program, Expression]]:
        """Return what is known under `key`, or else found now within the budget; nothing to who asks meanwhile."""
        if key not in known:
            self._left -= 1
            if hops <= 0 or self._left < 0:
                return []
            known[key] = []
            self._keep.append(asked)
            known[key] = list(islice(found, 4 * MOST_VALUES))
        return known[key]
