"""Where an import goes in a Python file, and under which name, so that nothing already there changes its meaning."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.errors import NotRewritable
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

_ALIASES = {
    "secret": ("secret", "stored_secret", "fetch_secret", "read_stored_secret"),
    "secret_bytes": ("secret_bytes", "stored_secret_bytes", "fetch_secret_bytes"),
    "previous_secrets": ("previous_secrets", "previous_stored_secrets"),
    "secret_attribute": ("secret_attribute", "stored_secret_attribute"),
    "follow_rotation": ("follow_rotation", "follow_secret_rotation"),
    "with_secret": ("with_secret", "with_stored_secret"),
    "quote": ("quote", "url_quote", "quote_for_url"),
    "field": ("field", "default_field"),
    "Field": ("Field", "ModelField"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the functions that a rewrite calls are named in one file."""

    functions: tuple[tuple[str, str], ...]
    quote: str
    helpers: tuple[tuple[tuple[str, str], str], ...] = ()

    def of(self, function: str) -> str:
        """Return the local name of an accessor function."""
        return dict(self.functions)[function]

    def helper(self, wanted: tuple[str, str]) -> str:
        """Return the local name of a library's function, given as (module, name)."""
        return dict(self.helpers)[wanted]


def place_imports(
    source: PythonSource,
    accessor: str,
    wanted: Sequence[str],
    *,
    quoted: bool,
    first_use: int,
    helpers: Sequence[tuple[str, str]] = (),
) -> tuple[Names, list[Splice]]:
    """Return the local names, and the insertions that bind them before the text offset `first_use`.

    `helpers` are functions of libraries, each as (module, name), whose module is imported there already.

    Raises `NotRewritable` where the first use shares its line with a `__future__` import.
    """
    used = _statement_index(source, first_use)
    section = list(_import_section(source, used))
    taken = _identifiers(source)
    functions = {name: _imported(section, accessor, name) or _free(name, taken) for name in wanted}
    lines = _accessor_lines(section, accessor, functions)
    quote = _imported(section, "urllib.parse", "quote") or _free("quote", taken)
    splices: list[Splice] = []
    if quoted and _imported(section, "urllib.parse", "quote") is None:
        line = f"from urllib.parse import {_as('quote', quote)}"
        standard = [each for each in section if _is_standard(each)]
        if standard:
            splices.append(_after(source, standard[-1], [line]))
        elif section and _stands_free(source, section[0]):
            splices.append(_before(source, section[0], line))
        else:
            lines.insert(0, line)
    found = {each: _helper(section, each) or _free(each[1], taken) for each in helpers}
    for (module, name), local in found.items():
        if _helper(section, (module, name)) is None:
            joined = _joined(source, section, module, _as(name, local))
            splices += [joined] if joined else []
            lines[:0] = [] if joined else [f"from {module} import {_as(name, local)}"]
    if lines:
        splices.append(_after(source, section[-1], lines) if section else _at_top(source, lines))
    names = Names(functions=tuple(functions.items()), quote=quote, helpers=tuple(found.items()))
    return names, _merged(splices)


def _joined(source: PythonSource, section: Sequence[cst.SimpleStatementLine], module: str, name: str) -> Splice | None:
    """Return what adds a name to the import of other names of its module, None where there is no such import."""
    for part in (part for statement in section for part in statement.body):
        if (
            isinstance(part, cst.ImportFrom)
            and _module_of(part) == module
            and not isinstance(part.names, cst.ImportStar)
        ):
            end = source.span(part.names[-1].asname or part.names[-1].name)[1]
            return Splice(start=end, end=end, text=f", {name}".encode())
    return None


def _helper(section: Sequence[cst.SimpleStatementLine], wanted: tuple[str, str]) -> str | None:
    """Return how a library's function can be called with what is imported already."""
    module, name = wanted
    for part in (part for statement in section for part in statement.body):
        for alias in part.names if isinstance(part, cst.Import) else ():
            if get_full_name_for_node(alias.name) == module:
                return f"{alias.evaluated_alias or module}.{name}"
    return _imported(section, module, name)


def _merged(splices: list[Splice]) -> list[Splice]:
    places = {splice.start: b"" for splice in splices}
    for splice in splices:
        places[splice.start] += splice.text
    return [Splice(start=place, end=place, text=text) for place, text in places.items()]


def _accessor_lines(section: Sequence[cst.SimpleStatementLine], accessor: str, functions: dict[str, str]) -> list[str]:
    missing = [_as(name, local) for name, local in functions.items() if _imported(section, accessor, name) is None]
    return [f"from {accessor} import {', '.join(missing)}"] if missing else []


def _as(name: str, local: str) -> str:
    return name if name == local else f"{name} as {local}"


def _identifiers(source: PythonSource) -> set[str]:
    return {node.value for node in source.spans if isinstance(node, cst.Name) and not _is_member(source, node)}


def _is_member(source: PythonSource, node: cst.Name) -> bool:
    """Tell whether a name is an attribute or a keyword of a call, which bind nothing."""
    parent = source.parents[node]
    if isinstance(parent, cst.Attribute):
        return parent.attr is node
    return isinstance(parent, cst.Arg) and parent.keyword is node


def _free(name: str, taken: set[str]) -> str:
    numbered = (f"{_ALIASES[name][-1]}_{number}" for number in range(2, 10_000))
    return next(alias for alias in chain(_ALIASES[name], numbered) if alias not in taken)


def _statement_index(source: PythonSource, offset: int) -> int:
    ends = (source.span(statement)[1] for statement in source.module.body)
    return next(index for index, end in enumerate(ends) if offset < end)


def _import_section(source: PythonSource, used: int) -> Iterator[cst.SimpleStatementLine]:
    """Yield the import lines at the head of the module that stand before statement `used`."""
    body = source.module.body
    if isinstance(body[used], cst.SimpleStatementLine) and _has_future(body[used]):
        raise NotRewritable("the value shares its line with a __future__ import")
    for index, statement in enumerate(body[:used]):
        if isinstance(statement, cst.SimpleStatementLine) and _only_imports(statement):
            yield statement
        elif not (isinstance(statement, (cst.If, cst.Try)) or (index == 0 and _is_docstring(statement))):
            return


def _only_imports(statement: cst.SimpleStatementLine) -> bool:
    return all(isinstance(part, (cst.Import, cst.ImportFrom)) for part in statement.body)


def _has_future(statement: cst.CSTNode) -> bool:
    return any(_module_of(part) == "__future__" for part in getattr(statement, "body", ()))


def _module_of(part: cst.CSTNode) -> str:
    if not isinstance(part, cst.ImportFrom):
        return ""
    name = get_full_name_for_node(part.module) if part.module is not None else ""
    return "." * len(part.relative) + (name or "")


def _is_docstring(statement: cst.CSTNode) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    only = statement.body[0]
    return isinstance(only, cst.Expr) and isinstance(only.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_standard(statement: cst.SimpleStatementLine) -> bool:
    tops: list[str] = []
    for part in statement.body:
        if isinstance(part, cst.Import):
            tops += [(get_full_name_for_node(alias.name) or "").split(".")[0] for alias in part.names]
        else:
            tops.append(_module_of(part).split(".")[0])
    return all(top in sys.stdlib_module_names and top != "__future__" for top in tops)


def _imported(section: Sequence[cst.SimpleStatementLine], module: str, name: str) -> str | None:
    for part in (part for statement in section for part in statement.body):
        if not isinstance(part, cst.ImportFrom) or _module_of(part) != module or isinstance(part.names, cst.ImportStar):
            continue
        for alias in part.names:
            if get_full_name_for_node(alias.name) == name:
                return alias.evaluated_alias or name
    return None


def _after(source: PythonSource, statement: cst.SimpleStatementLine, lines: Sequence[str]) -> Splice:
    newline = source.module.default_newline
    place = _line_end(source, source.span(statement)[1])
    gap = newline if _has_future(statement) else ""
    return Splice(start=place, end=place, text=(gap + "".join(line + newline for line in lines)).encode())


def _stands_free(source: PythonSource, statement: cst.SimpleStatementLine) -> bool:
    """Tell whether imports of a group of their own may go in front of a statement: no comment there is about it."""
    above = source.text[: source.span(statement)[0]].rstrip().rpartition(b"\n")[2].strip()
    return not above.startswith(b"#") and not _has_future(statement)


def _before(source: PythonSource, statement: cst.SimpleStatementLine, line: str) -> Splice:
    # PEP 8: the standard library comes first, with a blank line behind it.
    place, newline = source.span(statement)[0], source.module.default_newline
    return Splice(start=place, end=place, text=f"{line}{newline}{newline}".encode())


def _at_top(source: PythonSource, lines: Sequence[str]) -> Splice:
    newline = source.module.default_newline
    first = source.module.body[0]
    block = "".join(line + newline for line in lines)
    if _is_docstring(first):
        place = _line_end(source, source.span(first)[1])
        following = source.text[place:].split(b"\n", 1)[0].strip()
        return Splice(start=place, end=place, text=(newline + block + (newline if following else "")).encode())
    place = _above_comments(source, _first_start(source, first))
    # PEP 8: two blank lines around top-level definitions.
    gap = newline * (2 if isinstance(first, (cst.FunctionDef, cst.ClassDef)) else 1)
    return Splice(start=place, end=place, text=(block + gap).encode())


def begins_behind_imports(source: PythonSource, start: int) -> bool:
    """Tell whether the first imports of a module, which has none so far, would be put right above a place."""
    ahead = [each for each in source.module.body if source.span(each)[1] <= start]
    if not all(_is_docstring(each) for each in ahead):
        return False
    place = _line_end(source, source.span(ahead[-1])[1]) if ahead else _above_comments(source, start)
    return not source.text[place:start].strip()


def _first_start(source: PythonSource, statement: cst.CSTNode) -> int:
    decorators = getattr(statement, "decorators", ())
    return min([source.span(statement)[0], *(source.span(each)[0] for each in decorators)])


def _above_comments(source: PythonSource, start: int) -> int:
    """Return the line start before the comments that belong to a statement; a file's own header is not among them."""
    head = source.text[:start].decode("utf-8").splitlines(keepends=True)
    place = index = len(head)
    while index > 0 and head[index - 1].lstrip().startswith("#"):
        index -= 1
    if index > 0:
        place = index
    return len("".join(head[:place]).encode("utf-8"))


def _line_end(source: PythonSource, position: int) -> int:
    text = source.text
    while position < len(text) and text[position : position + 1] not in (b"\n", b"\r"):
        position += 1
    return position + (2 if text[position : position + 2] == b"\r\n" else 1)
