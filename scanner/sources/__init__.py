"""Sources: each yields blobs, and says what it left out and what it could not read."""

from __future__ import annotations

import os

from scanner.sources.gitdir import is_bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from scanner.items import Item, Source
    from scanner.sources.around import Around


def open_source(
    paths: Sequence[str | os.PathLike[str]],
    *,
    staged: bool = False,
    since: str | None = None,
    revision: str | None = None,
    ignored: bool = False,
    submodules: bool = False,
) -> Source:
    """Return what stands under `paths`: the working tree, what the index adds to HEAD,
    what the working tree adds to the commit `since`, or a commit's files.

    With `ignored` the working tree's files that git ignores one by one count, too. Raises `UsageError` for a
    path that does not exist, or one that lies in no repository where one is needed.
    """
    readers: list[Source] = []
    for named in paths:
        path = os.fspath(named)
        if revision is not None:
            from scanner.sources.revision import RevisionSource

            readers.append(RevisionSource(path, revision))
        elif since is not None:
            from scanner.sources.since import SinceSource

            readers.append(SinceSource(path, since))
        elif staged:
            from scanner.sources.staged import StagedSource

            readers.append(StagedSource(path))
        else:
            readers.append(_tree(path, ignored=ignored, submodules=submodules))
    return readers[0] if len(readers) == 1 else _Chained(readers)


def open_stdin(stream: BinaryIO) -> Source:
    """Return what a stream holds, as one blob."""
    from scanner.sources.stdin import read_stdin

    return read_stdin(stream)


def _tree(path: str, *, ignored: bool, submodules: bool) -> Source:
    from scanner.sources.tree import TreeSource

    if is_bare(os.path.abspath(path)):
        from scanner.sources.revision import RevisionSource

        return RevisionSource(path, "HEAD")
    return TreeSource(path, ignored=ignored, submodules=submodules)


class _Chained:
    """Several sources, one after another."""

    def __init__(self, readers: Sequence[Source]) -> None:
        self._readers = readers

    def __iter__(self) -> Iterator[Item]:
        for reader in self._readers:
            yield from reader

    def around(self) -> Around | None:
        """Return the files around those of the first source that has some."""
        return next((found for reader in self._readers if (found := around_of(reader)) is not None), None)


def around_of(source: Source) -> Around | None:
    """Return the other files of what `source` reads, for an analysis that follows programs; None for a lone text."""
    made = getattr(source, "around", None)
    return made() if made is not None else None
