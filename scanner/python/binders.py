"""Which names bind what stands in an expression, read off the interpreter's own syntax tree from the outside in.

Where the detector decides for one name a glance takes all that come into question.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from scanner.analysis.tables import calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Names = tuple[str, ...]

LONGEST_NAME = 80
"""Characters of the longest text that is a name."""
_LEAVES = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)


def below(node: ast.AST, names: Names) -> Iterator[tuple[ast.AST, Names]]:
    """Yield the children of `node`, each with the names that bind a literal there; `names` are those around `node`."""
    reader = _BELOW.get(type(node))
    if reader is not None:
        yield from reader(node, names)
        return
    inherited = names if isinstance(node, ast.expr | ast.comprehension | ast.Return) else ()
    for field in node._fields:
        child = getattr(node, field, None)
        if isinstance(child, list):
            yield from [(one, inherited) for one in child if isinstance(one, ast.AST)]
        elif isinstance(child, ast.AST) and not isinstance(child, _LEAVES):
            yield child, inherited


def _assigned(node: Any, _: Names) -> Iterator[tuple[ast.AST, Names]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is not None:
        yield node.value, tuple(name for target in targets for name in words(target))
    yield from ((target, ()) for target in targets)


def _called(node: ast.Call, names: Names) -> Iterator[tuple[ast.AST, Names]]:
    """An argument is bound to its keyword, or to a text that comes before it; one that is handed through to all."""
    around = names if last_name(node.func) in calls("python").transparent else ()
    first = tuple(words(node.args[0])) if node.args else ()
    yield node.func, names
    for place, argument in enumerate(node.args):
        beside = (*node.args[max(0, place - 1) : place], *node.args[place + 1 : place + 2])
        yield argument, (*around, *first, *(word for one in beside for word in words(one)))
    for keyword in node.keywords:
        yield keyword.value, (*around, *(first if keyword.arg == "default" else ()), keyword.arg or "")


def _paired(node: ast.Dict, _: Names) -> Iterator[tuple[ast.AST, Names]]:
    for key, value in zip(node.keys, node.values, strict=True):
        yield value, tuple(words(key)) if key is not None else ()
        if key is not None:
            yield key, ()


def defaults(node: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Yield the parameters that have a default, each with it."""
    places = [*node.posonlyargs, *node.args]
    yield from zip(places[len(places) - len(node.defaults) :], node.defaults, strict=True)
    yield from ((one, given) for one, given in zip(node.kwonlyargs, node.kw_defaults, strict=True) if given is not None)


def _defaulted(node: ast.arguments, _: Names) -> Iterator[tuple[ast.AST, Names]]:
    yield from ((given, (one.arg,)) for one, given in defaults(node))
    further = [one for one in (node.vararg, node.kwarg) if one is not None]
    every = [*node.posonlyargs, *node.args, *node.kwonlyargs, *further]
    yield from ((one.annotation, ()) for one in every if one.annotation is not None)


def _beside(node: Any, names: Names) -> Iterator[tuple[ast.AST, Names]]:
    """What is compared, or stands in for what is missing, is bound to the name beside it."""
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else node.values
    # One tuple for all sides: there may be thousands.
    bound = (*names, *(word for side in sides for word in words(side)))
    yield from ((side, bound) for side in sides)


_BELOW: dict[type[ast.AST], Callable[[Any, Names], Iterator[tuple[ast.AST, Names]]]] = {
    ast.Assign: _assigned,
    ast.AnnAssign: _assigned,
    ast.NamedExpr: _assigned,
    ast.Call: _called,
    ast.Dict: _paired,
    ast.arguments: _defaulted,
    ast.Compare: _beside,
    ast.BoolOp: _beside,
}


def last_name(node: ast.AST | None) -> str:
    """Return the last part of the name by which an expression is read, bound or called."""
    while isinstance(node, ast.Call | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.arg if isinstance(node, ast.arg) else ""


def words(value: ast.AST) -> Iterator[str]:
    """Yield the names by which an expression is known: a variable, attribute, item's key or looked-up text."""
    if isinstance(value, ast.Constant):
        if isinstance(value.value, str) and len(value.value) <= LONGEST_NAME:
            yield value.value.lstrip("-")
    elif isinstance(value, ast.Name | ast.Attribute):
        yield last_name(value)
    elif isinstance(value, ast.Subscript):
        yield from words(value.slice)
    elif isinstance(value, ast.Call):
        yield from words(value.args[0]) if value.args else ()
        yield from words(value.func.value) if isinstance(value.func, ast.Attribute) else ()
