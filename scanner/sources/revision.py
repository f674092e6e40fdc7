"""The files of one commit, read from git's objects; what `fix` works on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from scanner.model import Blob, ScanError, Skipped
from scanner.sources.content import readable
from scanner.sources.gitdir import GitDir, GitDirError, find_git_dir
from scanner.sources.gitrun import private_git
from strongroom.kernel.errors import UsageError

Item = Blob | Skipped | ScanError

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def read_revision(path: Path, revision: str) -> Iterator[Item]:
    """Yield the files of a commit (`HEAD` or a full object name) of the repository that holds `path`.

    A `path` below the top level limits what is read. Raises `UsageError` where there is no repository or commit.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    found = repository_of(absolute)
    if revision != "HEAD" and not _SHA.fullmatch(revision):
        raise UsageError(f"{revision} is no commit", hint="give HEAD or a full object name")
    below = absolute.relative_to(found.top).as_posix()
    return _read(found, revision, "" if below == "." else below)


def repository_of(path: Path) -> GitDir:
    """Return the repository whose working tree holds `path`. Raises `UsageError` where there is none to trust."""
    try:
        found = find_git_dir(path)
    except GitDirError as error:
        raise UsageError(f"{path}: {error}", hint="name a repository with a .git folder of its own") from error
    if found is None:
        raise UsageError(f"{path} lies in no git repository", hint="run git init and commit, or scan without git")
    return found


def _read(found: GitDir, revision: str, below: str) -> Iterator[Item]:
    with private_git(found) as git:
        commit = git.head if revision == "HEAD" else revision
        if commit is None:
            raise UsageError(f"{found.top} has no commit yet", hint="commit first")
        yield from (ScanError(path=".git", message=note) for note in git.notes)
        try:
            listed = git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *([below] if below else []))
        except GitDirError as error:
            raise UsageError(f"{commit} cannot be read: {error}", hint="run git fsck") from error
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


def blob_of(path: str, name: str, data: bytes | None, added_lines: frozenset[int] | None = None) -> Item:
    """Return the item for an object's content; a missing or damaged object is an error."""
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if data is None:
        return ScanError(path=shown, message="its object is missing or damaged")
    scanned = readable(data)
    if isinstance(scanned, str):
        return Skipped(path=shown, reason=scanned)
    return Blob(path=shown, data=scanned, blob_id=name, added_lines=added_lines)
