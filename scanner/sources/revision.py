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


def read_revision(path: str, revision: str) -> Iterator[Item]:
    """Yield the files of a commit (`HEAD` or a full object name) of the repository that holds `path`.

    A `path` below the top level limits what is read. Raises `UsageError` where there is no repository or commit.
    """
    absolute = os.path.abspath(path)
    found = repository_of(absolute)
    if revision != "HEAD" and not is_object_name(revision):
        raise _usage_error(f"{revision} is no commit", "give HEAD or a full object name")
    return _read(found, revision, below(found, absolute))


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


def _read(found: GitDir, revision: str, folder: str) -> Iterator[Item]:
    try:
        git = Git(found)
    except GitDirError as error:
        raise unusable(found.top, error) from error
    with git:
        commit = git.head if revision == "HEAD" else revision
        if commit is None:
            raise _usage_error(f"{found.top} has no commit yet", "commit first")
        yield from (ScanError(path=".git", message=note) for note in git.notes)
        try:
            listed = git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *([folder] if folder else []))
        except GitDirError as error:
            raise _usage_error(f"{commit} cannot be read: {error}", "run git fsck") from error
        entries = list(_entries(os.fsdecode(listed)))
        contents = git.read_objects([name for name, _ in entries])
        for (name, path), (_, data) in zip(entries, contents, strict=True):
            yield blob_of(path, name, data)


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
