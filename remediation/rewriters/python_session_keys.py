"""Keys by which Django and Flask sign sessions: what the key before has signed stays valid where it rotates.

Source: Django documentation, "Settings", SECRET_KEY_FALLBACKS (since 4.1); Flask documentation, "Configuration
Handling", SECRET_KEY_FALLBACKS (since 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from remediation.rewriters.python_imports import Names
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

DJANGO, FLASK = "django-secret-key", "flask-secret-key"
_KEY, _FALLBACKS = "SECRET_KEY", "SECRET_KEY_FALLBACKS"
_SETTINGS = (b"INSTALLED_APPS", b"ROOT_URLCONF", b"django")
_IMPORTS_FLASK = re.compile(rb"^[ \t]*(?:from|import)[ \t]+flask\b", re.MULTILINE)
_TAKES_KEYWORDS = ("update", "from_mapping")


def strategy_of(source: PythonSource, parent: cst.CSTNode) -> str:
    """Return how a session key is set by what holds its text, `parent`; empty where that sets none."""
    if _in_settings(source, parent):
        return DJANGO
    if _IMPORTS_FLASK.search(source.text) is None:
        return ""
    return FLASK if _configured(source, parent) or _is_keyword(source, parent) or in_class(source, parent) else ""


def in_class(source: PythonSource, parent: cst.CSTNode) -> bool:
    """Tell whether a statement sets the key in a class of configuration."""
    if _target(source, parent) != _KEY:
        return False
    line = source.parents[parent]
    return _is_alone(line) and isinstance(source.parents.get(source.parents[line]), cst.ClassDef)


def may_keep(source: PythonSource, node: cst.CSTNode) -> bool:
    """Tell whether the keys before can be told to the framework, for the key whose text is `node`."""
    return _FALLBACKS.encode() not in source.text or _present(source, source.parents[node]) is not None


def fallbacks(source: PythonSource, node: cst.CSTNode, secret: str, names: Names) -> Iterator[Splice]:
    """Yield what tells the framework the key before: behind the key `node`, or as an item of the list there is."""
    call = f'{names.of("previous_secrets")}("{secret}")'
    parent = source.parents[node]
    present = _present(source, parent)
    if present is not None:
        start = source.span(present)[0] + len("[")
        gap = ", " if source.slice(present).strip("[] \n\t") else ""
        yield Splice(start=start, end=start, text=f"*{call}{gap}".encode())
    elif may_keep(source, node):
        yield _keyword(source, parent, call) if isinstance(parent, cst.Arg) else _line(source, parent, call)


def _line(source: PythonSource, statement: cst.CSTNode, call: str) -> Splice:
    end = source.text.find(b"\n", source.span(statement)[1])
    place = end + 1 if end >= 0 else len(source.text)
    newline = source.module.default_newline
    start = source.span(statement)[0]
    indent = source.text[source.text.rfind(b"\n", 0, start) + 1 : start].decode()
    lead = "" if end >= 0 else newline
    text = f"{lead}{indent}{_beside(source, statement)} = {call}{newline}"
    return Splice(start=place, end=place, text=text.encode())


def _beside(source: PythonSource, statement: cst.CSTNode) -> str:
    """Return what is assigned to beside a key."""
    target = statement.targets[0].target if isinstance(statement, cst.Assign) else None
    if isinstance(target, cst.Attribute):
        return f'{source.slice(target.value)}.config["{_FALLBACKS}"]'
    if isinstance(target, cst.Subscript):
        quote = source.slice(target.slice[0])[0]
        return f"{source.slice(target.value)}[{quote}{_FALLBACKS}{quote}]"
    return _FALLBACKS


def _keyword(source: PythonSource, argument: cst.Arg, call: str) -> Splice:
    start, end = source.span(argument)
    line = source.text.rfind(b"\n", 0, start) + 1
    indent = source.text[line:start].decode()
    gap = " " if indent.strip() else source.module.default_newline + indent
    return Splice(start=end, end=end, text=f",{gap}{_FALLBACKS}={call}".encode())


def _present(source: PythonSource, parent: cst.CSTNode) -> cst.List | None:
    """Return the list of older keys that Django's settings have."""
    if not _in_settings(source, parent):
        return None
    found = (each for each in source.spans if isinstance(each, cst.Assign) and _target(source, each) == _FALLBACKS)
    return next((each.value for each in found if isinstance(each.value, cst.List)), None)


def _in_settings(source: PythonSource, statement: cst.CSTNode) -> bool:
    """Tell whether a statement sets the key in Django's settings, on a line of its own."""
    if _target(source, statement) != _KEY or not any(each in source.text for each in _SETTINGS):
        return False
    line = source.parents[statement]
    return line in source.module.body and _is_alone(line)


def _configured(source: PythonSource, statement: cst.CSTNode) -> bool:
    """Tell whether a statement sets the key of an application of Flask, on a line of its own."""
    target = statement.targets[0].target if isinstance(statement, cst.Assign) and len(statement.targets) == 1 else None
    if target is None or not _is_alone(source.parents[statement]):
        return False
    if isinstance(target, cst.Attribute):
        return target.attr.value == "secret_key"
    if not isinstance(target, cst.Subscript) or not source.slice(target.value).endswith(".config"):
        return False
    return len(target.slice) == 1 and source.slice(target.slice[0]) in (f'"{_KEY}"', f"'{_KEY}'")


def _is_keyword(source: PythonSource, argument: cst.CSTNode) -> bool:
    """Tell whether an argument is the key among those that a configuration takes."""
    call = source.parents[argument] if isinstance(argument, cst.Arg) else None
    named = isinstance(argument, cst.Arg) and argument.keyword is not None and argument.keyword.value == _KEY
    function = call.func if isinstance(call, cst.Call) and named else None
    if not isinstance(function, cst.Attribute) or function.attr.value not in _TAKES_KEYWORDS:
        return False
    return source.slice(function.value).endswith(".config")


def _target(source: PythonSource, statement: cst.CSTNode) -> str:
    """Return the one plain name that a statement assigns to, empty where it is none."""
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return ""
    target = statement.targets[0].target
    return target.value if isinstance(target, cst.Name) else ""


def _is_alone(line: cst.CSTNode) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
