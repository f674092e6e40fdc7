"""Where exactly a value stands in a literal, and what text the program puts around it.

For a part of a literal the text before and behind it is taken across joined literals and interpolations, with one
private-use character for each expression, as for Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from remediation.errors import NotRewritable
from remediation.rewriters.code.escapes import HOLE, decoded
from remediation.rewriters.code.syntax import Syntax, opening, style
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import Place
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from tree_sitter import Node

_MARK = 0xE000
_URL_HEAD = re.compile(r"[A-Za-z][A-Za-z0-9+.\-:]*://[^/\s@]*:\Z")
_QUERY_HEAD = re.compile(r"jdbc:[^\s]*[?&]password=\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place of a value: the literal, the byte range that spells the value, and what surrounds it."""

    literal: Node
    start: int
    end: int
    whole: bool
    """The literal is the value and nothing else."""
    value: SecretValue
    """The value as the program sees it at this place: escapes resolved, percent-encoding of a URL kept."""
    before: str = field(repr=False)
    after: str = field(repr=False)
    octets: bool = False
    """It is no text but a list of the value's bytes (`octets.py`)."""
    expressions: tuple[Node, ...] = field(repr=False, default=())
    """What the private-use characters U+E000, U+E001, … in `before` and `after` stand for."""

    @property
    def in_url(self) -> bool:
        """Tell whether the value is the password of a URL's user information."""
        return _URL_HEAD.search(self.before) is not None and self.after.startswith("@")

    @property
    def in_query(self) -> bool:
        """Tell whether the value is the password among the parameters of a URL of JDBC, whose drivers decode it."""
        return _QUERY_HEAD.search(self.before) is not None

    @property
    def encoded(self) -> bool:
        """Tell whether what reads the text decodes the value: percent-encoding of a URL."""
        return self.in_url or self.in_query

    def raw_value(self) -> SecretValue:
        """Return the credential itself, percent-encoding undone. Raises `NotRewritable` where that gives no text."""
        if not self.encoded:
            return self.value
        raw = SecretValue(unquote_to_bytes(self.value.reveal()))
        if not raw.is_text:
            raise NotRewritable("the password in the URL is percent-encoded in something else than UTF-8")
        return raw

    def expression(self, mark: str) -> Node | None:
        """Return the expression that a private-use character stands for, None for any other text."""
        index = ord(mark) - _MARK if len(mark) == 1 else -1
        return self.expressions[index] if 0 <= index < len(self.expressions) else None


def locate(syntax: Syntax, data: bytes, root: Node, place: Place) -> Site:
    """Return where the value stands. Raises `NotRewritable` for a comment, a name, or a value in pieces."""
    here = grammar.leaf(root, place.start, place.end)
    literal = next((node for node in grammar.lineage(here) if node.type in syntax.literals), None)
    if literal is None:
        raise NotRewritable("the value is not in a string literal (a comment, a name or a number)")
    first, last = inner(data, literal)
    whole = _said(syntax, data, literal, first, last)
    if whole is not None and _is(place, whole, data[first:last]) and not _holes(syntax, literal):
        return _site(syntax, data, literal, (first, last), SecretValue(whole), whole=True)
    for sum_ in _sums(syntax, literal):
        text = _added(syntax, data, sum_)
        if text is not None and _is(place, text, b""):
            return _site(syntax, data, sum_, (sum_.start_byte, sum_.end_byte), SecretValue(text), whole=True)
    pieces = ((first, place.start), (place.start, place.end), (place.end, last))
    texts = [_said(syntax, data, literal, *piece) for piece in pieces]
    if not first <= place.start <= place.end <= last or None in texts:
        raise NotRewritable("the literal does not hold the value in one piece")
    said = texts[1] or ""
    if not said or not _is(place, said, data[place.start : place.end]):
        raise NotRewritable("the literal does not hold the value in one piece")
    return _site(syntax, data, literal, (place.start, place.end), SecretValue(said), whole=False)


def _sums(syntax: Syntax, literal: Node) -> Iterator[Node]:
    """Yield the sums that a literal is a part of, the smallest first."""
    node = literal.parent
    while node is not None and joins(syntax, node):
        yield node
        node = node.parent


def _added(syntax: Syntax, data: bytes, node: Node) -> str | None:
    """Return the text that a sum of literals makes; None where it has more than literals in it."""
    if node.type in syntax.literals:
        return None if _holes(syntax, node) else _said(syntax, data, node, *inner(data, node))
    if not joins(syntax, node):
        return None
    texts = [_added(syntax, data, child) for child in node.named_children]
    return None if None in texts else "".join(text or "" for text in texts)


def _is(place: Place, said: str, source: bytes) -> bool:
    # A scan by patterns reports what the file spells, one that follows the program what that says.
    return HOLE not in said and place.value.reveal() in (said.encode("utf-8", "surrogatepass"), source)


def inner(data: bytes, literal: Node) -> tuple[int, int]:
    """Return the byte range between a literal's quotes."""
    head, quotes = opening(data, literal)
    return literal.start_byte + len(head), literal.end_byte - len(quotes)


def _holes(syntax: Syntax, literal: Node) -> list[Node]:
    return [child for child in literal.children if child.type in syntax.interpolations]


def _said(syntax: Syntax, data: bytes, literal: Node, start: int, end: int) -> str | None:
    """Return the text of a part of a literal; an interpolation in it is one character, U+E000."""
    text = ""
    for hole in _holes(syntax, literal):
        if start <= hole.start_byte and hole.end_byte <= end:
            said = _spelled(syntax, data, literal, start, hole.start_byte)
            if said is None:
                return None
            text += said + chr(_MARK)
            start = hole.end_byte
    rest = _spelled(syntax, data, literal, start, end)
    return None if rest is None else text + rest


def _spelled(syntax: Syntax, data: bytes, literal: Node, start: int, end: int) -> str | None:
    try:
        source = data[start:end].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return decoded(style(syntax, data, literal), source)


def _site(
    syntax: Syntax, data: bytes, literal: Node, span: tuple[int, int], value: SecretValue, *, whole: bool
) -> Site:
    expressions: list[Node] = []
    before: list[str] = []
    after: list[str] = []
    for node, start, end in _pieces(syntax, data, joined(syntax, literal)):
        if node is not None:
            text = chr(_MARK + len(expressions))
            expressions.append(node)
            (before if end <= span[0] else after).append(text)
            continue
        owner = _literal_at(syntax, literal, start)
        before.append(_spelled(syntax, data, owner, start, max(start, min(end, span[0]))) or "")
        after.append(_spelled(syntax, data, owner, min(end, max(start, span[1])), end) or "")
    return Site(
        literal=literal,
        start=span[0],
        end=span[1],
        whole=whole,
        value=value,
        before="".join(before),
        after="".join(after),
        expressions=tuple(expressions),
    )


def _literal_at(syntax: Syntax, inside: Node, position: int) -> Node:
    top = joined(syntax, inside)
    here = grammar.leaf(top, position, position)
    return next((node for node in grammar.lineage(here) if node.type in syntax.literals), inside)


def joined(syntax: Syntax, literal: Node) -> Node:
    """Return the largest text that a literal is a part of: literals and expressions that are joined."""
    node = literal
    while node.parent is not None and joins(syntax, node.parent):
        node = node.parent
    return node


def joins(syntax: Syntax, node: Node) -> bool:
    """Tell whether a node puts texts together: a sum, or literals one behind the other."""
    operator = node.child_by_field_name("operator")
    return node.type in syntax.joins and (operator is None or operator.type == syntax.data.get("plus", "+"))


def _pieces(syntax: Syntax, data: bytes, node: Node) -> Iterator[tuple[Node | None, int, int]]:
    """Yield each expression with its range, and None with the range of each stretch of text."""
    if joins(syntax, node):
        for child in node.named_children:
            yield from _pieces(syntax, data, child)
    elif node.type in syntax.literals:
        at, last = inner(data, node)
        for hole in _holes(syntax, node):
            yield None, at, hole.start_byte
            yield hole, hole.start_byte, hole.end_byte
            at = hole.end_byte
        yield None, at, last
    else:
        yield node, node.start_byte, node.end_byte
