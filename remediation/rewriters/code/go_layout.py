"""Keeps Go files as gofmt lays them out: columns of constants, and comments behind lines that got longer.

Source: go/printer, whose columns end at a line that has no such column, at a blank line, or at a comment of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.code import putting
from remediation.rewriters.code.syntax import syntax
from remediation.rewriters.configuration import grammar

if TYPE_CHECKING:
    from tree_sitter import Node


_RESETS = ("block", "literal_value", "var_spec", "const_spec", "func_literal", "source_file")


def plus(literal: Node) -> bytes:
    """Return the sign that adds to a literal, with blanks where gofmt has them: not deep inside an expression."""
    sign = literal.parent.child_by_field_name("operator") if literal.parent is not None else None
    if sign is not None and sign.type == "+":
        before = (sign.parent.text or b"")[: sign.start_byte - sign.parent.start_byte] if sign.parent else b""
        return b" + " if before.endswith(b" ") else b"+"
    return b" + " if _depth(literal) <= 1 else b"+"


def _depth(literal: Node) -> int:
    depth = -int(putting.needs_parentheses(syntax("go"), literal)) + 1
    for node in grammar.lineage(literal):
        if node.type in _RESETS:
            break
        if node.type == "call_expression":
            given = node.child_by_field_name("arguments")
            depth += given is not None and len(given.named_children) > 1
        elif node.type in ("binary_expression", "index_expression") and node is not literal:
            depth += 1
        elif node.type == "parenthesized_expression":
            depth -= depth > 1
        elif node.type in ("assignment_statement", "short_var_declaration"):
            depth += all(len(side.named_children) > 1 for side in node.named_children[:2])
    return max(depth, 1)


def without(data: bytes, block: Node, moved: Sequence[Node]) -> bytes:
    """Return a block of constants without some of them, which follow it as variables, comments included."""
    first = data.rfind(b"\n", 0, block.start_byte) + 1
    indent = data[first : block.start_byte].decode()
    newline = "\r\n" if b"\r\n" in data[block.start_byte : block.end_byte] else "\n"
    lines = data[block.start_byte : block.end_byte].decode().split(newline)
    row = block.start_point.row
    taken: dict[int, list[int]] = {spec.start_point.row - row: _rows(lines, spec, row) for spec in moved}
    _require_own_lines(block, taken, row)
    gone = {each for rows in taken.values() for each in rows}
    kept = [line for number, line in enumerate(lines) if number not in gone]
    variables = [_variable(lines, rows, spec, indent) for rows, spec in zip(taken.values(), moved, strict=True)]
    gap = "" if indent else newline
    body = newline.join(_aligned(_without_gaps(kept)))
    return f"{body}{newline}{gap}{newline.join(line for each in variables for line in each)}".encode()


def _rows(lines: Sequence[str], spec: Node, row: int) -> list[int]:
    start, end = spec.start_point.row - row, spec.end_point.row - row
    while lines[start - 1].strip().startswith("//"):
        start -= 1
    return list(range(start, end + 1))


def _require_own_lines(block: Node, taken: dict[int, list[int]], row: int) -> None:
    counted = [child for child in block.named_children if child.type == "const_spec"]
    for start in taken:
        here = [spec for spec in counted if start + row in (spec.start_point.row, spec.end_point.row)]
        if len(here) != 1 or start == 0:
            raise NotRewritable("the constant shares its line with others; give it a line of its own")


def _variable(lines: Sequence[str], rows: Sequence[int], spec: Node, indent: str) -> list[str]:
    level = indent + "\t"
    texts = [indent + lines[number].removeprefix(level) for number in rows]
    names = ", ".join(grammar.text(each) for each in spec.children_by_field_name("name") if each.type == "identifier")
    kind = grammar.text(spec.child_by_field_name("type"))
    head = next(number for number, text in enumerate(texts) if not text.strip().startswith("//"))
    _, _, value = texts[head].partition("=")
    code, comment = _split_comment(value.strip())
    written = f"{indent}var {names}{f' {kind}' if kind else ''} = {code}"
    texts[head] = f"{written} {comment}" if comment else written
    return texts


def _without_gaps(lines: Sequence[str]) -> list[str]:
    """Return a block's lines with no blank one behind its first, before its last, or behind another."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        blank = not line.strip()
        if blank and (len(kept) == 1 or not kept[-1].strip() or not any(each.strip() for each in lines[number:-1])):
            continue
        kept.append(line)
    return kept


@dataclass(frozen=True, slots=True)
class _Row:
    indent: str
    names: str
    kind: str
    value: str
    comment: str


def _aligned(lines: Sequence[str]) -> list[str]:
    out: list[str] = []
    for plain, group in groupby(lines, key=lambda line: _row(line) is not None):
        if plain:
            rows = [row for line in group if (row := _row(line)) is not None]
            out += _laid_out(rows)
        else:
            out += group
    return out


def _row(line: str) -> _Row | None:
    """Return a constant that stands on one line with its value, None for any other line."""
    root = syntax("go").parse(b"package p\nconst (\n" + line.encode() + b"\n)\n")
    specs = [node for each in root.children if each.type == "const_declaration" for node in each.named_children]
    found = [node for node in specs if node.type == "const_spec"]
    if root.has_error or len(found) != 1 or found[0].child_by_field_name("value") is None:
        return None
    value = found[0].child_by_field_name("value")
    names = ", ".join(
        grammar.text(each) for each in found[0].children_by_field_name("name") if each.type == "identifier"
    )
    comment = next((grammar.text(node).rstrip() for node in specs if node.type == "comment"), "")
    indent = line[: len(line) - len(line.lstrip())]
    return _Row(indent, names, grammar.text(found[0].child_by_field_name("type")), grammar.text(value), comment)


def _laid_out(rows: Sequence[_Row]) -> list[str]:
    names = max(len(row.names) for row in rows) + 1
    kinds = max((len(row.kind) + 1 for row in rows if row.kind), default=0)
    codes = [f"{row.indent}{row.names:<{names}}{row.kind:<{kinds}}= {row.value}" for row in rows]
    return list(_with_comments(codes, [row.comment for row in rows]))


def _with_comments(codes: Sequence[str], comments: Sequence[str]) -> Iterator[str]:
    pairs = list(zip(codes, comments, strict=True))
    for has, group in groupby(pairs, key=lambda pair: bool(pair[1])):
        run = list(group)
        width = max(len(code) for code, _ in run) + 1
        yield from (f"{code:<{width}}{comment}" if has else code for code, comment in run)


def realigned(before: bytes, after: bytes) -> bytes:
    """Return `after`, in which some lines of `before` got longer or shorter, with the comments behind them in columns.

    Only where they stood in one column before, and the files have as many lines from there to their ends.
    """
    old, new = before.decode("utf-8").split("\n"), after.decode("utf-8").split("\n")
    shift = len(new) - len(old)
    columns = _comment_columns(before)
    changed = [number for number in columns if old[number] != new[number + shift]]
    for number in changed:
        run = _run(number, columns, old)
        if len({columns[each] for each in run}) != 1 or len(run) == 1:
            continue
        parts = [(new[each + shift], old[each][columns[each] :]) for each in run]
        if not all(line.endswith(comment) for line, comment in parts):
            continue
        codes = [line[: len(line) - len(comment)].rstrip(" ") for line, comment in parts]
        for each, line in zip(run, _with_comments(codes, [comment for _, comment in parts]), strict=True):
            new[each + shift] = line
    return "\n".join(new).encode("utf-8")


def _comment_columns(data: bytes) -> dict[int, int]:
    """Return for each line that has code and a comment behind it, in which column that starts."""
    lines = data.split(b"\n")
    columns: dict[int, int] = {}
    for node in _comments(syntax("go").parse(data)):
        row, column = node.start_point.row, node.start_point.column
        if node.start_point.row == node.end_point.row and lines[row][:column].strip():
            columns[row] = len(lines[row][:column].decode("utf-8"))
    return columns


def _comments(node: Node) -> Iterator[Node]:
    if node.type == "comment":
        yield node
    for child in node.children:
        yield from _comments(child)


def _run(number: int, columns: dict[int, int], lines: Sequence[str]) -> list[int]:
    """Return the lines around one, without a gap, that have comments behind them and the same indent."""

    def alike(other: int) -> bool:
        return other in columns and _indent(lines[other]) == _indent(lines[number])

    first = last = number
    while alike(first - 1):
        first -= 1
    while alike(last + 1):
        last += 1
    return list(range(first, last + 1))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip("\t"))


def _split_comment(text: str) -> tuple[str, str]:
    found = list(_comments(syntax("go").parse(b"package p\nvar x = " + text.encode() + b"\n")))
    if not found:
        return text, ""
    at = found[-1].start_byte - len(b"package p\nvar x = ")
    raw = text.encode()
    return raw[:at].decode().rstrip(), raw[at:].decode().rstrip()
