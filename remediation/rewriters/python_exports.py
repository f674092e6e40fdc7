"""Constants that other modules read: the name stays, and the module's `__getattr__` fetches the value (PEP 562).

So importing the module fetches nothing. `from module import NAME` gets the value when that statement runs.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence

import libcst as cst

from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

# What lists the names of a module, of which one that is made on demand is none.
_LISTS = re.compile(rb"\b(vars|dir|getmembers|from_object|from_pyfile|config_from_object)\(|\b__dict__\b")


def may_be_made(source: PythonSource, name: str, path: str, readers: Mapping[str, bytes]) -> bool:
    """Tell whether nobody would notice that `name` of the module at `path` is made when it is asked for.

    `readers` are the other files that name it. It is noticed where the module makes names already, where a star or
    something that lists names takes it along, and where it is set from outside: functions would not see that.
    """
    if any(isinstance(each, cst.FunctionDef) and each.name.value == "__getattr__" for each in source.module.body):
        return False
    own = path.removesuffix("/__init__.py").removesuffix(".py").rsplit("/", 1)[-1].encode()
    listed = is_exported(source, name)
    for reader, data in readers.items():
        if not reader.endswith(".py") or (not listed and _takes_all(data, own)):
            return False
        if own in data and _LISTS.search(data):
            return False
        if re.search(rb"\b%s\b" % name.encode(), data) and not only_reads(data, name):
            return False
    return True


def is_exported(source: PythonSource, name: str) -> bool:
    """Tell whether the module's `__all__` lists a name."""
    return any(name in _texts(value) for value in _lists(source))


def is_named_in_text(source: PythonSource, name: str) -> bool:
    """Tell whether a text other than in `__all__` is the name, so that something may look it up."""
    known = {id(node) for value in _lists(source) for node in _elements(value)}
    return any(
        isinstance(node, cst.SimpleString) and id(node) not in known and node.evaluated_value == name
        for node in source.spans
    )


def made_on_demand(source: PythonSource, calls: Mapping[str, str]) -> Splice:
    """Return the insertion of the module's `__getattr__`; `calls` are expressions by the names that they make."""
    newline = source.module.default_newline
    lines = ["def __getattr__(name: str) -> str:"]
    for name, call in sorted(calls.items()):
        lines += [f'    if name == "{name}":', f"        return {call}"]
    lines.append('    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")')
    text = source.text.rstrip()
    lead = newline if source.text.endswith(b"\n") else newline * 2
    place = len(source.text) if source.text.endswith(b"\n") else len(text)
    return Splice(start=place, end=place, text=f"{lead}{newline}{newline.join(lines)}{newline}".encode())


def _lists(source: PythonSource) -> Sequence[cst.BaseExpression]:
    """Return what the module sets or adds to its `__all__`."""
    plain = [each for each in source.spans if isinstance(each, cst.Assign) and _is_all(each.targets[0].target)]
    typed = [each for each in source.spans if isinstance(each, (cst.AnnAssign, cst.AugAssign)) and _is_all(each.target)]
    return [each.value for each in (*plain, *typed) if each.value is not None]


def _is_all(target: cst.CSTNode) -> bool:
    return isinstance(target, cst.Name) and target.value == "__all__"


def _elements(value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
    return [each.value for each in value.elements] if isinstance(value, (cst.List, cst.Tuple)) else []


def _texts(value: cst.BaseExpression) -> set[str]:
    return {str(each.evaluated_value) for each in _elements(value) if isinstance(each, cst.SimpleString)}


def _takes_all(data: bytes, module: bytes) -> bool:
    found = re.findall(rb"^[ \t]*from[ \t]+([\w.]*)[ \t]+import[ \t]+\*", data, re.MULTILINE)
    return any(each.rsplit(b".", 1)[-1] in (module, b"") for each in found)


def only_reads(data: bytes, name: str) -> bool:
    """Tell whether a file only imports a name, or reads it: of whichever module, for names are compared alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes = list(ast.walk(ast.parse(data)))
    except (SyntaxError, ValueError):
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    return not any(
        (isinstance(node, ast.keyword) and node.arg == name)
        or (isinstance(node, ast.Attribute) and node.attr == name and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and word.search(node.value))
        for node in nodes
    )
