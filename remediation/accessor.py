"""Where the accessor module goes in a repository, how each file imports it, and what it says.

It lies where Python will find it without any setting: in the package of the code that uses it, or beside a script.
One folder that holds scripts and packages at once gets one module for all of them.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from textwrap import wrap

import yaml

from remediation.errors import Refused
from remediation.model import Entry, Style
from remediation.placement import is_test
from remediation.templating import render

NAMES = ("app_secrets", "application_secrets", "secret_access")
"""What the module may be called."""
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w.]+))", re.MULTILINE)
_FROM = re.compile(rb"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w, \t]+)", re.MULTILINE)
_RELATIVE = re.compile(rb"^[ \t]*from[ \t]+\.", re.MULTILINE)
# What a line of 120 characters has left for names and texts.
_WIDTH = 108
_REFUSALS = Path(__file__).with_name("authentication_errors.yaml")
_MARK = b"Written by `strongroom fix`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one accessor module lies, and the statement's module name for each file that imports it."""

    path: str
    modules: Mapping[str, str]


def is_accessor(data: bytes) -> bool:
    """Tell whether a module is one that a fix wrote."""
    return _MARK in data


class Layout:
    """The Python modules of a tree, as far as the accessor's place depends on them."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._python = [path for path in entries if path.endswith(".py")]
        self._counted: dict[str, tuple[int, int]] = {}

    @cached_property
    def _imported(self) -> set[str]:
        names: set[str] = set()
        for path in self._python:
            data = self._entries[path].data
            names.update((one or two).decode() for one, two in _IMPORT.findall(data))
            for base, items in _FROM.findall(data):
                names.update(
                    f"{base.decode()}.{item.split()[0].decode()}" for item in items.split(b",") if item.strip()
                )
        return names

    @property
    def python(self) -> Sequence[str]:
        """Return the paths of all modules."""
        return self._python

    def home(self, path: str) -> tuple[str, str]:
        """Return a file's root, and the package below it that the file belongs to; empty for a module on its own."""
        if path.endswith(".ipynb"):
            return _folder(path), ""
        root = self.package_root(path)
        below = path[len(root) :].lstrip("/").split("/")
        if len(below) > 1 or not is_test(path):
            return root, below[0] if len(below) > 1 else ""
        return self._tests_root(root), ""

    def _tests_root(self, folder: str) -> str:
        """Return the folder above tests without a package that pytest puts on the path: that of the first conftest."""
        parts = folder.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        plain = [each for each in above if f"{each}/__init__.py" not in self._entries]
        return next((each for each in plain if f"{each}/conftest.py" in self._entries), folder)

    def dotted(self, folder: str) -> str:
        """Return the name by which a package's folder is imported; empty where it is no package."""
        root = folder
        while root and f"{root}/__init__.py" in self._entries:
            root = _folder(root)
        name = folder[len(root) :].lstrip("/").replace("/", ".")
        if name or not folder:
            return name
        last = folder.rsplit("/", 1)[-1]
        return last if any(each == last or each.startswith(f"{last}.") for each in self._imported) else ""

    def package_root(self, path: str) -> str:
        """Return the folder from which a file is imported by its full dotted name; its own folder for a script."""
        folder = _folder(path)
        if self._is_script(path):
            return folder
        root = folder
        while f"{root}/__init__.py" in self._entries and root:
            root = _folder(root)
        if root != folder:
            return root
        namespace = self._namespace_root(path)
        return folder if namespace is None else namespace

    def _is_script(self, path: str) -> bool:
        """Tell whether a file imports its neighbours by their bare names, so that its own folder is on the path."""
        folder, data = _folder(path), self._entries[path].data
        if not folder or (f"{folder}/__init__.py" in self._entries and self._used_as_package(folder, data)):
            return False
        neighbours = {
            each.rsplit("/", 1)[-1].removesuffix(".py")
            for each in self._python
            if _folder(each) == folder and each != path
        }
        found = {(one or two).split(b".")[0].decode() for one, two in _IMPORT.findall(data)}
        return bool((neighbours - {"__init__"} - sys.stdlib_module_names) & found)

    def _used_as_package(self, folder: str, data: bytes) -> bool:
        package = folder.rsplit("/", 1)[-1]
        dotted = any(name.split(".")[0] == package for name in self._imported)
        return dotted or _RELATIVE.search(data) is not None

    def _namespace_root(self, path: str) -> str | None:
        """Return the ancestor below which a file imports this one by dotted name, in a package without `__init__`."""
        parts = path.removesuffix(".py").split("/")
        for depth in range(len(parts) - 1):
            if ".".join(parts[depth:]) in self._imported:
                return "/".join(parts[:depth])
        return None

    def imports_relatively(self, path: str) -> bool:
        """Tell whether a package's file should import relatively: as it does itself, else as its neighbours do."""
        root = self.package_root(path)
        package = path[len(root) :].lstrip("/").split("/")[0]
        for relative, absolute in (self._ways((path,), package), self._ways_below(f"{root}/{package}/", package)):
            if relative or absolute:
                return relative >= absolute
        return True

    def _ways_below(self, folder: str, package: str) -> tuple[int, int]:
        if folder not in self._counted:
            files = [each for each in self._python if each.startswith(folder.lstrip("/"))]
            self._counted[folder] = self._ways(files, package)
        return self._counted[folder]

    def _ways(self, files: Iterable[str], package: str) -> tuple[int, int]:
        """Return how often files import relatively, and how often from `package` by its name."""
        texts = [self._entries[each].data for each in files]
        named = re.compile(rb"^[ \t]*(?:from|import)[ \t]+%s\b" % re.escape(package.encode()), re.MULTILINE)
        return sum(len(_RELATIVE.findall(text)) for text in texts), sum(len(named.findall(text)) for text in texts)


def places(entries: Mapping[str, Entry], files: Iterable[str]) -> tuple[Place, ...]:
    """Return the accessor modules that the code in `files` needs, each with how its files import it.

    Tests that import what they test take its module; only where it has none they get one of their own.
    """
    layout = Layout(entries)
    homes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    tests = [path for path in sorted(files) if is_test(path)]
    for path in sorted(files):
        root, package = layout.home(path)
        homes[root][package].append(path)
    found: list[Place] = []
    for root, packages in sorted(homes.items()):
        if len(packages) > 1 and not _is_distribution(entries, root):
            packages = {"": sorted(path for group in packages.values() for path in group)}  # noqa: PLW2901
        for package, group in sorted(packages.items()):
            found.append(_place(layout, entries, root, package, group))
    return _shared(layout, entries, found, tests)


def _shared(
    layout: Layout, entries: Mapping[str, Entry], found: Sequence[Place], tests: Sequence[str]
) -> tuple[Place, ...]:
    """Return the places with tests taken out of modules of their own where what they test has one."""
    alone = [place for place in found if all(path in tests for path in place.modules)]
    others = {place.path: dict(place.modules) for place in found if place not in alone}
    kept: list[Place] = []
    for place in alone:
        own: dict[str, str] = {}
        for path, module in place.modules.items():
            given = next(
                (name for name in ((_seen(layout, entries, path, other), other) for other in others) if name[0]), None
            )
            if given is None:
                own[path] = module
            else:
                others[given[1]][path] = given[0]
        if own:
            kept.append(Place(path=place.path, modules=own))
    return (*(Place(path=path, modules=modules) for path, modules in others.items()), *kept)


def _seen(layout: Layout, entries: Mapping[str, Entry], test: str, accessor: str) -> str:
    """Return the name under which a test can import an accessor: the package it imports, or the modules beside it."""
    folder = _folder(accessor)
    package = layout.dotted(folder)
    module = accessor.rsplit("/", 1)[-1].removesuffix(".py")
    names = {(one or two).decode().split(".")[0] for one, two in _IMPORT.findall(entries[test].data)}
    if package:
        return f"{package}.{module}" if package.split(".")[0] in names else ""
    beside = {path.rsplit("/", 1)[-1].removesuffix(".py") for path in layout.python if _folder(path) == folder}
    return module if names & (beside - sys.stdlib_module_names) else ""


def _is_distribution(entries: Mapping[str, Entry], root: str) -> bool:
    """Tell whether packages below `root` are installed as such, where a module beside them would be left behind."""
    if root and root.split("/")[-1] == "src":
        return True
    pyproject = entries.get(f"{root}/pyproject.toml".lstrip("/"))
    return f"{root}/setup.py".lstrip("/") in entries or (pyproject is not None and b"[build-system]" in pyproject.data)


def _place(layout: Layout, entries: Mapping[str, Entry], root: str, package: str, files: Sequence[str]) -> Place:
    folder = "/".join(part for part in (root, package) if part)
    path = _free_path(entries, folder)
    module = path.rsplit("/", 1)[-1].removesuffix(".py")
    modules = {}
    for each in files:
        if not package:
            modules[each] = module
        elif layout.imports_relatively(each):
            modules[each] = "." * (_folder(each)[len(folder) :].count("/") + 1) + module
        else:
            modules[each] = f"{package}.{module}"
    return Place(path=path, modules=modules)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _free_path(entries: Mapping[str, Entry], folder: str) -> str:
    for name in NAMES:
        stem = f"{folder}/{name}".lstrip("/")
        present = entries.get(f"{stem}.py")
        if present is not None and is_accessor(present.data):
            return f"{stem}.py"
        if present is None and not any(path.startswith(f"{stem}/") for path in entries):
            return f"{stem}.py"
    raise Refused(f"no free name for the accessor module in {folder or 'the top folder'}")


def source(
    rotating: Iterable[str],
    *,
    with_bytes: bool,
    with_previous: bool = False,
    with_attributes: bool = False,
    with_engines: bool = False,
    style: Style = Style.ACCESSOR,
) -> bytes:
    """Return the accessor module; `rotating` are the secrets that are replaced while the application runs.

    `with_secret` is in it where there are any: it is for logins whose password may change between two of them.
    `previous_secrets` is for keys of which the one before must still be known, `secret_attribute` for classes,
    `follow_rotation` for engines of SQLAlchemy.
    """
    keeps = style is not Style.BOTO3
    text = render(
        "accessor.py.j2",
        rotating=sorted(set(rotating)),
        with_bytes=with_bytes,
        with_previous=with_previous,
        with_attributes=with_attributes,
        with_engines=with_engines,
        refusals=_refusals(),
        style=style.value,
        keeps=keeps,
        read="_stored" if keeps else "_ask",
    )
    return text.encode()


def style_of(module: bytes) -> Style:
    """Return the style in which an accessor module was written."""
    if b"aws_secretsmanager_caching" in module:
        return Style.CACHING_LIBRARY
    return Style.ACCESSOR if b"ROTATING" in module else Style.BOTO3


@cache
def _refusals() -> tuple[tuple[str, str], ...]:
    """Return `authentication_errors.yaml` as the module writes it: names of classes on a line, and a tuple of texts."""
    rows = yaml.safe_load(_REFUSALS.read_text(encoding="utf-8"))
    return tuple(line for row in rows for line in _lines(row["errors"], row.get("says", ())))


def _lines(errors: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    inside = ", ".join(json.dumps(text) for text in texts)
    written = f"({inside},)" if len(texts) == 1 else f"({inside})"
    for names in wrap(" ".join(errors), _WIDTH - len(written), break_long_words=False):
        yield names, written


def updated(
    present: bytes,
    rotating: Iterable[str],
    *,
    with_bytes: bool,
    with_previous: bool = False,
    with_attributes: bool = False,
    with_engines: bool = False,
) -> bytes | None:
    """Return the module of an earlier fix with what this one adds, None where a person has changed it since."""
    known, style = _rotating_of(present), style_of(present)
    if known is None:
        return None
    had = {
        "with_bytes": b"def secret_bytes(" in present,
        "with_previous": b"def previous_secrets(" in present,
        "with_attributes": b"def secret_attribute(" in present,
        "with_engines": b"def follow_rotation(" in present,
    }
    if present.replace(b"\r\n", b"\n") != source(known, **had, style=style):
        return None
    needed = {
        "with_bytes": with_bytes,
        "with_previous": with_previous,
        "with_attributes": with_attributes,
        "with_engines": with_engines,
    }
    wanted = source({*known, *rotating}, **{name: needed[name] or had[name] for name in had}, style=style)
    return present if present.replace(b"\r\n", b"\n") == wanted else wanted


def _rotating_of(module: bytes) -> set[str] | None:
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError):
        return None
    if style_of(module) is Style.BOTO3:
        # It keeps nothing, so it names no secret; that there are some that rotate shows in what it offers.
        return {"rotating"} if b"def with_secret(" in module else set()
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "ROTATING":
            return {
                each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return None
