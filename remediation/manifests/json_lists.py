"""Adds a package to a list of a manifest in JSON, in that list's own order, layout and way to give versions.

Source: npm documentation, "package.json"; Composer documentation, "The composer.json schema".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.configuration import grammar
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_FEWEST = 2


def listed(data: bytes, wanted: str, lists: Sequence[str], needed: Mapping[str, str]) -> bytes:
    """Return a manifest whose list `wanted` has a package, unchanged where it has it already.

    `lists` are all lists of the manifest, in their usual order. Raises `NotRewritable` where another has the package.
    """
    # Parentheses make an object an expression of JavaScript, of which JSON is a part.
    return _in_program(b"(" + data + b"\n)", wanted, lists, needed)[1:-2]


def _in_program(data: bytes, wanted: str, lists: Sequence[str], needed: Mapping[str, str]) -> bytes:
    expression = grammar.tree("javascript", data).named_children[0].named_children[0]
    top = next((child for child in expression.named_children if child.type == "object"), None)
    if top is None:
        raise NotRewritable("the file is no JSON object")
    present = {name: value for name, value in _pairs(top) if name in lists and value.type == "object"}
    having = [name for name, held in present.items() if needed["package"] in dict(_pairs(held))]
    if wanted in having:
        return data
    if having:
        raise NotRewritable(f"{needed['package']} stands in {having[0]}, which a running program may lack")
    entry = f'"{needed["package"]}": "{_range(present, needed["version"])}"'
    following = lists[lists.index(wanted) + 1 :]
    return splice.apply(data, [_listed(data, top, present.get(wanted), wanted, following, entry)])


def _pairs(node: Node) -> Iterator[tuple[str, Node]]:
    for child in node.named_children:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if child.type == "pair" and key is not None and value is not None:
            yield json.loads(grammar.text(key)), value


def _range(lists: Mapping[str, Node], version: str) -> str:
    """Return a version as the package's others are given: exact, with a tilde, else with a caret."""
    given = [grammar.text(value).strip('"') for held in lists.values() for _, value in _pairs(held)]
    given = [each for each in given if re.match(r"[\^~]?\d", each)]
    if len(given) >= _FEWEST and all(each[0].isdigit() for each in given):
        return version
    return f"~{version}" if given and all(each[0] == "~" for each in given) else f"^{version}"


def _listed(data: bytes, top: Node, held: Node | None, wanted: str, following: Sequence[str], entry: str) -> Splice:
    if held is not None and held.named_children:
        return _among(data, held, entry)
    inner, between = _written(data, top, entry)
    if held is not None:
        return Splice(start=held.start_byte, end=held.end_byte, text=inner.encode())
    pair = f'"{wanted}": {inner}'
    after = next((each for each in top.named_children if _key(each) in following), None)
    if after is not None:
        return Splice(start=after.start_byte, end=after.start_byte, text=f"{pair},{between}".encode())
    if not top.named_children:
        return Splice(
            start=top.start_byte + 1, end=top.start_byte + 1, text=f"{between}{pair}{between.rstrip(' ')}".encode()
        )
    at = top.named_children[-1].end_byte
    return Splice(start=at, end=at, text=f",{between}{pair}".encode())


def _written(data: bytes, top: Node, entry: str) -> tuple[str, str]:
    """Return a list of one entry, and what stands between the lists: in lines, or all in one."""
    first = data[top.start_byte + 1 : top.named_children[0].start_byte].decode() if top.named_children else "\n  "
    if "\n" not in first:
        return f"{{{first}{entry}{first}}}", " "
    newline, indent = ("\r\n" if "\r" in first else "\n"), first.rpartition("\n")[2]
    return f"{{{newline}{indent * 2}{entry}{newline}{indent}}}", f"{newline}{indent}"


def _key(pair: Node) -> str:
    return grammar.text(pair.child_by_field_name("key")).strip('"')


def _among(data: bytes, held: Node, entry: str) -> Splice:
    """Return the edit that puts an entry where the list's order has it, else at its end."""
    pairs = held.named_children
    names = [_order(_key(each)) for each in pairs]
    name = _order(json.loads(f"{{{entry}}}").popitem()[0])
    between = data[held.start_byte + 1 : pairs[0].start_byte].decode()
    later = next((each for each in pairs if _order(_key(each)) > name), None) if names == sorted(names) else None
    if later is not None:
        return Splice(start=later.start_byte, end=later.start_byte, text=f"{entry},{between or ' '}".encode())
    at = pairs[-1].end_byte
    return Splice(
        start=at, end=at, text=f",{between if between.strip(' ') or len(pairs) == 1 else ' '}{entry}".encode()
    )


def _order(name: str) -> tuple[bool, str]:
    """Return what Composer sorts by: the platform first. Elsewhere nothing is called so."""
    return re.fullmatch(r"php|(?:ext|lib|composer)-.*", name) is None, name
