"""Go's constants: whether one may become a variable, and the declaration without it.

A call is no constant expression (The Go Programming Language Specification, "Constant expressions"), so whatever needs
a constant must not read it. Names are looked for by their spelling: in the package, or everywhere if they are exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.code import go_layout, go_types, putting
from remediation.rewriters.code.searching import holding
from remediation.rewriters.code.syntax import Syntax, syntax
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_NEEDS_CONSTANT: Mapping[str, str] = {
    "const_spec": "another constant is made of it",
    "array_type": "the size of an array is made of it",
    "expression_case": "it is a case label",
}


def spec_of(node: Node) -> Node | None:
    """Return the constant's specification that holds a node, None outside constants."""
    return next((one for one in grammar.lineage(node) if one.type == "const_spec"), None)


def judge(file: File, literal: Node) -> None:
    """Raise `NotRewritable` with the reason where a literal's constant cannot become a variable."""
    spec = spec_of(literal)
    if spec is None:
        return
    block = spec.parent
    if block is None or (len(_specs(block)) > 1 and any(_repeats(one) for one in _specs(block))):
        raise NotRewritable("it stands among constants that count on (iota): give it a declaration of its own")
    names = [grammar.text(each) for each in spec.children_by_field_name("name") if each.type == "identifier"]
    for name in names:
        used = [use for path, data in _readers(file, name) for use in _uses(file, path, data, name)]
        reason = next((why for use in used if (why := _refused(file, use)) is not None), None)
        if reason is not None:
            raise NotRewritable(f"a constant is needed: {reason}")
        if not used and _is_local(spec):
            raise NotRewritable("nothing reads the constant, and a variable that nothing reads does not compile")


def _specs(block: Node) -> list[Node]:
    return [child for child in block.named_children if child.type == "const_spec"]


def _repeats(spec: Node) -> bool:
    values = spec.child_by_field_name("value")
    return values is None or re.search(rb"\biota\b", values.text or b"") is not None


def _is_local(spec: Node) -> bool:
    return any(
        one.type in ("function_declaration", "method_declaration", "func_literal") for one in grammar.lineage(spec)
    )


def _readers(file: File, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files that may read a name: the package's, or all of them where it is exported."""
    for path, data in holding(file.tree, (".go",), name):
        if name[:1].isupper() or path.rpartition("/")[0] == file.path.rpartition("/")[0]:
            yield path, data


def _uses(file: File, path: str, data: bytes, name: str) -> Iterator[Node]:
    root = syntax("go").parse(data)
    for node in _identifiers(root, name):
        parent = node.parent
        if parent is None or (parent.type == "const_spec" and node in parent.children_by_field_name("name")):
            continue
        if path.rpartition("/")[0] != file.path.rpartition("/")[0] and parent.type != "selector_expression":
            continue
        yield node


def _identifiers(node: Node, name: str) -> Iterator[Node]:
    if node.type in ("identifier", "field_identifier") and grammar.text(node) == name:
        yield node
    for child in node.children:
        yield from _identifiers(child, name)


def _refused(file: File, use: Node) -> str | None:
    kind = go_types.conversion(file.tree, use)
    if kind is not None:
        return f"it stands for a value of the type {kind}"
    child = use
    for node in grammar.lineage(use):
        if node.type in ("func_literal", "block", "argument_list"):
            inside = grammar.text(node.parent.child_by_field_name("function")) if node.parent is not None else ""
            if inside != "len":
                return None
        if node.type in _NEEDS_CONSTANT and (node.type != "expression_case" or _is_label(node, child)):
            return _NEEDS_CONSTANT[node.type]
        child = node
    return None


def _is_label(case: Node, child: Node) -> bool:
    return child in case.children_by_field_name("value")


def to_variables(data: bytes, called: str) -> bytes:
    """Return the file in which no constant calls the package named `called`: such constants are variables."""
    go = syntax("go")
    while b"const" in data:
        block, moved = _next(go.parse(data), f"{called}.Must".encode())
        if block is None:
            return data
        after = _changed(go, data, block, moved)
        if after == data:
            raise NotRewritable("the constant shares its line with others; give it a line of its own")
        data = after
    return data


def _next(root: Node, call: bytes) -> tuple[Node | None, list[Node]]:
    for block in _declarations(root):
        moved = [spec for spec in _specs(block) if call in (spec.text or b"")]
        if moved:
            return block, moved
    return None, []


def _declarations(node: Node) -> Iterator[Node]:
    if node.type == "const_declaration":
        yield node
    for child in node.children:
        yield from _declarations(child)


def _changed(go: Syntax, data: bytes, block: Node, moved: Sequence[Node]) -> bytes:
    if len(moved) == len(_specs(block)):
        keyword = block.children[0]
        edit = Splice(start=keyword.start_byte, end=keyword.end_byte, text=b"var")
        return putting.edited(go, data, [edit], [(keyword.start_byte, keyword.end_byte)])
    text = go_layout.without(data, block, moved)
    return putting.edited(
        go, data, [Splice(start=block.start_byte, end=block.end_byte, text=text)], [(block.start_byte, block.end_byte)]
    )
