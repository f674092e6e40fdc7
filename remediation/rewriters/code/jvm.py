"""What Java and Kotlin share: packages and source roots, where an accessor lies, imports, the build's manifest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from remediation.errors import NotRewritable, Refused
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home
from remediation.rewriters.splice import Splice

_PACKAGE = re.compile(rb"^[ \t]*package[ \t]+([\w.]+)", re.MULTILINE)
_IMPORT = re.compile(rb"^[ \t]*import[ \t]+(?!static\b)([\w.*]+)[^\r\n]*", re.MULTILINE)
_ANY_IMPORT = re.compile(rb"^[ \t]*import[ \t]+[^\r\n]*", re.MULTILINE)
_PACKAGE_LINE = re.compile(rb"^[ \t]*package[ \t]+[\w.]+[ \t]*;?", re.MULTILINE)
_SOURCES = re.compile(r"\A(?:.*/)?src/\w+/(?:java|kotlin)(?=/)")
_NAMES = ("AppSecrets", "ApplicationSecrets", "SecretAccess")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A file's source root and package."""

    root: str
    package: str


def package_of(data: bytes) -> str:
    """Return the package that a file says it is of, empty for the unnamed one."""
    found = _PACKAGE.search(data)
    return found[1].decode() if found is not None else ""


def unit_of(path: str, data: bytes) -> Unit:
    """Return where a file's packages begin, and which one is its."""
    folder, package = path.rpartition("/")[0], package_of(data)
    sources = _SOURCES.match(path)
    if sources is not None:
        return Unit(root=sources[0], package=package)
    below = package.replace(".", "/")
    if below and (folder == below or folder.endswith(f"/{below}")):
        return Unit(root=folder[: len(folder) - len(below)].rstrip("/"), package=package)
    return Unit(root=folder, package=package)


def require_server(tree: Mapping[str, bytes], path: str) -> None:
    """Raise `NotRewritable` for an app of Android, which whoever has the phone can ask for what it reads."""
    root = unit_of(path, tree[path]).root
    place = root.rpartition("/")[0]
    if f"{place}/AndroidManifest.xml".lstrip("/") in tree or f"{root}/AndroidManifest.xml".lstrip("/") in tree:
        raise NotRewritable("an app on a phone cannot keep a secret: let a server of yours make the call")


def homes(tree: Mapping[str, bytes], paths: Sequence[str], ending: str) -> Mapping[str, Home]:
    """Return for each file the accessor of its source root, in the package nearest to all that use it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[unit_of(path, tree[path]).root].append(path)
    found: dict[str, Home] = {}
    for root, users in groups.items():
        home = _present(tree, root, ending) or _new(tree, root, users, ending)
        found.update((path, home) for path in users)
    return found


def _present(tree: Mapping[str, bytes], root: str, ending: str) -> Home | None:
    for path in sorted(tree):
        name = path.rsplit("/", 1)[-1].removesuffix(ending)
        if name in _NAMES and path.endswith(ending) and path.startswith(root) and MARK in tree[path]:
            return _home(path, package_of(tree[path]), name, root)
    return None


def _home(path: str, package: str, name: str, root: str) -> Home:
    return Home(path=path, unit=package, address=f"{package}.{name}".lstrip("."), folder=root)


def _new(tree: Mapping[str, bytes], root: str, users: Sequence[str], ending: str) -> Home:
    package = nearest([package_of(tree[path]) for path in users])
    folder = _folder_of(tree, root, users, package)
    for name in _NAMES:
        # A class of that name may be written in either language.
        if not any(re.search(rb"\b%s\b" % name.encode(), tree[path]) for path in _sources_near(tree, root)):
            return _home(f"{folder}/{name}{ending}".lstrip("/"), package, name, root)
    raise Refused(f"no free name for the class of secrets in {package or root or 'the top folder'}")


def _sources_near(tree: Mapping[str, bytes], root: str) -> list[str]:
    module = root.rpartition("/src/")[0]
    return [path for path in tree if path.endswith((".java", ".kt")) and path.startswith(module)]


def nearest(packages: Sequence[str]) -> str:
    """Return the innermost package that holds all others, or the first of them where they have but a domain in common.

    What stands in the unnamed package can import from a named one, but not the other way round.
    """
    named = sorted({package.split(".")[0] and package for package in packages} - {""})
    if not named:
        return ""
    parts = [package.split(".") for package in named]
    common = [each[0] for each in takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False))]
    return ".".join(common) if len(common) > 1 else min(named, key=lambda package: (package.count("."), package))


def _folder_of(tree: Mapping[str, bytes], root: str, users: Sequence[str], package: str) -> str:
    """Return the folder of a package: where its files lie, else where its name says."""
    beside = sorted(path.rpartition("/")[0] for path in users if package_of(tree[path]) == package)
    return beside[0] if beside else f"{root}/{package.replace('.', '/')}".strip("/")


def class_for(data: bytes, home: Home) -> tuple[str, bool]:
    """Return how a file names the accessor's class, and whether that takes an import."""
    name = home.address.rsplit(".", 1)[-1]
    imported = any(found[1].decode() == home.address for found in _IMPORT.finditer(data))
    if imported or package_of(data) == home.unit:
        return name, False
    if re.search(rb"\b%s\b" % name.encode(), data):
        return home.address, False
    return name, True


def imported(data: bytes, address: str, end: str) -> Splice:
    """Return the edit that imports a class, `end` behind it, where the file's own order has it."""
    newline = "\r\n" if b"\r\n" in data else "\n"
    line = f"import {address}{end}"
    present = [(found[1].decode(), found.start(), found.end()) for found in _IMPORT.finditer(data)]
    if not present:
        return _first_import(data, line, newline)
    ours = [each for each in present if each[0].split(".")[0] == address.split(".")[0]]
    is_sorted = [name for name, _, _ in present] == sorted(name for name, _, _ in present)
    group = ours or (present if is_sorted else present[-1:])
    later = next((each for each in group if each[0] > address), None)
    if later is not None and (ours or later == present[0] or _follows_an_import(data, later[1])):
        return Splice(start=later[1], end=later[1], text=f"{line}{newline}".encode())
    earlier = [each for each in group if each[0] < address] or group
    return Splice(start=earlier[-1][2], end=earlier[-1][2], text=f"{newline}{line}".encode())


def _follows_an_import(data: bytes, position: int) -> bool:
    before = data[:position].rstrip(b"\r\n")
    return len(data[:position]) - len(before) <= 2 and before.rpartition(b"\n")[2].lstrip().startswith(b"import")


def _first_import(data: bytes, line: str, newline: str) -> Splice:
    statics = list(_ANY_IMPORT.finditer(data))
    package = _PACKAGE_LINE.search(data)
    if statics:
        return Splice(start=statics[0].start(), end=statics[0].start(), text=f"{line}{newline}{newline}".encode())
    if package is not None:
        return Splice(start=package.end(), end=package.end(), text=f"{newline}{newline}{line}".encode())
    start = len(b"\xef\xbb\xbf") if data.startswith(b"\xef\xbb\xbf") else 0
    return Splice(start=start, end=start, text=f"{line}{newline}{newline}".encode())
