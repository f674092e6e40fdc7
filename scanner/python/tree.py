"""One parsed module: its syntax tree with parents, and byte offsets into the file as it lies on disk."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TypeVar, cast

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan

from scanner.model import Span

Node = TypeVar("Node", bound=cst.CSTNode)

_BOM = b"\xef\xbb\xbf"
_MAX_DEPTH = 500
_REFUSALS = (cst.ParserSyntaxError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
_TRIVIA = (cst.BaseParenthesizableWhitespace, cst.EmptyLine, cst.TrailingWhitespace, cst.Newline, cst.Comma)


class UnparsableError(Exception):
    """The file is no Python that we can read; it is scanned as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A module's nodes by their type, each with its parent, and where each lies."""

    module: cst.Module
    nodes: dict[type[cst.CSTNode], list[cst.CSTNode]]
    parents: dict[cst.CSTNode, cst.CSTNode]
    positions: dict[cst.CSTNode, CodeSpan]
    text: str
    encoding: str
    bom: int

    def of(self, kind: type[Node]) -> Iterator[Node]:
        """Yield the nodes of exactly this type."""
        yield from cast("list[Node]", self.nodes.get(kind, []))

    def ancestors(self, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        """Yield (child, parent) from `node` up to the module."""
        while node in self.parents:
            yield node, self.parents[node]
            node = self.parents[node]

    def start(self, node: cst.CSTNode) -> int:
        """Return where `node` starts, as an offset into the module's UTF-8 text."""
        return self.positions[node].start

    def file_span(self, start: int, end: int) -> Span:
        """Return the range of the file's own bytes for offsets into the module's UTF-8 text."""
        if self.encoding in ("utf-8", "ascii"):
            return Span(start=start + self.bom, end=end + self.bom)
        raw = self.text.encode()
        return Span(
            start=len(raw[:start].decode().encode(self.encoding)),
            end=len(raw[:end].decode().encode(self.encoding)),
        )


def parse(data: bytes) -> Tree:
    """Return the tree of a Python file. Raises `UnparsableError` for anything that is no Python of a sane depth."""
    try:
        text, encoding = _decode(data)
        _check_depth(text)
        module = cst.parse_module(text)
        nodes, parents = _walk(module)
        positions = _Positions().of(module)
    except _REFUSALS as error:
        raise UnparsableError(type(error).__name__) from None
    bom = len(_BOM) if data.startswith(_BOM) else 0
    return Tree(
        module=module,
        nodes=nodes,
        parents=parents,
        positions=positions,
        text=text,
        encoding=encoding,
        bom=bom,
    )


def _check_depth(text: str) -> None:
    """Refuse what is nested too deeply, by the interpreter's own parser: on that, libcst's overflows or hangs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape in the scanned file is not our business
        waiting: list[tuple[ast.AST, int]] = [(ast.parse(text), 0)]
    while waiting:
        node, depth = waiting.pop()
        children = list(ast.iter_child_nodes(node))
        # A chain of `and` is one node here and as deep as it is long for libcst.
        below = depth + (len(children) if isinstance(node, ast.BoolOp) else 1)
        if below > _MAX_DEPTH:
            raise RecursionError
        waiting.extend((child, below) for child in children)


def _decode(data: bytes) -> tuple[str, str]:
    """Return the text and its encoding by the rules of PEP 263, without a byte order mark."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    return data.removeprefix(_BOM).decode(name), name


class _Positions(ByteSpanPositionProvider):
    """The positions alone: a MetadataWrapper would copy the tree and visit it once more."""

    def of(self, module: cst.Module) -> dict[cst.CSTNode, CodeSpan]:
        """Return where each node lies, in bytes of the module as UTF-8."""
        self._gen_impl(module)
        return dict(cast("dict[cst.CSTNode, CodeSpan]", self._computed))


def _walk(
    module: cst.Module,
) -> tuple[dict[type[cst.CSTNode], list[cst.CSTNode]], dict[cst.CSTNode, cst.CSTNode]]:
    # libcst's visitors rebuild every node they pass and recurse; reading the fields does neither.
    nodes: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        node = waiting.pop()
        nodes.setdefault(type(node), []).append(node)
        children = list(_children(node))
        for child in children:
            parents[child] = node
        waiting.extend(reversed(children))
    return nodes, parents


def _children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in _field_names(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple | list):
            yield from (item for item in value if _IS_CODE[type(item)])
        elif _IS_CODE[type(value)]:
            yield value


class _CodeTypes(dict[type[object], bool]):
    """Remembers which types are syntax and no trivia: the check by inheritance is slow and asked for every node."""

    def __missing__(self, kind: type[object]) -> bool:
        self[kind] = issubclass(kind, cst.CSTNode) and not issubclass(kind, _TRIVIA)
        return self[kind]


_IS_CODE = _CodeTypes()


@lru_cache(maxsize=512)
def _field_names(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if "whitespace" not in field.name)
