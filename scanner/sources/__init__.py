"""Sources: each yields blobs, and says what it left out and what it could not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from scanner.model import Blob, ScanError, Skipped
from scanner.sources.revision import read_revision
from scanner.sources.staged import read_staged
from scanner.sources.stdin import read_stdin
from scanner.sources.tree import read_tree

Source = Iterable[Blob | Skipped | ScanError]


def open_source(
    paths: Sequence[Path], *, staged: bool = False, revision: str | None = None, ignored: bool = False
) -> Source:
    """Return what stands under `paths`: the working tree, what the index adds to HEAD, or a commit's files.

    With `ignored` the working tree's files that git ignores one by one count, too. Raises `UsageError` for a
    path that does not exist, or one that lies in no repository where one is needed.
    """
    readers = [_reader(path, staged=staged, revision=revision, ignored=ignored) for path in paths]
    return _chained(readers)


def open_stdin(stream: BinaryIO) -> Source:
    """Return what a stream holds, as one blob."""
    return read_stdin(stream)


def _reader(path: Path, *, staged: bool, revision: str | None, ignored: bool) -> Source:
    if revision is not None:
        return read_revision(path, revision)
    return read_staged(path) if staged else read_tree(path, ignored=ignored)


def _chained(readers: Sequence[Source]) -> Iterator[Blob | Skipped | ScanError]:
    for reader in readers:
        yield from reader
