"""Files that a tree-sitter grammar reads: parsing, looking around a place, proving that an edit moved nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Range = tuple[int, int]


@cache
def _parser(grammar: str) -> Parser:
    from tree_sitter import Language, Parser

    return Parser(Language(import_module(f"tree_sitter_{grammar}").language()))


def tree(grammar: str, data: bytes) -> Node:
    """Return the root of the parsed file. Raises `NotRewritable` where it does not parse."""
    root = _parser(grammar).parse(data).root_node
    if root.has_error:
        raise NotRewritable(f"the file does not parse as {grammar}")
    return root


def parses(grammar: str, data: bytes) -> bool:
    """Tell whether the file parses."""
    return not _parser(grammar).parse(data).root_node.has_error


def leaf(root: Node, start: int, end: int) -> Node:
    """Return the smallest node that holds a byte range."""
    node = root.descendant_for_byte_range(start, end)
    return root if node is None else node


def lineage(node: Node) -> Iterator[Node]:
    """Yield a node and everything it stands in, from the inside."""
    here: Node | None = node
    while here is not None:
        yield here
        here = here.parent


def text(node: Node | None) -> str:
    """Return a node's source text; empty for none."""
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def edited(grammar: str, data: bytes, splices: Sequence[Splice], around: Sequence[Range]) -> bytes:
    """Return the file edited, proven to have the same leaves outside `around`, within which all edits lie."""
    after = splice.apply(data, splices)
    moved = [(_moved(start, splices, after=False), _moved(end, splices, after=True)) for start, end in around]
    if list(_outside(tree(grammar, data), around)) != list(_outside(tree(grammar, after), moved)):
        raise NotRewritable("the rewritten file would not read as before")
    return after


def _moved(position: int, splices: Sequence[Splice], *, after: bool) -> int:
    """Return where a position lies once the splices before it (at it, too, for an end) are applied."""
    before = [each for each in set(splices) if each.end < position or (after and each.end <= position)]
    return position + sum(len(each.text) - (each.end - each.start) for each in before)


def _outside(node: Node, ranges: Sequence[Range]) -> Iterator[tuple[str, bytes]]:
    if any(start <= node.start_byte and node.end_byte <= end for start, end in ranges):
        return
    if not node.children:
        yield node.type, node.text or b""
    for child in node.children:
        yield from _outside(child, ranges)
