"""What a program's names mean in the other files of its project: fields, routines, and who calls them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from scanner.analysis.files import Files
from scanner.analysis.given import applied, told_apart
from scanner.analysis.program import Call, Expression, Member, Name, Program, Routine, Text
from scanner.analysis.reached import Reached, entry_of
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls
from scanner.analysis.ways import same_folder

CONSTRUCTORS = ("constructor", "__init__", "__construct", "initialize", "new", "init", "apply")
"""Names of routines that make an object, beside that of its class."""
_OF_ENUMERATIONS = ("values", "valueOf", "entries", "withName", "GetValues")
"""Methods that enumerations have without writing them down, and return their constants."""
_MOST_BASES = 4
"""Classes above one whose fields may be its own."""
_MANY = 20
"""Routines of one name in a file from which on they are told apart by their types first."""
_MOST_USERS = 12
"""Files that use one file or package and are read for its sake."""


class Project(Reached):
    """What names, members and calls mean in the files around one that is analysed."""

    def __init__(self, files: Files, program: Program) -> None:
        super().__init__(files, program)
        self._routines: dict[int, tuple[Call, list[tuple[Program, Routine]]]] = {}
        self._owned: dict[tuple[str, str], dict[str, list[Routine]]] = {}

    def imported(self, program: Program, name: str, words: list[str]) -> Iterator[tuple[Program, Expression]]:
        """Yield what an imported name is bound to in the file that it comes from."""
        found = program.imports.get(words[0])
        if found is not None and not found.name and len(words) > 1:
            for other in self._modules(program, found.module):
                yield from self._exported(other, words[-1])
            return
        if found is not None:
            for other in self._modules(program, found.module, found.name):
                yield from self._named(other, found.name or "", words)
            return
        if len(words) > 1:
            yield from self._static(program, words[-2], words[-1])
            yield from self._starred(program, words[-1]) if name.startswith("\\") else ()
            return
        for other in self._siblings(program, name):
            if name in other.scopes[0].bound:
                yield from ((other, one) for one in other.scopes[0].bound[name])
        yield from self._starred(program, name)

    def _starred(self, program: Program, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what the files have under a name whose names are all brought in."""
        for star in [one for key, one in program.imports.items() if key.startswith("*")]:
            for other in self._modules(program, star.module):
                yield from self._exported(other, name)

    def _named(self, other: Program, name: str, words: list[str]) -> Iterator[tuple[Program, Expression]]:
        """Yield what a file exports by `name`, or, where that is a module or class, by the last of the words."""
        yield from self._exported(other, name)
        if len(words) > 1:
            yield from ((other, one) for one in other.fields.get((words[-2], words[-1]), ()))
            yield from self._exported(other, words[-1])

    def member(self, program: Program, of: str, kind: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what the member `name` of an imported module, or of a class in another file, is bound to."""
        found = program.imports.get(of)
        if found is not None:
            for other in self._modules(program, found.module, found.name):
                passed = other.imports.get(found.name)
                for further in self._modules(other, passed.module, passed.name) if passed is not None else ():
                    yield from self._exported(further, name)
                if f"/{other.path}".endswith((f"/{found.name}.py", f"/{found.name}/__init__.py")):
                    yield from self._exported(other, name)
                elif found.name and found.name != "default":
                    yield from ((other, one) for one in other.fields.get((found.name, name), ()))
                    for value in other.scopes[0].bound.get(found.name, ()):
                        yield from entry_of(other, value, name)
                else:
                    yield from self._exported(other, name)
            return
        if syntax(program.language).modules == "folder":
            yield from self._beside(program, of, name)
            return
        for word in (kind, of):
            if word and word != "this":
                yield from self._static(program, re.split(r"\.|::|\\", word)[-1], name)
        yield from self._brought_in(program, of, name)

    def _brought_in(self, program: Program, of: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a field of a class is bound to in the files whose names are all brought in."""
        for star in [one for key, one in program.imports.items() if key.startswith("*")]:
            for other in self._modules(program, star.module):
                yield from ((other, one) for one in other.fields.get((of, name), ()))

    def _beside(self, program: Program, of: str, name: str) -> Iterator[tuple[Program, Expression]]:
        for other in self._siblings(program):
            yield from ((other, one) for one in other.fields.get((of, name), ()))
            if other.path.endswith(".tfvars") and of == "var":
                yield from ((other, one) for one in other.scopes[0].bound.get(name, ()))
        if of == "var":
            yield from self._module_inputs(program, name)

    def _module_inputs(self, program: Program, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what blocks of other folders give for a variable of the module that a folder is."""
        folder = posixpath.dirname(program.path)
        for other in self._module_users(program, folder) if folder else ():
            here = posixpath.dirname(other.path)
            for call in other.calls_of.get("module", ()):
                given = {one.name: one.value for one in call.arguments}
                source = given.get("source")
                meant = isinstance(source, Text) and posixpath.normpath(posixpath.join(here, source.value)) == folder
                if meant and name in given:
                    yield other, given[name]

    def _module_users(self, program: Program, folder: str) -> list[Program]:
        """Return the files elsewhere that write the name of a module's folder."""
        key = f"{folder} module"
        if key not in self._neighbours:
            word = posixpath.basename(folder)
            paths = [
                path
                for path in sorted(self._files.paths)
                if path.endswith(".tf") and posixpath.dirname(path) != folder and self._files.writes(path, word)
            ]
            found = [self._program(path) for path in paths[:_MOST_USERS]]
            self._neighbours[key] = [one for one in found if one is not None]
        return self._neighbours[key]

    def dotted(self, program: Program, words: list[str], name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what `name` is bound to in a module that is named by its whole path: `shop.settings.NAME`."""
        found = program.imports.get(words[0]) if words else None
        if found is not None and not found.name:
            for other in self._modules(program, ".".join([found.module, *words[1:]])):
                yield from self._exported(other, name)

    def place_of_field(self, program: Program, called: Expression, name: str) -> int | None:
        """Return at which place a class without a constructor takes a field, in the order of their declarations."""
        owner = last_word(called)
        elsewhere = (*self._of_class(program, owner), *self._imported_programs(program, owner))
        for one in (program, *self._siblings(program, owner), *self._imported_by(program, called), *elsewhere):
            declared = one.classes.get(owner)
            scope = declared or next((held for held in one.scopes if held.is_class and held.owner == owner), None)
            if scope is not None and name in scope.types:
                return list(scope.types).index(name)
        return None

    def _static(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        for other in self._of_class(program, owner):
            yield from ((other, one) for one in other.fields.get((owner, name), ()))
            if program.language == "rust":
                yield from self._exported(other, name)

    def fields(self, program: Program, called: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to the field `name` of the class that `called` names."""
        yield from self._inherited(program, last_word(called), name, _MOST_BASES)

    def _inherited(self, program: Program, owner: str, name: str, left: int) -> Iterator[tuple[Program, Expression]]:
        """Yield what a field of a class is bound to, or where it has none what it is in the class's bases."""
        found, exported = False, program.imports.get(owner)
        elsewhere = [*self._of_class(program, owner), *self._imported_programs(program, owner)]
        for other in (program, *elsewhere):
            words = {owner, exported.name if exported is not None and other is not program else owner}
            for word in sorted(words):
                held = [*other.fields.get((word, name), ()), *_read_like_fields(other, word, name)]
                found = found or bool(held)
                yield from ((other, one) for one in held)
                if not found and left and word in other.bases:
                    yield from self._inherited(other, other.bases[word], name, left - 1)

    def overridden(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to the field `name` in classes that are based on `owner`, in the nearest files."""
        if syntax(program.language).modules != "types":
            return
        paths = self._files.using(program, name, owner)
        for other in (program, *(one for path in paths if (one := self._program(path)) is not None)):
            below = [one for one, kinds in other.kinds.items() if owner in kinds]
            yield from ((other, value) for one in below for value in other.fields.get((one, name), ()))

    def inherited(
        self, program: Program, owner: str, name: str, depth: int = _MOST_BASES
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to a field that the class `owner` of `program` has from those that it is based on."""
        for part in self._parts_of_class(program, owner) if depth == _MOST_BASES else ():
            yield from ((part, one) for one in part.fields.get((owner, name), ()))
        for base in program.kinds.get(owner, ()) if depth else ():
            for other in (program, *self._of_class(program, base), *self._imported_programs(program, base)):
                held = other.fields.get((base, name), ())
                yield from ((other, one) for one in held)
                if not held:
                    yield from self.inherited(other, base, name, depth - 1)

    def _parts_of_class(self, program: Program, owner: str) -> Iterator[Program]:
        """Yield the other files that hold a part of a class, where a class may stand in several."""
        if program.language != "csharp" or not self._files.writes(program.path, "partial"):
            return
        for path in self._files.declaring(program.language, owner)[:_MOST_USERS]:
            other = self._program(path) if path != program.path else None
            if other is not None:
                yield other

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
        yield from self._of_bases(program, program.owner(called.scope), word, _MOST_BASES)
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
                yield from self._of_bases(other, one, word, 0 if held else _MOST_BASES)
        for other in self._siblings(program, word) if found is None else ():
            yield from ((other, one) for one in other.routines.get(word, ()) if one.owner)

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

    def held(self, program: Program, kind: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to a field of the class `kind`: here, in its package, and in files that use that."""
        word = re.split(r"::|\\|\.", kind)[-1]
        if self._files.stated(program.language, word):
            yield from self.overridden(program, word, name)
        for one in (program, *self._siblings(program, name), *self._using(program, word)):
            embedded = program.kinds.get(word, ()) if syntax(program.language).modules == "go" else ()
            for owner in (word, *embedded):
                yield from ((one, value) for value in one.fields.get((owner, name), ()))
            for call in one.calls_of.get(word, ()):
                if call.new and any(not argument.name for argument in call.arguments):
                    place = self.place_of_field(one, call.called, name)
                    if place is not None and place < len(call.arguments):
                        yield one, call.arguments[place].value

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
            paths = self._files.importing_scripts(program.path)[:_MOST_USERS]
        elif way == "types":
            paths = self._files.using(program, word, routine.owner or word)
        for path in paths:
            self._program(path)

    def constructors(self, program: Program, call: Call) -> Iterator[tuple[Program, Routine]]:
        """Yield the constructors, in other files, of the class that a call makes an object of."""
        owner = last_word(call.called)
        for other in (*self._of_class(program, owner), *self._imported_programs(program, owner)):
            for word in (owner, *CONSTRUCTORS):
                yield from ((other, one) for one in other.routines.get(word, ()) if one.owner == owner)

    def given(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call that makes an object gives by its place for the parameter `name` of the class."""
        owner = last_word(call.called)
        for other in (program, *self._of_class(program, owner)) if call.arguments else ():
            for routine in other.made.get(owner, ()):
                place = routine.parameters.index(name) if name in routine.parameters else len(call.arguments)
                if place < len(call.arguments) and not call.arguments[place].name:
                    yield program, call.arguments[place].value
                    return

    def applying(self, program: Program, routine: Routine) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a routine that other calls make of it: `partial(routine, ...)`."""
        for word in {one.rpartition(".")[2] for one in calls(program.language).applied}:
            for owner, call in self.calls_of(program, word):
                made = applied(owner, call)
                if made is not None and last_word(made.called) == routine.name and may_mean(owner, made, routine):
                    yield owner, made

    def calls_of(self, program: Program, word: str) -> Iterator[tuple[Program, Call]]:
        """Yield the calls of a routine in the files that are read so far."""
        for one in {id(one): one for one in (program, self._program_at_hand, *self._read.values()) if one}.values():
            if word in one.calls_of and _kin(one, program):
                yield from ((one, call) for call in one.calls_of.get(word, ()))

    def assigned(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what other files assign to the field `name` of the class `owner`."""
        if syntax(program.language).modules != "types":
            return
        for path in self._files.using(program, name, owner):
            other = self._program(path)
            held = other.fields.get((f"={owner}", name), ()) if other is not None else ()
            yield from ((other, one) for one in held if other is not None)

    def constants(self, program: Program, call: Call) -> Iterator[tuple[Program, Expression]]:
        """Yield the constants of an enumeration, of which a call returns one or all: `Region.valueOf(name)`."""
        called = call.called
        of = called.of if isinstance(called, Member) else None
        owner = last_word(of) if of is not None else program.owner(call.scope)
        if last_word(called) not in _OF_ENUMERATIONS or not owner[:1].isupper():
            return
        for other in (program, *self._of_class(program, owner), *self._imported_programs(program, owner)):
            for (at, name), bound in other.fields.items() if owner in other.classes else ():
                made = (one for one in bound if isinstance(one, Call) and last_word(one.called) == owner)
                yield from ((other, one) for one in made if at == owner and name[:1].isupper())

    def required(self, program: Program, call: Call) -> Program | None:
        """Return the file that a call such as `require('./settings')` brings in."""
        given = call.arguments[0].value if call.arguments else None
        if isinstance(call.called, Name) and call.called.name in ("require", "import") and isinstance(given, Text):
            return next(iter(self._modules(program, given.value)), None)
        return None

    def whole(self, program: Program) -> Iterator[tuple[Program, Expression]]:
        """Yield what a module is as a whole: what it exports without a name, or its exports together."""
        yield from ((program, one) for one in program.exports.get("", ()))
        from scanner.analysis.program import Entries

        named = [(name, one) for name, held in program.exports.items() if name for one in held]
        named += [(name, one) for name, held in program.scopes[0].bound.items() for one in held]
        yield program, Entries(0, 0, 0, named)


def _read_like_fields(program: Program, owner: str, name: str) -> Iterator[Routine]:
    """Yield the methods without parameters that may be read like a field: Python's properties."""
    for one in program.routines.get(name, ()):
        if one.owner == owner and not one.parameters:
            yield one


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
