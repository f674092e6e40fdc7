"""Engines of SQLAlchemy whose URL holds a password that rotates.

An engine keeps the password that it was made with, and its pool opens connections for as long as the process runs. So
the call that makes it is handed to the accessor's `follow_rotation`: from then on each new connection logs in with what
the secret holds at that moment (SQLAlchemy, "Fully replacing the DBAPI connect() function", event `do_connect`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.connection import is_listed, table
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python_idioms import environ_default, outer
from remediation.rewriters.source import PythonSource
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

STRATEGY = "followed-engine"
KEEPS = (
    "an engine keeps the password that it was made with: restart the process after each rotation, "
    "or set the password in SQLAlchemy's do_connect event"
)
ELSEWHERE = "engines that other modules make of it follow a rotation; what else reads it has to be restarted"
FOLLOWS = "an engine is made once; follow_rotation has each new connection log in with what the secret holds by then"


def engines_of(source: PythonSource, site: Site) -> tuple[cst.Call, ...]:
    """Return the calls that make an engine out of the URL whose password is at `site`.

    The URL stands in the call, put together from its parts or not, or is a constant of the module that is set once.
    One that an environment variable may replace is none of these: it could lead to another database.
    """
    holder = _holder_of_url(source, site)
    if isinstance(holder, cst.Arg):
        return tuple(call for call in (_engine_of(source, holder),) if call is not None)
    name = _constant(source, holder) if holder is not None else None
    return engines_by(source, {name}) if name is not None else ()


def constant_of(source: PythonSource, site: Site) -> str | None:
    """Return the constant of the module, set once, that is the URL whose password is at `site`; None where none is."""
    holder = _holder_of_url(source, site)
    return _constant(source, holder) if holder is not None else None


def engines_by(source: PythonSource, names: Set[str]) -> tuple[cst.Call, ...]:
    """Return the calls that make an engine of a URL known by one of the names, which may have dots in them."""
    arguments = (each for each in source.spans if isinstance(each, cst.Arg) and _said(each.value) in names)
    return tuple(call for each in arguments if (call := _engine_of(source, each)) is not None)


def is_bound_by_imports(source: PythonSource, name: str) -> bool:
    """Tell whether a module binds a name by one import and by nothing else."""
    bound = [source.parents[node] for node in _names(source, name) if _binds(source, node)]
    return len(bound) <= 1 and all(isinstance(each, (cst.ImportAlias, cst.AsName)) for each in bound)


def _holder_of_url(source: PythonSource, site: Site) -> cst.CSTNode | None:
    """Return what holds the URL whose password is at `site`; None where there is none, or another may be taken."""
    node = outer(source, site)
    if environ_default(source, node) is not None:
        return None
    url = node if site.in_url else _made_of_parts(source, node)
    if url is None:
        return None
    while isinstance(parent := source.parents[url], cst.BinaryOperation):
        url = parent
    return parent


def _said(node: cst.BaseExpression) -> str:
    return (get_full_name_for_node(node) or "") if isinstance(node, (cst.Name, cst.Attribute)) else ""


def _made_of_parts(source: PythonSource, node: cst.CSTNode) -> cst.CSTNode | None:
    """Return the call that makes a URL whose password is `node`."""
    argument = source.parents[node]
    call = source.parents[argument]
    if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
        return None
    named = argument.keyword is not None and argument.keyword.value == "password"
    placed = argument.keyword is None and call.args.index(argument) == table()["url_parts"].index("password")
    return call if (named or placed) and is_listed(source, call, "urls") else None


def places(data: bytes, span: Span, value: SecretValue) -> Iterator[Span]:
    """Yield the lines of a file on which engines are made of the URL whose password, `value`, stands at `span`."""
    source = PythonSource.parse(data)
    ends = [0, *(at.end() for at in re.finditer(rb"\n", data)), len(data)]
    for call in engines_of(source, locate(source, span, value)):
        first, last = (source.text.count(b"\n", 0, place) for place in source.span(call))
        yield Span(start=ends[first], end=max(ends[first], ends[last + 1] - 1))


def _engine_of(source: PythonSource, argument: cst.Arg) -> cst.Call | None:
    """Return the call that makes an engine if `argument` is the URL it is given."""
    call = source.parents[argument]
    if not isinstance(call, cst.Call) or not is_listed(source, call, "engine_makers"):
        return None
    first = argument is call.args[0] and argument.keyword is None and not argument.star
    named = argument.keyword is not None and argument.keyword.value == "url"
    return call if first or named else None


def _constant(source: PythonSource, statement: cst.CSTNode) -> str | None:
    """Return the name that a statement of the module's own body binds, if no other place binds it."""
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target: cst.CSTNode | None = statement.targets[0].target
    else:
        target = statement.target if isinstance(statement, cst.AnnAssign) else None
    if not isinstance(target, cst.Name) or source.parents[source.parents[statement]] is not source.module:
        return None
    bound = [node for node in _names(source, target.value) if _binds(source, node)]
    return target.value if bound == [target] else None


def _names(source: PythonSource, name: str) -> list[cst.Name]:
    return [node for node in source.spans if isinstance(node, cst.Name) and node.value == name]


def _binds(source: PythonSource, node: cst.Name) -> bool:
    parent = source.parents[node]
    if isinstance(parent, (cst.FunctionDef, cst.ClassDef)):
        return parent.name is node
    if isinstance(parent, (cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor)):
        return parent.target is node
    if isinstance(parent, cst.Param):
        return parent.name is node
    return isinstance(parent, (cst.AssignTarget, cst.Global, cst.AsName, cst.ImportAlias, cst.Element, cst.Del))
