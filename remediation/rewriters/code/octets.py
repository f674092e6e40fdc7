"""Keys that a program writes as lists of numbers: which bytes they are, and the expression that a call stands for.

A language's table says which nodes are such lists, and what makes bytes of them (`octets` in `go.yaml` and others).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from remediation.errors import NotRewritable
from remediation.rewriters.code import texts
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.code.texts import Site
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import Place
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from tree_sitter import Node

_MADE_A_BYTE = re.compile(r"\(\s*(?:byte|Byte)\s*\)\s*|\.toByte\(\)")
_SUFFIX = "uUL"
_OTHER = "the numbers become bytes in a way that is not known; read them as bytes by hand"
_COMMENTS = "comments stand among the bytes of the value; put them above it, then fix again"


def locate(syntax: Syntax, data: bytes, root: Node, place: Place) -> Site:
    """Return where a value stands, in a text or as a list of bytes. Raises `NotRewritable`."""
    found = _list_at(syntax, root, place)
    if found is None:
        return texts.locate(syntax, data, root, place)
    value = _bytes(found)
    if place.value.reveal() not in (value, value.hex().encode()):
        raise NotRewritable(_OTHER)
    node = _expression(syntax.data["octets"], found)
    return Site(
        literal=node,
        start=node.start_byte,
        end=node.end_byte,
        whole=True,
        value=SecretValue(value),
        before="",
        after="",
        octets=True,
    )


def _list_at(syntax: Syntax, root: Node, place: Place) -> Node | None:
    """Return the list whose elements, all of them, stand at a place."""
    kinds = syntax.data.get("octets", {}).get("lists", ())
    here = grammar.leaf(root, place.start, place.end)
    for node in grammar.lineage(here):
        inside = _elements(node) if node.type in kinds else ()
        # A scan leaves signs and conversions out of what it reports.
        if inside and _within(inside[0], place.start) and _within(inside[-1], place.end - 1):
            return node if any(_number(grammar.text(each)) is not None for each in inside) else None
    return None


def _within(element: Node, position: int) -> bool:
    return element.start_byte <= position < element.end_byte


def _elements(node: Node) -> list[Node]:
    return [child for child in node.named_children if not child.is_extra]


def _bytes(found: Node) -> bytes:
    if any(child.is_extra for child in found.children):
        raise NotRewritable(_COMMENTS)
    numbers = [_number(grammar.text(each)) for each in _elements(found)]
    if any(one is None or not -128 <= one <= 255 for one in numbers):
        raise NotRewritable(_OTHER)
    return bytes(one & 255 for one in numbers if one is not None)


def _number(text: str) -> int | None:
    try:
        return int(_MADE_A_BYTE.sub("", text).rstrip(_SUFFIX), 0)
    except ValueError:
        return None


def _expression(rules: Mapping[str, Any], found: Node) -> Node:
    """Return what a call that gives bytes stands for: what makes them of the list, or the list of a declaration."""
    parent = found.parent
    if parent is None or rules.get("alone"):
        return found
    lead = (parent.text or b"")[: found.start_byte - parent.start_byte].decode("utf-8", "replace")
    made = rules.get("made", {}).get(parent.type)
    if made is not None and re.fullmatch(made, lead.strip()):
        return parent
    declared = rules.get("declared", {}).get(parent.type)
    above = parent.parent
    if declared is not None and above is not None and parent.child_by_field_name("dimensions") is None:
        kind = "".join(grammar.text(above.child_by_field_name("type")).split())
        if re.fullmatch(declared, kind):
            return found
    raise NotRewritable(_OTHER)
