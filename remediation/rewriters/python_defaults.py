"""Defaults that a library takes as a function: dataclasses, pydantic, attrs and click call it when one is needed.

So the value is fetched when an object is made or a command runs, not when the module is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.rewriters.literals import Site
from remediation.rewriters.python_idioms import origin, outer
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

_WRAPPERS = frozenset({"SecretStr", "SecretBytes"})
_CLICK = frozenset({"click.option", "click.argument"})
_DATACLASSES = frozenset({"dataclasses.dataclass"})
_ATTRS = frozenset({"attr.define", "attr.frozen", "attr.mutable", "attrs.define", "attrs.frozen", "attrs.mutable"})
_MODELS = frozenset({"pydantic.BaseModel", "pydantic.BaseSettings", "pydantic_settings.BaseSettings"})
_FIELDS = {
    "dataclasses.field": ("dataclasses", "default_factory"),
    "pydantic.Field": ("pydantic", "default_factory"),
    "attr.ib": ("attrs", "factory"),
    "attr.attrib": ("attrs", "factory"),
    "attr.field": ("attrs", "factory"),
    "attrs.field": ("attrs", "factory"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """A default that becomes a function; `helper` is the (module, name) that the rewritten line calls, if any."""

    keyword: cst.Name | None
    """The `default` that takes another name."""
    value: cst.CSTNode
    lead: str
    wrapped: bool = False
    helper: tuple[str, str] | None = None
    attribute: str = ""
    """`Class.field`, which a class has no more afterwards; empty where it never had."""

    def edits(self, source: PythonSource, helper: str) -> Iterator[Splice]:
        """Yield the edits around the value, with the local name of the helper."""
        start, end = source.span(self.value)
        if self.keyword is not None:
            first, last = source.span(self.keyword)
            yield Splice(start=first, end=last, text=self.lead.split("=")[0].encode())
            yield Splice(start=start, end=start, text=b"lambda: ")
            return
        lead = f"{helper}({self.lead}lambda: " if self.wrapped else f"{self.lead}lambda: "
        yield Splice(start=start, end=start, text=lead.encode())
        if self.wrapped:
            yield Splice(start=end, end=end, text=b")")


def factory_of(source: PythonSource, site: Site) -> Factory | None:
    """Return how the default at `site` becomes a function, None where it is none or where nothing would call it."""
    value = _value(source, outer(source, site))
    parent = source.parents[value]
    if isinstance(parent, cst.Arg):
        return _in_call(source, value, parent)
    if isinstance(parent, cst.AnnAssign) and isinstance(parent.target, cst.Name) and parent.value is value:
        return _in_class(source, value, parent, parent.target.value)
    return None


def _value(source: PythonSource, node: cst.CSTNode) -> cst.CSTNode:
    """Return the expression that is the default: the text, or what wraps it so that it is not shown."""
    argument = source.parents[node]
    call = source.parents[argument] if isinstance(argument, cst.Arg) else None
    if isinstance(call, cst.Call) and _last(call.func) in _WRAPPERS and len(call.args) == 1:
        return call
    return node


def _in_call(source: PythonSource, value: cst.CSTNode, argument: cst.Arg) -> Factory | None:
    call = source.parents[argument]
    if not isinstance(call, cst.Call) or argument.star:
        return None
    called = origin(source, get_full_name_for_node(call.func) or "")
    named = argument.keyword is not None and argument.keyword.value == "default"
    if called in _CLICK and named:
        return Factory(keyword=None, value=value, lead="")
    statement = source.parents[call]
    if called not in _FIELDS or (isinstance(statement, cst.AnnAssign) and _keeps_default(source, statement)):
        return None
    module, word = _FIELDS[called]
    attribute = _attribute(source, source.parents[call]) if module == "dataclasses" else ""
    if named:
        return Factory(keyword=argument.keyword, value=value, lead=f"{word}=", attribute=attribute)
    if module == "pydantic" and argument.keyword is None and call.args[0] is argument:
        return Factory(keyword=None, value=value, lead=f"{word}=")
    return None


def _in_class(source: PythonSource, value: cst.CSTNode, parent: cst.AnnAssign, name: str) -> Factory | None:
    owner = _class_of(source, parent)
    if owner is None or _keeps_default(source, parent) or _read_in(source, owner, name):
        return None
    decorators = {_decorator(source, each) for each in owner.decorators}
    if decorators & _DATACLASSES:
        attribute = f"{owner.name.value}.{name}"
        return _wrapping(value, "default_factory=", ("dataclasses", "field"), attribute)
    if decorators & _ATTRS:
        module = "attrs" if any(each.startswith("attrs.") for each in decorators) else "attr"
        return _wrapping(value, "factory=", (module, "field"), "")
    if _is_model(source, owner, 5):
        return _wrapping(value, "default_factory=", ("pydantic", "Field"), "")
    return None


def _keeps_default(source: PythonSource, statement: cst.AnnAssign) -> bool:
    """Tell whether a field is none of the object's, and dataclasses take no function for its default (PEP 557)."""
    kind = source.slice(statement.annotation.annotation)
    return "ClassVar" in kind or "InitVar" in kind


def _wrapping(value: cst.CSTNode, lead: str, helper: tuple[str, str], attribute: str) -> Factory:
    return Factory(keyword=None, value=value, lead=lead, wrapped=True, helper=helper, attribute=attribute)


def _class_of(source: PythonSource, statement: cst.CSTNode) -> cst.ClassDef | None:
    line = source.parents[statement]
    block = source.parents[line]
    owner = source.parents.get(block)
    return owner if isinstance(line, cst.SimpleStatementLine) and isinstance(owner, cst.ClassDef) else None


def _attribute(source: PythonSource, statement: cst.CSTNode) -> str:
    owner = _class_of(source, statement) if isinstance(statement, cst.AnnAssign) else None
    target = statement.target if isinstance(statement, cst.AnnAssign) else None
    return f"{owner.name.value}.{target.value}" if owner is not None and isinstance(target, cst.Name) else ""


def _decorator(source: PythonSource, decorator: cst.Decorator) -> str:
    called = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
    return origin(source, get_full_name_for_node(called) or "")


def _is_model(source: PythonSource, owner: cst.ClassDef, steps: int) -> bool:
    names = [get_full_name_for_node(each.value) or "" for each in owner.bases]
    if any(origin(source, name) in _MODELS for name in names):
        return True
    classes = [each for each in source.module.body if isinstance(each, cst.ClassDef) and each.name.value in names]
    return steps > 0 and any(_is_model(source, each, steps - 1) for each in classes)


def _read_in(source: PythonSource, owner: cst.ClassDef, name: str) -> bool:
    """Tell whether the class itself reads the default: in its own body, or as an attribute of `cls`."""
    for node in source.spans:
        if isinstance(node, cst.Attribute) and node.attr.value == name and _last(node.value) in {"cls", "__class__"}:
            return True
        if isinstance(node, cst.Name) and node.value == name and _loads(source, owner, node):
            return True
    return False


def _loads(source: PythonSource, owner: cst.ClassDef, node: cst.Name) -> bool:
    parent = source.parents[node]
    if isinstance(parent, (cst.Attribute, cst.AnnAssign, cst.Param)) or (
        isinstance(parent, cst.Arg) and parent.keyword is node
    ):
        return isinstance(parent, cst.Attribute) and parent.value is node and _is_within(source, owner, node)
    return _is_within(source, owner, node)


def _is_within(source: PythonSource, owner: cst.ClassDef, node: cst.CSTNode) -> bool:
    """Tell whether a node stands in the class's own body, not in a function of it."""
    for _, above in source.ancestors(node):
        if isinstance(above, (cst.FunctionDef, cst.Lambda)):
            return False
        if above is owner:
            return True
    return False


def _last(node: cst.CSTNode) -> str:
    return (get_full_name_for_node(node) or "").rsplit(".", 1)[-1]
