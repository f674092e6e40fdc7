"""Plants made-up credentials in an application's own modules, at definitions that its tests exercise."""

from __future__ import annotations

import ast
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from rstr import Rstr

_RECIPES = Path(__file__).with_name("plants.yaml")

Executed = Mapping[str, frozenset[int]]
"""The lines that the application's tests execute, by path."""
# Classes of these make more of what stands in their bodies than attributes.
_MAKERS = ("Enum", "Model", "NamedTuple", "TypedDict", "Protocol", "Settings", "Form", "Serializer", "Case", "Meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A credential in the code: `written` as it stands there, `value` as its program means it."""

    shape: str
    path: str
    line: int
    written: str
    value: str
    module: str
    read: str
    """An expression of the module; empty where a test of the application's own reads it."""
    copies: int
    """How often the value stands there besides, in texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A definition of a module that tests exercise; lines count from 0."""

    path: str
    kind: str
    name: str
    above: int
    body: int
    indent: str


def plant(
    top: Path, executed: Executed, tests: Sequence[str], seed: int, count: int, has: Callable[[str], bool]
) -> tuple[Planted, ...]:
    """Plant `count` credentials below `top`, each of another shape, at definitions and tests that `seed` chooses.

    `has` tells whether the application's environment has a library.
    """
    chance = random.Random(seed)
    sites = [
        site for path in sorted(executed) if "/migrations/" not in path for site in _sites(top, path, executed[path])
    ]
    sites += [site for path in sorted(tests) for site in _ends(top, path)]
    chance.shuffle(sites)
    described: Mapping[str, Any] = yaml.safe_load(_RECIPES.read_text(encoding="utf-8"))
    known = [shape for shape in described["shapes"] if "needs" not in shape or has(shape["needs"])]
    shapes: list[Mapping[str, Any]] = chance.sample(known, min(count, len(known)))
    chosen = []
    for shape in shapes:
        site = next((each for each in sites if _fits(shape, each)), None)
        if site is None:
            continue
        sites.remove(site)
        chosen.append((site, shape, _words(shape, described["values"], site, chance)))
    # From the bottom up, so that an insertion moves no place that is still to come.
    for site, shape, words in sorted(chosen, key=lambda one: one[0].above, reverse=True):
        _insert(top / site.path, site, shape, words)
    return tuple(_planted(top, site, shape, words) for site, shape, words in chosen)


def _fits(shape: Mapping[str, Any], site: _Site) -> bool:
    """Tell whether a shape can be planted at a definition: what only stands in front of it may stand before a class."""
    in_front = shape["at"] == "function" and "inside" not in shape
    return bool(site.kind == shape["at"] or (in_front and site.kind == "class"))


def _words(
    shape: Mapping[str, Any], values: Mapping[str, Sequence[str]], site: _Site, chance: random.Random
) -> dict[str, str]:
    name = chance.choice(shape["names"])
    value = Rstr(chance).xeger(chance.choice(values[shape["value"]]))
    half = len(value) // 2
    return {
        "name": name,
        "value": value,
        "head": value[:half],
        "tail": value[half:],
        "digest": hashlib.sha256(value.encode()).hexdigest()[:16],
        "variable": name.lower() if site.kind == "test" or shape.get("copies") else name.upper(),
        "definition": site.name,
    }


def _insert(file: Path, site: _Site, shape: Mapping[str, Any], words: Mapping[str, str]) -> None:
    lines = _read(file).splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    inside = shape.get("inside", "").format(**words).splitlines()
    lines[site.body : site.body] = [site.indent + line + newline for line in inside]
    before = shape.get("before", "").format(**words).splitlines()
    lines[site.above : site.above] = [line + newline for line in before]
    file.write_bytes("".join(lines).encode("utf-8"))


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8")


def _planted(top: Path, site: _Site, shape: Mapping[str, Any], words: Mapping[str, str]) -> Planted:
    text = _read(top / site.path).replace("\r\n", "\n")
    found = words["head"] if shape.get("halves") else words["value"]
    assert text.count(found) == 1 + shape.get("copies", 0), shape["shape"]
    return Planted(
        shape=shape["shape"],
        path=site.path,
        line=text[: text.index(found)].count("\n") + 1,
        written=words["value"],
        value=unquote(words["value"]) if shape.get("percent_encoded") else words["value"],
        module=site.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", "."),
        read=shape.get("read", "").format(**words),
        copies=shape.get("copies", 0),
    )


def _ends(top: Path, path: str) -> Iterator[_Site]:
    lines = _read(top / path).splitlines()
    if lines and Path(path).name.startswith("test_"):
        yield _Site(path=path, kind="test", name="", above=len(lines), body=len(lines), indent="")


def _sites(top: Path, path: str, executed: frozenset[int]) -> Iterator[_Site]:
    text = _read(top / path)
    lines = text.splitlines()
    # A byte order mark is no part of the program.
    for node in ast.parse(text.removeprefix("\ufeff")).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or _makes_more(node):
            continue
        first = next((each for each in node.body if not _is_docstring(each)), None)
        if first is None or first.lineno == node.lineno or not _runs(node, executed):
            continue
        body = min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", []))]) - 1
        yield _Site(
            path=path,
            kind="class" if isinstance(node, ast.ClassDef) else "function",
            name=node.name,
            above=_above(node, lines),
            body=body,
            indent=lines[body][: first.col_offset],
        )


def _makes_more(node: ast.FunctionDef | ast.ClassDef) -> bool:
    names = [ast.unparse(base) for base in getattr(node, "bases", ())]
    decorated = isinstance(node, ast.ClassDef) and bool(node.decorator_list)
    return decorated or any(name.endswith(_MAKERS) for name in names)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _runs(node: ast.FunctionDef | ast.ClassDef, executed: frozenset[int]) -> bool:
    """Tell whether the tests run the function, or a method of the class; its definition runs at import anyway."""
    if isinstance(node, ast.ClassDef):
        return any(_runs(each, executed) for each in node.body if isinstance(each, ast.FunctionDef))
    return any(each.lineno in executed for each in node.body if not _is_docstring(each))


def _above(node: ast.FunctionDef | ast.ClassDef, lines: Sequence[str]) -> int:
    """Return the line in front of a definition, its decorators and the comment that belongs to it."""
    line = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    while line and lines[line - 1].startswith("#"):
        line -= 1
    return line
