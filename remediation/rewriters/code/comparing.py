"""Finds what a rewrite changed and need not have: lines outside the statements that held a value, and the imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING

from remediation.rewriters.code.places import statement
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.configuration import grammar
from scanner.model import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_HEADS = ("import", "using", "package", "require", "use_declaration")
_LONGEST_HEAD = 1000


def unread(root: Node) -> int:
    """Return how many pieces of a file its grammar could not read."""
    if not root.has_error:
        return 0
    return int(root.is_error or root.is_missing) + sum(unread(child) for child in root.children)


def stray_line(syntax: Syntax, before: bytes, after: bytes, spans: Sequence[Span]) -> int | None:
    """Return the number of the first line of `before` that changes without need, None where there is none.

    A line may change in the statement around a span, in a file's imports, and in its blanks.
    """
    old, new = before.split(b"\n"), after.split(b"\n")
    allowed = set(_rows(syntax, syntax.parse(before), spans))
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))
    for tag, first, last, start, end in SequenceMatcher(None, old[same:], new[same:], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        written = {_squeezed(line) for line in new[same + start : same + end]}
        rows = range(same + first, same + last)
        stray = (row for row in rows if row not in allowed and _squeezed(old[row]) not in written)
        found = next((row for row in stray if old[row].strip()), None)
        if found is not None:
            return found + 1
    return None


def _rows(syntax: Syntax, root: Node, spans: Sequence[Span]) -> Iterator[int]:
    heads = [child for child in root.children if any(word in child.type for word in _HEADS) or _takes_in(child)]
    held = [statement(syntax, grammar.leaf(root, span.start, span.end)) for span in spans]
    for node in (*heads, *held):
        yield from range(node.start_point.row, node.end_point.row + 1)


def _takes_in(node: Node) -> bool:
    """Tell whether a declaration is an import of node: `const { a } = require("b")`."""
    return node.type.endswith("_declaration") and b"= require(" in (node.text or b"")[:_LONGEST_HEAD]


def _squeezed(line: bytes) -> bytes:
    return b"".join(line.split())
