"""Declarations, assignments, parameters and imports: what is bound to names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis.imports import imported
from scanner.analysis.program import EACH, Call, Expression, Items, Joined, Member, Name, Opaque
from scanner.analysis.reading.expressions import Expressions
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_ADDING = ("+=", ".=", "<<=")


class Bindings(Expressions):
    """Reads what binds."""

    def _bind(self, form: Form, node: Node, scope: int) -> Expression | None:
        target, value = self.part(form, node, "target"), self.part(form, node, "value")
        kind = self.part(form, node, "type")
        before, self.declared = self.declared, self.type_of(kind) if kind is not None else self.declared
        try:
            given = self.expression(value, scope) if value is not None else None
            if target is not None:
                operator = self.written(node.child_by_field_name("operator"))
                targets = [target]
                if form.parts.get("several"):
                    targets = [one for one in node.children_by_field_name(form.field("target")) if one.is_named]
                for place, one in enumerate(targets):
                    part = self.result(given, place, one, scope) if given is not None and len(targets) > 1 else given
                    self.assign(one, part, scope, adding=operator in _ADDING)
        finally:
            self.declared = before
        return given

    def _each(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A loop over a list or map: its last target stands for each element in turn."""
        target, value = self.part(form, node, "target"), self.part(form, node, "value")
        given = self.expression(value, scope)
        bound = target
        named = self.forms.get(target.type) if target is not None else None
        if target is not None and named is not None and named.parts.get("loose"):
            bound = target.named_children[-1] if len(target.named_children) > 1 else None
        if bound is not None:
            self.assign(bound, Member(node.start_byte, node.end_byte, scope, given, EACH), scope)
        for child in node.named_children:
            if child not in (target, value):
                self.read(child, scope)
        return None

    def _comprehension(self, form: Form, node: Node, scope: int) -> Expression:
        """A list made by a loop: its elements are what the body stands for."""
        body, *loops = node.named_children
        for loop in loops:
            self.read(loop, scope)
        return Items(node.start_byte, node.end_byte, scope, [self.expression(body, scope)])

    def assign(self, target: Node, value: Expression | None, scope: int, *, adding: bool = False) -> None:
        """Bind what `target` names to `value`; None declares it only."""
        form = self.forms.get(target.type)
        if form is not None and form.parts.get("loose"):
            places = target.named_children
            for place, one in enumerate(places):
                part = self.result(value, place, one, scope) if value is not None and len(places) > 1 else value
                self.assign(one, part, scope, adding=adding)
            return
        if form is not None and form.kind in ("pattern", "items", "entries"):
            self.take_apart(form, target, value, scope)
            return
        if form is None and len(target.named_children) > 1:
            self.take_apart(Form(kind="items", parts={}), target, value, scope)
            return
        bound = self.read(target, scope)
        if isinstance(bound, Name | Member):
            self._put(bound, value, scope, adding=adding)

    def take_apart(self, form: Form, target: Node, value: Expression | None, scope: int) -> None:
        """Bind each name of a pattern to its part of `value`."""
        keyed = form.kind == "entries" or bool(form.parts.get("keyed"))
        for place, child in enumerate(target.named_children):
            entry = self.forms.get(child.type)
            key, inner = str(place), child
            if entry is not None and entry.kind in ("entry", "bind", "parameter"):
                default = self.part(entry, child, "value") if entry.kind != "entry" else None
                left = self.part(entry, child, "name") or self.part(entry, child, "target") or child
                if default is not None:
                    self.assign(left, self.expression(default, scope), scope)
                inner = (self.part(entry, child, "value") or left) if entry.kind == "entry" else left
                key = self.key(left, scope)
            elif keyed:
                key = self.written(child)
            if value is not None:
                part = self._element(value, key, place, child, scope)
                self.assign(inner, part, scope)

    @staticmethod
    def _element(value: Expression, key: str, place: int, node: Node, scope: int) -> Expression:
        if isinstance(value, Items):
            return value.elements[place] if place < len(value.elements) else value
        return Member(node.start_byte, node.end_byte, scope, value, key)

    @staticmethod
    def result(value: Expression, place: int, node: Node, scope: int) -> Expression:
        """Return what the target at `place` of several gets: of a list its element, of a call one of its results."""
        if isinstance(value, Items):
            return value.elements[place] if place < len(value.elements) else value
        if place == 0:
            return value
        if isinstance(value, Call):
            return Member(node.start_byte, node.end_byte, scope, value, str(place))
        return Opaque(node.start_byte, node.end_byte, scope)

    def _put(self, target: Name | Member, value: Expression | None, scope: int, *, adding: bool = False) -> None:
        program = self.program
        place = program.scopes[scope]
        if isinstance(target, Name):
            if target.name in place.outer:
                place = program.scopes[0]
            if self.declared:
                place.types[target.name] = self.declared
            if value is None:
                return
            held = place.bound.setdefault(target.name, [])
            if adding and held:
                value = Joined(value.start, value.end, scope, [held.pop(), value])
                program.joined.append(value)
            held.append(value)
            if place.is_class:
                program.fields.setdefault((place.owner, target.name), []).append(value)
        else:
            if value is None:
                return
            owner = place.owner if target.of is None else f"={last_word(target.of)}"
            program.fields.setdefault((owner, target.name), []).append(value)
            if isinstance(target.of, Name):
                program.filled.setdefault(target.of.name, []).append((target.name, value))
            program.assigned.append((target, value))
            self._export_member(target, value)
        program.named.append((target.name.lstrip("*"), value))

    def _export_member(self, target: Member, value: Expression) -> None:
        of = target.of
        if isinstance(of, Name) and (of.name, target.name) == ("module", "exports"):
            self.program.exports.setdefault("", []).append(value)
        elif (isinstance(of, Name) and of.name == "exports") or (isinstance(of, Member) and of.name == "exports"):
            self.program.exports.setdefault(target.name, []).append(value)

    def _outer(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """Names that a routine takes from the file's scope: `global`."""
        self.program.scopes[scope].outer.update(self.written(child).lstrip("$") for child in node.named_children)
        return None

    def _typed(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A declaration whose type stands before its names."""
        before, self.declared = self.declared, self.type_of(self.part(form, node, "type"))
        found = None
        for child in node.named_children:
            found = self.read(child, scope)
        self.declared = before
        return found

    def _parameter(self, form: Form, node: Node, scope: int) -> Expression | None:
        names = [self.part(form, node, "name")]
        if form.parts.get("several"):
            names = list(node.children_by_field_name(form.field("name")))
        routine = self.program.scopes[scope].routine
        default = self.part(form, node, "value")
        for name in names:
            word = self.key(name, scope) if name is not None else ""
            if routine is not None:
                routine.parameters.append(word)
            kind = self.type_of(self.part(form, node, "type"))
            if kind and word:
                self.program.scopes[scope].types[word] = kind
            if default is not None and name is not None:
                self.assign(name, self.expression(default, scope), scope)
            if form.parts.get("field") and default is not None:
                self.program.fields.setdefault((self.program.owner(scope), word), []).append(
                    self.expression(default, scope)
                )
            if form.parts.get("field") and name is not None and routine is not None:
                given = Name(name.start_byte, name.end_byte, scope, word)
                self.program.fields.setdefault((self.program.owner(scope), word), []).append(given)
        return None

    def _import(self, _form: Form, node: Node, scope: int) -> Expression | None:
        self.program.imports.update(imported(self.syntax.modules, self.written(node)))
        return None

    def _package(self, _form: Form, node: Node, scope: int) -> Expression | None:
        found = re.search(r"[A-Za-z_][\w.\\:]*\s*;?\s*$", self.written(node).split("{")[0].strip())
        self.program.module = found[0].rstrip("; \n") if found else ""
        for child in node.named_children:
            if child.type in ("declaration_list", "compound_statement", "template_body"):
                self.read(child, scope)
        return None

    def _export(self, form: Form, node: Node, scope: int) -> Expression | None:
        self.program.imports.update(imported(self.syntax.modules, self.written(node)))
        value = self.part(form, node, "value")
        if value is not None:
            found = self.expression(value, scope)
            self.program.exports.setdefault("", []).append(found)
            self.program.exports.setdefault("default", []).append(found)
            return None
        for child in node.named_children:
            self.read(child, scope)
        return None
