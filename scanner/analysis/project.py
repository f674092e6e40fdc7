"""What a program's names mean in the other files of its project: variables, fields, modules and their classes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scanner.analysis.meant import MOST_BASES, Meant
from scanner.analysis.program import Call, Expression, Member, Name, Program, Routine, Text
from scanner.analysis.reached import MOST_USERS, entry_of
from scanner.analysis.reading.lent import set_by_blocks
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax

_OF_ENUMERATIONS = ("values", "valueOf", "entries", "withName", "GetValues")
"""Methods that enumerations have without writing them down, and return their constants."""


class Project(Meant):
    """What names, members and calls mean in the files around one that is analysed."""

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
                    held = other.fields.get((found.name, name), ())
                    yield from ((other, one) for one in held) if held else self.inherited(other, found.name, name)
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

    def _module_outputs(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what the files of the folder that a block brings in as a module give back as `name`."""
        source = next((one.value for one in call.arguments if one.name == "source"), None)
        if isinstance(source, Text):
            folder = posixpath.normpath(posixpath.join(posixpath.dirname(program.path), source.value))
            for other in filter(None, map(self._program, self._files.beside(folder))):
                yield from ((other, one) for one in other.fields.get(("output", name), ()))

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
            found = [self._program(path) for path in paths[:MOST_USERS]]
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
        yield from self._inherited(program, last_word(called), name, MOST_BASES)

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
        self, program: Program, owner: str, name: str, depth: int = MOST_BASES
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to a field that the class `owner` of `program` has from those that it is based on."""
        for part in self._parts_of_class(program, owner) if depth == MOST_BASES else ():
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
        for path in self._files.declaring(program.language, owner)[:MOST_USERS]:
            other = self._program(path) if path != program.path else None
            if other is not None:
                yield other

    def declaring(self, program: Program, package: str, word: str) -> Iterator[Program]:
        """Yield the file in which a structure of Go is declared: in this package, or in one that is imported."""
        found = program.imports.get(package)
        if found is not None:
            beside = self._modules(program, found.module)
        else:
            beside = [] if package else [program, *self._siblings(program, word)]
        yield from (one for one in beside if word in one.classes)

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

    def given(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call that makes an object gives by its place for the parameter `name` of the class."""
        owner = last_word(call.called)
        if owner == "module" and syntax(program.language).modules == "folder":
            yield from self._module_outputs(program, call, name)
        for other in (program, *self._of_class(program, owner)) if call.arguments else ():
            for routine in other.made.get(owner, ()):
                place = routine.parameters.index(name) if name in routine.parameters else len(call.arguments)
                if place < len(call.arguments) and not call.arguments[place].name:
                    yield program, call.arguments[place].value
                    return

    def set_out(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what objects of the class `owner` are set out with for a field, here and in files that make such."""
        if program.language != "csharp":
            return
        others = (self._program(path) for path in self._files.using(program, name, owner))
        for one in (program, *(other for other in others if other is not None)):
            given = (held for call in one.calls_of.get(owner, ()) if call.new for held in call.arguments)
            yield from ((one, held.value) for held in given if held.name == name)

    def assigned(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what other files assign to the field `name` of the class `owner`."""
        if syntax(program.language).modules != "types":
            return
        for path in self._files.using(program, name, owner):
            other = self._program(path)
            held = other.fields.get((f"={owner}", name), ()) if other is not None else ()
            yield from ((other, one) for one in held if other is not None)

    def lent(self, program: Program, holder: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what blocks of other files set a field to of what a class or module of Ruby lends them.

        `holder` is how that is asked for: `Shop.settings`, or `settings` within `Shop`.
        """
        if syntax(program.language).modules != "ruby":
            return
        of = holder.called.of if isinstance(holder, Call) and isinstance(holder.called, Member) else None
        owners = [of.name] if isinstance(of, Name) and of.name[:1].isupper() else []
        if isinstance(holder, Name) or (isinstance(holder, Call) and of is None):
            owners = [one.owner for one in program.enclosing(holder.scope) if one.is_class]
        for owner in dict.fromkeys(one.rpartition("::")[2] for one in owners):
            for path in self._files.lending(owner, name):
                other = self._program(path)
                yield from ((other, one) for one in set_by_blocks(other, owner, name)) if other is not None else ()

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
