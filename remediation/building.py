"""What building a project runs of its own code, where neither boto3 nor a store is: what setuptools imports of it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from remediation.errors import NotRewritable
from remediation.rewriters import setup_py, setuptools_attr

_SETUP = re.compile(r"(^|/)setup\.py$")
_MANIFEST = re.compile(r"(^|/)(setup\.cfg|pyproject\.toml)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What builds a project: the project's own files that it runs, and its text without that, if `reason` is empty."""

    setup: str
    runs: frozenset[str]
    freed: bytes | None
    reason: str

    def told(self) -> str:
        """Return what becomes of the build where one of its files comes to fetch a secret.

        Raises `NotRewritable` where the build would fail.
        """
        if self.freed is None:
            raise NotRewritable(f"{self.setup} imports this module, and a build has no store; {self.reason}")
        return f"{self.setup} imported it, and reads what it needs of it alone now: a build has no store"


def builds(tree: Mapping[str, bytes]) -> tuple[Build, ...]:
    """Return every `setup.py` of a tree that imports the project's own modules, or manifest for which they are."""
    scripts = (_script(tree, path) for path in sorted(tree) if _SETUP.search(path))
    manifests = (_manifest(tree, path) for path in sorted(tree) if _MANIFEST.search(path))
    return tuple(each for each in (*scripts, *manifests) if each.runs)


def of(found: tuple[Build, ...], path: str) -> tuple[Build, ...]:
    """Return the builds that run the file at `path`."""
    return tuple(each for each in found if path in each.runs)


def _script(tree: Mapping[str, bytes], path: str) -> Build:
    runs = _run(tree, path.rpartition("/")[0], _imported(tree, path.rpartition("/")[0], path)) - {path}
    return _build(path, runs, lambda: setup_py.without_imports(tree, path, runs))


def _manifest(tree: Mapping[str, bytes], path: str) -> Build:
    module = setuptools_attr.imported(tree, path)
    runs = _run(tree, path.rpartition("/")[0], [module]) if module else frozenset[str]()
    return _build(path, runs, lambda: setuptools_attr.without_import(tree, path))


def _build(path: str, runs: frozenset[str], free: Callable[[], bytes]) -> Build:
    freed, reason = None, ""
    try:
        freed = free() if runs else None
    except NotRewritable as refusal:
        reason = refusal.reason
    return Build(setup=path, runs=runs, freed=freed, reason=reason)


def _run(tree: Mapping[str, bytes], folder: str, names: Iterable[str]) -> frozenset[str]:
    """Return the files that importing `names` runs, with all that they import in turn."""
    seen: set[str] = set()
    ahead = list(names)
    while ahead:
        for path in setup_py.files(tree, folder, ahead.pop()):
            if path not in seen:
                seen.add(path)
                ahead += _imported(tree, folder, path)
    return frozenset(seen)


def _imported(tree: Mapping[str, bytes], folder: str, path: str) -> Iterator[str]:
    """Yield the dotted names that a file imports when it is run; not what its functions import when they are called."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting: list[ast.AST] = [ast.parse(tree[path])]
    except (SyntaxError, ValueError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = setup_py.absolute(node.module or "", node.level, folder, path)
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
