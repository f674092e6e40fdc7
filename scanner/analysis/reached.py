"""The files that a program leads to: by what it imports, by the names of classes, beside it; read when asked for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scanner.analysis.files import Files
from scanner.analysis.program import Entries, Expression, Name, Program
from scanner.analysis.settings import Settings
from scanner.analysis.syntax import language_of, languages, syntax
from scanner.analysis.ways import named_by
from scanner.rulebook.names import normalised

_MOST_FILES = 60
"""Files that are read for the sake of one."""
_DOCUMENT = ".json"
"""The ending of documents that scripts bring in like one of theirs."""
MOST_USERS = 12
"""Files that use one file or package and are read for its sake."""


class Reached:
    """The files around one that is analysed, each read once."""

    def __init__(self, files: Files, program: Program) -> None:
        self._files = files
        self.settings = Settings(files)
        self._program_at_hand = program
        self._read: dict[str, Program | None] = {}
        self._resolved: dict[tuple[str, str, str], list[Program]] = {}
        self._users_of: dict[tuple[str, str], list[Program]] = {}
        self._neighbours: dict[str, list[Program]] = {}

    def read_files(self) -> frozenset[str]:
        """Return the paths of the files that were read."""
        return frozenset(self._read) | self.settings.read_files()

    def _program(self, path: str, default: str | None = None) -> Program | None:
        if path not in self._read and len(self._read) < _MOST_FILES:
            self._read[path] = self._files.program(path, default)
        return self._read.get(path)

    def _imported_programs(self, program: Program, name: str) -> list[Program]:
        found = program.imports.get(name)
        return self._modules(program, found.module, found.name) if found is not None else []

    def _imported_by(self, program: Program, called: Expression) -> list[Program]:
        words = re.split(r"::|\\|\.", called.name) if isinstance(called, Name) else [""]
        found = program.imports.get(words[0]) if len(words) > 1 else None
        return self._modules(program, found.module) if found is not None else []

    def _using(self, program: Program, word: str) -> list[Program]:
        """Return the files elsewhere that import the package of `program` and use `word` of it."""
        if syntax(program.language).modules != "go" or not word[:1].isupper():
            return []
        folder = posixpath.dirname(program.path)
        if (folder, word) not in self._users_of:
            found = [self._program(path) for path in self._files.using_package(folder, word)[:MOST_USERS]]
            self._users_of[folder, word] = [one for one in found if one is not None]
        return self._users_of[folder, word]

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
            yield from entry_of(other, value, name)
        passed = other.imports.get(name)
        if passed is not None:
            for further in self._modules(other, passed.module, passed.name):
                yield from self._exported(further, passed.name, seen | {other.path})
        for star in [one for key, one in other.imports.items() if key.startswith("*")]:
            for further in self._modules(other, star.module):
                yield from self._exported(further, name, seen | {other.path})

    def _modules(self, program: Program, module: str, name: str = "") -> list[Program]:
        key = (program.path, module, name)
        if key not in self._resolved:
            paths = named_by(self._files, program, module, name)
            found = [self._program(path, _unsaid(program, path)) for path in paths if path != program.path]
            self._resolved[key] = [one for one in found if one is not None]
        return self._resolved[key]

    def leads(self, program: Program, name: str) -> bool:
        """Tell whether what `name` stands for may be found in another file, before any is read."""
        found = program.imports.get(name)
        way = syntax(program.language).modules
        if found is not None:
            return bool(named_by(self._files, program, found.module, found.name))
        if way == "types":
            endings = [ending for ending, language in languages().items() if language == program.language]
            kinds = [one.types[name] for one in program.scopes if name in one.types]
            words = {re.split(r"\.|::|\\", one)[-1] for one in (name, *kinds)}
            if any(self._files.named(word + ending) for word in words for ending in endings):
                return True
            others = (path for word in words for path in self._files.declaring(program.language, word))
            return any(path != program.path for path in others)
        if way == "shell":
            sourced = [one.module for key, one in program.imports.items() if key.startswith("*")]
            return any(named_by(self._files, program, one, "") for one in sourced)
        return way == "go" and len(self._files.beside(posixpath.dirname(program.path))) > 1

    def _siblings(self, program: Program, name: str = "") -> list[Program]:
        """Return the files that share names with this one without an import: those of a package, or of a module.

        Where a package may hold many files, only those that write `name`.
        """
        given = syntax(program.language)
        if given.modules not in ("go", "folder") and not (given.packages and name):
            return []
        wanted = name if given.packages or given.modules == "go" else ""
        key = f"{program.path} {wanted}"
        if key not in self._neighbours:
            paths = self._files.beside(posixpath.dirname(program.path))
            ours = [one for one in paths if language_of(one) == program.language and not one.endswith("_test.go")]
            if wanted:
                ours = [one for one in ours if self._files.writes(one, wanted)]
            found = [self._program(path) for path in ours if path != program.path]
            self._neighbours[key] = [one for one in found if one is not None]
        return self._neighbours[key]

    def _of_class(self, program: Program, owner: str) -> Iterator[Program]:
        """Yield the files that may define the class `owner`: they are called by its name, the nearest first."""
        way = syntax(program.language).modules
        if not owner or way not in ("types", "ruby"):
            return
        endings = {ending for ending, language in languages().items() if language == program.language}
        stem = owner if way == "types" else normalised(owner)
        paths = [path for ending in endings for path in self._files.named(stem + ending)]
        if program.language == "rust":
            tops = ("lib.rs", "main.rs") if owner == "crate" else ()
            paths += [path for top in tops for path in self._files.named(top)]
            paths += [path for path in self._files.named("mod.rs") if path.endswith(f"{owner}/mod.rs")]
        if way == "types" and program.language != "rust" and owner[:1].isupper():
            paths = paths or self._files.declaring(program.language, owner)
        here = posixpath.dirname(program.path)
        for path in sorted(paths, key=lambda path: (-len(posixpath.commonprefix([path, here])), path))[:3]:
            other = self._program(path)
            if other is not None and other is not program:
                yield other


def _unsaid(program: Program, path: str) -> str | None:
    """Return the language of a file whose name says none: what a shell sources, and documents of settings."""
    if path.endswith(_DOCUMENT):
        return "json"
    return program.language if syntax(program.language).modules == "shell" else None


def entry_of(program: Program, value: Expression, name: str) -> Iterator[tuple[Program, Expression]]:
    """Yield what stands under a name in a map or object that a file exports."""
    if isinstance(value, Entries):
        yield from ((program, one) for key, one in value.entries if key == name)
    elif isinstance(value, Name):
        for bound in program.scopes[0].bound.get(value.name, ()):
            yield from entry_of(program, bound, name)
        for owner in (value.name, f"={value.name}"):
            yield from ((program, one) for one in program.fields.get((owner, name), ()))
