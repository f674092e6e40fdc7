"""Names that a project's own routines and classes give to what they are handed by place: `login(user, password)`."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.contents import fields_of
from scanner.analysis.meant import CONSTRUCTORS, may_mean
from scanner.analysis.program import SPREAD, Call, Expression, Member, Name, Program, Routine
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word

_MOST_MEANT = 3
"""Routines of one name that a call may mean; where there are more, none of them says what it is given."""


class Signatures:
    """Answers for the calls of one program."""

    def __init__(self, project: Project, program: Program) -> None:
        self._project = project
        self._program = program

    def named(self, call: Call, *, elsewhere: bool) -> Iterator[tuple[str, Expression]]:
        """Yield what `call` gives by place, each with its parameter's name; routines of other files only if asked."""
        given = _plain(call)
        meant = [*self._here(call), *(self._elsewhere(call) if elsewhere else ())] if given else []
        for parameters in meant if len(meant) <= _MOST_MEANT else ():
            yield from zip(parameters, given, strict=False)

    def _here(self, call: Call) -> Iterator[list[str]]:
        word, program = last_word(call.called), self._program
        makers = [one for name in CONSTRUCTORS for one in program.routines.get(name, ()) if one.owner == word]
        routines = [one for one in program.routines.get(word, ()) if may_mean(program, call, one)]
        yield from (_taken(one) for one in (*routines, *makers))
        if isinstance(call.called, Name) and not routines and not makers:
            yield from self._fields(call.called)

    def _elsewhere(self, call: Call) -> Iterator[list[str]]:
        meant = (*self._project.routines(self._program, call), *self._project.constructors(self._program, call))
        yield from (_taken(one) for program, one in meant if program is not self._program)

    def _fields(self, called: Name) -> Iterator[list[str]]:
        """Yield the fields of a class without a constructor, in the order in which they are declared."""
        declared = self._program.classes.get(called.name)
        if declared is not None:
            yield list(declared.types)
        for made in self._program.scopes[0].bound.get(called.name, ()):
            yield from [fields_of(self._program, made)] if isinstance(made, Call) else []


def _plain(call: Call) -> list[Expression]:
    """Return what a call gives by place, up to where a list is taken apart."""
    given: list[Expression] = []
    for one in call.arguments:
        if one.name == SPREAD:
            break
        if not one.name:
            given.append(one.value)
    return given


def _taken(routine: Routine) -> list[str]:
    """Return the parameters that take one argument each."""
    end = next((place for place, one in enumerate(routine.parameters) if one in routine.rest), None)
    return routine.parameters[:end]


def prompted(program: Program, call: Call, prompts: dict[str, frozenset[str]]) -> Iterator[Call]:
    """Yield the call that waited for a prompt on the same object, where `call` gives what answers it.

    `prompts` are the methods that wait (`asked`) and those that answer (`given`).
    """
    if not isinstance(call.called, Member) or call.called.name not in prompts.get("given", ()):
        return
    methods = [one for kind in prompts.values() for name in kind for one in program.calls_of.get(name, ())]
    before = [one for one in methods if one.end <= call.start and one.scope == call.scope and _same(one, call)]
    last = max(before, key=lambda one: one.end, default=None)
    if last is not None and last_word(last.called) in prompts["asked"]:
        yield last


def _same(one: Call, other: Call) -> bool:
    ofs = [held.called.of for held in (one, other) if isinstance(held.called, Member)]
    return len(ofs) == 2 and last_word(ofs[0]) == last_word(ofs[1]) != ""
