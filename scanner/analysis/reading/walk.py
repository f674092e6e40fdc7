"""What every part of a reader needs: the program that grows, and the parts of a node by the language's forms."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import Call, Expression, Items, Key, Member, Name, Opaque, Program, Text
from scanner.analysis.syntax import Form, Syntax

if TYPE_CHECKING:
    from tree_sitter import Node

TYPE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|\\)[A-Za-z_$][\w$]*)*")

_NO_TYPES = ("var", "let", "auto")
"""Words that stand where a type would, where the value says it."""
_LONGEST_KEY = 100
_SYMBOL = re.compile(r"^:(?=[A-Za-z_])")


class Walk(ABC):
    """One walk through a file."""

    def __init__(self, program: Program, data: bytes, syntax: Syntax) -> None:
        self.program = program
        self.data = data
        self.syntax = syntax
        self.forms = syntax.forms
        self.assigns = False
        """Whether what is bound was declared before."""
        self.yielded: list[Expression] = []
        """What the choice that is being read may be."""
        self.subject: Expression | None = None
        """What the choice that is being read compares."""
        self.declared = ""
        """The type that the names of a declaration have."""
        self.places: list[str] = []
        """The names of the places of the tuple that a declaration binds."""
        self.placed: dict[str, list[str]] = {}
        """Those of the tuples that were declared without a value, by what they are declared as."""
        self.outer = False
        """Whether a name that is assigned may be one of a scope outside."""

    @abstractmethod
    def read(self, node: Node, scope: int) -> Expression | None:
        """Read a node and all below it; return the expression that it is, if any."""

    def expression(self, node: Node | None, scope: int) -> Expression:
        """Return what a node is, something opaque where it is no expression that matters."""
        found = self.read(node, scope) if node is not None else None
        if found is not None:
            return found
        return Opaque(node.start_byte, node.end_byte, scope) if node is not None else Opaque(0, 0, scope)

    def written(self, node: Node | None) -> str:
        """Return a node as it is written."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""

    def part(self, form: Form, node: Node, part: str) -> Node | None:
        """Return a part of a node: by the grammar's field, or (a number) by its place among the named children."""
        wanted = form.parts.get(part)
        if wanted is None:
            return None
        if wanted.__class__ is str:
            return node.child_by_field_name(wanted)
        if isinstance(wanted, list):
            return next((one for name in wanted if (one := node.child_by_field_name(name)) is not None), None)
        if isinstance(wanted, int):
            children = [child for child in node.named_children if not self.skipped(child)]
            return children[wanted] if -len(children) <= wanted < len(children) else None
        return node.child_by_field_name(wanted)

    def skipped(self, node: Node) -> bool:
        """Tell whether a node says nothing to a program: a comment."""
        form = self.forms.get(node.type)
        return form is not None and form.kind == "skip"

    def key(self, node: Node, scope: int) -> str:
        """Return the text by which an entry, item or field is known."""
        return self.key_of(self.read(node, scope), node)

    def key_of(self, found: Expression | None, node: Node) -> str:
        """Return the text by which an entry, item or field is known whose key is read as `found`."""
        if isinstance(found, Text):
            return found.value
        if isinstance(found, Name | Member | Key):
            return found.name
        written = self.written(node)
        return _SYMBOL.sub("", written.strip("'\"$@ ")) if len(written) < _LONGEST_KEY else ""

    def type_of(self, node: Node | None) -> str:
        """Return the name of the type that a node writes; none for that of a function or tuple."""
        written = self.written(node)
        named = "->" not in written and "=>" not in written and not written.startswith("(")
        found = TYPE.search(written) if named else None
        return found[0] if found and found[0] not in _NO_TYPES else ""

    def places_of(self, node: Node | None) -> list[str]:
        """Return the names that the type of a tuple, or of a list of such, gives to its places; none for others."""
        form = self.forms.get(node.type) if node is not None else None
        if node is None or form is None or "places" not in form.parts:
            return self.places_of(node.named_children[-1]) if node is not None and node.named_children else []
        return [self.written(one.child_by_field_name(form.field("places"))) for one in node.named_children]


def last_word(expression: Expression | None) -> str:
    """Return the name by which what is called, or an object, is known: its last word."""
    if isinstance(expression, Name):
        return re.split(r"\.|::|\\", expression.name)[-1]
    if isinstance(expression, Member | Key):
        return expression.name
    if isinstance(expression, Call):
        return last_word(expression.called)
    return ""


def alternatives(found: Expression) -> Iterator[Expression]:
    """Yield what a pattern is one of, however they are nested."""
    for one in found.elements if isinstance(found, Items) else ():
        yield from alternatives(one)
    if not isinstance(found, Items):
        yield found


def name_places(value: Expression, names: list[str]) -> None:
    """Let the places of a tuple, or of each in a list of them, be known by names."""
    if not isinstance(value, Items):
        return
    nested = bool(value.elements) and all(isinstance(one, Items) for one in value.elements)
    for one in value.elements if nested else ():
        name_places(one, names)
    value.names = [] if nested else names


def compared_in(left: Expression, right: Expression) -> Iterator[tuple[Expression, Expression]]:
    """Yield what a comparison compares: of two tuples their places."""
    if isinstance(left, Items) and isinstance(right, Items) and len(left.elements) == len(right.elements):
        yield from zip(left.elements, right.elements, strict=True)
    else:
        yield left, right


def equated_in(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield names and values that only an equals sign tells apart."""
    children = node.children
    for place in range(1, len(children) - 1):
        if children[place].type == "=":
            yield children[place - 1], children[place + 1]
