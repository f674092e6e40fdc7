"""Writes an expression in a literal's place: instead of all of it, or joined to what stays of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.code.syntax import Syntax, opening
from remediation.rewriters.code.texts import Site, inner, joins
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

Range = tuple[int, int]
_LOOSER = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "&&", "||", "??", "and", "or", "?:"})
"""Operators that bind less than `+` in all of these languages."""


def whole(site: Site, call: str) -> Splice:
    """Return the edit that puts `call` in the literal's place."""
    return Splice(start=site.literal.start_byte, end=site.literal.end_byte, text=call.encode())


def summed(syntax: Syntax, data: bytes, places: Sequence[tuple[Site, str]], plus: bytes = b" + ") -> Splice:
    """Return the edit that cuts one literal at its sites, which are in order, and adds their calls with `+`."""
    literal = places[0][0].literal
    head, quotes = opening(data, literal)
    position, last = inner(data, literal)
    parts: list[bytes] = []
    for site, call in places:
        parts += [head + data[position : site.start] + quotes] if position < site.start else []
        parts.append(call.encode())
        position = site.end
    parts += [head + data[position:last] + quotes] if position < last else []
    text = plus.join(parts)
    if len(parts) > 1 and needs_parentheses(syntax, literal):
        text = b"(" + text + b")"
    return Splice(start=literal.start_byte, end=literal.end_byte, text=text)


def filled(site: Site, call: str, opening: str = "${", closing: str = "}") -> Splice:
    """Return the edit that puts `call` into a literal as an interpolation."""
    return Splice(start=site.start, end=site.end, text=f"{opening}{call}{closing}".encode())


def needs_parentheses(syntax: Syntax, literal: Node) -> bool:
    """Tell whether a sum in a literal's place binds less than what stands around it."""
    parent = literal.parent
    if parent is None or parent.type in syntax.loose or joins(syntax, parent):
        return parent is None
    operator = parent.child_by_field_name("operator")
    return operator is None or operator.type not in _LOOSER


def edited(syntax: Syntax, data: bytes, splices: Sequence[Splice], around: Sequence[Range]) -> bytes:
    """Return the file edited, proven to have the same leaves outside `around`, within which all edits lie.

    A grammar that cannot read all of a file may still be followed: what it could not read stays as it was, too.
    """
    after = splice.apply(data, splices)
    moved = [(_moved(start, splices, after=False), _moved(end, splices, after=True)) for start, end in around]
    before_root, after_root = syntax.parse(data), syntax.parse(after)
    # A word such as `const` names the nodes around it, too: then the leaves tell.
    same = any(
        list(_outside(before_root, around, by_leaves=each)) == list(_outside(after_root, moved, by_leaves=each))
        for each in (False, True)
    )
    if not same or (after_root.has_error and not before_root.has_error):
        raise NotRewritable("the rewritten file would not read as before")
    return after


def rewritten(
    syntax: Syntax,
    data: bytes,
    calls: Sequence[tuple[Site, str]],
    edits_of: Callable[[Sequence[tuple[Site, str]]], Iterable[Splice]],
    additions: Sequence[Splice] = (),
) -> bytes:
    """Return the file with each literal edited, of which `edits_of` is given all sites and calls at once, in order.

    Raises `NotRewritable` where the file would not read as before but for those edits and the `additions`.
    """
    edits: list[Splice] = []
    around: list[Range] = []
    for _, group in groupby(calls, key=lambda each: each[0].literal.start_byte):
        together = list(group)
        literal = together[0][0].literal
        edits += edits_of(together)
        around.append((literal.start_byte, literal.end_byte))
    edits += additions
    return edited(syntax, data, edits, [*around, *((each.start, each.end) for each in edits)])


def _moved(position: int, splices: Sequence[Splice], *, after: bool) -> int:
    before = [each for each in set(splices) if each.end < position or (after and each.end <= position)]
    return position + sum(len(each.text) - (each.end - each.start) for each in before)


def _outside(node: Node, ranges: Sequence[Range], *, by_leaves: bool) -> Iterator[tuple[str, bytes]]:
    """Yield what lies outside the ranges: leaves, or whole subtrees (by structure and text) that no range touches."""
    text = node.text or b""
    if not by_leaves and not any(start <= node.end_byte and node.start_byte <= end for start, end in ranges):
        yield str(node), text
        return
    # A comment that ends its line holds the carriage return, too.
    last = node.end_byte - (len(text) - len(text.rstrip(b"\r")) if not node.children else 0)
    if any(start <= node.start_byte and last <= end for start, end in ranges):
        return
    if not node.children:
        yield node.type, text.rstrip(b"\r")
    for child in node.children:
        yield from _outside(child, ranges, by_leaves=by_leaves)
