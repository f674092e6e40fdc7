"""Reads the parts of a login that a program gives beside a password: in its call, its object, its setters.

Names are those of `engines.yaml`, with what languages put around them taken off (`setUser`, `WithHost`, `:host`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from remediation import connection
from remediation.model import Connection
from remediation.rewriters.code import logins
from remediation.rewriters.code.escapes import decoded
from remediation.rewriters.code.syntax import Syntax, style
from remediation.rewriters.code.texts import inner
from remediation.rewriters.configuration import grammar

if TYPE_CHECKING:
    from tree_sitter import Node

_AFFIXES = re.compile(r"\A(?:set|with)_?|[^a-z0-9]")
_URLS = ("url", "jdbcurl", "databaseurl", "addr", "address")
_DSN = "dsn"
_CLIENTS = ("client", "dialect", "type", "adapter", "driver")
_MOST_ENTRIES = 40
_FEWEST = 3
_IS_URL = re.compile(r"\A\w+:(?:.*//|\w+=)")
_ENGINE = "made of"


def login(syntax: Syntax, literal: Node) -> Connection | None:
    """Return the login whose password a literal is, None where the code around it shows none."""
    for given in (_entries(syntax, literal), _arguments(syntax, literal), _setters(syntax, literal)):
        found = _connection(given) if given else None
        if found is not None:
            return found
    return None


def _entries(syntax: Syntax, literal: Node) -> Mapping[str, str]:
    """Return the texts of an object's fields, of which the literal is one."""
    entry = next((one for one in grammar.lineage(literal) if one.type in syntax.data.get("entries", ())), None)
    if entry is None or entry.parent is None or _value(entry) != literal or not _is_password(_key(entry)):
        return {}
    owner = _owner(entry)
    siblings = [one for one in _siblings(entry) if one != entry and _owner(one) == owner]
    texts = ((_word(_key(one)), _text(syntax, _value(one))) for one in siblings[:_MOST_ENTRIES])
    known = {name: text for name, text in texts if text is not None}
    made = logins.made_of(_imported(syntax, entry, _made(entry))) or _told(syntax, entry)
    return {_ENGINE: made, **known} if made is not None and known else known


def _told(syntax: Syntax, entry: Node) -> str | None:
    """Return the engine that an object names by its client or dialect, or one of those that it stands in."""
    for node in grammar.lineage(entry):
        for one in _siblings(node)[:_MOST_ENTRIES] if node.type == entry.type else ():
            text = _text(syntax, _value(one)) if _word(_key(one)) in _CLIENTS else None
            made = logins.made_of(f"{text}.") if text else None
            if made is not None:
                return made
    return None


def _made(entry: Node) -> str:
    """Return the name of the type or function whose parts an entry's are."""
    for node in grammar.lineage(entry):
        if node.type.endswith(("statement", "declaration", "block", "body")):
            break
        made = next(
            (
                one
                for field in ("type", "function", "constructor")
                if (one := node.child_by_field_name(field)) is not None
            ),
            None,
        )
        if made is None and node.type == "object_creation_expression":
            made = node.named_children[0]
        if made is not None:
            return grammar.text(made)
        receiver = node.child_by_field_name("receiver")
        if receiver is not None:
            return f"{grammar.text(receiver)}."
    return ""


def _imported(syntax: Syntax, entry: Node, made: str) -> str:
    """Return a name with the module that it is imported from, by the patterns of `own.imports`."""
    name = re.match(r"[A-Za-z_$][\w$]*", made)
    for pattern in syntax.data.get("imports", ()) if name is not None else ():
        found = re.search(
            pattern.replace("NAME", re.escape(name[0] if name else "")), _file(entry).decode("utf-8", "replace")
        )
        if found is not None:
            return f"{found[1]}.{made}"
    return made


def _siblings(entry: Node) -> list[Node]:
    """Return what stands beside an entry and is of its kind, in one object or in statements one behind the other."""
    holder = entry.parent
    statement = holder.type if holder is not None and holder.type.endswith("expression_statement") else ""
    if holder is not None and statement:
        holder = holder.parent
    children = holder.named_children if holder is not None else []
    inside = (child.named_children[0] if child.type == statement else child for child in children)
    return [child for child in inside if child.type == entry.type]


def _whole_key(entry: Node) -> str:
    return grammar.text(_unwrapped(entry.named_children[0])) if entry.named_children else ""


def _key(entry: Node) -> str:
    return _whole_key(entry).rpartition(".")[2]


def _owner(entry: Node) -> str:
    return _whole_key(entry).rpartition(".")[0]


def _value(entry: Node) -> Node | None:
    return _unwrapped(entry.named_children[-1]) if len(entry.named_children) > 1 else None


def _unwrapped(node: Node) -> Node:
    while (
        node.type in ("literal_element", "argument", "value_argument", "expression_list")
        and len(node.named_children) == 1
    ):
        node = node.named_children[0]
    return node


def _arguments(syntax: Syntax, literal: Node) -> Mapping[str, str]:
    """Return URL, user and password of a call that takes them one behind the other."""
    values = [_unwrapped(one) for one in _list_of(syntax, literal)]
    if len(values) < _FEWEST or values[2] != literal:
        return {}
    name = _made(literal)
    positions = next((row["names"] for row in syntax.data.get("positions", ()) if row["word"] in name.lower()), ())
    if positions:
        texts = zip(positions, (_text(syntax, value) for value in values), strict=False)
        known = {part: text for part, text in texts if text is not None and part != "password"}
        return {_ENGINE: logins.made_of(name) or "", **known}
    url, user = (_text(syntax, value) for value in values[:2])
    return {"url": url, "user": user} if url is not None and user is not None and _IS_URL.match(url) else {}


def _list_of(syntax: Syntax, literal: Node) -> list[Node]:
    lists = syntax.data.get("argument_lists", ())
    found = next((one for one in grammar.lineage(literal) if one.type in lists), None)
    return [child for child in found.named_children if "comment" not in child.type] if found is not None else []


def _setters(syntax: Syntax, literal: Node) -> Mapping[str, str]:
    """Return what is set on the object on which the password is set, in the same block or chain."""
    own = _call_of(syntax, literal)
    if own is None or not _is_password(method(own)):
        return {}
    found: dict[str, str] = {}
    for call in _calls_beside(syntax, own):
        given = _only_argument(syntax, call)
        text = _text(syntax, given) if given is not None else None
        if text is not None and call != own:
            found.setdefault(_word(method(call)), text)
    return found


def _call_of(syntax: Syntax, literal: Node) -> Node | None:
    calls = syntax.data.get("calls", ())
    call = next((one for one in grammar.lineage(literal) if one.type in calls), None)
    return call if call is not None and _only_argument(syntax, call) == literal else None


def _only_argument(syntax: Syntax, call: Node) -> Node | None:
    lists = syntax.data.get("argument_lists", ())
    held = next((child for child in call.children if child.type in lists), None)
    given = [_unwrapped(child) for child in held.named_children] if held is not None else []
    return given[0] if len(given) == 1 else None


def method(call: Node) -> str:
    """Return the name of the method that is called."""
    name = call.child_by_field_name("name")
    text = grammar.text(name if name is not None else call.children[0])
    return re.split(r"[.?!:\s]+", text.rstrip(".?!: "))[-1]


def _receiver(call: Node) -> str:
    """Return the object at the start of a chain of calls."""
    return re.split(r"[.?(\s]", grammar.text(call), maxsplit=1)[0]


def _calls_beside(syntax: Syntax, call: Node) -> Iterator[Node]:
    blocks = syntax.data.get("blocks", ())
    block = next((one for one in grammar.lineage(call) if one.type in blocks), None)
    chain = [one for one in grammar.lineage(call) if one.type in syntax.data.get("calls", ())]
    yield from _calls(syntax, block if block is not None else chain[-1], _receiver(call))


def _calls(syntax: Syntax, node: Node, receiver: str) -> Iterator[Node]:
    if node.type in syntax.data.get("calls", ()) and _receiver(node) == receiver:
        yield node
    for child in node.named_children:
        yield from _calls(syntax, child, receiver)


def _text(syntax: Syntax, node: Node | None) -> str | None:
    """Return the text or number that a node is, or that the name it is stands for in this file."""
    if node is None:
        return None
    if node.type in syntax.literals:
        data = _file(node)
        first, last = inner(data, node)
        return decoded(style(syntax, data, node), data[first:last].decode("utf-8", "replace"))
    text = grammar.text(node)
    if text.isdigit():
        return text
    return _constant(syntax, node, text) if re.fullmatch(r"\w+", text) else None


def _file(node: Node) -> bytes:
    *_, root = grammar.lineage(node)
    # A root's text leaves out what stands before its first token, while offsets count from the file's start.
    return b" " * root.start_byte + (root.text or b"")


def _constant(syntax: Syntax, node: Node, name: str) -> str | None:
    spelled = rf"""\b{name}\b(?:[ \t]*:?[ \t]*\w+)?[ \t]*:?=[ \t]*(["'])([^"'\\$\n]*)\1"""
    found = re.findall(spelled, _file(node).decode("utf-8", "replace"))
    return str(found[0][1]) if len(found) == 1 else None


def _is_password(name: str) -> bool:
    return _word(name) in logins.parts()["password"]


def _word(name: str) -> str:
    return _AFFIXES.sub("", name.lower())


def _connection(given: Mapping[str, str]) -> Connection | None:
    url = next((given[name] for name in _URLS if name in given), "")
    located = logins.located(url or given.get(_DSN, ""))
    named = {part: next((given[one] for one in names if one in given), None) for part, names in logins.parts().items()}
    plain = url if located is None and "://" not in url else ""
    host, _, port = (named["host"] or plain).partition(":")
    port = named["port"] or port
    told = logins.engine_named(named["engine"] or "")
    engine = located.engine if located else told or given.get(_ENGINE) or _by_port(port)
    if engine is None or (not host and located is None and named["username"] is None):
        return None
    return Connection(
        engine=engine,
        host=host or (located.host if located else None) or None,
        port=int(port) if port.isdigit() else located.port if located else None,
        username=named["username"],
        dbname=named["dbname"] or (located.dbname if located else None) or None,
    )


def _by_port(port: str) -> str | None:
    return connection.engine_where("port", int(port)) if port.isdigit() else None
