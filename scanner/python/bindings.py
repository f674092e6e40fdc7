"""Names of one module: what is imported under them, and which expressions are bound to them in which scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import libcst as cst

from scanner.python.tree import Tree

Scope = cst.FunctionDef | cst.ClassDef | cst.Lambda | None
"""The function, class or lambda that a name lives in; None is the module."""

_MAX_STEPS = 4


@dataclass(slots=True, kw_only=True)
class Bindings:
    """What each name may stand for. `values` maps (scope, name) to the expressions bound; None is "something else"."""

    tree: Tree
    imports: dict[str, str] = field(default_factory=dict)
    classes: dict[str, cst.ClassDef] = field(default_factory=dict)
    values: dict[tuple[Scope, str], list[cst.BaseExpression | None]] = field(default_factory=dict)

    def scope_of(self, node: cst.CSTNode) -> Scope:
        """Return the innermost function, class or lambda around `node`."""
        return next(self.scopes(node))

    def scopes(self, node: cst.CSTNode) -> Iterator[Scope]:
        """Yield the scopes around `node` from the innermost to the module (None)."""
        for child, parent in self.tree.ancestors(node):
            inside = not isinstance(child, cst.Decorator | cst.Arg | cst.Parameters | cst.Annotation)
            if isinstance(parent, cst.FunctionDef | cst.ClassDef | cst.Lambda) and inside:
                yield parent
        yield None

    def bound(self, node: cst.BaseExpression) -> list[cst.BaseExpression | None]:
        """Return the expressions that a name or attribute may stand for where `node` is read."""
        if isinstance(node, cst.Name):
            return self._named(node)
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            owner = self._class_of(node, node.value.value)
            return self.values.get((owner, node.attr.value), []) if owner is not None else []
        return []

    def _named(self, node: cst.Name) -> list[cst.BaseExpression | None]:
        for depth, scope in enumerate(self.scopes(node)):
            # A class body is seen by the code directly in it only, not by its methods.
            if isinstance(scope, cst.ClassDef) and depth > 0:
                continue
            if (scope, node.value) in self.values:
                return self.values[scope, node.value]
        return []

    def _class_of(self, node: cst.CSTNode, name: str) -> cst.ClassDef | None:
        if name in ("self", "cls"):
            return next((scope for scope in self.scopes(node) if isinstance(scope, cst.ClassDef)), None)
        return self.classes.get(name)

    def qualified(self, node: cst.CSTNode, steps: int = _MAX_STEPS) -> str:
        """Return the dotted name that `node` stands for, imports and constructors resolved; empty where unknown.

        `conn = smtplib.SMTP(h); conn.login` is `smtplib.SMTP.login`: an object is named by what made it.
        """
        if isinstance(node, cst.Call):
            return self.qualified(node.func, steps)
        if isinstance(node, cst.Await):
            return self.qualified(node.expression, steps)
        if isinstance(node, cst.Name | cst.Attribute):
            made = self._made_by(node, steps)
            if made:
                return made
        if isinstance(node, cst.Name):
            return self.imports.get(node.value, node.value)
        if isinstance(node, cst.Attribute):
            owner = self.qualified(node.value, steps)
            return f"{owner}.{node.attr.value}" if owner else ""
        return ""

    def _made_by(self, node: cst.BaseExpression, steps: int) -> str:
        if steps == 0:
            return ""
        for value in self.bound(node):
            if isinstance(value, cst.Call | cst.Await | cst.Name | cst.Attribute):
                return self.qualified(value, steps - 1)
        return ""

    def bind(self, scope: Scope, name: str, value: cst.BaseExpression | None) -> None:
        """Note that `name` in `scope` may stand for `value`."""
        self.values.setdefault((scope, name), []).append(value)


def collect_bindings(tree: Tree) -> Bindings:
    """Return the imports, classes and bound names of a module."""
    found = Bindings(tree=tree)
    imports: Iterator[cst.Import | cst.ImportFrom] = chain(tree.of(cst.Import), tree.of(cst.ImportFrom))
    for statement in imports:
        _collect_import(found, statement)
    for definition in tree.of(cst.ClassDef):
        found.classes[definition.name.value] = definition
    for assignment in tree.of(cst.Assign):
        for target in assignment.targets:
            _collect_target(found, target.target, assignment.value)
    targets: Iterator[cst.AnnAssign | cst.NamedExpr] = chain(tree.of(cst.AnnAssign), tree.of(cst.NamedExpr))
    for bound in targets:
        _collect_target(found, bound.target, bound.value)
    for item in tree.of(cst.WithItem):
        if item.asname is not None:
            _collect_target(found, item.asname.name, item.item)
    for parameter in tree.of(cst.Param):
        _collect_parameter(found, parameter)
    return found


def _collect_import(found: Bindings, node: cst.Import | cst.ImportFrom) -> None:
    if isinstance(node.names, cst.ImportStar):
        return
    source = ""
    if isinstance(node, cst.ImportFrom):
        source = "." * len(node.relative) + (dotted(node.module) + "." if node.module is not None else "")
    for alias in node.names:
        name = dotted(alias.name)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            found.imports[alias.asname.name.value] = source + name
        elif source:
            found.imports[name] = source + name


def dotted(node: cst.CSTNode) -> str:
    """Return a name or a chain of attributes of names as written; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    return ".".join([node.value, *reversed(parts)])


def _collect_target(found: Bindings, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
    if isinstance(target, cst.Name):
        found.bind(found.scope_of(target), target.value, value)
    elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
        if target.value.value in ("self", "cls"):
            owner = next((s for s in found.scopes(target) if isinstance(s, cst.ClassDef)), None)
            found.bind(owner, target.attr.value, value)
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            _collect_target(found, element.value, None)


def _collect_parameter(found: Bindings, node: cst.Param) -> None:
    owner = found.tree.parents.get(found.tree.parents[node])
    if isinstance(owner, cst.FunctionDef | cst.Lambda):
        found.bind(owner, node.name.value, node.default)
