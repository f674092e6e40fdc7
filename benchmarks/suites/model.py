"""What a suite of labelled programs is to a score: cases, each with statements that must, or must not, be found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEV = "dev"
HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Lines of a file of a case, both counted."""

    path: str
    first: int
    last: int

    def holds(self, path: str, line: int) -> bool:
        """Tell whether `line` of `path` is one of them."""
        return path == self.path and self.first <= line <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One label: that there is a credential (`wanted`), or none. It is hit where one of its places is."""

    wanted: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Files that belong together, by their paths in a repository, and what is marked in them.

    `key` decides which half the case belongs to: its path in the suite, or the name of its group there.
    """

    key: str
    files: Mapping[str, str]
    marked: tuple[Marked, ...]

    @property
    def part(self) -> str:
        """Return `dev` for cases that may be looked at, `held` for those of which only figures are shown."""
        return HELD if hashlib.sha256(self.key.encode()).digest()[0] % 2 else DEV


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A row of `suites.yaml`: where a suite's cases of one language are, and how they are marked.

    `meant` is a pattern of literals that stand for credentials and are replaced by made-up ones; `options` is what
    only its reader knows.
    """

    suite: str
    language: str
    reader: str
    files: tuple[str, ...]
    meant: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def paths(self, root: Path) -> Iterator[Path]:
        """Yield the files in `root` that hold its cases, in order."""
        found = {place for glob in self.files for place in root.glob(glob) if place.is_file()}
        yield from sorted(found)


Reader = Callable[[Suite, Path], Iterator[Case]]
"""Reads the cases of a suite from the folder that holds its checkout."""


def placed(path: Path, root: Path) -> str:
    """Return where a suite's file lies in the tree that is scanned: under `src`, by no name of a test.

    Tests are read otherwise, and every file of a suite is named as one.
    """
    *folders, name = path.relative_to(root).parts
    kept = (folder for folder in folders if "test" not in folder.lower() and folder != "src")
    return "/".join(("src", *kept, re.sub("test", "case", re.sub("Test", "Case", name))))
