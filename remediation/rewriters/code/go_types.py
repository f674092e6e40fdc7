"""Go's named types of texts: where a literal, which has no type of its own, stands for a value of one.

`type Token string` takes the constant "x" as it is, but no string that a call returns (The Go Programming Language
Specification, "Assignability"). Types, fields and functions are looked for in the repository, by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.rewriters.code.searching import holding
from remediation.rewriters.code.syntax import syntax
from remediation.rewriters.configuration import grammar

if TYPE_CHECKING:
    from tree_sitter import Node

_BODIES = ("func_literal", "function_declaration", "method_declaration")
Tree = Mapping[str, bytes]


def conversion(tree: Tree, node: Node) -> str | None:
    """Return the type that a text in a node's place has to be converted to, None where a string will do."""
    expected = _expected(tree, node)
    if expected is None or not re.fullmatch(r"(\w+\.)?\w+", expected):
        return None
    name = expected.rpartition(".")[2]
    if name in ("string", "any", "error"):
        return None
    kinds = {grammar.text(spec.child_by_field_name("type")) for spec in _types(tree, name)}
    return expected if kinds == {"string"} else None


def _expected(tree: Tree, node: Node) -> str | None:
    parent = node.parent
    while parent is not None and parent.type in ("expression_list", "literal_element", "parenthesized_expression"):
        node, parent = parent, parent.parent
    if parent is None:
        return None
    if parent.type in ("var_spec", "const_spec"):
        return grammar.text(parent.child_by_field_name("type")) or None
    if parent.type == "keyed_element":
        return _of_field(tree, parent)
    if parent.type == "argument_list":
        return _of_parameter(tree, parent, node)
    if parent.type == "return_statement":
        return _of_result(parent)
    return None


def _of_field(tree: Tree, entry: Node) -> str | None:
    made = next((one for one in grammar.lineage(entry) if one.type == "composite_literal"), None)
    if made is None or entry.parent is None or entry.parent.parent != made:
        return None
    package, _, name = grammar.text(made.child_by_field_name("type")).rpartition(".")
    key = grammar.text(entry.named_children[0])
    for spec in _types(tree, name):
        for field in _of_kind(spec, "field_declaration"):
            if key in (grammar.text(each) for each in field.children_by_field_name("name")):
                return _qualified(package, grammar.text(field.child_by_field_name("type")))
    return None


def _of_parameter(tree: Tree, arguments: Node, node: Node) -> str | None:
    call = arguments.parent
    function = call.child_by_field_name("function") if call is not None else None
    if function is None or function.type not in ("identifier", "selector_expression"):
        return None
    package, _, name = grammar.text(function).rpartition(".")
    number = arguments.named_children.index(node)
    found = {_parameter(each, number) for each in _functions(tree, name)}
    return _qualified(package, found.pop()) if len(found) == 1 else None


def _parameter(function: Node, number: int) -> str:
    types: list[str] = []
    listed = function.child_by_field_name("parameters")
    for each in listed.named_children if listed is not None else ():
        names = max(len(each.children_by_field_name("name")), 1)
        types += [grammar.text(each.child_by_field_name("type"))] * names
        if each.type == "variadic_parameter_declaration":
            types += [types[-1]] * (number + 1)
    return types[number] if number < len(types) else ""


def _of_result(statement: Node) -> str | None:
    if len(statement.named_children) != 1 or len(statement.named_children[0].named_children) > 1:
        return None
    function = next((one for one in grammar.lineage(statement) if one.type in _BODIES), None)
    return grammar.text(function.child_by_field_name("result")) or None if function is not None else None


def _qualified(package: str, kind: str) -> str:
    return f"{package}.{kind}" if package and kind[:1].isupper() and "." not in kind else kind


def _types(tree: Tree, name: str) -> Iterator[Node]:
    yield from _declared(tree, name, (f"type {name}", f"\n\t{name} "), "type_spec")


def _functions(tree: Tree, name: str) -> Iterator[Node]:
    starts = tuple(f"{before} {name}{behind}" for before in ("func", ")") for behind in "([")
    yield from _declared(tree, name, starts, "function_declaration", "method_declaration")


def _declared(tree: Tree, name: str, starts: Sequence[str], *kinds: str) -> Iterator[Node]:
    files = {path: data for start in starts for path, data in holding(tree, (".go",), start)} if name else {}
    for data in files.values():
        for node in _of_kind(syntax("go").parse(data), *kinds):
            if grammar.text(node.child_by_field_name("name")) == name:
                yield node


def _of_kind(node: Node, *kinds: str) -> Iterator[Node]:
    for child in node.children:
        if child.type in kinds:
            yield child
        yield from _of_kind(child, *kinds)
