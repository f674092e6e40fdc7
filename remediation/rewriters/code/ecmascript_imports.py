"""Imports of the accessor in JavaScript and TypeScript: `import` or `require`, in the file's own style and place.

Source: ECMA-262, "Imports", "Directive Prologues"; Node.js documentation, "Modules: ECMAScript modules" (endings are
mandatory there).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation.rewriters.code.ecmascript_packages import compiler_of, is_module
from remediation.rewriters.code.model import Home
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_ALIASES: Mapping[str, Sequence[str]] = {
    "secret": ("secret", "appSecret", "storedSecret", "secretOfStore"),
    "secretSync": ("secretSync", "appSecretSync", "storedSecretSync", "secretOfStoreSync"),
}
_NAMES = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern", "type_identifier")
_ENDED = ("lexical_declaration", "variable_declaration", "import_statement", "expression_statement", "return_statement")
_OF_FILE = re.compile(
    rb"/\*!|licen[cs]e|copyright|@file|@module|@overview|@packageDocumentation|@ts-|eslint|prettier|spdx|@jest|@flow|<reference",
    re.IGNORECASE,
)
_RELATIVE = re.compile(rb"""\b(?:from|require\()\s*['"](\.{1,2}/[^'"\n]+)['"]""")
_NAMED = re.compile(r"([\w$]+)(?:\s*(?:as|:)\s*([\w$]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The import of an accessor that a file has: what it takes by which name, and where a further name goes."""

    names: Mapping[str, str]
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a file is written."""

    quote: str
    end: str
    modules: bool
    """It says `import`, not `require`."""


def style_of(file: File, root: Node) -> Style:
    """Return quotes and semicolons as most of the file has them, and how it takes in modules."""
    said = any(child.type in ("import_statement", "export_statement") for child in root.children)
    ends = [(node.text or b"").endswith(b";") for node in _nodes(root) if node.type in _ENDED]
    typescript = file.path.rpartition(".")[2].endswith("ts")
    return Style(
        quote=_quote(file.data),
        end=";" if 2 * sum(ends) >= len(ends) else "",
        modules=said or typescript or is_module(file.tree, file.path),
    )


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _nodes(child)


def _quote(data: bytes) -> str:
    singles, doubles = (len(re.findall(rb"%s[^'\"\n]*%s" % (each, each), data)) for each in (b"'", b'"'))
    return "'" if singles > doubles else '"'


def names_for(root: Node, present: Present | None, wanted: Sequence[str]) -> Mapping[str, str]:
    """Return by what name a file calls each function: as it imports it, else by one that nothing there has."""
    taken = {grammar.text(node) for node in _identifiers(root)}
    known = present.names if present is not None else {}
    return {name: known.get(name) or next(each for each in _ALIASES[name] if each not in taken) for name in wanted}


def _identifiers(node: Node) -> Iterator[Node]:
    if node.type in _NAMES:
        yield node
    for child in node.children:
        yield from _identifiers(child)


def present_in(file: File, root: Node, home: Home) -> Present | None:
    """Return the import of the accessor that a file has, None where it has none."""
    for node in root.children:
        source = re.search(r"""(?:from|require\()\s*['"](\.[^'"]*)['"]""", grammar.text(node))
        braces = re.search(rb"\{([^{}]*?)\s*,?\s*\}", node.text or b"")
        if source is None or braces is None or not _is_home(file, source[1], home):
            continue
        named = _NAMED.findall(braces[1].decode())
        at = node.start_byte + braces.start(1) + len(braces[1].rstrip(b" \t\r\n,"))
        return Present(names={name: alias or name for name, alias in named}, end=at)
    return None


def _is_home(file: File, source: str, home: Home) -> bool:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), source))
    return path == home.address or (path.rpartition(".")[0] == home.address and "." in path.rpartition("/")[2])


def imported(file: File, root: Node, home: Home, style: Style, names: Mapping[str, str], before: int) -> Splice | None:
    """Return the edit that takes in `names` (as they are called there), None where the file has them already.

    `before` is where the first of them is used.
    """
    present = present_in(file, root, home)
    missing = {name: alias for name, alias in names.items() if present is None or name not in present.names}
    if not missing:
        return None
    word = " as " if style.modules else ": "
    listed = ", ".join(name if name == alias else f"{name}{word}{alias}" for name, alias in sorted(missing.items()))
    if present is not None:
        return Splice(start=present.end, end=present.end, text=f", {listed}".encode())
    source = f"{style.quote}{_source(file, home, style)}{style.quote}"
    line = f"import {{ {listed} }} from {source}" if style.modules else f"const {{ {listed} }} = require({source})"
    return _placed(file.data, root, f"{line}{style.end}", style, before)


def _source(file: File, home: Home, style: Style) -> str:
    relative = posixpath.relpath(home.address, posixpath.dirname(file.path) or ".")
    relative = relative if relative.startswith(".") else f"./{relative}"
    ending = home.path.rpartition(".")[2]
    return relative + _shown(file, ending, style)


def _shown(file: File, ending: str, style: Style) -> str:
    """Return the ending as an import has it: by the file's other imports, else as its reader needs it."""
    loaded = ending.replace("ts", "js")
    endings = [posixpath.splitext(each.decode())[1] for each in _RELATIVE.findall(file.data)]
    if ending in ("ts", "mts", "cts") and any(each.endswith("ts") for each in endings):
        return f".{ending}"
    if len(ending) > len("js") or any(each in (".js", ".mjs", ".cjs") for each in endings):
        return f".{loaded}"
    if ending == "ts":
        compiler = compiler_of(file.tree, file.path)
        strict = compiler.as_node or not compiler.module
        return ".js" if strict and is_module(file.tree, file.path) else ""
    bare = bool(endings) and not is_module(file.tree, file.path)
    return "" if bare or not style.modules else f".{loaded}"


def _placed(data: bytes, root: Node, line: str, style: Style, before: int) -> Splice:
    """Return the edit that puts an import behind the first run of imports, else where the program begins."""
    newline = "\r\n" if b"\r\n" in data else "\n"
    last: Node | None = None
    for node in root.children:
        if node.start_byte <= before < node.end_byte and not style.modules:
            break
        if _takes_in(node):
            last = node
        elif last is not None and node.type not in ("comment", "empty_statement"):
            break
    if last is not None:
        return Splice(start=last.end_byte, end=last.end_byte, text=f"{newline}{line}".encode())
    at = _beginning(root)
    return Splice(start=at, end=at, text=f"{line}{newline}{newline}".encode())


def _takes_in(node: Node) -> bool:
    if node.type == "import_statement":
        return True
    return node.type.endswith(("_declaration", "_statement")) and bool(
        re.match(r"(?:(?:const|let|var)\s[^=;]*=\s*)?require\(", grammar.text(node))
    )


def _beginning(root: Node) -> int:
    """Return where the first statement begins: behind directives and what is said of the whole file."""
    statements = [node for node in root.children if node.type != "hash_bang_line"]
    for number, node in enumerate(statements):
        if node.type == "comment":
            if _is_of_file(node, statements[number + 1 : number + 2]):
                continue
        elif node.type == "expression_statement" and node.children[0].type == "string":
            continue
        return node.start_byte
    return root.end_byte


def _is_of_file(comment: Node, following: Sequence[Node]) -> bool:
    """Tell whether a comment speaks of the file, not of the statement behind it."""
    apart = any(each.start_point.row > comment.end_point.row + 1 for each in following)
    again = any(each.type == "comment" for each in following)
    return apart or again or _OF_FILE.search(comment.text or b"") is not None
