"""What kind of place a literal stands in: whether a call may stand there, when it runs, what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from remediation import naming
from remediation.errors import NotRewritable
from remediation.rewriters import deployed
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.configuration import grammar

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = re.compile(r"""[&*'"`$@:]*(?:[\w$]+(?:\.|->|::))*(\w+)['"`?]*""")
_NAMED_BY = ("name", "left", "key", "pattern", "property")
_MADE = ("composite_literal", "object_creation_expression")


def refuse(syntax: Syntax, literal: Node) -> None:
    """Raise `NotRewritable` with the reason where no call may stand in a literal's place."""
    for child, parent in _steps(literal):
        if parent.type in syntax.data.get("argument_lists", ()) and parent.parent is not None:
            _refuse_deployed(parent.parent, parent)
        if parent.type in syntax.routines and child.type not in ("parameter_list", "formal_parameters"):
            return
        for refusal in syntax.refusals:
            if parent.type == refusal.node and _in_field(parent, child, refusal.field):
                raise NotRewritable(refusal.reason)


def _refuse_deployed(call: Node, arguments: Node) -> None:
    called = (call.text or b"")[: arguments.start_byte - call.start_byte].decode("utf-8", "replace")
    if (reason := deployed.reason_for(called)) is not None:
        raise NotRewritable(reason)


def _steps(node: Node) -> Iterator[tuple[Node, Node]]:
    while node.parent is not None:
        yield node, node.parent
        node = node.parent


def _in_field(parent: Node, child: Node, field: str | None) -> bool:
    return field is None or child in parent.children_by_field_name(field)


def is_eager(syntax: Syntax, literal: Node) -> bool:
    """Tell whether a literal is read once, when the program or what holds it starts."""
    return not any(node.type in syntax.routines for node in grammar.lineage(literal))


def strategy(syntax: Syntax, literal: Node, language: str) -> str:
    """Return what a place is called in the plan."""
    # What is said of a sum is said of a literal in it.
    around = literal.parent if literal.type in syntax.joins and literal.parent is not None else literal
    found = next((syntax.strategies[one.type] for one in grammar.lineage(around) if one.type in syntax.strategies), "")
    return f"{language}-{found or 'expression'}"


def statement(syntax: Syntax, node: Node) -> Node:
    """Return the innermost statement that holds a node, or the node where none does."""
    return next((one for one in grammar.lineage(node) if one.type in syntax.statements), node)


def bound_to(syntax: Syntax, literal: Node) -> str:
    """Return the name that a literal is bound to, with the one around it where that says little; empty if none does."""
    names: list[str] = []
    for child, parent in _steps(literal):
        if parent.type in syntax.routines:
            break
        if parent.type in syntax.data.get("calls", ()):
            continue
        fields = ("type",) if parent.type in _MADE else _NAMED_BY
        named = (parent.child_by_field_name(field) for field in fields)
        before = next((one for one in named if one is not None and one.start_byte < child.start_byte), None)
        if before is not None and _NAME.fullmatch(grammar.text(before)):
            names.append(_NAME.findall(grammar.text(before))[-1])
            if not naming.is_vague(names[-1]):
                break
    return "_".join(reversed(names[:2]))
