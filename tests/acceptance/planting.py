"""Plants made-up credentials in an application's own modules, at definitions that its tests exercise."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from rstr import Rstr

_RECIPES = Path(__file__).with_name("plants.yaml")

Executed = Mapping[str, frozenset[int]]
"""The lines that the application's tests execute, by path."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A definition of a module that tests exercise; lines count from 0."""

    path: str
    kind: str
    name: str
    above: int
    body: int
    indent: str


def plant(top: Path, executed: Executed, seed: int) -> tuple[Planted, ...]:
    """Plant one credential of each shape in the files below `top`, each at a definition that `seed` chooses."""
    chance = random.Random(seed)
    sites = [site for path in sorted(executed) for site in _sites(top, path, executed[path])]
    chance.shuffle(sites)
    recipes: Sequence[Mapping[str, Any]] = yaml.safe_load(_RECIPES.read_text(encoding="utf-8"))
    chosen = []
    for recipe in recipes:
        site = next(each for each in sites if each.kind == recipe["at"])
        sites.remove(site)
        chosen.append((site, recipe, _words(recipe, site, chance)))
    # From the bottom up, so that an insertion moves no place that is still to come.
    for site, recipe, words in sorted(chosen, key=lambda one: one[0].above, reverse=True):
        _insert(top / site.path, site, recipe, words)
    return tuple(_planted(top, site, recipe, words) for site, recipe, words in chosen)


def _words(recipe: Mapping[str, Any], site: _Site, chance: random.Random) -> dict[str, str]:
    name = chance.choice(recipe["names"])
    value = Rstr(chance).xeger(recipe["value"])
    return {"name": name, "value": value, "variable": name.upper(), "definition": site.name}


def _insert(file: Path, site: _Site, recipe: Mapping[str, Any], words: Mapping[str, str]) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    inside = recipe.get("inside", "").format(**words).splitlines(keepends=True)
    lines[site.body : site.body] = [site.indent + line for line in inside]
    lines[site.above : site.above] = recipe.get("before", "").format(**words).splitlines(keepends=True)
    file.write_text("".join(lines), encoding="utf-8")


def _planted(top: Path, site: _Site, recipe: Mapping[str, Any], words: Mapping[str, str]) -> Planted:
    text = (top / site.path).read_text(encoding="utf-8")
    assert text.count(words["value"]) == 1
    return Planted(
        shape=recipe["shape"],
        path=site.path,
        line=text[: text.index(words["value"])].count("\n") + 1,
        written=words["value"],
        value=unquote(words["value"]) if recipe.get("percent_encoded") else words["value"],
        module=site.path.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
        read=recipe["read"].format(**words),
    )


def _sites(top: Path, path: str, executed: frozenset[int]) -> Iterator[_Site]:
    text = (top / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
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
