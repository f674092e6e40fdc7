"""Constants of a module that only its own functions read: the constant goes, and each function fetches the value.

Nothing is fetched when the module is imported then, and a value that was rotated reaches a process that runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from remediation.rewriters.literals import Site
from remediation.rewriters.python_exports import is_named_in_text
from remediation.rewriters.python_imports import Names, begins_behind_imports
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

_BLANKS_ABOVE = re.compile(rb"(?:^[ \t]*\r?\n)+\Z", re.MULTILINE)
_BLANKS_BELOW = re.compile(rb"(?:[ \t]*\r?\n)+")


def constant_of(source: PythonSource, site: Site) -> str | None:
    """Return the name of the constant whose whole value stands at `site`, if each of its uses could fetch it.

    That is so where a line of the module sets it and says nothing else, and functions alone read it, if any.
    """
    line = _line(source, site)
    if line is None or site.is_bytes or b"globals()" in source.text or _has_comment(source, line):
        return None
    name = _name(line)
    if name is None or is_named_in_text(source, name):
        return None
    return name if all(_fetches_late(source, use) for use in _uses(source, name, line)) else None


def is_used(source: PythonSource, site: Site, name: str) -> bool:
    """Tell whether the constant at `site` is read in its own module."""
    line = _line(source, site)
    return line is not None and bool(_uses(source, name, line))


def fetched_in_uses(source: PythonSource, site: Site, arguments: Sequence[str], names: Names) -> Iterator[Splice]:
    """Yield the removal of the constant, and the fetch in place of each use; `arguments` name the secret."""
    line = _line(source, site)
    name = _name(line) if line is not None else None
    if line is None or name is None:
        return
    yield _removal(source, line)
    for use in _uses(source, name, line):
        first, last = source.span(use)
        mark = "'" if _in_text(source, use) == '"' else '"'
        inside = ", ".join(f"{mark}{each}{mark}" for each in arguments)
        yield Splice(start=first, end=last, text=f"{names.of('secret')}({inside})".encode())


def _removal(source: PythonSource, line: cst.SimpleStatementLine) -> Splice:
    """Return the removal of a line with the blank ones that would be too many without it (PEP 8, "Blank Lines")."""
    start, end = source.span(line)
    newline = source.text.find(b"\n", end)
    end = newline + 1 if newline >= 0 else len(source.text)
    above, below = _BLANKS_ABOVE.search(source.text[:start]), _BLANKS_BELOW.match(source.text, end)
    over, under = above[0] if above else b"", below[0] if below else b""
    if begins_behind_imports(source, start):
        # These bring a blank line of their own.
        return Splice(start=start, end=end + under.find(b"\n") + 1, text=b"")
    if over and (end == len(source.text) or under.count(b"\n") >= over.count(b"\n")):
        return Splice(start=start - len(over), end=end, text=b"")
    return Splice(start=start, end=end + (len(under) if over else 0), text=b"")


def _line(source: PythonSource, site: Site) -> cst.SimpleStatementLine | None:
    statement = source.parents[site.node]
    line = source.parents.get(statement)
    if not site.whole or not isinstance(statement, (cst.Assign, cst.AnnAssign)) or line not in source.module.body:
        return None
    return line if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None


def _has_comment(source: PythonSource, line: cst.SimpleStatementLine) -> bool:
    start, end = source.span(line)
    newline = source.text.find(b"\n", end)
    return b"#" in source.text[end : newline if newline >= 0 else None] or bool(source.text[start:end].count(b"#"))


def _name(line: cst.SimpleStatementLine) -> str | None:
    (statement,) = line.body
    if isinstance(statement, cst.Assign):
        target = statement.targets[0].target if len(statement.targets) == 1 else None
    else:
        target = statement.target if isinstance(statement, cst.AnnAssign) else None
    return target.value if isinstance(target, cst.Name) else None


def _uses(source: PythonSource, name: str, line: cst.SimpleStatementLine) -> Sequence[cst.Name]:
    (statement,) = line.body
    return [
        node
        for node in source.spans
        if isinstance(node, cst.Name)
        and node.value == name
        and not _is_member(source, node)
        and not any(above is statement for _, above in source.ancestors(node))
    ]


def _is_member(source: PythonSource, node: cst.Name) -> bool:
    parent = source.parents[node]
    if isinstance(parent, cst.Attribute):
        return parent.attr is node
    return isinstance(parent, cst.Arg) and parent.keyword is node


def _fetches_late(source: PythonSource, use: cst.Name) -> bool:
    """Tell whether a name is only read there, in a function's body."""
    parent = source.parents[use]
    if isinstance(
        parent, (cst.AssignTarget, cst.Param, cst.Global, cst.NameItem, cst.ImportAlias, cst.Del, cst.AsName)
    ):
        return False
    if isinstance(parent, (cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For)) and parent.target is use:
        return False
    if len([above for _, above in source.ancestors(use) if isinstance(above, cst.FormattedString)]) > 1:
        return False
    return any(
        isinstance(above, (cst.FunctionDef, cst.Lambda)) and child is above.body
        for child, above in source.ancestors(use)
    )


def _in_text(source: PythonSource, use: cst.Name) -> str:
    """Return the quotes of the f-string that a name stands in, whose expressions must not use them."""
    found = next((above for _, above in source.ancestors(use) if isinstance(above, cst.FormattedString)), None)
    return found.end[0] if found is not None else ""
