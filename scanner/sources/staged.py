"""What the index adds to HEAD: whole staged files, with the lines that are new in them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scanner.model import Blob, ScanError, Skipped
from scanner.sources.gitdir import GitDir
from scanner.sources.gitrun import Git, private_git
from scanner.sources.revision import blob_of, repository_of

Item = Blob | Skipped | ScanError

_GITLINK = "160000"


def read_staged(path: Path) -> Iterator[Item]:
    """Yield each file whose staged content differs from HEAD. Raises `UsageError` where there is no repository."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    found = repository_of(absolute)
    below = absolute.relative_to(found.top).as_posix()
    return _read(found, "" if below == "." else below)


def _read(found: GitDir, below: str) -> Iterator[Item]:
    with private_git(found) as git:
        yield from (ScanError(path=".git", message=note) for note in git.notes)
        for old, new, path in _changes(git, below):
            wanted = [new] if old is None else [old, new]
            contents = dict(git.read_objects(wanted))
            before = contents[old] if old is not None else None
            data = contents[new]
            added = None if before is None or data is None else _added_lines(before, data)
            yield blob_of(path, new, data, added)


def _changes(git: Git, below: str) -> Iterator[tuple[str | None, str, str]]:
    """Yield (old object or None, new object, path) for each file that the index adds or changes."""
    limit = ["--", below] if below else []
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
    fields = iter(os.fsdecode(raw).split("\0"))
    for head in fields:
        if head:
            path = next(fields)
            old_mode, mode, old, name, _ = head.lstrip(":").split(" ")
            if mode != _GITLINK:
                fresh = set(old) == {"0"} or old_mode == _GITLINK
                yield None if fresh else old, name, path


def _added_lines(old: bytes, new: bytes) -> frozenset[int]:
    """Return the numbers of lines in `new` that `old` does not hold; a line that only moved is not new."""
    known = Counter(old.split(b"\n"))
    added = []
    for number, line in enumerate(new.split(b"\n"), start=1):
        if known[line] > 0:
            known[line] -= 1
        else:
            added.append(number)
    return frozenset(added)
