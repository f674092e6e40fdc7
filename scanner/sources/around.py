"""The other files of what is scanned, for an analysis that follows a program from one into another."""

from __future__ import annotations

import os

from scanner.sources.content import readable, shown_path
from scanner.sources.gitdir import GitDir, GitDirError
from scanner.sources.gitrun import Git
from scanner.sources.openat import Folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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


class IndexAround:
    """Files as a repository's index has them, which is what a commit will hold."""

    def __init__(self, found: GitDir) -> None:
        self._found = found
        self.root = f"{os.path.realpath(found.top)} index"
        self._objects: dict[str, str] | None = None

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        return list(self._known())

    def text(self, path: str) -> bytes | None:
        """Return the text of a file; None where it cannot be read, or is none."""
        name = self._known().get(path)
        if name is None:
            return None
        try:
            with Git(self._found) as git:
                ((_, data),) = git.read_objects([name])
        except (GitDirError, ValueError):
            return None
        return _text(data)

    def _known(self) -> dict[str, str]:
        if self._objects is None:
            self._objects = dict(self._listed())
        return self._objects

    def _listed(self) -> list[tuple[str, str]]:
        try:
            with Git(self._found) as git:
                listed = os.fsdecode(git.run("ls-files", "--stage", "-z"))
        except GitDirError:
            return []
        entries = (entry.split("\t", 1) for entry in listed.split("\0") if entry)
        return [(shown_path(path), head.split(" ")[1]) for head, path in entries if head.startswith("100")]


def _text(data: bytes | str | None) -> bytes | None:
    text = readable(data) if isinstance(data, bytes) else data
    return text if isinstance(text, bytes) else None
