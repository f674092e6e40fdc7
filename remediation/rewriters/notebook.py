"""Jupyter notebooks: the code of a cell is rewritten as Python, outputs that show a value go, all else stays.

Source: the notebook format (nbformat 4): cells with a `source` of lines, code cells with `outputs`. Lines for IPython
alone (`%magic`, `!command`) are comments to the rewriter.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.configuration import grammar
from remediation.rewriters.python import Fetch, rewrite
from remediation.rewriters.splice import Splice
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from tree_sitter import Node

_MAGIC = re.compile(r"^(\s*)([%!?])(.*)$", re.MULTILINE)
_JAVASCRIPT = "javascript"
_COMMAND = "a command of IPython takes it; give it to os.environ in a line of Python, read by secret(NAME)"

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: the ranges of the texts that its source is made of, quotes included, and those of its outputs."""

    code: bool
    lines: tuple[Range, ...]
    outputs: tuple[Range, ...]
    all_outputs: Range | None

    def holds(self, position: int) -> bool:
        """Tell whether a place of the file lies in the cell's source."""
        return any(start < position < end for start, end in self.lines)


@lru_cache(maxsize=32)
def cells(data: bytes) -> tuple[Cell, ...]:
    """Return the notebook's cells. Raises `NotRewritable` where the file is no notebook of format 4."""
    root = grammar.tree(_JAVASCRIPT, b"(" + data + b"\n)")
    document = next((node for node in _all(root) if node.type == "object"), None)
    found = _pairs(document).get("cells") if document is not None else None
    if found is None or found.type != "array":
        raise NotRewritable("the file is no notebook of format 4")
    return tuple(_cell(node) for node in found.named_children if node.type == "object")


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _all(child)


def _pairs(node: Node) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for pair in node.named_children:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None:
            found[grammar.text(key).strip('"')] = value
    return found


def _cell(node: Node) -> Cell:
    pairs = _pairs(node)
    source, outputs = pairs.get("source"), pairs.get("outputs")
    texts = [] if source is None else [source] if source.type == "string" else source.named_children
    shown = [] if outputs is None else [each for each in outputs.named_children if each.type == "object"]
    return Cell(
        code=grammar.text(pairs.get("cell_type")) == '"code"',
        lines=tuple(_range(each) for each in texts if each.type == "string"),
        outputs=tuple(_range(each) for each in shown),
        all_outputs=None if outputs is None else _range(outputs),
    )


def _range(node: Node) -> Range:
    # The parenthesis that makes the document an expression stands before it.
    return node.start_byte - 1, node.end_byte - 1


def refuse_commands(data: bytes, span: Span) -> None:
    """Raise `NotRewritable` where `span` lies in a line that is none of Python but for IPython alone."""
    cell = next((each for each in cells(data) if each.holds(span.start)), None)
    if cell is None or not cell.code:
        return
    text, place = _text(data, cell).encode(), _offset(data, cell, span.start)
    line = text[text.rfind(b"\n", 0, place) + 1 :].decode("utf-8", "replace")
    if _MAGIC.match(line) is not None:
        raise NotRewritable(_COMMAND)


def code_at(data: bytes, span: Span, value: SecretValue) -> tuple[bytes, Span]:
    """Return the code of the cell that holds `span`, as Python reads it, and where the value stands in that.

    Raises `NotRewritable` where that is no cell of code.
    """
    cell = next((each for each in cells(data) if each.holds(span.start)), None)
    if cell is None or not cell.code:
        raise NotRewritable("the value stands in an output or a text of the notebook")
    start = _offset(data, cell, span.start)
    return _masked(_text(data, cell)).encode(), Span(start=start, end=start + len(value))


def output_of(data: bytes, position: int) -> bool:
    """Tell whether a place of a notebook lies in an output of a cell."""
    return any(start <= position < end for cell in cells(data) for start, end in cell.outputs)


def _text(data: bytes, cell: Cell) -> str:
    return "".join(json.loads(data[start:end]) for start, end in cell.lines)


def _offset(data: bytes, cell: Cell, position: int) -> int:
    done = 0
    for start, end in cell.lines:
        if start < position < end:
            return done + len(json.loads(data[start:position] + b'"').encode())
        done += len(json.loads(data[start:end]).encode())
    raise NotRewritable("the value does not stand in the cell in one piece")


def _masked(text: str) -> str:
    return _MAGIC.sub(r"\1#\3", text)


def _unmasked(text: str, before: str) -> str:
    lines = iter([match[0] for match in _MAGIC.finditer(before)])
    waiting = next(lines, None)
    written: list[str] = []
    for line in text.split("\n"):
        if waiting is not None and line == _masked(waiting):
            written.append(waiting)
            waiting = next(lines, None)
        else:
            written.append(line)
    return "\n".join(written)


def rewritten(data: bytes, fetches: Sequence[Fetch], accessor: str, texts: Sequence[Splice]) -> bytes:
    """Return the notebook with every fetch in its cell, and without the outputs that hold the ranges of `texts`.

    A range outside of outputs is replaced. Raises `NotRewritable` where the result would be no notebook.
    """
    edits = [each for each in texts if not output_of(data, each.start)]
    for cell in cells(data):
        mine = [fetch for fetch in fetches if cell.holds(fetch.span.start)]
        if mine:
            edits += _cell_edits(data, cell, mine, accessor)
        shown = [place for place in cell.outputs if any(place[0] <= each.start < place[1] for each in texts)]
        edits += _cleared(data, cell, shown)
    after = splice.apply(data, edits)
    if len(cells(after)) != len(cells(data)):
        raise NotRewritable("the rewritten notebook would not read as before")
    return after


def _cell_edits(data: bytes, cell: Cell, fetches: Sequence[Fetch], accessor: str) -> Iterator[Splice]:
    text = _text(data, cell)
    inner = [replace(fetch, span=_within(data, cell, fetch)) for fetch in fetches]
    after = _unmasked(rewrite(_masked(text).encode(), inner, accessor).decode(), text)
    if len(cell.lines) == 1 and not data[: cell.lines[0][0]].rstrip().endswith(b"["):
        start, end = cell.lines[0]
        yield Splice(start=start, end=end, text=_json(after, data))
        return
    yield from _line_edits(data, cell, text.splitlines(keepends=True), after.splitlines(keepends=True))


def _within(data: bytes, cell: Cell, fetch: Fetch) -> Span:
    start = _offset(data, cell, fetch.span.start)
    return Span(start=start, end=start + fetch.span.end - fetch.span.start)


def _line_edits(data: bytes, cell: Cell, before: Sequence[str], after: Sequence[str]) -> Iterator[Splice]:
    if [json.loads(data[start:end]) for start, end in cell.lines] != list(before):
        raise NotRewritable("the cell's lines are not written one a text")
    first = cell.lines[0][0]
    newline = b"\r\n" if data[:first].rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    gap = b"," + newline + data[data.rfind(b"\n", 0, first) + 1 : first]
    for kind, low, high, start, end in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        lines = [_json(line, data) for line in after[start:end]]
        if kind == "replace":
            yield Splice(start=cell.lines[low][0], end=cell.lines[high - 1][1], text=gap.join(lines))
        elif kind == "insert" and low < len(before):
            place = cell.lines[low][0]
            yield Splice(start=place, end=place, text=gap.join([*lines, b""]))
        elif kind != "equal":
            raise NotRewritable("the cell's lines cannot be kept as they are")


def _json(text: str, data: bytes) -> bytes:
    return json.dumps(text, ensure_ascii=data.isascii()).encode()


def _cleared(data: bytes, cell: Cell, shown: Sequence[Range]) -> Iterator[Splice]:
    if not shown or cell.all_outputs is None:
        return
    kept = [place for place in cell.outputs if place not in shown]
    if not kept:
        yield Splice(start=cell.all_outputs[0], end=cell.all_outputs[1], text=b"[]")
        return
    for place in shown:
        following = next((each for each in cell.outputs if each[0] > place[0]), None)
        before = [each for each in cell.outputs if each[1] <= place[0]]
        if following is not None:
            yield Splice(start=place[0], end=following[0], text=b"")
        else:
            last = next(each for each in reversed(before) if each in kept)
            yield Splice(start=last[1], end=place[1], text=b"")
