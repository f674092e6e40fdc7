"""Where a place in JavaScript or TypeScript runs: in a browser or on a server, and whether it can wait for a promise.

Source: ECMA-262, "Async Function Definitions", "Modules"; Node.js documentation, "worker_threads".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from remediation.errors import NotRewritable
from remediation.rewriters.code.ecmascript_packages import package_of, upwards
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File

if TYPE_CHECKING:
    from tree_sitter import Node

_TABLE = Path(__file__).with_name("browser.yaml")
_MARKUP = (".jsx", ".tsx", ".vue", ".svelte")
_SOURCES = re.compile(r"""\b(?:from|import|require\()\s*['"]([^'"\n]+)['"]""")


@cache
def _table() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return loaded


def require_server(file: File) -> None:
    """Raise `NotRewritable` for a program that is shipped, or that does not run in node."""
    reasons = _table()["reasons"]
    if file.path.endswith(_MARKUP) or _is_shipped(file):
        raise NotRewritable(reasons["shipped"])
    for folder in upwards(file.path):
        if any(f"{folder}/{name}".lstrip("/") in file.tree for name in _table()["elsewhere"]):
            raise NotRewritable(reasons["elsewhere"])


def require_no_public_name(statement: Node) -> None:
    """Raise `NotRewritable` where a build tool writes the value into what it ships."""
    if re.search(_table()["names"], grammar.text(statement)):
        raise NotRewritable(_table()["reasons"]["shipped"])


def _is_shipped(file: File) -> bool:
    text = file.data.decode("utf-8", "replace")
    sources = set(_SOURCES.findall(text))
    if re.search(_table()["directive"], text, re.DOTALL) or sources & set(_table()["imports"]):
        return True
    if _is_of_server(file.path, sources):
        return False
    folders = file.path.split("/")[:-1]
    served = any(name in folders for name in _table()["folders"])
    return served or re.search(_table()["globals"], text, re.MULTILINE) is not None or _is_of_front(file)


def _is_of_server(path: str, sources: set[str]) -> bool:
    known = any(_comes_from(source, each) for source in sources for each in _table()["modules"])
    return known or re.search(_table()["servers"], path) is not None


def _comes_from(source: str, module: str) -> bool:
    return source == module or source.startswith(module if module[-1] in ":/" else f"{module}/")


def _is_of_front(file: File) -> bool:
    package = package_of(file.tree, file.path)
    if package is None:
        return False
    inside = f"{package}/".lstrip("/")
    names = (path[len(inside) :] for path in file.tree if path.startswith(inside))
    fronts = tuple(_table()["fronts"])
    listed = file.tree[f"{inside}package.json"].decode("utf-8", "replace")
    return any(name.startswith(fronts) for name in names) or any(f'"{each}"' in listed for each in _table()["packages"])


def can_wait(syntax: Syntax, literal: Node, *, module: bool) -> bool:
    """Tell whether a place is in an async function's own body, or (in a `module`) in no function or class at all."""
    child = literal
    for node in grammar.lineage(literal):
        if node.type in syntax.routines:
            is_body = node.child_by_field_name("body") == child
            return is_body and not node.type.startswith("generator") and _is_async(node)
        if node.type in syntax.data["closed"]:
            return False
        child = node
    return module


def _is_async(routine: Node) -> bool:
    kinds = [child.type for child in routine.children]
    return "async" in kinds and "*" not in kinds
