"""The files of one commit, read from git's objects; what `fix` works on."""

from __future__ import annotations

import os

from scanner.items import ScanError
from scanner.sources.content import item_of, shown_path
from scanner.sources.gitdir import GitDir, GitDirError, find_git_dir, is_object_name
from scanner.sources.gitrun import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.items import Item
    from scanner.sources.around import Around


class RevisionSource:
    """Yields the files of one commit of the repository that holds a path; a path below its top limits what is read."""

    def __init__(self, path: str, revision: str) -> None:
        """`revision` is `HEAD` or a full object name. Raises `UsageError` where there is no repository."""
        absolute = os.path.abspath(path)
        self._found = repository_of(absolute)
        if revision != "HEAD" and not is_object_name(revision):
            raise _usage_error(f"{revision} is no commit", "give HEAD or a full object name")
        self._revision = revision
        self._below = below(self._found, absolute)

    def __iter__(self) -> Iterator[Item]:
        """Raises `UsageError` where there is no such commit."""
        try:
            git = Git(self._found)
        except GitDirError as error:
            raise unusable(self._found.top, error) from error
        with git:
            yield from (ScanError(path=".git", message=note) for note in git.notes)
            yield from self._files(git, self._commit(git))

    def around(self) -> Around | None:
        """Return all files of the commit, for an analysis that follows a program from one into another."""
        from scanner.sources.around import commit_around

        try:
            with Git(self._found) as git:
                return commit_around(self._found, self._commit(git))
        except GitDirError:
            return None

    def _commit(self, git: Git) -> str:
        commit = git.head if self._revision == "HEAD" else self._revision
        if commit is None:
            raise _usage_error(f"{self._found.top} has no commit yet", "commit first")
        return commit

    def _files(self, git: Git, commit: str) -> Iterator[Item]:
        try:
            listed = git.run(
                "ls-tree", "-r", "-z", "--full-tree", commit, "--", *([self._below] if self._below else [])
            )
        except GitDirError as error:
            raise _usage_error(f"{commit} cannot be read: {error}", "run git fsck") from error
        entries = list(_entries(os.fsdecode(listed)))
        contents = git.read_objects([name for name, _ in entries])
        for (name, path), (_, data) in zip(entries, contents, strict=True):
            yield blob_of(path, name, data)


def repository_of(path: str) -> GitDir:
    """Return the repository that holds the absolute `path`. Raises `UsageError` where there is none to trust."""
    try:
        found = find_git_dir(path)
    except GitDirError as error:
        raise unusable(path, error) from error
    if found is None:
        raise _usage_error(f"{path} lies in no git repository", "run git init and commit, or scan without git")
    return found


def unusable(path: str, error: GitDirError) -> Exception:
    """Return the `UsageError` for a repository that cannot be read at all."""
    return _usage_error(f"{path}: {error}", "name a repository with a .git folder of its own")


def working_tree_of(path: str) -> GitDir:
    """Return the repository whose working tree holds the absolute `path`. Raises `UsageError` where there is none."""
    found = repository_of(path)
    if found.bare:
        raise _usage_error(f"{path} is a bare repository", "it has no index and no working tree; try --history")
    return found


def below(found: GitDir, absolute: str) -> str:
    """Return where `absolute` lies below the repository's top, `/`-separated; empty for the top itself."""
    relative = os.path.relpath(absolute, found.top)
    return "" if relative == "." else relative.replace(os.sep, "/")


def _entries(listed: str) -> Iterator[tuple[str, str]]:
    for entry in listed.split("\0"):
        if entry:
            head, path = entry.split("\t", 1)
            _, kind, name = head.split(" ")
            if kind == "blob":
                yield name, path


def blob_of(path: str, name: str, data: bytes | str | None, replaces: tuple[str, str] | None = None) -> Item:
    """Return the item for an object's content; a missing or damaged object is an error."""
    shown = shown_path(path)
    if data is None:
        return ScanError(path=shown, message="its object is missing or damaged")
    return item_of(shown, data, blob_id=name, replaces=replaces)


def _usage_error(message: str, hint: str) -> Exception:
    from strongroom.kernel.errors import UsageError

    return UsageError(message, hint=hint)
