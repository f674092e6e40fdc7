"""Reads the parts of a database login that stand beside a password: in its URL, its call, or its dictionary.

Only what the code plainly says is taken: literals, module constants, and the defaults of environment look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import libcst as cst
import yaml
from libcst.helpers import get_full_name_for_node

from remediation.model import Connection
from remediation.rewriters.literals import Site
from remediation.rewriters.python_idioms import imported_names, origin, outer
from remediation.rewriters.source import PythonSource
from scanner.model import Span

_TABLE = Path(__file__).with_name("engines.yaml")
_CONNECTING = ("connect", "Connect", "Connection")
_URL_HEAD = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9.\-]*)(\+[A-Za-z0-9_.\-]+)?://(?P<user>[^/\s@:]*):\Z")
_VARIABLE = re.compile(r"[${}%\"'\\`(),;]")
_URL_TAIL = re.compile(r"\A@(?P<host>\[[^\]]*\]|[^:/?#\s,]*)(:(?P<port>\d+|[\ue000-\uf8ff]))?(/(?P<dbname>[^?#\s]*))?")


@cache
def table() -> Mapping[str, Any]:
    """Return `engines.yaml`: the engines, what their parts are called, and the rotation strategies."""
    loaded: Mapping[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return loaded


def rotation_of(connection: Connection) -> str | None:
    """Return the strategy that can rotate a login, None where there is none or the code does not say where it lies."""
    if connection.host is None or connection.username is None:
        return None
    rotations = {engine["name"]: engine.get("rotation") for engine in table()["engines"]}
    found: str | None = rotations.get(connection.engine)
    return found


def alternating_of(connection: Connection) -> str | None:
    """Return the strategy by which two users of a login take turns, None where there is none."""
    found: str | None = next(
        (one.get("alternating") for one in table()["engines"] if one["name"] == connection.engine), None
    )
    return found


def hosted_name(engine: str) -> str | None:
    """Return what CloudFormation calls an engine for which AWS hosts a rotation function, None for any other."""
    found: str | None = next((one.get("hosted") for one in table()["engines"] if one["name"] == engine), None)
    return found


def read(source: PythonSource, site: Site) -> Connection | None:
    """Return the login that the password at `site` belongs to, None where the code shows none."""
    if site.in_url:
        return _from_url(source, site)
    node = outer(source, site)
    for holder in (node, *_uses(source, node)):
        if (found := _from_neighbours(source, holder)) is not None:
            return found
    return None


def _from_url(source: PythonSource, site: Site) -> Connection | None:
    head, tail = _URL_HEAD.search(site.before), _URL_TAIL.match(site.after)
    engine = engine_where("schemes", head["scheme"].lower()) if head else None
    if head is None or tail is None or engine is None:
        return None

    def text(part: str | None) -> str | None:
        expression = site.expression(part or "")
        return constant(source, expression) if expression is not None else (_plain(part) if part else None)

    port = text(tail["port"])
    return Connection(
        engine=engine,
        host=text(tail["host"]),
        port=int(port) if port and port.isdigit() else None,
        username=text(head["user"]),
        dbname=text(tail["dbname"]),
    )


def in_url(before: str, after: str) -> Connection | None:
    """Return the login of a URL in a text without a program, by what stands before and behind its password.

    A part that is a variable or an expression of the file's own language counts as not known.
    """
    head, tail = _URL_HEAD.search(before), _URL_TAIL.match(after)
    engine = engine_where("schemes", head["scheme"].lower()) if head else None
    if head is None or tail is None or engine is None:
        return None
    user, host, port, dbname = (_known(part) for part in (head["user"], tail["host"], tail["port"], tail["dbname"]))
    number = int(port) if port and port.isdigit() else None
    return Connection(engine=engine, host=host, port=number, username=user, dbname=dbname)


def _known(part: str | None) -> str | None:
    return None if not part or _VARIABLE.search(part) else _plain(part)


def _plain(part: str) -> str | None:
    return None if re.search("[\ue000-\uf8ff]", part) else unquote(part)


def engine_where(column: str, value: str | int) -> str | None:
    """Return the engine that has `value` in a column of `engines.yaml`, None where none has."""
    for engine in table()["engines"]:
        known = engine.get(column, ())
        if value == known or (isinstance(known, list) and value in known):
            return str(engine["name"])
    return None


def _uses(source: PythonSource, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the places of this module that read the name a literal is bound to."""
    parent = source.parents[node]
    if not isinstance(parent, (cst.Assign, cst.AnnAssign)):
        return
    target = parent.targets[0].target if isinstance(parent, cst.Assign) else parent.target
    name = _last_name(target)
    if any(isinstance(each, cst.Param) and each.name.value == name for each in source.spans):
        return  # Another function's parameter of that name would be mistaken for it.
    for each in source.spans:
        if isinstance(each, (cst.Name, cst.Attribute)) and each is not target and _last_name(each) == name:
            yield each


def _last_name(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else None


def user_place(source: PythonSource, site: Site) -> tuple[Span, str] | None:
    """Return where a user name stands as a literal in the call or mapping that the password at `site` is a part of."""
    if site.in_url or source.text != source.data:
        return None
    holder = source.parents[outer(source, site)]
    given = _given(source, holder)
    node = next((given[name] for name in table()["parts"]["username"] if name in given), None)
    if not isinstance(node, cst.SimpleString) or "b" in node.prefix.lower():
        return None
    start, end = source.span(node)
    inner = Span(start=start + len(node.prefix + node.quote), end=end - len(node.quote))
    name = node.evaluated_value
    same = isinstance(name, str) and name and source.text[inner.start : inner.end] == name.encode()
    return (inner, name) if same and isinstance(name, str) else None


def _given(source: PythonSource, holder: cst.CSTNode) -> Mapping[str, cst.BaseExpression]:
    if isinstance(holder, cst.Arg) and isinstance(call := source.parents[holder], cst.Call):
        return _arguments(call, _positions(source, call))
    if isinstance(holder, cst.DictElement) and isinstance(mapping := source.parents[holder], cst.Dict):
        return _elements(mapping)
    return {}


def _from_neighbours(source: PythonSource, node: cst.CSTNode) -> Connection | None:
    holder = source.parents[node]
    if isinstance(holder, cst.Arg) and isinstance(call := source.parents[holder], cst.Call):
        given = _arguments(call, _positions(source, call))
        if any(given.get(name) is holder.value for name in table()["parts"]["password"]):
            return _connection(source, given, _engine_of_call(source, call))
    if isinstance(holder, cst.DictElement) and _key(holder).lower() in table()["parts"]["password"]:
        mapping = source.parents[holder]
        if isinstance(mapping, cst.Dict):
            return _connection(source, _elements(mapping), None)
    return None


def _arguments(call: cst.Call, positions: Sequence[str]) -> dict[str, cst.BaseExpression]:
    """Return what a call is given, by the parameters' names; what stands in its place alone by what is taken there."""
    plain = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    named = {arg.keyword.value.lower(): arg.value for arg in call.args if arg.keyword is not None}
    return dict(zip(positions, plain, strict=False)) | named


def is_listed(source: PythonSource, call: cst.Call, kind: str) -> bool:
    """Tell whether what is called is listed under `kind` (`engine_makers`, `urls`); no other import has its name."""
    dotted = get_full_name_for_node(call.func) or ""
    meanings = {meaning for name, meaning in imported_names(source) if name == dotted.partition(".")[0]}
    return len(meanings) == 1 and origin(source, dotted) in table()[kind]


def _positions(source: PythonSource, call: cst.Call) -> Sequence[str]:
    found: Sequence[str] = ()
    engine = _engine_of_call(source, call)
    if is_listed(source, call, "urls"):
        found = table()["url_parts"]
    elif _last_name(call.func) in _CONNECTING:
        found = next((one.get("positions", ()) for one in table()["engines"] if one["name"] == engine), ())
    names: Mapping[str, Sequence[str]] = table()["parts"]
    return [names[part][0] for part in found]


def _elements(mapping: cst.Dict) -> dict[str, cst.BaseExpression]:
    pairs = [element for element in mapping.elements if isinstance(element, cst.DictElement)]
    return {_key(element).lower(): element.value for element in pairs}


def _key(element: cst.DictElement) -> str:
    key = element.key.evaluated_value if isinstance(element.key, cst.SimpleString) else ""
    return key if isinstance(key, str) else ""


def _engine_of_call(source: PythonSource, call: cst.Call) -> str | None:
    first, _, _rest = (get_full_name_for_node(call.func) or "").partition(".")
    meanings = [meaning for name, meaning in imported_names(source) if name == first]
    return engine_where("modules", meanings[0].split(".")[0]) if meanings else None


def _connection(source: PythonSource, parts: Mapping[str, cst.BaseExpression], engine: str | None) -> Connection | None:
    known = {
        part: next((text for name in names if (text := constant(source, parts.get(name)))), None)
        for part, names in table()["parts"].items()
        if part != "password"
    }
    port = int(known["port"]) if known["port"] and known["port"].isdigit() else None
    engine = engine or _engine_named(known["engine"]) or (engine_where("port", port) if port else None)
    if engine is None or (known["username"] is None and known["host"] is None):
        return None
    return Connection(engine=engine, host=known["host"], port=port, username=known["username"], dbname=known["dbname"])


def _engine_named(text: str | None) -> str | None:
    if not text:
        return None
    scheme = text.split("+")[0].lower()
    return engine_where("schemes", scheme) or engine_where("backends", text.rsplit(".", 1)[-1].lower())


def constant(source: PythonSource, node: cst.CSTNode | None) -> str | None:
    """Return the text an expression has where the module plainly says so, None elsewhere."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        return node.evaluated_value if isinstance(node.evaluated_value, str) else None
    if isinstance(node, cst.Integer):
        return str(node.evaluated_value)
    if isinstance(node, cst.Name):
        values = [value for name, value in _assignments(source.module) if name == node.value]
        return constant(source, values[0]) if len(values) == 1 and values[0] is not node else None
    if isinstance(node, cst.Call):
        name = (get_full_name_for_node(node.func) or "").rsplit(".", 1)[-1]
        index = {"get": 1, "getenv": 1, "int": 0, "str": 0}.get(name, len(node.args))
        return constant(source, node.args[index].value) if index < len(node.args) else None
    return None


def _assignments(module: cst.Module) -> Iterator[tuple[str, cst.BaseExpression]]:
    for line in module.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name) and statement.value:
                yield statement.target.value, statement.value
            if isinstance(statement, cst.Assign):
                for target in statement.targets:
                    if isinstance(target.target, cst.Name):
                        yield target.target.value, statement.value
