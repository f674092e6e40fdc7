"""Values that a program reads from property files by their keys, as they stand there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scanner.analysis.files import Files
from scanner.analysis.program import Program, Scope, Text

_ENDING = ".properties"
_LINE = re.compile(rb"^[ \t]*([\w.\-]{1,120})[ \t]*[=:][ \t]*([^\s#][^\r\n]{0,400}?)[ \t]*$", re.MULTILINE)
_REFERENCE = re.compile(r"[$#]\{([^:{}]+)(?::([^{}]*))?\}")
_MOST_FILES = 20
"""Property files that are looked into, the nearest first."""


def setting_of(text: str) -> tuple[str, str]:
    """Return the key and the default of a reference such as `${mail.password:none}`; a plain text is a key."""
    found = _REFERENCE.fullmatch(text)
    return (found[1], found[2] or "") if found is not None else (text, "")


class Settings:
    """The property files around a program."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._read: dict[str, Program] = {}

    def read_files(self) -> frozenset[str]:
        """Return the paths of the files that were looked into."""
        return frozenset(self._read)

    def under(self, program: Program, key: str) -> Iterator[tuple[Program, Text]]:
        """Yield what stands under `key` in the property files of the project."""
        for path in self._near(program.path):
            held = self._program(path, program.language)
            yield from ((held, one) for one in held.scopes[0].bound.get(key, ()) if isinstance(one, Text))

    def _near(self, path: str) -> list[str]:
        kin = [one for one in self._files.paths if one.endswith(_ENDING)]
        return sorted(kin, key=lambda one: (-len(posixpath.commonprefix([one, path])), one))[:_MOST_FILES]

    def _program(self, path: str, language: str) -> Program:
        if path not in self._read:
            scope = Scope(parent=None, owner="")
            for found in _LINE.finditer(self._files.data(path)):
                text = Text(found.start(2), found.end(2), 0, found[2].decode("utf-8", "replace"))
                scope.bound.setdefault(found[1].decode("utf-8", "replace"), []).append(text)
            self._read[path] = Program(path=path, language=language, scopes=[scope])
        return self._read[path]
