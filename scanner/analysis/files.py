"""The files of a project: what they are called, which words and imports stand in them, and their programs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from scanner.analysis.program import Program
from scanner.analysis.reader import read
from scanner.analysis.syntax import language_of
from scanner.analysis.ways import same_folder, script
from scanner.lines import LineIndex

_MOST_KEPT = 4_000_000
"""Bytes of programs that are kept in mind for the files that come after; read, they take some thirty times as much."""
_MOST_SCRIPTS = 3000
"""Files whose imports are looked at to find those."""
_MOST_GO = 6000
_GO_IMPORT = re.compile(rb'^\s*(?:import\s+)?(?:[\w.]+\s+)?"([^"\s]+)"', re.MULTILINE)
_GO_USED = re.compile(rb"\.([A-Z]\w*)[({]")
_HEAD = 6000
"""Bytes at the front of a file among which its imports stand."""
_MOST_SEARCHED = 400
"""Files whose words are looked at for the sake of one."""
_MOST_USING = 8
"""Files that use a routine and are read for the sake of its parameters."""
_MOST_DECLARING = 4000
"""Files in which the classes are looked for that are not called as their file is."""
_DECLARED = re.compile(rb"\b(abstract\s+class|class|object|record|enum|struct|interface|trait)\s+([A-Z]\w*)")
_STATING = (b"interface", b"trait")
_LENDING = re.compile(rb"\b([A-Z]\w*)\.\w+[?!]?(?:\([^()\n]*\))?\s*(?:do|\{)\s*\|")
"""A block that a class or module of Ruby is given, and that takes something."""
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_SCRIPT_IMPORT = re.compile(rb"(?:\bfrom|\brequire\s?\(|\bimport\s?\()\s?[\"']([.@~][^\"'\n]{1,200})[\"']")


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
        self._by_last: dict[str, list[str]] | None = None
        self._programs: dict[str, Program | None] = {}
        self._sizes: dict[str, int] = {}
        self._kept = 0
        self._lines: dict[str, LineIndex] = {}
        self._used_words: dict[str, frozenset[bytes]] = {}
        self._importing_go: dict[str, list[tuple[str, str]]] | None = None
        self._importing: dict[str, list[str]] | None = None
        self._written: dict[str, frozenset[bytes]] = {}
        self._using: dict[tuple[str, str, str], list[str]] = {}
        self._declared: dict[str, dict[bytes, list[tuple[str, bool]]]] = {}
        self._nearest: dict[tuple[str, str], list[str]] = {}
        self._lending: dict[bytes, list[str]] | None = None

    def importing(self, folder: str) -> list[str]:
        """Return the Go files that import the package in `folder`."""
        if self._importing_go is None:
            self._importing_go = {}
            for path in self._searched():
                for module in _GO_IMPORT.findall((self._text(path) or b"")[:_HEAD]):
                    name = module.decode("utf-8", "replace")
                    self._importing_go.setdefault(name.rpartition("/")[2], []).append((name, path))
        last = folder.rpartition("/")[2]
        return [path for name, path in self._importing_go.get(last, ()) if same_folder(name, folder)]

    def _searched(self) -> list[str]:
        paths = [path for path in sorted(self.paths) if path.endswith(".go") and "vendor/" not in path]
        return [path for path in paths if not path.endswith("_test.go")][:_MOST_GO]

    def using_package(self, folder: str, word: str) -> list[str]:
        """Return the Go files that import the package in `folder` and use `word` of some package."""
        return [path for path in self.importing(folder) if word.encode() in self._used(path)]

    def _used(self, path: str) -> frozenset[bytes]:
        if path not in self._used_words:
            self._used_words[path] = frozenset(_GO_USED.findall(self._text(path) or b""))
        return self._used_words[path]

    def importing_scripts(self, path: str) -> list[str]:
        """Return the JavaScript and TypeScript files that import the one at `path`."""
        if self._importing is None:
            self._importing = {}
            scripts = [one for one in sorted(self.paths) if one.endswith(_SCRIPTS) and "node_modules/" not in one]
            for one in scripts[:_MOST_SCRIPTS]:
                for module in set(_SCRIPT_IMPORT.findall(self._text(one) or b"")):
                    for target in script(self, one, module.decode("utf-8", "replace")):
                        self._importing.setdefault(target, []).append(one)
        return self._importing.get(path, [])

    def named(self, name: str) -> list[str]:
        """Return the files that have the name `name`, in whatever folder."""
        return self._by_name.get(name, [])

    def beside(self, folder: str) -> list[str]:
        """Return the files in `folder`."""
        return self._folders.get(folder, [])

    def folders_named(self, name: str) -> list[str]:
        """Return the folders in which files lie that have the name `name`."""
        if self._by_last is None:
            self._by_last = {}
            for folder in self._folders:
                self._by_last.setdefault(folder.rpartition("/")[2], []).append(folder)
        return self._by_last.get(name, [])

    def folders(self) -> Iterator[str]:
        """Yield the folders in which files lie."""
        yield from self._folders

    def program(self, path: str, default: str | None = None) -> Program | None:
        """Return the program in the file at `path`; None where it cannot be read.

        It is in the language `default` where its name says none.
        """
        if path in self._programs:
            # What was asked for last is let go of last.
            self._programs[path] = self._programs.pop(path)
        else:
            data = self._text(path) if path in self.paths else None
            language = language_of(path, data or b"") or default
            program = read(path, data, language) if data is not None and language is not None else None
            self._keep(path, program, len(data or b""))
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
            near = sorted(self._folders, key=lambda one: (one != folder, -_shared(one, folder), one))
            kin = (path for one in near for path in sorted(self._folders[one]) if language_of(path) == language)
            self._nearest[language, folder] = list(islice(kin, _MOST_SEARCHED))
        return self._nearest[language, folder]

    def declaring(self, language: str, word: str) -> list[str]:
        """Return the files of a language that declare the class or object `word`, whatever they are called."""
        return [path for path, _ in self._declarations(language).get(word.encode(), ())]

    def stated(self, language: str, word: str) -> bool:
        """Tell whether `word` is a class or interface that others say how it does what it says."""
        return any(states for _, states in self._declarations(language).get(word.encode(), ()))

    def _declarations(self, language: str) -> dict[bytes, list[tuple[str, bool]]]:
        if language not in self._declared:
            self._declared[language] = {}
            kin = [path for path in sorted(self.paths) if language_of(path) == language]
            for path in kin[:_MOST_DECLARING]:
                for kind, name in set(_DECLARED.findall(self._text(path) or b"")):
                    states = kind in _STATING or kind.startswith(b"abstract")
                    self._declared[language].setdefault(name, []).append((path, states))
        return self._declared[language]

    def lending(self, owner: str, word: str) -> list[str]:
        """Return the Ruby files that write `word`, and give a block to the class or module `owner`."""
        if self._lending is None:
            self._lending = {}
            kin = [path for path in sorted(self.paths) if language_of(path) == "ruby"]
            for path in kin[:_MOST_DECLARING]:
                for found in set(_LENDING.findall(self._text(path) or b"")):
                    self._lending.setdefault(found, []).append(path)
        return [path for path in self._lending.get(owner.encode(), ()) if self.writes(path, word)][:_MOST_USING]

    def writes(self, path: str, word: str) -> bool:
        """Tell whether a file has a word in it."""
        return word.encode() in self._words(path)

    def _words(self, path: str) -> frozenset[bytes]:
        if path not in self._written:
            self._written[path] = frozenset(_WORD.findall(self._text(path) or b""))
        return self._written[path]

    def data(self, path: str) -> bytes:
        """Return what stands in a file; nothing where it cannot be read."""
        return self._text(path) or b""

    def lines(self, path: str) -> LineIndex:
        """Return the lines of a file that was read."""
        if path not in self._lines:
            self._lines[path] = LineIndex(self._text(path) or b"")
        return self._lines[path]

    def take(self, path: str, data: bytes, language: str) -> Program:
        """Read a program whose bytes are at hand."""
        program = read(path, data, language)
        self._lines[path] = LineIndex(data)
        self._keep(path, program, len(data))
        return program

    def _keep(self, path: str, program: Program | None, size: int) -> None:
        """Keep a program in mind, and let go of those that were longest not asked for; who follows one still has it."""
        self._programs.pop(path, None)
        self._kept += size - self._sizes.pop(path, 0)
        self._programs[path], self._sizes[path] = program, size
        while self._kept > _MOST_KEPT and len(self._programs) > 1:
            oldest = next(iter(self._programs))
            del self._programs[oldest]
            self._kept -= self._sizes.pop(oldest)


def _shared(path: str, folder: str) -> int:
    return len(posixpath.commonprefix([path, folder]))
