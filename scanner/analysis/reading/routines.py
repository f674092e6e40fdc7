"""Functions, methods and classes, with the scopes that they open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Items, Name, Opaque, Routine, Scope, Several, Text
from scanner.analysis.reading.composites import Composites
from scanner.analysis.reading.walk import TYPE
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_GETTING = re.compile(r"^get_?(?=[A-Z_])")
_ARROW = re.compile(r"[-=]>")
_BASING = ("extends", "implements", "with", "by", "new", "object")
"""Words between the types that a class is based on."""


class Routines(Composites):
    """Reads what has a body."""

    def _routine(self, form: Form, node: Node, scope: int) -> Expression:
        program = self.program
        name = self.written(self.part(form, node, "name")) or str(form.parts.get("called", ""))
        owner = program.owner(scope)
        receiver = self.part(form, node, "receiver")
        if receiver is not None:
            owner = self.type_of(receiver.named_children[0].child_by_field_name("type")) or owner
        inside = len(program.scopes)
        routine = Routine(node.start_byte, node.end_byte, scope, name, owner, inside)
        program.scopes.append(Scope(parent=scope, owner=owner, routine=routine))
        if name:
            program.routines.setdefault(name, []).append(routine)
        getters = form.listed("getters")
        if getters and not getters.isdisjoint(child.type for child in node.children):
            program.fields.setdefault((owner, name), []).append(routine)
        routine.kind = self.type_of(self.part(form, node, "returns"))
        if receiver is not None:
            self._receiver(receiver, inside)
        routine.extended = self._extended(form, node)
        before: Node | None = None
        rest = False
        for child in self._parameters(form, node):
            inner = self.forms.get(child.type)
            if (
                before is not None
                and form.parts.get("defaults_follow")
                and (inner is None or inner.kind != "parameter")
            ):
                self._default(before, child, inside)
            elif inner is None or inner.kind != "skip":
                self._one_parameter(child, inside)
                routine.rest.update({routine.parameters[-1]: "items"} if rest and routine.parameters else {})
                before = child
            rest = form.field("rest") in (self.written(child), child.type) if "rest" in form.parts else False
        if before is None and form.parts.get("valued"):
            self._valued(routine, scope)
        if before is None and "implied" in form.parts:
            routine.parameters.append(form.field("implied"))
        routine.results = self._results(self.part(form, node, "results"), inside)
        self._body(form, node, inside, routine)
        self._name_places(routine, self.places_of(self.part(form, node, "returns")))
        # What `botToken()` or `getBotToken()` returns is bound to that name.
        given = [one for one in routine.returned if isinstance(one, Text)]
        program.named.extend((_GETTING.sub("", name), one) for one in given if name)
        return routine

    @staticmethod
    def _name_places(routine: Routine, places: list[str]) -> None:
        """Let the places of the tuples that a routine returns be known by the names that its type gives them."""
        for returned in (one for one in routine.returned if isinstance(one, Items) and places):
            returned.names = places

    def _results(self, node: Node | None, inside: int) -> list[str]:
        """Declare the variables that hold a routine's results, and return their names."""
        parts = node.named_children if node is not None else []
        found = [self.written(name) for part in parts for name in part.children_by_field_name("name")]
        for name in found:
            self.program.scopes[inside].bound.setdefault(name, [])
        return found

    def _extended(self, form: Form, node: Node) -> str:
        """Return by which name a routine knows the object that it is called on though it is none of its methods."""
        name, extends = self.part(form, node, "name"), form.listed("extends")
        before = node.named_children if extends and name is not None else []
        if any(one.type in extends and name is not None and one.end_byte <= name.start_byte for one in before):
            return "this"
        marked = (one for one in self._parameters(form, node)[:1] if self.written(one).startswith("this "))
        return next((self.written(self.part(self.forms[one.type], one, "name")) for one in marked), "")

    def _valued(self, routine: Routine, scope: int) -> None:
        """Bind the name of a routine without parameters to what it returns: it is read like a value."""
        place = self.program.scopes[scope]
        place.bound.setdefault(routine.name, []).append(routine)
        if place.is_class:
            self.program.fields.setdefault((place.owner, routine.name), []).append(routine)

    def _default(self, parameter: Node, value: Node, inside: int) -> None:
        """Bind a parameter to the default that stands behind it."""
        form = self.forms.get(parameter.type)
        name = self.part(form, parameter, "name") if form is not None else None
        if name is not None:
            self.assign(name, self.expression(value, inside), inside)

    def _receiver(self, node: Node, inside: int) -> None:
        """Go's receiver: a name for the object that the method belongs to."""
        name = node.named_children[0].child_by_field_name("name") if node.named_children else None
        if name is not None:
            self.program.scopes[inside].types[self.written(name)] = "this"

    def _parameters(self, form: Form, node: Node) -> list[Node]:
        parameters = self.part(form, node, "parameters")
        if parameters is not None:
            inner = self.forms.get(parameters.type)
            return [parameters] if inner is not None and inner.kind == "name" else parameters.named_children
        wanted = form.listed("parameter_nodes")
        return [
            inner
            for child in node.named_children
            if child.type in wanted
            for part in ([child] if self.forms.get(child.type) else child.named_children)
            for inner in (part.named_children if part.type in wanted else [part])
        ]

    def _one_parameter(self, node: Node, inside: int) -> None:
        form = self.forms.get(node.type)
        routine = self.program.scopes[inside].routine
        if form is not None and form.kind == "skip":
            return
        if form is not None and form.kind == "parameter":
            self.read(node, inside)
        elif routine is not None:
            if self.written(node) in self.syntax.own and routine.owner:
                # Python writes down the object that a method belongs to.
                return
            word = self.declare(node, inside)
            routine.parameters.append(word)
            self.take_rest(routine, word, form)

    def _body(self, form: Form, node: Node, inside: int, routine: Routine) -> None:
        body = self.part(form, node, "body")
        also = form.listed("also")
        for child in node.named_children if also else ():
            if child.type in also:
                self.read(child, inside)
        bodies = [body] if body is not None else []
        wanted = form.listed("body_nodes")
        rest = form.listed("parameter_nodes") if form.parts.get("body_rest") else None
        bodies += [
            child
            for child in (node.named_children if wanted or rest is not None else ())
            if child.type in wanted or (rest is not None and child.type not in rest and not self.skipped(child))
        ]
        while bodies and bodies[-1].type not in self.forms and bodies[-1].named_child_count == 1:
            bodies[-1] = bodies[-1].named_children[0]
        routine.stated = not bodies
        last: Expression | None = None
        for one in bodies:
            last = self.read(one, inside)
        value = form.parts.get("value_bodies")
        if bodies and last is not None and value and (value is True or bodies[-1].type not in value):
            routine.returned.append(self._last_of(bodies[-1], last, inside))

    def _last_of(self, body: Node, value: Expression, inside: int) -> Expression:
        """Return what a body whose last expression is its value returns."""
        if not isinstance(value, Opaque) or not body.named_children:
            return value
        end = body.named_children[-1].end_byte
        candidates = [one for one in self._made(inside) if one.end == end]
        return max(candidates, key=lambda one: one.end - one.start, default=value)

    def _made(self, inside: int) -> Iterator[Expression]:
        yield from (one for one in self.program.calls if one.scope == inside)
        yield from (one for one in self.program.joined if one.scope == inside)

    def _class(self, form: Form, node: Node, scope: int) -> Expression | None:
        name = re.split(r"\.|::|\\", self.type_of(self.part(form, node, "name")))[-1]
        inside = len(self.program.scopes)
        self.program.scopes.append(Scope(parent=scope, owner=name, is_class=True))
        self.program.classes.setdefault(name, self.program.scopes[inside])
        parameters = self._parameters(form, node)
        if parameters:
            made = Routine(node.start_byte, node.end_byte, scope, name, name, inside)
            self.program.scopes[inside].routine = made
            self.program.made.setdefault(name, []).append(made)
            for child in parameters:
                self._one_parameter(child, inside)
            if self._adds(form, node):
                made.extended = made.parameters[0]
        for child in node.named_children:
            if child.type in form.listed("bases"):
                self.program.bases.setdefault(name, self._base_of(child))
                self.program.kinds.setdefault(name, []).extend(self._kinds_of(child))
        for child in node.named_children:
            beside = (self.part(form, node, "parameters"), parameters[0].parent if parameters else None)
            if child not in beside and child.type not in form.listed("parameter_nodes"):
                self.read(child, inside)
        return Name(node.start_byte, node.end_byte, scope, name)

    def _adds(self, form: Form, node: Node) -> bool:
        """Tell whether a class adds its methods to what it is made of: Scala's implicit classes."""
        marks = (self.written(one).split() for one in node.children[:1] if "adds" in form.parts)
        return any(form.field("adds") in words for words in marks)

    def _base_of(self, node: Node) -> str:
        found = TYPE.search(self.written(node).removeprefix("extends"))
        return re.split(r"\.|::|\\", found[0])[-1] if found else ""

    def _kinds_of(self, node: Node) -> list[str]:
        """Return the last words of the types that a class is based on, without what stands in their brackets."""
        # Ruby writes a `<` in front of what a class is based on.
        return self._types_in(self.written(node).lstrip("< "))

    @staticmethod
    def _types_in(written: str) -> list[str]:
        found = TYPE.findall(_outside_brackets(written))
        return [re.split(r"\.|\\", one)[-1] for one in found if one not in _BASING]

    def _mixed(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """Classes whose fields and methods a class takes over."""
        named = [re.split(r"\\", self.written(child))[-1] for child in node.named_children]
        self.program.kinds.setdefault(self.program.owner(scope), []).extend(named)
        return None

    def _base(self, _form: Form, node: Node, scope: int) -> Expression:
        """The word for what the class is based on stands for that class."""
        name = self.program.bases.get(self.program.owner(scope), "")
        return (
            Name(node.start_byte, node.end_byte, scope, name) if name else Opaque(node.start_byte, node.end_byte, scope)
        )

    def _return(self, form: Form, node: Node, scope: int) -> Expression | None:
        made: Expression | None = None
        around = next((one.routine for one in self.program.enclosing(scope) if one.routine is not None), None)
        if around is not None and around.results and not node.named_children:
            held: list[Expression] = [Name(node.start_byte, node.end_byte, scope, name) for name in around.results]
            around.returned.append(Several(node.start_byte, node.end_byte, scope, held) if held[1:] else held[0])
        for child in node.named_children:
            value = self.expression(child, scope)
            inner = self.forms.get(child.type)
            if isinstance(value, Items) and inner is not None and inner.parts.get("loose"):
                value = Several(value.start, value.end, scope, value.elements)
            if form.parts.get("each"):
                made, value = value, Items(value.start, value.end, scope, [value])
            if around is not None:
                around.returned.append(value)
            else:
                self.program.exports.setdefault("", []).append(value)
        return made


def _outside_brackets(written: str) -> str:
    """Return a text without what stands in brackets of any kind."""
    if written.startswith("(") and written.endswith(")"):
        # Python has them all in brackets.
        written = written[1:-1]
    depth, kept = 0, []
    for sign in _ARROW.sub(" ", written):
        depth += sign in "<(["
        kept.append(" " if depth else sign)
        depth -= sign in ">)]" and depth > 0
    return "".join(kept)
