"""What callers give for a parameter: by name or place, from what they take apart, to a function handed on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice

from scanner.analysis.given import given_for, spread_for
from scanner.analysis.meant import CONSTRUCTORS, may_mean
from scanner.analysis.names import RECEIVING
from scanner.analysis.options import options_given
from scanner.analysis.program import EACH, Call, Entries, Expression, Member, Name, Program, Routine, Text
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls

HOPS = 12
"""Steps from one expression to the next that are followed."""
_MOST_CALLERS = 12
CALLING = ("accept", "apply", "test", "invoke", "Invoke")
"""Methods by which an object that is a function is called: of Java's, Kotlin's and C#'s types for them."""
_OF_ELEMENTS = ("elements", "kept", "one")
"""Ways in which methods call a function with the elements of their list."""
_BLOCK = "yield"
"""The word by which a routine calls the block that it is given without a name: Ruby's."""
_OF_OWN_CLASS = ("this", "self", "super")
"""Words by which one constructor calls another."""


class Arguments:
    """Follows parameters to what is given for them, through the files of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @abstractmethod
    def entry(
        self, program: Program, expression: Expression, key: str, hops: int = HOPS
    ) -> list[tuple[Program, Expression]]:
        """Return what stands under `key` in the map or object that `expression` may stand for."""

    @abstractmethod
    def bound(self, program: Program, what: Name | Member, hops: int = HOPS) -> list[tuple[Program, Expression]]:
        """Return what a name or member may be bound to, each with the program in which that stands."""

    def _arguments(self, program: Program, routine: Routine, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what callers give for a parameter, in this file and in others that use it."""
        if name == routine.extended:
            yield from self._called_on(program, routine)
        if name not in routine.parameters:
            return
        position = routine.parameters.index(name)
        yield from self._called_back(program, routine, position)
        if routine.name and syntax(program.language).modules == "javascript":
            yield from self._bound_to(program, routine, position)
        callers = list(islice(self._callers(program, routine), _MOST_CALLERS + 1))
        if len(callers) > _MOST_CALLERS:
            # A helper that everybody calls: what one caller gives it is not what another gets back.
            return
        for owner, call in callers:
            given = given_for(call, routine, name)
            if given is not None:
                yield owner, given
                continue
            for held, key in spread_for(call, routine, name):
                yield from self.entry(owner, held, key)

    def applied_to(self, program: Program, call: Call, hops: int) -> list[tuple[Program, Expression]]:
        """Return what stands in a map, or in maps in it, under the keys that it is called with, as Scala does."""
        if not isinstance(call.called, Name) or not call.arguments or any(one.name for one in call.arguments):
            return []
        if not any(isinstance(one, Call | Entries) for _, one in self.bound(program, call.called, hops)):
            return []
        found: list[tuple[Program, Expression]] = [(program, call.called)]
        for asked in (one.value for one in call.arguments):
            key = asked.value if isinstance(asked, Text) else f"{EACH}{last_word(asked)}"
            found = [held for owner, one in found for held in self.entry(owner, one, key, hops)]
        return found

    def _of_receiver(self, program: Program, name: Name) -> Iterator[tuple[Program, Expression]]:
        """Yield the field that a bare name is in a block whose receiver is the object that it is called on: `run`."""
        for scope in program.enclosing(name.scope) if syntax(program.language).implied_receiver else ():
            call = program.callbacks.get(id(scope.routine)) if scope.routine is not None else None
            of = call.called.of if call is not None and isinstance(call.called, Member) else None
            if call is not None and last_word(call.called) == "with" and len(call.arguments) > 1:
                of = call.arguments[0].value
            if call is not None and of is not None and last_word(call.called) in RECEIVING:
                yield program, Member(name.start, name.end, name.scope, of, name.name)

    def _called_on(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Expression]]:
        """Yield the objects on which a routine is called that extends their class."""
        for owner, call in islice(self._callers(program, routine), _MOST_CALLERS):
            if isinstance(call.called, Member) and call.called.of is not None:
                yield owner, call.called.of
        for word in self._project.added_by(program, routine):
            for owner, member in islice(self._project.members_read(program, word), _MOST_CALLERS):
                if member.of is not None:
                    yield owner, member.of

    def _callers(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Call]]:
        makes = bool(routine.owner) and routine.name in (routine.owner, *CONSTRUCTORS)
        for word in dict.fromkeys((routine.name, *((routine.owner, *_OF_OWN_CLASS) if makes else ()))):
            for owner, call in self._project.callers(program, routine, word) if word else ():
                of = call.called.of if isinstance(call.called, Member) else None
                if isinstance(of, Name) and of.name[:1].isupper() and routine.owner not in ("", of.name) and not makes:
                    continue
                if may_mean(owner, call, routine) or _called_in_base(owner, call, program, routine):
                    yield owner, call
        yield from self._project.applying(program, routine)
        yield from self._called_further(program, routine)
        yield from self._project.calls_of_variables(program, routine.name)
        if syntax(program.language).modules == "types":
            yield from ((program, one) for one in _calls_of_object(program, routine.name))
        if id(routine) in program.at_once:
            yield program, program.at_once[id(routine)]

    def _called_further(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a function that another returns: `open(user)(password)`."""
        around = program.scopes[routine.scope].routine
        if routine.name or around is None or not any(one is routine for one in around.returned):
            return
        for owner, call in islice(self._callers(program, around), _MOST_CALLERS):
            yield from ((owner, again) for again in owner.calls if again.called is call)

    def _bound_to(self, program: Program, routine: Routine, position: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what a function is bound to before it is called."""
        for owner, call in self._project.calls_of(program, "bind"):
            of = call.called.of if isinstance(call.called, Member) else None
            if last_word(of) == routine.name and position + 1 < len(call.arguments):
                yield owner, call.arguments[position + 1].value

    def _called_back(self, program: Program, routine: Routine, position: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call hands to a function that it is given: its receiver, or each element of that."""
        call = program.callbacks.get(id(routine))
        if call is not None:
            yield from self._handed_by(program, call, routine, position)
            options = options_given(program, call)
            yield from [(program, options)] if options is not None else []
        for one in [call] if call is not None else _handing(program, routine):
            yield from self._handed_on_by(program, one, routine, position)

    @staticmethod
    def _handed_on_by(
        program: Program, call: Call, routine: Routine, position: int
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield what a method that takes a function hands to it."""
        if not isinstance(call.called, Member) or call.called.of is None:
            return
        way = calls(program.language).hands.get(call.called.name)
        if way == "same":
            yield program, call.called.of
        elif way in _OF_ELEMENTS and len(routine.parameters) == 2 and syntax(program.language).modules == "types":
            each = Member(call.start, call.end, call.scope, call.called.of, EACH)
            yield program, Member(call.start, call.end, call.scope, each, str(position))
        elif way in _OF_ELEMENTS and position < 2:
            # The second is the value where elements are pairs of a map; where it is their number nothing comes of it.
            yield program, Member(call.start, call.end, call.scope, call.called.of, EACH)

    def _handed_by(
        self, program: Program, call: Call, routine: Routine, position: int
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield what a routine hands to the function that a call gives it: where it calls that parameter."""
        place = next((number for number, one in enumerate(call.arguments) if one.value is routine), -1)
        for owner, taking in self._project.routines(program, call):
            name = taking.parameters[place] if 0 <= place < len(taking.parameters) else ""
            named = _calls_of_function(owner, name) if name else ()
            for inner in (*named, *owner.calls_of.get(_BLOCK, ())):
                within = any(scope.routine is taking for scope in owner.enclosing(inner.scope))
                if within and position < len(inner.arguments):
                    yield owner, inner.arguments[position].value


def _called_in_base(owner: Program, call: Call, program: Program, routine: Routine) -> bool:
    """Tell whether a class that the one of `routine` is based on calls it by its bare name: it says what others do."""
    bases = program.kinds.get(routine.owner, ()) if isinstance(call.called, Name) and routine.owner else ()
    return any(scope.owner in bases for scope in owner.enclosing(call.scope) if scope.owner)


def _handing(program: Program, routine: Routine) -> Iterator[Call]:
    """Yield the calls of methods that are given a function by its name: `find(user).then(open)`."""
    words = calls(program.language).hands if routine.name and syntax(program.language).modules == "javascript" else ()
    for call in (one for word in words for one in program.calls_of.get(word, ())):
        given = call.arguments[0].value if call.arguments else None
        if isinstance(given, Name) and given.name == routine.name:
            yield call


def _calls_of_function(program: Program, name: str) -> Iterator[Call]:
    """Yield the calls of a function that a variable holds, where it has to be by a method of it, too."""
    yield from (one for one in program.calls_of.get(name, ()) if isinstance(one.called, Name))
    yield from _calls_of_object(program, name)


def _calls_of_object(program: Program, name: str) -> Iterator[Call]:
    """Yield the calls of a function by a method of the object that it is: `render.apply(word)`."""
    for call in (one for word in CALLING for one in program.calls_of.get(word, ())):
        of = call.called.of if isinstance(call.called, Member) else None
        if isinstance(of, Name | Member) and of.name == name:
            yield call
