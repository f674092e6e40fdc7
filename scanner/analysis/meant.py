"""Which routines of a project a call means, and which calls, in files that are read for it, mean a routine."""

from __future__ import annotations

import posixpath
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from scanner.analysis.files import Files
from scanner.analysis.given import applied, told_apart
from scanner.analysis.program import Call, Expression, Member, Name, Program, Routine
from scanner.analysis.reached import MOST_USERS, Reached
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls
from scanner.analysis.ways import same_folder

CONSTRUCTORS = ("constructor", "__init__", "__construct", "initialize", "new", "init", "apply")
"""Names of routines that make an object, beside that of its class."""
MOST_BASES = 4
"""Classes above one whose fields and routines may be its own."""
_MANY = 20
"""Routines of one name in a file from which on they are told apart by their types first."""


class Meant(Reached):
    """Finds routines by calls, and calls by routines."""

    def __init__(self, files: Files, program: Program) -> None:
        super().__init__(files, program)
        self._routines: dict[int, tuple[Call, list[tuple[Program, Routine]]]] = {}
        self._owned: dict[tuple[str, str], dict[str, list[Routine]]] = {}

    @abstractmethod
    def imported(self, program: Program, name: str, words: list[str]) -> Iterator[tuple[Program, Expression]]:
        """Yield what an imported name is bound to in the file that it comes from."""

    def routines(self, program: Program, call: Call) -> list[tuple[Program, Routine]]:
        """Return the routines of the project that a call may mean."""
        known = self._routines.get(id(call))
        if known is None or known[0] is not call:
            found = told_apart(program, call, list(self._meant(program, call)))
            if found and all(one.stated for _, one in found):
                found += [held for _, one in found for held in self._implemented(program, one)]
            known = (call, found)
            self._routines[id(call)] = known
        return known[1]

    def _meant(self, program: Program, call: Call) -> Iterator[tuple[Program, Routine]]:
        word = last_word(call.called)
        called = call.called
        owner = last_word(called.of) if isinstance(called, Member) and called.of is not None else ""
        module = program.imports.get(owner) if isinstance(called, Member) and isinstance(called.of, Name) else None
        elsewhere = module is not None and syntax(program.language).modules == "go"
        held = (
            [one for one in self._own(program, called, word) if may_mean(program, call, one)] if not elsewhere else []
        )
        yield from ((program, one) for one in held)
        if call.new and not held and isinstance(called, Name):
            companions = (program, *self._of_class(program, word))
            yield from (
                (one, made) for one in companions for made in one.routines.get("apply", ()) if made.owner == word
            )
        if held or call.new:
            return
        if isinstance(called, Name):
            yield from self._plain_routines(program, called, word)
        elif owner:
            yield from self._methods(program, call, owner, word)
        if program.language == "csharp" and isinstance(called, Member) and called.of is not None:
            yield from self._extending(program, word)

    def _own(self, program: Program, called: Expression | None, word: str) -> Sequence[Routine]:
        """Return a file's routines of a name; of `Type::name`, where there are many, those of that type."""
        held = program.routines.get(word, ())
        path = re.split(r"::|\\", called.name) if isinstance(called, Name) else []
        if len(path) < 2 or len(held) < _MANY:
            return held
        key = (program.path, word)
        if key not in self._owned:
            self._owned[key] = {}
            for one in held:
                self._owned[key].setdefault(one.owner, []).append(one)
        owner = program.owner(called.scope) if path[-2] == "Self" and called is not None else path[-2]
        return [*self._owned[key].get(owner, ()), *self._owned[key].get("", ())]

    def _implemented(self, program: Program, stated: Routine) -> Iterator[tuple[Program, Routine]]:
        """Yield the routines that do what a class or interface only says it has, in the nearest files."""
        if syntax(program.language).modules != "types" or not stated.owner:
            return
        paths = self._files.using(program, stated.name, stated.owner)
        for other in (program, *(self._program(path) for path in paths)):
            for one in other.routines.get(stated.name, ()) if other is not None else ():
                if not one.stated and other is not None and stated.owner in other.kinds.get(one.owner, ()):
                    yield other, one

    def _of_bases(self, program: Program, owner: str, word: str, depth: int) -> Iterator[tuple[Program, Routine]]:
        """Yield the routines that the class `owner` has from those that it is based on."""
        for base in program.kinds.get(owner, ()) if depth else ():
            for other in (program, *self._of_class(program, base), *self._imported_programs(program, base)):
                held = [one for one in other.routines.get(word, ()) if one.owner == base]
                yield from ((other, one) for one in held)
                if not held:
                    yield from self._of_bases(other, base, word, depth - 1)

    def _plain_routines(self, program: Program, called: Name, word: str) -> Iterator[tuple[Program, Routine]]:
        words = re.split(r"::|\\|\.", called.name)
        for other, value in self.imported(program, called.name, words):
            if isinstance(value, Routine):
                yield other, value
        yield from self._of_bases(program, program.owner(called.scope), word, MOST_BASES)
        for other in self._siblings(program, word):
            yield from ((other, one) for one in other.routines.get(word, ()) if not one.owner)
        found = program.imports.get(words[0])
        for other in self._modules(program, found.module, found.name) if found is not None else ():
            yield from ((other, one) for one in other.routines.get(found.name if found and found.name else word, ()))

    def _methods(self, program: Program, call: Call, owner: str, word: str) -> Iterator[tuple[Program, Routine]]:
        found = program.imports.get(owner)
        modules = self._modules(program, found.module, found.name) if found is not None else []
        for other in modules or list(self._of_class(program, owner)):
            yield from ((other, one) for one in other.routines.get(word, ()))
        kind = next((one.types[owner] for one in program.enclosing(call.scope) if owner in one.types), "")
        kinds = dict.fromkeys(re.split(r"\.|::|\\", one)[-1] for one in (kind, *self._kinds_of(program, call)) if one)
        for one in kinds:
            for other in self._of_class(program, one):
                held = other.routines.get(word, ())
                yield from ((other, routine) for routine in held)
                yield from self._of_bases(other, one, word, 0 if held else MOST_BASES)
        for other in self._siblings(program, word) if found is None else ():
            yield from ((other, one) for one in other.routines.get(word, ()) if one.owner)

    def _extending(self, program: Program, word: str) -> Iterator[tuple[Program, Routine]]:
        """Yield the methods that other files add to classes: C#'s, whose first parameter is marked with `this`."""
        for path in self._files.using(program, word, "this"):
            other = self._program(path)
            held = other.routines.get(word, ()) if other is not None else ()
            yield from ((other, one) for one in held if other is not None and one.extended)

    def _kinds_of(self, program: Program, call: Call) -> Iterator[str]:
        """Yield the classes that the object may be of that a method is called on, where a call returns it."""
        of = call.called.of if isinstance(call.called, Member) else None
        if not isinstance(of, Call) or syntax(program.language).modules != "types":
            return
        yield from (routine.kind for _, routine in self.routines(program, of))
        while isinstance(of, Call | Member):
            of = of.called if isinstance(of, Call) else of.of
        if isinstance(of, Name) and of.name[:1].isupper():
            # `Settings.instance()` and `Settings.builder()...build()` are most often settings.
            yield of.name

    def callers(self, program: Program, routine: Routine, word: str) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a routine of `program`: here, in files that are read so far, and in those that use it."""
        way = syntax(program.language).modules
        self._read_users(program, routine, word, way)
        for owner, call in self.calls_of(program, word):
            if owner is program or way != "go" or _reaches(owner, call, program, routine):
                yield owner, call

    def _read_users(self, program: Program, routine: Routine, word: str, way: str) -> None:
        """Read the files that may call a routine: they import its file where that is how it is found, or name it."""
        if way == "go":
            self._using(program, word)
            return
        paths: list[str] = []
        if way == "javascript":
            paths = self._files.importing_scripts(program.path)[:MOST_USERS]
        elif way == "shell":
            # Who sources a script says what it is called.
            paths = self._files.using(program, word, posixpath.basename(program.path).partition(".")[0])
        elif way == "types":
            paths = [*self._files.using(program, word, routine.owner or word)]
            for base in program.kinds.get(routine.owner, ()):
                # Who calls what a class is based on may mean the class.
                known = self._files.declaring(program.language, base)
                paths += self._files.using(program, word, base) if known else ()
        for path in paths:
            self._program(path)

    def constructors(self, program: Program, call: Call) -> Iterator[tuple[Program, Routine]]:
        """Yield the constructors, in other files, of the class that a call makes an object of."""
        owner = last_word(call.called)
        for other in (*self._of_class(program, owner), *self._imported_programs(program, owner)):
            for word in (owner, *CONSTRUCTORS):
                yield from ((other, one) for one in other.routines.get(word, ()) if one.owner == owner)

    def applying(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a routine that other calls make of it: `partial(routine, ...)`."""
        for word in {one.rpartition(".")[2] for one in calls(program.language).applied}:
            for owner, call in self.calls_of(program, word):
                made = applied(owner, call)
                if made is not None and last_word(made.called) == routine.name and may_mean(owner, made, routine):
                    yield owner, made

    def calls_of_variables(self, program: Program, word: str) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of variables that hold the routine `word`: C#'s delegates, functions of Go."""
        if syntax(program.language).modules not in ("types", "go"):
            return
        for one in {id(one): one for one in (program, self._program_at_hand, *self._read.values()) if one}.values():
            if one.language == program.language:
                named = (held for name in self._holding(one).get(word, ()) for held in one.calls_of[name])
                yield from ((one, call) for call in named if isinstance(call.called, Name))

    @staticmethod
    def _holding(program: Program) -> dict[str, set[str]]:
        """Return the names that are called in a program and are bound to other names, by these."""
        if program.holding is None:
            program.holding = {}
            for name, value in program.named:
                word = last_word(value) if name in program.calls_of and isinstance(value, Name | Member) else name
                if word != name:
                    program.holding.setdefault(word, set()).add(name)
        return program.holding

    def members_read(self, program: Program, word: str) -> Iterator[tuple[Program, Member]]:
        """Yield the members of a name that are read, or called, in the files that are read so far."""
        for one in {id(one): one for one in (program, self._program_at_hand, *self._read.values()) if one}.values():
            yield from ((one, member) for member in one.members_of.get(word, ()) if one.language == program.language)

    @staticmethod
    def added_by(program: Program, routine: Routine) -> list[str]:
        """Return the names of what a routine adds to the class of an object: its own, or a class's methods."""
        if routine.name != routine.owner:
            return [routine.name]
        held = program.routines.items()
        return [name for name, routines in held if any(one.owner == routine.owner for one in routines)]

    def calls_of(self, program: Program, word: str) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a routine in the files that are read so far."""
        for one in {id(one): one for one in (program, self._program_at_hand, *self._read.values()) if one}.values():
            if word in one.calls_of and _kin(one, program):
                yield from ((one, call) for call in one.calls_of.get(word, ()))


def _kin(one: Program, other: Program) -> bool:
    """Tell whether programs may call each other's routines: they are written in a language or in its dialects."""
    ways = {syntax(one.language).modules, syntax(other.language).modules}
    return one.language == other.language or ways == {"javascript"}


def _reaches(owner: Program, call: Call, program: Program, routine: Routine) -> bool:
    """Tell whether a call in another file of Go may mean `routine`: by its package, or a method by its name."""
    called = call.called
    of = called.of if isinstance(called, Member) else None
    found = owner.imports.get(of.name) if isinstance(of, Name) else None
    if found is not None:
        return not routine.owner and same_folder(found.module, posixpath.dirname(program.path))
    if isinstance(called, Name):
        return not routine.owner and posixpath.dirname(owner.path) == posixpath.dirname(program.path)
    return bool(routine.owner)


def may_mean(program: Program, call: Call, routine: Routine) -> bool:
    """Tell whether a call in `program` may mean a routine, by what it is called on and how the routine is owned."""
    called = call.called
    makes = routine.name in (routine.owner, *CONSTRUCTORS)
    if isinstance(called, Name):
        path = re.split(r"::|\\", called.name)
        if len(path) > 1 and routine.owner:
            return path[-2] == routine.owner or (path[-2] == "Self" and program.owner(call.scope) == routine.owner)
        own = called.name in ("this", "super", "self") or last_word(called) == routine.owner
        beside = syntax(program.language).bare_fields and any(
            scope.owner == routine.owner for scope in program.enclosing(call.scope)
        )
        return not routine.owner or (makes and own) or beside
    if isinstance(called, Member):
        of = called.of
        if of is None:
            return bool(routine.owner)
        module = isinstance(of, Name) and of.name in program.imports
        return bool(routine.owner) or module or makes or bool(routine.extended)
    return True
