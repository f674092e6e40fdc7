"""What HEAD and the working tree add to another branch: changed and new files, with the content on disk."""

from __future__ import annotations

import os

from scanner.items import ScanError
from scanner.sources.change import start_of_change
from scanner.sources.content import item_of, shown_path
from scanner.sources.gitdir import GitDirError
from scanner.sources.gitrun import Git
from scanner.sources.names import commit_named
from scanner.sources.openat import FOLDER, Folder
from scanner.sources.revision import below, unusable, working_tree_of
from scanner.sources.staged import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.items import Item
    from scanner.sources.around import Around


class SinceSource:
    """Each file of the working tree that differs from where HEAD left `revision`, and which object it replaces."""

    def __init__(self, path: str, revision: str) -> None:
        """Raises `UsageError` where `path` lies in no repository, or `revision` names no commit of it.

        Also where a shallow clone lacks what lies between.
        """
        absolute = os.path.abspath(path)
        self._found = working_tree_of(absolute)
        self._below = below(self._found, absolute)
        try:
            with Git(self._found) as git:
                tip = commit_named(git, self._found, revision)
                self._commit = start_of_change(git, self._found, tip, revision)
        except GitDirError as error:
            raise unusable(path, error) from error

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._read()
        except GitDirError as error:
            yield ScanError(path=".git", message=f"{error}; what was changed cannot be told")

    def around(self) -> Around:
        """Return the files of the working tree, for an analysis that follows a program from one into another."""
        from scanner.sources.tree import TreeSource

        return TreeSource(self._found.top).around()

    def _read(self) -> Iterator[Item]:
        limit = ["--", self._below] if self._below else []
        with Git(self._found) as git:
            yield from (ScanError(path=".git", message=note) for note in git.notes)
            compared = ["diff-index", "--raw", "-z", "--no-renames", "--diff-filter=AMT", "--full-index", self._commit]
            changes = [(old, os.fsencode(path)) for old, _, path in changed(git.run(*compared, *limit))]
            new = git.run("ls-files", "-o", "--exclude-standard", "-z", *limit).split(b"\0")
        changes.extend((None, name) for name in new if name and not name.endswith(b"/"))
        folder = Folder(os.fsencode(self._found.top))
        try:
            for old, name in changes:
                item = self._item(folder, name, old)
                if item is not None:
                    yield item
        finally:
            folder.close()

    def _item(self, folder: Folder, name: bytes, old: str | None) -> Item | None:
        path = shown_path(os.fsdecode(name))
        try:
            data = folder.read(name)
        except FileNotFoundError:
            return None
        except OSError as error:
            return ScanError(path=path, message=f"cannot be read: {error.strerror}")
        if data == FOLDER:
            return None
        return item_of(path, data, replaces=None if old is None else (self._found.top, old))
