"""Finds the Python code that reads a configuration file, and has it put the fetched values in after reading.

A reader is a call of a known library in a module that names the file. Only one reader counts: what two places read,
one of which is not seen, would be half rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.errors import NotRewritable
from remediation.placement import not_ours
from remediation.rewriters import splice
from remediation.rewriters.python_imports import place_imports
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

_LOADS: Mapping[str, frozenset[str]] = {
    "json": frozenset({"json.load", "json.loads", "orjson.loads", "simplejson.load", "simplejson.loads"}),
    "yaml": frozenset({"yaml.safe_load", "yaml.load", "yaml.full_load", "safe_load"}),
    "toml": frozenset({"tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads"}),
}
_NAMES = ("config", "loaded", "configuration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One value to put in: the keys that lead to it, the secret, and the text around it."""

    file: str
    keys: tuple[str, ...]
    name: str
    field: str | None
    around: tuple[str, str]

    @property
    def whole(self) -> bool:
        """Tell whether the secret's value is all of the text."""
        return self.around == ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A statement that reads the file: what holds the result, and how a text is put there."""

    source: PythonSource
    statement: cst.SimpleStatementLine
    variable: str
    returned: bool
    """The result is handed on at once, and needs a name first."""
    interpolates: bool
    """A percent sign means something in what is read."""


def path_of(file: str, kind: str, tree: Mapping[str, bytes]) -> str:
    """Return the path of the module that reads `file`. Raises `NotRewritable` where there is none, or several."""
    name = file.rsplit("/", 1)[-1].encode()
    found = []
    for path, data in tree.items():
        if path.endswith(".py") and name in data and not_ours(path, data) is None:
            try:
                reader_in(data, file, kind)
            except NotRewritable:
                continue
            found.append(path)
    if len(found) != 1:
        many = f"{len(found)} modules read it" if found else "no Python code that reads it was found"
        raise NotRewritable(f"{many}; put the value in where the file is read: secret(NAME) of the accessor module")
    return found[0]


def reader_in(data: bytes, file: str, kind: str) -> Reader:
    """Return the one statement of a module that reads `file`. Raises `NotRewritable` where it is not plain."""
    source = PythonSource.parse(data)
    readers = list(_parsers(source, file) if kind == "ini" else _loaders(source, file, kind))
    if len(readers) != 1:
        raise NotRewritable("the module reads it in no plain statement, or in several")
    return readers[0]


def _names_file(node: cst.CSTNode, file: str) -> bool:
    name = file.rsplit("/", 1)[-1]
    for each in _below(node):
        text = each.evaluated_value if isinstance(each, cst.SimpleString) else None
        if isinstance(text, str) and text.rsplit("/", 1)[-1] == name:
            return True
    return False


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _below(child)


def _loaders(source: PythonSource, file: str, kind: str) -> Iterator[Reader]:
    calls = [
        node
        for node in source.spans
        if isinstance(node, cst.Call) and (get_full_name_for_node(node.func) or "") in _LOADS[kind]
    ]
    alone = len(calls) == 1 and _names_file(source.module, file)
    for call in calls:
        statement, small = _statement(source, call)
        near = alone or _names_file(statement, file) or _opened(source, call, file)
        if not near or len(statement.body) != 1:
            continue
        if isinstance(small, cst.Return) and small.value is call:
            yield Reader(source=source, statement=statement, variable="", returned=True, interpolates=False)
        elif isinstance(small, (cst.Assign, cst.AnnAssign)) and small.value is call:
            target = small.targets[0].target if isinstance(small, cst.Assign) else small.target
            if isinstance(target, (cst.Name, cst.Attribute)):
                name = source.slice(target)
                yield Reader(source=source, statement=statement, variable=name, returned=False, interpolates=False)


def _statement(source: PythonSource, node: cst.CSTNode) -> tuple[cst.SimpleStatementLine, cst.CSTNode]:
    for child, parent in source.ancestors(node):
        if isinstance(parent, cst.SimpleStatementLine):
            return parent, child
        if isinstance(parent, (cst.Lambda, cst.FunctionDef, cst.ClassDef)):
            break
    raise NotRewritable("the call stands in no statement of its own")


def _opened(source: PythonSource, node: cst.CSTNode, file: str) -> bool:
    return any(
        isinstance(parent, cst.With) and any(_names_file(item, file) for item in parent.items)
        for _, parent in source.ancestors(node)
    )


def _parsers(source: PythonSource, file: str) -> Iterator[Reader]:
    made: dict[str, bool] = {}
    for node in source.spans:
        if isinstance(node, cst.Assign) and isinstance(node.value, cst.Call):
            kind = (get_full_name_for_node(node.value.func) or "").rsplit(".", 1)[-1]
            if kind in ("ConfigParser", "RawConfigParser", "SafeConfigParser"):
                plain = kind == "RawConfigParser" or "interpolation=None" in source.slice(node.value).replace(" ", "")
                made[source.slice(node.targets[0].target)] = not plain
    for node in source.spans:
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
            continue
        name = source.slice(node.func.value)
        if node.func.attr.value in ("read", "read_file") and name in made:
            statement, _ = _statement(source, node)
            near = _names_file(node, file) or _opened(source, node, file)
            if near or _names_file(source.module, file):
                yield Reader(source=source, statement=statement, variable=name, returned=False, interpolates=made[name])


def assigned(data: bytes, kind: str, assignments: Sequence[Assignment], accessor: str) -> bytes:
    """Return the module with the values put in behind the statement that reads their file."""
    reader = reader_in(data, assignments[0].file, kind)
    source = reader.source
    start, end = source.span(reader.statement)
    end = start + len(source.text[start:end].rstrip())
    quoted = any(each.field is not None and not each.whole for each in assignments)
    names, imports = place_imports(source, accessor, ["secret"], quoted=quoted, first_use=start)
    variable = reader.variable or _free(source, reader)
    indent = source.text[source.text.rfind(b"\n", 0, start) + 1 : start].decode()
    if indent.strip():
        raise NotRewritable("the statement that reads the file shares its line with another")
    newline = "\r\n" if b"\r\n" in source.text else "\n"
    lines = [_line(each, variable, reader, names.of("secret"), names.quote) for each in assignments]
    edits = list(imports)
    if reader.returned:
        keyword = source.text.index(b"return", start) + len(b"return")
        edits.append(Splice(start=start, end=keyword, text=f"{variable} =".encode()))
        lines.append(f"return {variable}")
    line_end = source.text.find(b"\n", end)
    line_end = len(source.text) if line_end < 0 else line_end
    line_end -= source.text[line_end - 1 : line_end] == b"\r"
    added = "".join(f"{newline}{indent}{line}" for line in lines)
    edits.append(Splice(start=line_end, end=line_end, text=added.encode()))
    return source.encode(splice.apply(source.text, edits))


def _free(source: PythonSource, reader: Reader) -> str:
    taken = {node.value for node in source.spans if isinstance(node, cst.Name)}
    return next(name for name in (*_NAMES, "loaded_configuration") if name not in taken)


def _line(each: Assignment, variable: str, reader: Reader, secret: str, quote: str) -> str:
    place = variable + "".join(f"[{key}]" if key.isdigit() else f'["{key}"]' for key in each.keys)
    return f"{place} = {_expression(each, reader, secret, quote)}"


def _expression(each: Assignment, reader: Reader, secret: str, quote: str) -> str:
    call = f'{secret}("{each.name}", "{each.field}")' if each.field else f'{secret}("{each.name}")'
    if reader.interpolates:
        # ConfigParser reads a percent sign as the start of a name (Python documentation, "Interpolation of values").
        call = f'{call}.replace("%", "%%")'
    if each.whole:
        return call
    inner = f'{quote}({call}, safe="")' if each.field else call
    before, after = (repr(text)[1:-1].replace("{", "{{").replace("}", "}}") for text in each.around)
    if "'" in before + after or '"' in before + after or "\\" in before + after or reader.interpolates:
        raise NotRewritable("the text around the value cannot be written in one expression")
    return f"f'{before}{{{inner}}}{after}'"
