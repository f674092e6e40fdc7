"""The other files of what is scanned, for an analysis that follows a program from one into another."""

from __future__ import annotations

import os

from scanner.sources.content import readable, shown_path
from scanner.sources.gitdir import GitDir, GitDirError
from scanner.sources.gitrun import Git, Lookup
from scanner.sources.openat import Folder

_FILE = "100"
"""How the modes of files begin; links and submodules have others."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Protocol

    class Around(Protocol):
        """Files by the paths that reports show; each is read when it is asked for. `root` names their project."""

        root: str

        def paths(self) -> list[str]:
            """Return the paths of all files."""

        def text(self, path: str) -> bytes | None:
            """Return the text of a file; None where it cannot be read, or is none."""


class FolderAround:
    """Files on disk below a folder, which are `listed` as names relative to it."""

    def __init__(self, root: bytes, listed: Callable[[], list[bytes]]) -> None:
        self._root = root
        self.root = os.path.realpath(os.fsdecode(root))
        self._listed = listed
        self._names: dict[str, bytes] | None = None

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        return list(self._known())

    def text(self, path: str) -> bytes | None:
        """Return the text of a file; None where it cannot be read, or is none."""
        name = self._known().get(path)
        if name is None:
            return None
        folder = Folder(self._root)
        try:
            data = folder.read(name)
        except OSError:
            return None
        finally:
            folder.close()
        return _text(data)

    def _known(self) -> dict[str, bytes]:
        if self._names is None:
            self._names = {shown_path(os.fsdecode(name)): name for name in self._listed()}
        return self._names


class ObjectsAround:
    """Files of which git's objects are known, such as those of an index or a commit."""

    def __init__(self, found: GitDir, kind: str, listed: Callable[[Git], list[tuple[str, str]]]) -> None:
        """`kind` sets an index apart from a commit; `listed` gives paths and names."""
        self._found = found
        self.root = f"{os.path.realpath(found.top)} {kind}"
        self._listed = listed
        self._objects: dict[str, str] | None = None
        self._lookup: Lookup | None = None

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        return list(self._known())

    def text(self, path: str) -> bytes | None:
        """Return the text of a file; None where it cannot be read, or is none."""
        name = self._known().get(path)
        if name is None:
            return None
        try:
            return _text(self._opened().read(name))
        except GitDirError:
            return None

    def _opened(self) -> Lookup:
        """Return what reads objects one by one; it ends with this object, or with the program at the latest."""
        if self._lookup is None:
            from weakref import finalize

            self._lookup = Lookup(self._found)
            finalize(self, self._lookup.close)
        return self._lookup

    def _known(self) -> dict[str, str]:
        if self._objects is None:
            try:
                with Git(self._found) as git:
                    self._objects = {shown_path(path): name for path, name in self._listed(git)}
            except GitDirError:
                self._objects = {}
        return self._objects


class TextsAround:
    """Files that are held in memory, by the paths that reports show."""

    def __init__(self, root: str, texts: Mapping[str, bytes]) -> None:
        self.root = root
        self._texts = texts

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        return list(self._texts)

    def text(self, path: str) -> bytes | None:
        """Return the text of a file; None where it cannot be read, or is none."""
        return _text(self._texts.get(path))


def index_around(found: GitDir) -> Around:
    """Return the files as a repository's index has them, which is what a commit will hold."""
    return ObjectsAround(found, "index", _staged)


def commit_around(found: GitDir, commit: str) -> Around:
    """Return the files of a commit, which is named in full."""
    return ObjectsAround(found, "commit", lambda git: _committed(git, commit))


def _staged(git: Git) -> list[tuple[str, str]]:
    entries = _entries(git.run("ls-files", "--stage", "-z"))
    return [(path, about.split(" ")[1]) for about, path in entries if about.startswith(_FILE)]


def _committed(git: Git, commit: str) -> list[tuple[str, str]]:
    entries = _entries(git.run("ls-tree", "-r", "-z", "--full-tree", commit))
    return [(path, about.split(" ")[2]) for about, path in entries if about.startswith(_FILE)]


def _entries(listed: bytes) -> Iterator[tuple[str, str]]:
    for entry in os.fsdecode(listed).split("\0"):
        about, separator, path = entry.partition("\t")
        if separator:
            yield about, path


def _text(data: bytes | str | None) -> bytes | None:
    text = readable(data) if isinstance(data, bytes) else data
    return text if isinstance(text, bytes) else None
