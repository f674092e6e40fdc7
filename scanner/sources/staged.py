"""What the index adds to HEAD: whole staged files, and which of their lines are new."""

from __future__ import annotations

import os

from scanner.items import Blob, ScanError
from scanner.sources.content import readable
from scanner.sources.gitdir import GitDirError
from scanner.sources.gitrun import Git
from scanner.sources.revision import below, blob_of, repository_of, working_tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.items import Item
    from scanner.sources.around import Around
    from scanner.sources.gitdir import GitDir

_GITLINK = "160000"


class StagedSource:
    """Each file whose staged content differs from HEAD, and what is new in it."""

    def __init__(self, path: str) -> None:
        """Raises `UsageError` where `path` lies in no repository."""
        absolute = os.path.abspath(path)
        self._found: GitDir = working_tree_of(absolute)
        self._below = below(self._found, absolute)

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._read()
        except GitDirError as error:
            yield ScanError(path=".git", message=f"{error}; what is staged cannot be read")

    def around(self) -> Around:
        """Return the files of the index, for an analysis that follows a program from one into another."""
        from scanner.sources.around import index_around

        return index_around(self._found)

    def _read(self) -> Iterator[Item]:
        with Git(self._found) as git:
            yield from (ScanError(path=".git", message=note) for note in git.notes)
            changes = list(_changes(git, self._below))
            contents = git.read_objects([new for _, new, _ in changes])
            for (old, new, path), (_, data) in zip(changes, contents, strict=True):
                yield blob_of(path, new, data, replaces=None if old is None else (self._found.top, old))


def mark_added_lines(blobs: Iterable[Blob]) -> None:
    """Set on each of `blobs` which of its lines its change adds.

    Few blobs are asked about, so what they replace is read only then. Where it cannot be, every line counts.
    """
    tops: dict[str, list[Blob]] = {}
    for blob in blobs:
        if blob.replaces is not None and blob.added_lines is None:
            tops.setdefault(blob.replaces[0], []).append(blob)
    for top, changed in tops.items():
        try:
            _mark_added_lines(top, changed)
        except GitDirError:
            continue


def _mark_added_lines(top: str, blobs: list[Blob]) -> None:
    with Git(repository_of(top)) as git:
        before = git.read_objects([blob.replaces[1] for blob in blobs if blob.replaces])
        for blob, (_, data) in zip(blobs, before, strict=True):
            old = readable(data) if isinstance(data, bytes) else data
            if isinstance(old, bytes):
                blob.added_lines = added_lines(old, blob.data)


def _changes(git: Git, folder: str) -> Iterator[tuple[str | None, str, str]]:
    """Yield (old object or None, new object, path) for each file that the index adds or changes."""
    limit = ["--", folder] if folder else []
    if git.head is None:
        listed = os.fsdecode(git.run("ls-files", "--stage", "-z", *limit))
        for entry in filter(None, listed.split("\0")):
            head, path = entry.split("\t", 1)
            mode, name, _ = head.split(" ")
            if mode != _GITLINK:
                yield None, name, path
        return
    raw = git.run(
        "diff-index", "--cached", "--raw", "-z", "--no-renames", "--diff-filter=AMT", "--full-index", git.head, *limit
    )
    yield from changed(raw)


def changed(raw: bytes) -> Iterator[tuple[str | None, str, str]]:
    """Yield (old object or None, new object, path) of git's `--raw -z` output; submodules are left out."""
    fields = iter(os.fsdecode(raw).split("\0"))
    for head in fields:
        if head:
            path = next(fields)
            old_mode, mode, old, name, _ = head.lstrip(":").split(" ")
            if mode != _GITLINK:
                fresh = set(old) == {"0"} or old_mode == _GITLINK
                yield None if fresh else old, name, path


def added_lines(old: bytes, new: bytes) -> frozenset[int]:
    """Return the numbers of lines in `new` that `old` does not hold; a line that only moved is not new."""
    known: dict[bytes, int] = {}
    for line in old.split(b"\n"):
        known[line] = known.get(line, 0) + 1
    added = []
    for number, line in enumerate(new.split(b"\n"), start=1):
        if known.get(line, 0) > 0:
            known[line] -= 1
        else:
            added.append(number)
    return frozenset(added)
