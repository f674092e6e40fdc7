"""Engines of SQLAlchemy that other modules make of a URL, which is a constant of the module where its password stands.

They are followed only where it is proven that the engine gets this constant and nothing else: it is set once, no file
sets or patches it from outside, and the import that brings it leads to one module alone. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.connection import table
from remediation.errors import NotRewritable
from remediation.model import Elsewhere, Reference
from remediation.placement import is_test, not_ours
from remediation.rewriters import python_engines
from remediation.rewriters.literals import locate
from remediation.rewriters.python_exports import only_reads
from remediation.rewriters.source import PythonSource
from scanner.model import Span

_STRATEGIES = ("connection-url", python_engines.STRATEGY)


def makers(tree: Mapping[str, bytes], refused: Set[str]) -> dict[str, bytes]:
    """Return the modules that may make engines and may be changed, but for those `refused`: few, and asked often."""
    words = {dotted.rsplit(".", 1)[-1].encode() for dotted in table()["engine_makers"]}
    return {
        path: data
        for path, data in sorted(tree.items())
        if path.endswith(".py") and any(word in data for word in words)
        if path not in refused and not is_test(path) and not_ours(path, data) is None
    }


def with_engines(reference: Reference, tree: Mapping[str, bytes], among: Mapping[str, bytes]) -> Reference:
    """Return a place with the engines that other modules make of its URL; `among` are the `makers` of the tree."""
    if not reference.path.endswith(".py") or reference.strategy not in _STRATEGIES:
        return reference
    source = PythonSource.parse(tree[reference.path])
    name = python_engines.constant_of(source, locate(source, reference.span, reference.value))
    near = _readers(reference.path, name, among) if name is not None else {}
    # All files are looked through only for a constant of which an engine may be made.
    if name is None or not near:
        return reference
    if not all(only_reads(data, name) for data in _readers(reference.path, name, tree).values()):
        return reference
    found = [each for path, data in near.items() for each in _engines(path, data, reference.path, name, tree)]
    return replace(reference, engines=tuple(found))


def _readers(path: str, name: str, tree: Mapping[str, bytes]) -> dict[str, bytes]:
    word = re.compile(rb"\b%s\b" % name.encode())
    return {each: data for each, data in tree.items() if each.endswith(".py") and each != path and word.search(data)}


def _engines(path: str, data: bytes, home: str, name: str, tree: Mapping[str, bytes]) -> Iterator[Elsewhere]:
    """Yield the calls of the module at `path` that make an engine of the constant `name` of the module at `home`."""
    try:
        source = PythonSource.parse(data)
    except NotRewritable:
        return
    known = set(_names(source, path, home, name, tree)) if source.text == source.data else set()
    for call in python_engines.engines_by(source, known):
        start, end = source.span(call)
        line = source.text.count(b"\n", 0, start) + 1
        yield Elsewhere(path=path, line=line, span=Span(start=start, end=end))


def _names(source: PythonSource, path: str, home: str, name: str, tree: Mapping[str, bytes]) -> Iterator[str]:
    """Yield how a module calls the constant of another: by the import of itself, or of its module."""
    for statement in source.spans:
        if isinstance(statement, cst.ImportFrom) and not isinstance(statement.names, cst.ImportStar):
            base = get_full_name_for_node(statement.module) if statement.module is not None else ""
            dots = len(statement.relative)
            for alias in statement.names:
                imported = get_full_name_for_node(alias.name) or ""
                local = alias.evaluated_alias or imported
                if imported == name and _file_of(path, dots, base or "", tree) == home:
                    yield from _once(source, local, local)
                elif _file_of(path, dots, f"{base or ''}.{imported}".lstrip("."), tree) == home:
                    yield from _once(source, local, f"{local}.{name}")
        elif isinstance(statement, cst.Import):
            for alias in statement.names:
                module = get_full_name_for_node(alias.name) or ""
                if _file_of(path, 0, module, tree) == home:
                    local = alias.evaluated_alias or module
                    yield from _once(source, local.partition(".")[0], f"{local}.{name}")


def _once(source: PythonSource, bound: str, said: str) -> Iterator[str]:
    """Yield what a constant is called where the name that leads to it is bound by imports alone."""
    if python_engines.is_bound_by_imports(source, bound):
        yield said


def _file_of(path: str, dots: int, module: str, tree: Mapping[str, bytes]) -> str:
    """Return the one file of the tree that an import leads to, empty where that is none or may be several."""
    inner = module.replace(".", "/")
    if dots:
        folder = path.split("/")[:-1]
        base = "/".join(folder[: len(folder) - (dots - 1)])
        stems = [f"{base}/{inner}".strip("/")]
        found = [each for stem in stems for each in (f"{stem}.py", f"{stem}/__init__.py") if each in tree]
    else:
        endings = (f"/{inner}.py", f"/{inner}/__init__.py")
        found = [each for each in tree if f"/{each}".endswith(endings)] if inner else []
    return found[0] if len(found) == 1 else ""
