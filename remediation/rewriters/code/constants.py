"""Constants of Java, C# and Kotlin: who needs one to be known to the compiler, in its own file or in any other.

Names are looked for by their spelling. A constant that is made of another is followed as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.code.searching import holding
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST = 20
_NAMES = ("identifier", "simple_identifier", "type_identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant: its name, the class it belongs to (empty for none), and whether other files can read it."""

    name: str
    owner: str
    private: bool
    start: int = 0
    """Where its declaration begins, before which no initializer may read what is no constant."""


def require_no_reader(syntax: Syntax, file: File, constant: Constant, endings: tuple[str, ...]) -> None:
    """Raise `NotRewritable` naming the first place that needs a constant of the compiler.

    `own.needs` of the language's table has the nodes that need one, with the reason; `own.hands_on` those that make
    another constant, which is then looked for in its turn.
    """
    waiting, seen = [constant], {constant.name}
    while waiting:
        one = waiting.pop()
        for path, use in _uses(syntax, file, one, endings):
            reason = _needs(syntax, use)
            if reason is None and path == file.path and use.start_byte < one.start and _is_initializer(syntax, use):
                reason = "an initializer above it reads it"
            if reason is not None:
                line = use.start_point.row + 1
                raise NotRewritable(f"{constant.name} has to stay a constant: {reason} ({path}:{line})")
            further = _handed_on(syntax, use)
            if further is not None and further not in seen and len(seen) < _MOST:
                seen.add(further)
                waiting.append(Constant(name=further, owner=one.owner, private=one.private))


def _uses(syntax: Syntax, file: File, constant: Constant, endings: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    elsewhere = () if constant.private else holding(file.tree, endings, constant.name, constant.owner)
    word = re.compile(rb"\b%s\b" % re.escape(constant.name.encode()))
    others = ((path, data) for path, data in elsewhere if path != file.path)
    for path, data in ((file.path, file.data), *others):
        if word.search(data):
            for node in _identifiers(syntax.parse(data), constant.name):
                yield path, node


def _identifiers(node: Node, name: str) -> Iterator[Node]:
    if node.type in _NAMES and not node.named_children and grammar.text(node) == name:
        yield node
    for child in node.children:
        yield from _identifiers(child, name)


def _needs(syntax: Syntax, use: Node) -> str | None:
    needs = syntax.data["needs"]
    child = use
    for node in grammar.lineage(use):
        if node.type in syntax.routines and child.type.endswith(("body", "block")):
            return None
        kind = "constant" if _is_constant(node) else node.type
        if kind in needs and not _declares(node, use):
            return str(needs[kind])
        child = node
    return None


def _is_initializer(syntax: Syntax, use: Node) -> bool:
    """Tell whether a use runs while fields get their values, which they do in the order of the file."""
    lineage = list(grammar.lineage(use))
    routine = any(node.type in syntax.routines for node in lineage)
    return not routine and any(node.type in ("field_declaration", "property_declaration") for node in lineage)


def _is_constant(node: Node) -> bool:
    """Tell whether a node declares what has to be known to the compiler: `const` in Kotlin and C#."""
    modifiers = (child for child in node.children if child.type in ("modifiers", "modifier"))
    return node.type.endswith("_declaration") and any("const" in grammar.text(each).split() for each in modifiers)


def _declares(node: Node, use: Node) -> bool:
    """Tell whether `use` is the name that a node declares, and no use at all."""
    declarator = use.parent
    if declarator is not None and declarator.type in ("variable_declaration", "variable_declarator"):
        return declarator.children[0] == use
    return node.child_by_field_name("name") == use


def _handed_on(syntax: Syntax, use: Node) -> str | None:
    """Return the name of the constant that a use helps to make."""
    hands_on = syntax.data.get("hands_on", ())
    declarator = next((node for node in grammar.lineage(use) if node.type in hands_on), None)
    name = declarator.child_by_field_name("name") if declarator is not None else None
    return grammar.text(name) if name is not None and name != use else None
