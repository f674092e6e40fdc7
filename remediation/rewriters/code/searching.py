"""Looks for words in all files of a tree at once: a fix asks for the readers of many constants, one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache

Tree = Mapping[str, bytes]


class _Same:
    """A tree that equals itself alone, so that what was gathered of it can be found again."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __hash__(self) -> int:
        return id(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.tree is self.tree


@lru_cache(maxsize=4)
def _gathered(same: _Same, endings: tuple[str, ...]) -> tuple[list[str], list[int], bytes]:
    paths = [path for path in same.tree if path.endswith(endings)]
    starts, at = [], 0
    for path in paths:
        starts.append(at)
        at += len(same.tree[path]) + 1
    return paths, starts, b"\0".join(same.tree[path] for path in paths)


@lru_cache(maxsize=1024)
def _files(same: _Same, endings: tuple[str, ...], word: str) -> tuple[str, ...]:
    paths, starts, text = _gathered(same, endings)
    needle, found = word.encode(), []
    at = text.find(needle) if needle else -1
    while at >= 0:
        number = bisect_right(starts, at) - 1
        found.append(paths[number])
        at = text.find(needle, starts[number + 1]) if number + 1 < len(starts) else -1
    return tuple(found)


def holding(tree: Tree, endings: tuple[str, ...], word: str, *further: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the files with these endings that hold `word` and all of `further`.

    A tree must not change between two questions.
    """
    for path in _files(_Same(tree), endings, word):
        if all(each.encode() in tree[path] for each in further):
            yield path, tree[path]
