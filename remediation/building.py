"""What building a project runs of its own code, where neither boto3 nor a store is: what its setup.py imports."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remediation.errors import NotRewritable
from remediation.rewriters import setup_py

_SETUP = re.compile(r"(^|/)setup\.py$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One `setup.py`: the project's own files that it runs, and its text without that, None where `reason` forbids."""

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
    """Return every `setup.py` of a tree that imports the project's own modules."""
    found = (_build(tree, path) for path in sorted(tree) if _SETUP.search(path))
    return tuple(each for each in found if each.runs)


def of(found: tuple[Build, ...], path: str) -> Build | None:
    """Return the build that runs the file at `path`, if one does."""
    return next((each for each in found if path in each.runs), None)


def _build(tree: Mapping[str, bytes], setup: str) -> Build:
    folder = setup.rpartition("/")[0]
    runs = _run(tree, folder, setup)
    freed, reason = None, ""
    try:
        freed = setup_py.without_imports(tree, setup, runs) if runs else None
    except NotRewritable as refusal:
        reason = refusal.reason
    return Build(setup=setup, runs=runs, freed=freed, reason=reason)


def _run(tree: Mapping[str, bytes], folder: str, setup: str) -> frozenset[str]:
    """Return the files that are run when `setup` is: what it imports, and all that this imports in turn."""
    seen: set[str] = set()
    ahead = [setup]
    while ahead:
        path = ahead.pop()
        for name in _imported(tree, folder, path):
            new = [each for each in setup_py.files(tree, folder, name) if each not in seen and each != setup]
            seen.update(new)
            ahead += new
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
