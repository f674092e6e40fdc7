"""The other files of a project: found by what a file imports or names, and read when something leads there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence

from scanner.analysis.program import Call, Expression, Member, Name, Program, Routine, Text
from scanner.analysis.reader import read
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import language_of, languages, syntax
from scanner.lines import LineIndex
from scanner.rulebook.names import normalised

_MOST_FILES = 60
"""Files that are read for the sake of one."""
_MOST_USERS = 12
"""Files that use one file and are read for its sake."""
_MOST_SCRIPTS = 3000
"""Files whose imports are looked at to find those."""
_MOST_SEARCHED = 400
"""Files whose words are looked at for the sake of one."""
_MOST_USING = 8
"""Files that use a routine and are read for the sake of its parameters."""
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_SCRIPT_IMPORT = re.compile(rb"(?:\bfrom|\brequire\s?\(|\bimport\s?\()\s?[\"']([.@~][^\"'\n]{1,200})[\"']")
_SCRIPT_ROOTS = ("@/", "~/")
"""What projects write for the folder of their sources."""
_SCRIPT_ENDINGS = ("", ".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".json", "/index.js", "/index.ts", "/index.mjs")


class Files:
    """What can be read of a project: a listing of paths, and a way to read one of them."""

    def __init__(self, paths: Sequence[str], text: Callable[[str], bytes | None]) -> None:
        self.paths = frozenset(paths)
        self._text = text
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._folders: dict[str, list[str]] = {}
        for path in paths:
            self._folders.setdefault(posixpath.dirname(path), []).append(path)
        self._programs: dict[str, Program | None] = {}
        self._lines: dict[str, LineIndex] = {}
        self._importing: dict[str, list[str]] | None = None
        self._written: dict[str, frozenset[bytes]] = {}
        self._using: dict[tuple[str, str, str], list[str]] = {}
        self._nearest: dict[tuple[str, str], list[str]] = {}

    def importing_scripts(self, path: str) -> list[str]:
        """Return the JavaScript and TypeScript files that import the one at `path`."""
        if self._importing is None:
            self._importing = {}
            scripts = [one for one in sorted(self.paths) if one.endswith(_SCRIPTS) and "node_modules/" not in one]
            for one in scripts[:_MOST_SCRIPTS]:
                for module in set(_SCRIPT_IMPORT.findall(self._text(one) or b"")):
                    for target in _script(self, one, module.decode("utf-8", "replace")):
                        self._importing.setdefault(target, []).append(one)
        return self._importing.get(path, [])

    def named(self, name: str) -> list[str]:
        """Return the files that have the name `name`, in whatever folder."""
        return self._by_name.get(name, [])

    def beside(self, folder: str) -> list[str]:
        """Return the files in `folder`."""
        return self._folders.get(folder, [])

    def folders(self) -> Iterator[str]:
        """Yield the folders in which files lie."""
        yield from self._folders

    def program(self, path: str) -> Program | None:
        """Return the program in the file at `path`; None where it cannot be read."""
        if path not in self._programs:
            language = language_of(path)
            data = self._text(path) if language is not None and path in self.paths else None
            self._programs[path] = read(path, data, language) if data is not None and language is not None else None
        return self._programs[path]

    def using(self, program: Program, word: str, owner: str) -> list[str]:
        """Return the nearest files in the language of `program` that write both `word` and `owner`."""
        key = (program.path, word, owner)
        if key not in self._using:
            here = posixpath.dirname(program.path)
            wanted = {word.encode(), owner.encode()}
            near = [path for path in self._near(program.language, here) if path != program.path]
            self._using[key] = [path for path in near if wanted <= self._words(path)][:_MOST_USING]
        return self._using[key]

    def _near(self, language: str, folder: str) -> list[str]:
        """Return files of a language, those in `folder` first, then those that are the fewest folders away."""
        if (language, folder) not in self._nearest:
            kin = [path for path in self.paths if language_of(path) == language]
            kin.sort(key=lambda path: (posixpath.dirname(path) != folder, -_shared(path, folder), path))
            self._nearest[language, folder] = kin[:_MOST_SEARCHED]
        return self._nearest[language, folder]

    def writes(self, path: str, word: str) -> bool:
        """Tell whether a file has a word in it."""
        return word.encode() in self._words(path)

    def _words(self, path: str) -> frozenset[bytes]:
        if path not in self._written:
            self._written[path] = frozenset(_WORD.findall(self._text(path) or b""))
        return self._written[path]

    def lines(self, path: str) -> LineIndex:
        """Return the lines of a file that was read."""
        if path not in self._lines:
            self._lines[path] = LineIndex(self._text(path) or b"")
        return self._lines[path]

    def take(self, path: str, data: bytes, language: str) -> Program:
        """Read a program whose bytes are at hand."""
        program = read(path, data, language)
        self._programs[path], self._lines[path] = program, LineIndex(data)
        return program


class Project:
    """The files around one that is analysed."""

    def __init__(self, files: Files, program: Program) -> None:
        self._files = files
        self._program_at_hand = program
        self._left = _MOST_FILES
        self._read: set[str] = set()
        self._calls: dict[tuple[str, str, int], list[tuple[Program, Call]]] = {}

    def _program(self, path: str) -> Program | None:
        if path not in self._read:
            if self._left <= 0:
                return None
            self._left -= 1
            self._read.add(path)
        return self._files.program(path)

    def imported(self, program: Program, name: str, words: list[str]) -> Iterator[tuple[Program, Expression]]:
        """Yield what an imported name is bound to in the file that it comes from."""
        found = program.imports.get(words[0])
        if found is not None and not found.name and len(words) > 1:
            for other in self._modules(program, found.module):
                yield from self._exported(other, words[-1])
            return
        if found is not None:
            for other in self._modules(program, found.module, found.name):
                yield from self._exported(other, found.name or "")
            return
        if len(words) > 1:
            yield from self._static(program, words[-2], words[-1])
            return
        for other in self._siblings(program, name):
            if name in other.scopes[0].bound:
                yield from ((other, one) for one in other.scopes[0].bound[name])
        for star in [one for key, one in program.imports.items() if key.startswith("*")]:
            for other in self._modules(program, star.module):
                yield from self._exported(other, name)

    def member(self, program: Program, of: str, kind: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what the member `name` of an imported module, or of a class in another file, is bound to."""
        found = program.imports.get(of)
        if found is not None:
            for other in self._modules(program, found.module, found.name):
                passed = other.imports.get(found.name)
                for further in self._modules(other, passed.module, passed.name) if passed is not None else ():
                    yield from self._exported(further, name)
                if found.name and found.name != "default":
                    yield from ((other, one) for one in other.fields.get((found.name, name), ()))
                    for value in other.scopes[0].bound.get(found.name, ()):
                        yield from _entry(other, value, name)
                else:
                    yield from self._exported(other, name)
            return
        for word in (kind, of):
            if word and word != "this":
                yield from self._static(program, re.split(r"\.|::|\\", word)[-1], name)

    def _static(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        for other in self._of_class(program, owner):
            yield from ((other, one) for one in other.fields.get((owner, name), ()))

    def fields(self, program: Program, called: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what is bound to the field `name` of the class that `called` names."""
        owner = last_word(called)
        for one in program.fields.get((owner, name), ()):
            yield program, one
        for other in self._of_class(program, owner):
            yield from ((other, one) for one in other.fields.get((owner, name), ()))
        found = program.imports.get(owner)
        for other in self._modules(program, found.module, found.name) if found is not None else ():
            yield from ((other, one) for one in other.fields.get((found.name if found else "", name), ()))

    def routines(self, program: Program, call: Call) -> Iterator[tuple[Program, Routine]]:
        """Yield the routines of the project that a call may mean."""
        word = last_word(call.called)
        called = call.called
        owner = last_word(called.of) if isinstance(called, Member) and called.of is not None else ""
        held = program.routines.get(word, ())
        yield from ((program, one) for one in held if _may_mean(program, called, one))
        if held or call.new:
            return
        if isinstance(called, Name):
            words = re.split(r"::|\\|\.", called.name)
            for other, value in self.imported(program, called.name, words):
                if isinstance(value, Routine):
                    yield other, value
            for other in self._siblings(program, word):
                yield from ((other, one) for one in other.routines.get(word, ()) if not one.owner)
            found = program.imports.get(words[0])
            for other in self._modules(program, found.module, found.name) if found is not None else ():
                yield from (
                    (other, one) for one in other.routines.get(found.name if found and found.name else word, ())
                )
        elif owner:
            found = program.imports.get(owner)
            modules = self._modules(program, found.module, found.name) if found is not None else []
            for other in modules or list(self._of_class(program, owner)):
                yield from ((other, one) for one in other.routines.get(word, ()))
            kind = next((one.types[owner] for one in program.enclosing(call.scope) if owner in one.types), "")
            for other in self._of_class(program, re.split(r"\.|::|\\", kind)[-1]) if kind else ():
                yield from ((other, one) for one in other.routines.get(word, ()))

    def given(self, program: Program, call: Call, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what a call that makes an object gives by its place for the parameter `name` of the class."""
        owner = last_word(call.called)
        for other in (program, *self._of_class(program, owner)) if call.arguments else ():
            for routine in other.made.get(owner, ()):
                place = routine.parameters.index(name) if name in routine.parameters else len(call.arguments)
                if place < len(call.arguments) and not call.arguments[place].name:
                    yield program, call.arguments[place].value
                    return

    def calls_of(self, program: Program, word: str, routine: Routine) -> list[tuple[Program, Call]]:
        """Return the calls of a routine, by `word`, in the files that are read so far and those that may use it."""
        for path in self._users(program, word, routine):
            self._program(path)
        key = (program.path, word, len(self._read))
        if key not in self._calls:
            read = [self._files.program(path) for path in sorted(self._read)]
            among = {id(one): one for one in (program, self._program_at_hand, *read) if one is not None}.values()
            self._calls[key] = [
                (one, call) for one in among if _kin(one, program) for call in one.calls_of.get(word, ())
            ]
        return self._calls[key]

    def _users(self, program: Program, word: str, routine: Routine) -> list[str]:
        """Return the files that may call a routine: they import its file where that is how it is found, or name it."""
        if syntax(program.language).modules == "javascript":
            return self._files.importing_scripts(program.path)[:_MOST_USERS]
        return self._files.using(program, word, routine.owner or word)

    def assigned(self, program: Program, owner: str, name: str) -> Iterator[tuple[Program, Expression]]:
        """Yield what other files assign to the field `name` of the class `owner`."""
        for path in self._files.using(program, name, owner):
            other = self._program(path)
            held = other.fields.get((f"={owner}", name), ()) if other is not None else ()
            yield from ((other, one) for one in held if other is not None)

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

    def _exported(
        self, other: Program, name: str, seen: frozenset[str] = frozenset()
    ) -> Iterator[tuple[Program, Expression]]:
        if other.path in seen:
            return
        yield from ((other, one) for one in other.exports.get(name, ()))
        yield from ((other, one) for one in other.scopes[0].bound.get(name, ()))
        yield from ((other, one) for one in other.routines.get(name, ()) if not one.owner)
        if syntax(other.language).modules == "types":
            owner = posixpath.basename(other.path).partition(".")[0]
            yield from ((other, one) for one in other.fields.get((owner, name), ()))
        for value in other.exports.get("", ()):
            yield from _entry(other, value, name)
        passed = other.imports.get(name)
        if passed is not None:
            for further in self._modules(other, passed.module, passed.name):
                yield from self._exported(further, passed.name, seen | {other.path})
        for star in [one for key, one in other.imports.items() if key.startswith("*")]:
            for further in self._modules(other, star.module):
                yield from self._exported(further, name, seen | {other.path})

    def _modules(self, program: Program, module: str, name: str = "") -> list[Program]:
        way = _WAYS.get(syntax(program.language).modules)
        paths = way(self._files, program, module, name) if way is not None else []
        found = [self._program(path) for path in paths if path != program.path]
        return [one for one in found if one is not None]

    def _siblings(self, program: Program, name: str) -> Iterator[Program]:
        """Yield the files that share names with this one without an import: those of a Go package, or Kotlin's."""
        if syntax(program.language).packages:
            for path in self._files.beside(posixpath.dirname(program.path)):
                if path != program.path and language_of(path) == program.language and self._files.writes(path, name):
                    other = self._program(path)
                    if other is not None:
                        yield other
        if syntax(program.language).modules != "go":
            return
        for path in self._files.beside(posixpath.dirname(program.path)):
            if path != program.path and language_of(path) == "go" and not path.endswith("_test.go"):
                other = self._program(path)
                if other is not None:
                    yield other

    def _of_class(self, program: Program, owner: str) -> Iterator[Program]:
        """Yield the files that may define the class `owner`: they are called by its name, the nearest first."""
        way = syntax(program.language).modules
        if not owner or way not in ("types", "ruby"):
            return
        endings = {ending for ending, language in languages().items() if language == program.language}
        stem = owner if way == "types" else normalised(owner)
        paths = [path for ending in endings for path in self._files.named(stem + ending)]
        here = posixpath.dirname(program.path)
        for path in sorted(paths, key=lambda path: (-len(posixpath.commonprefix([path, here])), path))[:3]:
            other = self._program(path)
            if other is not None and other is not program:
                yield other


def _kin(one: Program, other: Program) -> bool:
    """Tell whether programs may call each other's routines: they are written in a language or in its dialects."""
    return one.language == other.language or {syntax(one.language).modules, syntax(other.language).modules} == {
        "javascript"
    }


def _shared(path: str, folder: str) -> int:
    return len(posixpath.commonprefix([path, folder]))


def _may_mean(program: Program, called: Expression, routine: Routine) -> bool:
    """Tell whether a call may mean a routine of this file: one of its own object, or by its class, or a plain one."""
    if isinstance(called, Name):
        return not routine.owner or routine.owner == program.owner(called.scope) or bool(routine.owner)
    if isinstance(called, Member) and called.of is not None:
        return bool(routine.owner)
    return True


def _entry(program: Program, value: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
    from scanner.analysis.program import Entries

    if isinstance(value, Entries):
        yield from ((program, one) for key, one in value.entries if key == name)
    elif isinstance(value, Name):
        for bound in program.scopes[0].bound.get(value.name, ()):
            yield from _entry(program, bound, name)
        for owner in (value.name, f"={value.name}"):
            yield from ((program, one) for one in program.fields.get((owner, name), ()))


def _scripts(files: Files, program: Program, module: str, _name: str) -> list[str]:
    return _script(files, program.path, module)


def _script(files: Files, path: str, module: str) -> list[str]:
    """Return the file that the one at `path` means by `module`, if it is one of the project."""
    if module.startswith(_SCRIPT_ROOTS):
        return next((found for root in ("src/", "", "app/") if (found := _ending(files, root + module[2:]))), [])
    if not module.startswith("."):
        return []
    return _ending(files, posixpath.normpath(posixpath.join(posixpath.dirname(path), module)))


def _ending(files: Files, base: str) -> list[str]:
    """Return the file whose path is `base` but for what may be left out of it."""
    wanted = [base + ending for ending in _SCRIPT_ENDINGS]
    if base.endswith((".js", ".mjs")):
        wanted.append(base.rpartition(".")[0] + ".ts")
    return [path for path in wanted if path in files.paths][:1]


def _packages(files: Files, program: Program, module: str, _name: str) -> list[str]:
    """Go's packages are folders; the front of an import is the module's own name, which folders do not have."""
    parts = module.split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        for folder in files.folders():
            if folder == tail or folder.endswith("/" + tail):
                found = [
                    path for path in files.beside(folder) if path.endswith(".go") and not path.endswith("_test.go")
                ]
                if found:
                    return found[:20]
    return []


def _types(files: Files, program: Program, module: str, name: str) -> list[str]:
    ending = "." + program.path.rpartition(".")[2]
    words = [word for word in re.split(r"\.|::|\\", module) if word]
    wanted = [name, *reversed(words)] if name and name != "*" else list(reversed(words))
    here = "/".join(words)
    for word in wanted[:2]:
        found = files.named(word + ending)
        if found:
            return sorted(found, key=lambda path: (here not in path, path))[:3]
    if not name or not syntax(program.language).packages:
        return []
    folders = [folder for folder in files.folders() if folder == here or folder.endswith("/" + here)]
    beside = [path for folder in folders for path in files.beside(folder) if path.endswith(ending)]
    return [path for path in beside if files.writes(path, name)][:3]


def _required(files: Files, program: Program, module: str, _name: str) -> list[str]:
    """Ruby's files are required by a path, from the file's own folder or from one of the load path."""
    here = posixpath.normpath(posixpath.join(posixpath.dirname(program.path), module)) + ".rb"
    if here in files.paths:
        return [here]
    named = files.named(posixpath.basename(module) + ".rb")
    return [path for path in named if path.endswith(f"/{module}.rb")][:1]


_WAYS: dict[str, Callable[[Files, Program, str, str], list[str]]] = {
    "javascript": _scripts,
    "go": _packages,
    "types": _types,
    "ruby": _required,
}
