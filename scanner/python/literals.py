"""String and bytes literals: the value a program sees, and for each of its characters where it stands in the file."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import libcst as cst

from scanner.model import Span
from scanner.python.tree import Tree
from strongroom.kernel.secretvalue import SecretValue

_TOKEN = re.compile(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}]+\}|[\s\S])"
    r"|\r\n|\{\{|\}\}|[\s\S]"
)
_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant text: one literal, a run of adjacent literals, or a constant part of an f-string.

    `starts[i]` and `ends[i]` are the offsets, in the file's bytes, of the i-th character of `value`.
    """

    node: cst.CSTNode
    value: str
    starts: Sequence[int]
    ends: Sequence[int]
    binary: bool
    plain: bool
    """The value stands in the file character for character, in one piece."""

    @property
    def span(self) -> Span:
        """The whole content, without the outer quotes."""
        return Span(start=self.starts[0], end=self.ends[-1])

    def secret(self, first: int = 0, last: int | None = None) -> SecretValue:
        """Return the characters from `first` up to `last` as the program sees them."""
        part = self.value[first:last]
        return SecretValue(part.encode("latin-1") if self.binary else part.encode("utf-8", "surrogatepass"))

    def part(self, first: int, last: int) -> Span:
        """Return where the characters from `first` up to `last` stand."""
        return Span(start=self.starts[first], end=self.ends[last - 1])

    def characters(self, span: Span) -> tuple[int, int]:
        """Return the range of characters that stand within `span`."""
        return bisect_left(self.starts, span.start), bisect_right(self.ends, span.end)


def literals(tree: Tree) -> Iterator[Literal]:
    """Yield every literal of the module that is not empty; the parts of a run are not yielded again."""
    for run in tree.of(cst.ConcatenatedString):
        if not isinstance(tree.parents[run], cst.ConcatenatedString):
            yield from _run(tree, run)
    singles: Iterator[cst.SimpleString | cst.FormattedStringText] = chain(
        tree.of(cst.SimpleString), tree.of(cst.FormattedStringText)
    )
    for node in singles:
        if not isinstance(tree.parents[node], cst.ConcatenatedString):
            yield from _single(tree, node)


def _run(tree: Tree, node: cst.ConcatenatedString) -> Iterator[Literal]:
    parts = list(_parts(node))
    simple = [part for part in parts if isinstance(part, cst.SimpleString)]
    if len(simple) < len(parts):
        # The f-string parts of a mixed run are met on their own.
        for part in simple:
            yield from _single(tree, part)
        return
    pieces = [piece for part in simple for piece in _single(tree, part)]
    if pieces:
        yield Literal(
            node=node,
            value="".join(piece.value for piece in pieces),
            starts=[start for piece in pieces for start in piece.starts],
            ends=[end for piece in pieces for end in piece.ends],
            binary=pieces[0].binary,
            plain=False,
        )


def _parts(node: cst.BaseString) -> Iterator[cst.BaseString]:
    waiting: list[cst.BaseString] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, cst.ConcatenatedString):
            waiting.extend((part.right, part.left))
        else:
            yield part


def _single(tree: Tree, node: cst.SimpleString | cst.FormattedStringText) -> Iterator[Literal]:
    raw, prefix, lead = _content(tree, node)
    if not raw:
        return
    start = tree.start(node) + lead
    formatted = isinstance(node, cst.FormattedStringText)
    plain = raw.isascii() and "\\" not in raw and "\r" not in raw and not (formatted and ("{{" in raw or "}}" in raw))
    if plain and tree.encoding in ("utf-8", "ascii"):
        base = start + tree.bom
        starts: Sequence[int] = range(base, base + len(raw))
        ends: Sequence[int] = range(base + 1, base + len(raw) + 1)
        value = raw
    else:
        value, starts, ends = _decoded(tree, raw, start, prefix, formatted=formatted)
    if value:
        yield Literal(node=node, value=value, starts=starts, ends=ends, binary="b" in prefix, plain=plain)


def _content(tree: Tree, node: cst.SimpleString | cst.FormattedStringText) -> tuple[str, str, int]:
    """Return the text between the quotes, the prefix in lower case, and the length of what stands before."""
    if isinstance(node, cst.SimpleString):
        return node.raw_value, node.prefix.lower(), len(node.prefix) + len(node.quote)
    owner = tree.parents[node]
    prefix = owner.prefix.lower() if isinstance(owner, cst.FormattedString) else ""
    return node.value, prefix, 0


def _decoded(tree: Tree, raw: str, start: int, prefix: str, *, formatted: bool) -> tuple[str, list[int], list[int]]:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    offset = start
    for token in _tokens(raw, raw_string="r" in prefix, formatted=formatted):
        end = offset + len(token.encode("utf-8", "surrogatepass"))
        seen = _character(token, binary="b" in prefix, raw_string="r" in prefix)
        span = tree.file_span(offset, end)
        for character in seen:
            characters.append(character)
            starts.append(span.start)
            ends.append(span.end)
        offset = end
    return "".join(characters), starts, ends


def _tokens(raw: str, *, raw_string: bool, formatted: bool) -> Iterator[str]:
    for match in _TOKEN.finditer(raw):
        token = match[0]
        doubled = token in ("{{", "}}") and not formatted
        escaped = raw_string and len(token) > 1 and token[0] == "\\"
        if doubled or escaped:
            yield from token
        else:
            yield token


def _character(token: str, *, binary: bool, raw_string: bool) -> str:
    if token in ("\r\n", "\r"):
        return "\n"
    if len(token) == 1 or raw_string:
        return token[0] if token in ("{{", "}}") else token
    if token[0] != "\\":
        return token[0]
    return _escape(token, binary=binary)


def _escape(token: str, *, binary: bool) -> str:
    """Return what an escape stands for, by "String and Bytes literals" of the Python language reference."""
    kind = token[1]
    if kind in "\r\n":
        return ""
    if kind in "01234567":
        return chr(int(token[1:], 8) & 0xFF) if binary else chr(int(token[1:], 8))
    if kind == "x" and len(token) > 2:
        return chr(int(token[2:], 16))
    if kind in "uU" and len(token) > 2 and not binary:
        return chr(int(token[2:], 16))
    if kind == "N" and len(token) > 2 and not binary:
        return unicodedata.lookup(token[3:-1])
    return _SIMPLE.get(kind, token)
