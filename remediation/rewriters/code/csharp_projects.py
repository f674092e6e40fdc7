"""C#'s namespaces and projects: where the accessor lies, what it is called, the directive that brings it in.

Source: C# language specification, "Namespaces": what an enclosing namespace holds is seen without a directive.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from remediation.errors import Refused
from remediation.manifests.dotnet import project_of
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home
from remediation.rewriters.splice import Splice

_NAMESPACE = re.compile(rb"^[ \t]*namespace[ \t]+([\w.]+)", re.MULTILINE)
_ROOT = re.compile(rb"<RootNamespace>\s*([\w.]+)\s*</RootNamespace>")
_USING = re.compile(rb"^[ \t]*(?:global[ \t]+)?using[ \t]+([\w.]+)[ \t]*;", re.MULTILINE)
_GLOBAL = re.compile(rb"^[ \t]*global[ \t]+using[ \t]+([\w.]+)[ \t]*;", re.MULTILINE)
_NAMES = ("AppSecrets", "ApplicationSecrets", "SecretAccess")
_BOM = b"\xef\xbb\xbf"


def namespace_of(data: bytes) -> str:
    """Return the namespace that a file is of, empty for the global one."""
    found = _NAMESPACE.search(data)
    return found[1].decode() if found is not None else ""


def homes(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the accessor of its project, in the namespace nearest to all that use it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        project = project_of(tree, path)
        groups[path.rpartition("/")[0] if project is None else project.rpartition("/")[0]].append(path)
    found: dict[str, Home] = {}
    for folder, users in groups.items():
        home = replace(_present(tree, folder) or _new(tree, folder, users), ambient=_ambient(tree, folder))
        found.update((path, home) for path in users)
    return found


def _ambient(tree: Mapping[str, bytes], folder: str) -> frozenset[str]:
    """Return the namespaces that a project brings into all of its files."""
    near = (data for path, data in tree.items() if path.endswith(".cs") and path.startswith(folder))
    found = (each for data in near if b"global using" in data for each in _GLOBAL.findall(data))
    return frozenset(each.decode() for each in found)


def _home(folder: str, name: str, namespace: str) -> Home:
    path = f"{folder}/{name}.cs".lstrip("/")
    return Home(path=path, unit=namespace, address=f"{namespace}.{name}", folder=folder)


def _present(tree: Mapping[str, bytes], folder: str) -> Home | None:
    for name in _NAMES:
        data = tree.get(f"{folder}/{name}.cs".lstrip("/"), b"")
        if MARK in data:
            return _home(folder, name, namespace_of(data))
    return None


def _new(tree: Mapping[str, bytes], folder: str, users: Sequence[str]) -> Home:
    near = [data for path, data in tree.items() if path.endswith(".cs") and path.startswith(folder)]
    for name in _NAMES:
        if not any(re.search(rb"\b%s\b" % name.encode(), data) for data in near):
            return _home(folder, name, _namespace(tree, folder, users))
    raise Refused(f"no free name for the class of secrets in {folder or 'the top folder'}")


def _namespace(tree: Mapping[str, bytes], folder: str, users: Sequence[str]) -> str:
    named = sorted({namespace_of(tree[path]) for path in users} - {""})
    parts = [each.split(".") for each in named]
    common = ".".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False)))
    return common or _root_namespace(tree, folder, users[0])


def _root_namespace(tree: Mapping[str, bytes], folder: str, user: str) -> str:
    project = project_of(tree, user)
    told = _ROOT.search(tree[project]) if project is not None else None
    if told is not None:
        return told[1].decode()
    name = (project or folder or "App").rsplit("/", 1)[-1].removesuffix(".csproj")
    return re.sub(r"[^\w.]", "_", name).strip(".") or "App"


def class_for(data: bytes, home: Home) -> tuple[str, bool]:
    """Return how a file names the accessor's class, and whether that takes a directive."""
    own, name = namespace_of(data), home.address.rsplit(".", 1)[-1]
    enclosed = own == home.unit or own.startswith(f"{home.unit}.")
    brought = home.unit in home.ambient or any(found[1].decode() == home.unit for found in _USING.finditer(data))
    return name, not enclosed and not brought


def using(data: bytes, namespace: str) -> Splice:
    """Return the edit that brings a namespace in: in the order of the others, `System` first."""
    newline = "\r\n" if b"\r\n" in data else "\n"
    line = f"using {namespace};"
    present = [(found[1].decode(), found.start(), found.end()) for found in _USING.finditer(data)]
    if not present:
        start = len(_BOM) if data.startswith(_BOM) else 0
        return Splice(start=start, end=start, text=f"{line}{newline}{newline}".encode())
    later = next((each for each in present if _order(each[0]) > _order(namespace)), None)
    indent = _indent(data, present[0][1])
    if later is None:
        return Splice(start=present[-1][2], end=present[-1][2], text=f"{newline}{indent}{line}".encode())
    start = later[1] + len(_indent(data, later[1]))
    return Splice(start=start, end=start, text=f"{line}{newline}{indent}".encode())


def _order(namespace: str) -> tuple[bool, str]:
    return namespace.split(".")[0] != "System", namespace


def _indent(data: bytes, position: int) -> str:
    found = re.match(rb"[ \t]*", data[position:])
    return found[0].decode() if found is not None else ""
