"""Attributes of a class: one that is read from the store whenever it is asked for, of the class or of an object.

That takes a descriptor (Python's data model, "Implementing Descriptors"), which the accessor module has. An object or
a subclass that sets the attribute for itself has its own value, as before.
"""

from __future__ import annotations

import builtins

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.rewriters.literals import Site
from remediation.rewriters.source import PythonSource

_STEPS = 5


def may_be_asked_for(source: PythonSource, site: Site) -> bool:
    """Tell whether the value at `site` is a plain class's attribute, which the class does not need while it is made.

    A class is plain where nothing makes more of its body than attributes: no decorator, no metaclass, and no base that
    is not a plain class of the same file.
    """
    statement = source.parents[site.node]
    name = _name(statement)
    line = source.parents.get(statement)
    block = source.parents.get(line) if line is not None else None
    owner = source.parents.get(block) if block is not None else None
    if not site.whole or site.is_bytes or name is None or not isinstance(owner, cst.ClassDef):
        return False
    if name.startswith("__") or b"__dict__" in source.text or b"vars(" in source.text:
        return False
    return _is_plain(source, owner, _STEPS) and not _is_read(source, owner, name)


def _name(statement: cst.CSTNode) -> str | None:
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target: cst.CSTNode = statement.targets[0].target
    elif isinstance(statement, cst.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None
    return target.value if isinstance(target, cst.Name) else None


def _is_plain(source: PythonSource, owner: cst.ClassDef, steps: int) -> bool:
    if owner.decorators or owner.keywords or any(base.star for base in owner.bases):
        return False
    known = {each.name.value: each for each in source.module.body if isinstance(each, cst.ClassDef)}
    return all(_is_plain_base(source, known, base, steps) for base in owner.bases)


def _is_plain_base(source: PythonSource, known: dict[str, cst.ClassDef], base: cst.Arg, steps: int) -> bool:
    name = get_full_name_for_node(base.value) or ""
    if name in known:
        return steps > 0 and _is_plain(source, known[name], steps - 1)
    kind = getattr(builtins, name, None)
    return kind is object or (isinstance(kind, type) and issubclass(kind, Exception))


def _is_read(source: PythonSource, owner: cst.ClassDef, name: str) -> bool:
    """Tell whether something in the class's body reads the name while the class is made."""
    return any(
        isinstance(node, cst.Name)
        and node.value == name
        and not isinstance(source.parents[node], (cst.AssignTarget, cst.AnnAssign))
        and _is_made_with(source, owner, node)
        for node in source.spans
    )


def _is_made_with(source: PythonSource, owner: cst.ClassDef, node: cst.CSTNode) -> bool:
    parent = source.parents[node]
    if (isinstance(parent, cst.Attribute) and parent.attr is node) or (
        isinstance(parent, cst.Arg) and parent.keyword is node
    ):
        return False
    for child, above in source.ancestors(node):
        if isinstance(above, (cst.FunctionDef, cst.Lambda)) and child is above.body:
            return False
        if above is owner:
            return True
    return False
