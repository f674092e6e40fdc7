"""Packages of JavaScript and TypeScript: where one begins, how its files are loaded, where in it the accessor lies.

Source: Node.js documentation, "Modules: Packages" (determining module system); TypeScript reference, `module`,
`moduleResolution`, `target`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remediation.errors import Refused
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home

_NAMES = ("app-secrets", "application-secrets", "secret-access")
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_NODE = re.compile(r"node(?:16|18|20|next)\Z")
_NEW = re.compile(r"es(?:20(?:1[7-9]|[2-9]\d)|next)\Z")
_WAITING = re.compile(r"(?:es2022|esnext|preserve)\Z")
_OWN_MODULES = re.compile(r"(?:es2020|es2022|esnext|preserve)\Z")
_EXTENDS_NODE = re.compile(r"@tsconfig/node\d+")
_MOST_PARENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """What a `tsconfig.json` says: how modules are written, and for which edition of the language; empty if unsaid."""

    module: str = ""
    target: str = ""

    @property
    def as_node(self) -> bool:
        """Tell whether modules are those of node, by ending and package."""
        return _NODE.match(self.module) is not None

    @property
    def waits(self) -> bool:
        """Tell whether a module's top level may wait."""
        return self.as_node or (_WAITING.match(self.module) is not None and _NEW.match(self.target) is not None)


def upwards(path: str) -> Iterator[str]:
    """Yield the folders that hold a file, from the inside; the last is empty."""
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def package_of(tree: Mapping[str, bytes], path: str) -> str | None:
    """Return the folder of a file's package: the nearest that has a `package.json`."""
    return next((folder for folder in upwards(path) if f"{folder}/package.json".lstrip("/") in tree), None)


def _is_module_package(tree: Mapping[str, bytes], path: str) -> bool:
    folder = package_of(tree, path)
    if folder is None:
        return False
    try:
        said = json.loads(tree[f"{folder}/package.json".lstrip("/")])
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == "module"


def compiler_of(tree: Mapping[str, bytes], path: str) -> Compiler:
    """Return what the nearest `tsconfig.json` says of a file, with what it extends."""
    place = next((name for each in upwards(path) if (name := f"{each}/tsconfig.json".lstrip("/")) in tree), None)
    found: dict[str, str] = {}
    for _ in range(_MOST_PARENTS):
        if place is None or place not in tree:
            break
        text = _COMMENT.sub(lambda each: each[1] or "", tree[place].decode("utf-8", "replace"))
        for key in ("module", "target"):
            said = re.search(rf'"{key}"\s*:\s*"(\w+)"', text)
            if said is not None:
                found.setdefault(key, said[1].lower())
        parent = re.search(r'"extends"\s*:\s*"([^"]+)"', text)
        if parent is not None and _EXTENDS_NODE.match(parent[1]):
            found.setdefault("module", "nodenext")
        place = _parent(place, parent[1]) if parent is not None and parent[1].startswith(".") else None
    return Compiler(**found)


def _parent(place: str, said: str) -> str:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place), said))
    return path if path.endswith(".json") else f"{path}.json"


def is_module(tree: Mapping[str, bytes], path: str) -> bool:
    """Tell whether node is sure to load a file as an ES module."""
    ending = path.rpartition(".")[2]
    if ending in ("mjs", "mts", "cjs", "cts"):
        return ending.startswith("m")
    if ending == "ts":
        compiler = compiler_of(tree, path)
        if not (compiler.as_node or _OWN_MODULES.match(compiler.module)):
            return False
    return _is_module_package(tree, path)


def waits(tree: Mapping[str, bytes], path: str) -> bool:
    """Tell whether a file's top level may wait for a promise."""
    return is_module(tree, path) and (not path.endswith("ts") or compiler_of(tree, path).waits)


def homes(tree: Mapping[str, bytes], paths: Sequence[str], kind: str) -> Mapping[str, Home]:
    """Return for each file its package's accessor; `kind` is `js` or `ts`."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        package = package_of(tree, path)
        groups[posixpath.dirname(path) if package is None else package].append(path)
    found: dict[str, Home] = {}
    for package, users in groups.items():
        unit = "esm" if all(is_module(tree, path) for path in users) else "cjs"
        home = _present(tree, package, unit, kind) or _new(tree, package, users, unit, kind)
        found.update((path, home) for path in users)
    return found


def _home(tree: Mapping[str, bytes], path: str, package: str) -> Home:
    unit = "esm" if is_module(tree, path) else "cjs"
    return Home(path=path, unit=unit, address=path.rpartition(".")[0], folder=package)


def _present(tree: Mapping[str, bytes], package: str, unit: str, kind: str) -> Home | None:
    for path in sorted(tree):
        stem, _, ending = path.rpartition("/")[2].partition(".")
        if stem in _NAMES and ending in (kind, f"c{kind}", f"m{kind}") and MARK in tree[path]:
            home = _home(tree, path, package)
            if package_of(tree, path) in (package, None) and path.startswith(package) and unit in (home.unit, "esm"):
                return home
    return None


def _new(tree: Mapping[str, bytes], package: str, users: Sequence[str], unit: str, kind: str) -> Home:
    folder = _folder_for(package, users)
    for name in _NAMES:
        stem = f"{folder}/{name}".lstrip("/")
        if not any(path.startswith(f"{stem}.") for path in tree):
            return _home(tree, f"{stem}.{_ending(tree, f'{stem}.{kind}', users, unit)}", package)
    raise Refused(f"no free name for the module of secrets in {folder or 'the top folder'}")


def _folder_for(package: str, users: Sequence[str]) -> str:
    """Return the folder of a new accessor: `src` of the package where sources lie there, else what holds all users."""
    sources = f"{package}/src".lstrip("/")
    if any(path.startswith(f"{sources}/") for path in users):
        return sources
    return posixpath.commonpath([posixpath.dirname(path) for path in users])


def _ending(tree: Mapping[str, bytes], natural: str, users: Sequence[str], unit: str) -> str:
    kind = natural.rpartition(".")[2]
    if ("esm" if is_module(tree, natural) else "cjs") == unit:
        return kind
    if kind == "ts" and not compiler_of(tree, users[0]).as_node:
        return kind
    return f"{'m' if unit == 'esm' else 'c'}{kind}"
