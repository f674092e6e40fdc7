"""Where exactly a value stands in a Python literal, and what stands around it.

A value may be a whole literal, or a part of one (the password in a URL). For a part, the text before and behind it
is taken across f-string pieces, implicit concatenation and `+`, with one private-use character for each expression.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import libcst as cst

from remediation.errors import NotRewritable
from remediation.rewriters.source import PythonSource
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

_MARK = 0xE000
_URL_HEAD = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/\s@]*:\Z")
Literal = cst.SimpleString | cst.FormattedStringText | cst.ConcatenatedString | cst.BinaryOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place of a value: the node that holds it, the byte range in the source's text, and what surrounds it."""

    node: Literal
    start: int
    end: int
    whole: bool
    """The node is the value and nothing else."""
    is_bytes: bool
    value: SecretValue
    before: str = field(repr=False)
    after: str = field(repr=False)
    expressions: tuple[cst.BaseExpression, ...] = field(repr=False, default=())
    """What the private-use characters U+E000, U+E001, … in `before` and `after` stand for."""

    @property
    def in_url(self) -> bool:
        """Tell whether the value is the password of a URL's user information."""
        return _URL_HEAD.search(self.before) is not None and self.after.startswith("@")

    def raw_value(self) -> SecretValue:
        """Return the credential itself, percent-encoding undone. Raises `NotRewritable` where that gives no text."""
        if not self.in_url:
            return self.value
        raw = SecretValue(unquote_to_bytes(self.value.reveal()))
        if not raw.is_text:
            raise NotRewritable("the password in the URL is percent-encoded in something else than UTF-8")
        return raw

    def expression(self, mark: str) -> cst.BaseExpression | None:
        """Return the expression that a private-use character stands for, None for any other text."""
        index = ord(mark) - _MARK if len(mark) == 1 else -1
        return self.expressions[index] if 0 <= index < len(self.expressions) else None


def locate(source: PythonSource, span: Span, value: SecretValue) -> Site:
    """Return where `value`, reported at `span` of the file, stands. Raises `NotRewritable` where that is no literal."""
    leaf = _leaf(source, source.offset(span.start))
    for whole in _wholes(source, leaf):
        constant = encoded(whole)
        if constant == value.reveal() or (constant is not None and _is_block(constant, value)):
            return _site(source, whole, source.span(whole), SecretValue(constant), whole=True)
    start, end = _part(source, leaf, (source.offset(span.start), source.offset(span.end)), value)
    return _site(source, leaf, (start, end), value, whole=False)


def encoded(node: cst.CSTNode) -> bytes | None:
    """Return the value of a literal or a sum of literals as bytes (text as UTF-8), None where it is not constant."""
    constant = _constant(node)
    if isinstance(constant, str):
        return constant.encode("utf-8", "surrogatepass")
    return constant


def _constant(node: cst.CSTNode) -> str | bytes | None:
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        return node.evaluated_value
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        left, right = _constant(node.left), _constant(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, bytes) and isinstance(right, bytes):
            return left + right
    return None


def _is_block(constant: bytes, value: SecretValue) -> bool:
    """Tell whether a literal is lines of text, such as a PEM file, that have nothing but blanks around them."""
    plain = value.reveal()
    return b"\n" in plain and constant.strip() == plain.strip()


def _leaf(source: PythonSource, position: int) -> cst.SimpleString | cst.FormattedStringText:
    for node in source.spans:
        if isinstance(node, (cst.SimpleString, cst.FormattedStringText)):
            start, end = source.span(node)
            if start <= position < end:
                return node
    raise NotRewritable("the value is not in a string literal (a comment, a name or a number)")


def _wholes(source: PythonSource, leaf: cst.CSTNode) -> Iterator[Literal]:
    """Yield what a leaf may be all of: itself with those written behind it, then sums of literals."""
    node = leaf
    while isinstance(parent := source.parents.get(node), cst.ConcatenatedString):
        node = parent
    while isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.BinaryOperation)):
        yield node
        above = source.parents[node]
        if not isinstance(above, cst.BinaryOperation) or encoded(above) is None:
            return
        node = above


def quoting(node: cst.SimpleString) -> tuple[str, str]:
    """Return a literal's prefix in lower case and its quotes."""
    return node.prefix.lower(), node.quote


def _decode(prefix: str, quote: str, body: str) -> bytes | None:
    try:
        constant = ast.literal_eval(f"{prefix}{quote}{body}{quote}")
    except (SyntaxError, ValueError):
        return None
    return constant.encode("utf-8", "surrogatepass") if isinstance(constant, str) else bytes(constant)


def _style(source: PythonSource, leaf: cst.SimpleString | cst.FormattedStringText) -> tuple[str, str, int, int]:
    start, end = source.span(leaf)
    if isinstance(leaf, cst.SimpleString):
        prefix, quote = quoting(leaf)
        return prefix, quote, start + len(prefix) + len(quote), end - len(quote)
    parent = source.parents[leaf]
    if not isinstance(parent, cst.FormattedString):
        raise NotRewritable("the value stands in a format specification")
    return "r" if "r" in parent.prefix.lower() else "", parent.end, start, end


def _part(
    source: PythonSource, leaf: cst.SimpleString | cst.FormattedStringText, span: tuple[int, int], value: SecretValue
) -> tuple[int, int]:
    prefix, quote, first, last = _style(source, leaf)
    body = source.text[first:last]
    exact = (span[0] - first, span[1] - first)
    for start, end in (exact, *_occurrences(body, value.reveal())):
        if not 0 <= start < end <= len(body):
            continue
        pieces = [body[:start], body[start:end], body[end:]]
        decoded = [_decode(prefix, quote, piece.decode("utf-8", "replace")) for piece in pieces]
        if decoded[1] == value.reveal() and None not in decoded:
            return first + start, first + end
    raise NotRewritable("the literal does not hold the value in one piece")


def _occurrences(body: bytes, value: bytes) -> list[tuple[int, int]]:
    # Only a value that stands there once can be meant when the reported place is not exact.
    at = body.find(value)
    return [(at, at + len(value))] if at >= 0 and body.count(value) == 1 else []


def _site(source: PythonSource, node: Literal, span: tuple[int, int], value: SecretValue, *, whole: bool) -> Site:
    expressions: list[cst.BaseExpression] = []
    before, after = _surroundings(source, node, span, expressions)
    first: cst.CSTNode = node
    while isinstance(first, (cst.ConcatenatedString, cst.BinaryOperation)):
        first = first.left
    is_bytes = isinstance(first, cst.SimpleString) and "b" in first.prefix.lower()
    return Site(
        node=node,
        start=span[0],
        end=span[1],
        whole=whole,
        is_bytes=is_bytes,
        value=value,
        before=before,
        after=after,
        expressions=tuple(expressions),
    )


def _surroundings(
    source: PythonSource, node: Literal, span: tuple[int, int], expressions: list[cst.BaseExpression]
) -> tuple[str, str]:
    before: list[str] = []
    after: list[str] = []
    for piece in _pieces(_expression(source, node)):
        start, end = source.span(piece)
        if not isinstance(piece, (cst.SimpleString, cst.FormattedStringText)):
            text = chr(_MARK + len(expressions))
            expressions.append(piece)
            (before if end <= span[0] else after).append(text)
        elif end <= span[0] or start >= span[1]:
            (before if end <= span[0] else after).append(_text(source, piece, start, end))
        else:
            before.append(_text(source, piece, start, max(span[0], start)))
            after.append(_text(source, piece, min(span[1], end), end))
    return "".join(before), "".join(after)


def _text(source: PythonSource, piece: cst.SimpleString | cst.FormattedStringText, start: int, end: int) -> str:
    prefix, quote, first, last = _style(source, piece)
    body = source.text[max(first, start) : min(last, end)].decode("utf-8", "replace")
    decoded = _decode(prefix, quote, body) or b""
    text = decoded.decode("utf-8", "replace")
    return text if isinstance(piece, cst.SimpleString) else text.replace("{{", "{").replace("}}", "}")


def _expression(source: PythonSource, node: cst.CSTNode) -> cst.CSTNode:
    """Return the largest string expression around a literal: f-string, implicit concatenation, chain of `+`."""
    for child, parent in source.ancestors(node):
        if isinstance(parent, (cst.ConcatenatedString, cst.FormattedString)):
            continue
        if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Add):
            continue
        return child
    return node


def _pieces(node: cst.CSTNode) -> Iterator[cst.BaseExpression | cst.SimpleString | cst.FormattedStringText]:
    if isinstance(node, cst.ConcatenatedString) or (
        isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add)
    ):
        yield from _pieces(node.left)
        yield from _pieces(node.right)
    elif isinstance(node, cst.FormattedString):
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield part.expression
            elif isinstance(part, cst.FormattedStringText):
                yield part
    elif isinstance(node, cst.BaseExpression):
        yield node
