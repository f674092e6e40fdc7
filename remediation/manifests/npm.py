"""Adds AWS's SDK to a `package.json` in its own style; lock files are made by npm, pnpm, yarn or bun alone.

Source: npm documentation, "package.json" (dependencies), "package-lock.json".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.manifests.dependencies import edit, needed
from remediation.model import Disposition, Edit, Entry, Step
from remediation.rewriters import splice
from remediation.rewriters.configuration import grammar
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_LOCKS = {
    "pnpm-lock.yaml": "pnpm install",
    "yarn.lock": "yarn install",
    "bun.lock": "bun install",
    "bun.lockb": "bun install",
    "package-lock.json": "npm install",
}
_LISTS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_FEWEST = 2


def add_sdk(entries: Mapping[str, Entry], folder: str, *, typed: bool) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit that lists the SDK in the package at `folder`, and what is left to a person."""
    path = f"{folder}/package.json".lstrip("/")
    (sdk,), (types,) = needed("npm"), needed("npm_types")
    if path not in entries:
        return (), (_step(path, f"npm install {sdk['package']}", "no package.json lists dependencies here"),)
    entry = entries[path]
    try:
        after = _with(entry.data, "dependencies", sdk)
        after = _with(after, "devDependencies", types) if typed and not _types_above(entries, folder) else after
    except NotRewritable as refusal:
        return (), (_step(path, f"npm install {sdk['package']}", refusal.reason),)
    if after == entry.data:
        return (), ()
    command = _command(entries, folder)
    reason = f"{command.split()[0]} makes its lock file itself, and brings what is listed now"
    return edit(path, entry, after), (_step(path, command, reason),)


def _step(path: str, command: str, reason: str) -> Step:
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"run {command}", reason=reason)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _command(entries: Mapping[str, Entry], folder: str) -> str:
    for place in _upwards(folder):
        for name, command in _LOCKS.items():
            if f"{place}/{name}".lstrip("/") in entries:
                return command
    return "npm install"


def _types_above(entries: Mapping[str, Entry], folder: str) -> bool:
    """Tell whether a workspace around the package brings node's types."""
    above = (entries.get(f"{place}/package.json".lstrip("/")) for place in _upwards(folder))
    return any(entry is not None and b'"@types/node"' in entry.data for entry in above)


def _with(data: bytes, wanted: str, sdk: Mapping[str, str]) -> bytes:
    # Parentheses make an object an expression of JavaScript, of which JSON is a part.
    return _in_program(b"(" + data + b"\n)", wanted, sdk)[1:-2]


def _in_program(data: bytes, wanted: str, sdk: Mapping[str, str]) -> bytes:
    expression = grammar.tree("javascript", data).named_children[0].named_children[0]
    top = next((child for child in expression.named_children if child.type == "object"), None)
    if top is None:
        raise NotRewritable("package.json is no object")
    lists = {name: value for name, value in _pairs(top) if name in _LISTS and value.type == "object"}
    listed = [name for name, held in lists.items() if sdk["package"] in dict(_pairs(held))]
    if wanted in listed:
        return data
    if listed:
        raise NotRewritable(f"{sdk['package']} stands in {listed[0]}, which a running program may lack")
    entry = f'"{sdk["package"]}": "{_range(lists, sdk["version"])}"'
    return splice.apply(data, [_listed(data, top, lists.get(wanted), wanted, entry)])


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


def _listed(data: bytes, top: Node, held: Node | None, wanted: str, entry: str) -> Splice:
    if held is not None and held.named_children:
        return _among(data, held, entry)
    inner, between = _written(data, top, entry)
    if held is not None:
        return Splice(start=held.start_byte, end=held.end_byte, text=inner.encode())
    pair = f'"{wanted}": {inner}'
    after = next((each for each in top.named_children if wanted == "dependencies" and _key(each) == _LISTS[1]), None)
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
    names = [_key(each) for each in pairs]
    name = json.loads(f"{{{entry}}}").popitem()[0]
    between = data[held.start_byte + 1 : pairs[0].start_byte].decode()
    later = next((each for each in pairs if _key(each) > name), None) if names == sorted(names) else None
    if later is not None:
        return Splice(start=later.start_byte, end=later.start_byte, text=f"{entry},{between or ' '}".encode())
    at = pairs[-1].end_byte
    return Splice(
        start=at, end=at, text=f",{between if between.strip(' ') or len(pairs) == 1 else ' '}{entry}".encode()
    )
