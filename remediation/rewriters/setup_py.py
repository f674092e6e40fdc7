"""Has a setup.py read what it needs of the project's own modules without importing them.

A module that fetches secrets when it is imported cannot be imported while the project is built. What a setup.py takes
of one is its version, mostly: a constant, or its docstring. A function that is put into the setup.py runs the
statements that set those, and no others.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice
from remediation.templating import render

READER = "_part_of"
"""The function that is put into a setup.py."""
_STEPS = 5
_COMPUTED = "it takes more of it than constants: have it read those without importing the module"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A name of a module as the file sets it, with the names that it is made of."""

    path: str
    name: str
    needs: frozenset[str]


def files(tree: Mapping[str, bytes], folder: str, name: str) -> list[str]:
    """Return the files of a tree that an import of a dotted name runs: each package on the way, and the module."""
    parts = name.split(".")
    for base in (folder, f"{folder}/src".lstrip("/")):
        stems = ["/".join([*filter(None, [base]), *parts[: depth + 1]]) for depth in range(len(parts))]
        found = [path for stem in stems for path in (f"{stem}.py", f"{stem}/__init__.py") if path in tree]
        if found:
            return found
    return []


def absolute(module: str, level: int, folder: str, path: str) -> str:
    """Return the dotted name that a module has which the file at `path` imports from, `level` dots in front."""
    if not level:
        return module
    below = path[len(folder) :].lstrip("/").removeprefix("src/").split("/")
    return ".".join([*below[: len(below) - level], *filter(None, [module])])


def constant(tree: Mapping[str, bytes], folder: str, module: str, name: str) -> Constant:
    """Return where a name of a module is set. Raises `NotRewritable` where that takes more than names beside it."""
    return _constant(tree, folder, module, name, _STEPS)


def value(data: bytes, name: str) -> ast.expr:
    """Return what the one statement of a file about a name sets it to. Raises `NotRewritable`."""
    return _value(_parsed(data), name)


def without_imports(tree: Mapping[str, bytes], setup: str, runs: Collection[str]) -> bytes:
    """Return the setup.py at `setup` without its imports of the files in `runs`.

    Raises `NotRewritable` where it takes more of them than constants.
    """
    source = PythonSource.parse(tree[setup])
    if READER in source.text.decode():
        raise NotRewritable(_COMPUTED)
    lines = [each for each in source.spans if isinstance(each, cst.SimpleStatementLine)]
    edits: list[Splice] = []
    for line in sorted(lines, key=lambda each: source.span(each)[0]):
        written = _instead(tree, source, setup, line)
        if written:
            start, end = source.span(line.body[0])
            gap = source.module.default_newline + _indent(source, start)
            edits.append(Splice(start=start, end=end, text=gap.join(written).encode()))
    if not edits:
        raise NotRewritable(_COMPUTED)
    return source.encode(splice.apply(source.text, [_reader(source, edits[0].start), *edits]))


def _reader(source: PythonSource, first: int) -> Splice:
    """Return the insertion of the function in front of the statement that the first import belongs to."""
    statement = next(each for each in source.module.body if source.span(each)[1] > first)
    place = source.text.rfind(b"\n", 0, source.span(statement)[0]) + 1
    newline = source.module.default_newline
    blank = source.text[:place].replace(b"\r", b"").endswith(b"\n\n")
    text = render("setup_reader.py.j2", name=READER).replace("\n", newline)
    return Splice(start=place, end=place, text=f"{newline * (1 if blank else 2)}{text}{newline * 2}".encode())


def _indent(source: PythonSource, start: int) -> str:
    return source.text[source.text.rfind(b"\n", 0, start) + 1 : start].decode()


def _instead(tree: Mapping[str, bytes], source: PythonSource, setup: str, line: cst.SimpleStatementLine) -> list[str]:
    """Return the statements that take an import's place; none where a line imports nothing of the project."""
    folder = setup.rpartition("/")[0]
    ours = [each for part in line.body for each in _named(tree, folder, setup, part)]
    if not ours:
        return []
    (part, *others) = line.body
    if others:
        raise NotRewritable(_COMPUTED)
    if isinstance(part, cst.Import):
        return [_module(tree, source, folder, alias) for alias in part.names]
    assert isinstance(part, cst.ImportFrom)  # noqa: S101 (for the type checker; there is nothing else with names)
    if isinstance(part.names, cst.ImportStar):
        raise NotRewritable(_COMPUTED)
    module = absolute(_dotted(part.module), len(part.relative), folder, setup)
    return [_name(tree, folder, module, alias) for alias in part.names]


def _named(tree: Mapping[str, bytes], folder: str, setup: str, part: cst.BaseSmallStatement) -> Iterator[str]:
    if isinstance(part, cst.Import):
        for alias in part.names:
            yield from files(tree, folder, _dotted(alias.name))
    elif isinstance(part, cst.ImportFrom):
        yield from files(tree, folder, absolute(_dotted(part.module), len(part.relative), folder, setup))


def _dotted(node: cst.CSTNode | None) -> str:
    return (get_full_name_for_node(node) or "") if node is not None else ""


def _module(tree: Mapping[str, bytes], source: PythonSource, folder: str, alias: cst.ImportAlias) -> str:
    """Return the statement that binds a module's name to what is taken of it."""
    name = _dotted(alias.name)
    local = alias.evaluated_alias or name
    taken = _attributes(source, local)
    found = [constant(tree, folder, name, each) for each in sorted(taken - {"__doc__"})]
    path = _file(tree, folder, name)
    if "." in local or not taken or any(each.path != (found[0].path) for each in found):
        raise NotRewritable(_COMPUTED)
    if found and found[0].path != path and "__doc__" in taken:
        raise NotRewritable(_COMPUTED)
    return f"{local} = {_call(folder, found[0].path if found else path, found)}"


def _name(tree: Mapping[str, bytes], folder: str, module: str, alias: cst.ImportAlias) -> str:
    found = constant(tree, folder, module, _dotted(alias.name))
    return f"{alias.evaluated_alias or found.name} = {_call(folder, found.path, [found])}.{found.name}"


def _call(folder: str, path: str, found: list[Constant]) -> str:
    names = sorted({name for each in found for name in (each.name, *each.needs)})
    arguments = ", ".join(f'"{text}"' for text in (path[len(folder) :].lstrip("/"), *names))
    return f"{READER}({arguments})"


def _attributes(source: PythonSource, local: str) -> set[str]:
    """Return what is read of a module. Raises `NotRewritable` where it is used in any other way."""
    uses = [each for each in source.spans if isinstance(each, cst.Name) and each.value == local]
    taken: set[str] = set()
    for use in uses:
        parent = source.parents[use]
        imports = any(isinstance(above, (cst.Import, cst.ImportFrom)) for _, above in source.ancestors(use))
        if imports or (isinstance(parent, cst.Arg) and parent.keyword is use):
            continue
        if not isinstance(parent, cst.Attribute):
            raise NotRewritable(_COMPUTED)
        if parent.value is use:
            if isinstance(source.parents[parent], (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)):
                raise NotRewritable(_COMPUTED)
            taken.add(parent.attr.value)
    return taken


def _file(tree: Mapping[str, bytes], folder: str, module: str) -> str:
    found = files(tree, folder, module)
    stem = module.replace(".", "/")
    if not found or not found[-1].endswith((f"{stem}.py", f"{stem}/__init__.py")):
        raise NotRewritable(_COMPUTED)
    return found[-1]


def _constant(tree: Mapping[str, bytes], folder: str, module: str, name: str, steps: int) -> Constant:
    path = _file(tree, folder, module)
    parsed = _parsed(tree[path])
    for statement in parsed.body:
        if isinstance(statement, ast.ImportFrom) and steps:
            base = absolute(statement.module or "", statement.level, folder, path)
            if any(alias.name == name and alias.asname in (None, name) for alias in statement.names):
                return _constant(tree, folder, base, name, steps - 1)
    return Constant(path=path, name=name, needs=frozenset(_needs(parsed, name, set())))


def _parsed(data: bytes) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except (SyntaxError, ValueError):
        raise NotRewritable(_COMPUTED) from None


def _needs(module: ast.Module, name: str, known: set[str]) -> set[str]:
    """Return the other names that a constant is made of. Raises `NotRewritable` where one is no plain constant."""
    value = _value(module, name)
    bound = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    read = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} - bound - set(dir(builtins))
    for each in sorted(read - known - {name}):
        known = known | {each}
        known |= _needs(module, each, known)
    return known


def _value(module: ast.Module, name: str) -> ast.expr:
    """Return what the module's one statement about a name sets it to."""
    stores = [
        node for node in ast.walk(module) if isinstance(node, ast.Name) and node.id == name and _is_bound(node.ctx)
    ]
    for statement in module.body if len(stores) == 1 else ():
        if isinstance(statement, ast.Assign) and stores[0] in statement.targets:
            return statement.value
        plain = isinstance(statement, ast.AnnAssign) and isinstance(statement.annotation, ast.Name)
        if isinstance(statement, ast.AnnAssign) and statement.target is stores[0] and statement.value and plain:
            return statement.value
    raise NotRewritable(_COMPUTED)


def _is_bound(context: ast.expr_context) -> bool:
    return not isinstance(context, ast.Load)
