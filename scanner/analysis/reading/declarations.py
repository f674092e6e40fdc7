"""Declarations of parameters, fields and variables, with their types, defaults and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Name, Routine
from scanner.analysis.reading.bindings import Bindings
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFAULTED = re.compile(
    rb"""\b(?:(?:envDefault|env-default|default|cfgDefault|defaultValue):\\?"|env:"\w{1,80},\s?default=)([^"\\]{1,200})"""
)
_TAGGED = re.compile(rb"""\b(?:env|envconfig|long|name|flag|arg|mapstructure|koanf|yaml|json):\\?"([\w.-]{1,100})""")
"""Names by which a tag says that a field is set."""


class Declarations(Bindings):
    """Reads what declares."""

    def _declared(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A name with its type behind it."""
        found = self.expression(self.part(form, node, "name"), scope)
        kind = self.type_of(self.part(form, node, "type"))
        if kind and isinstance(found, Name):
            self.program.scopes[scope].types[found.name] = kind
        return found

    def _typed(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A declaration whose type stands before its names."""
        before, self.declared = self.declared, self.type_of(self.part(form, node, "type"))
        places, self.places = self.places, self.places_of(self.part(form, node, "type"))
        found = None
        for child in node.named_children:
            found = self.read(child, scope)
            inner = self.forms.get(child.type)
            if inner is not None and inner.kind == "bind":
                target = self.part(inner, child, "target")
                if self.places and self.part(inner, child, "value") is None:
                    self.placed[self.written(target)] = self.places
                self._provided(form, node, target, scope)
        self.declared, self.places = before, places
        return found

    def _parameter(self, form: Form, node: Node, scope: int) -> Expression | None:
        names = [self.part(form, node, "name")]
        if form.parts.get("several"):
            names = list(node.children_by_field_name(form.field("name")))
        routine = self.program.scopes[scope].routine
        if not names and self.program.scopes[scope].is_class:
            self._embedded(self.type_of(self.part(form, node, "type")), scope)
        self._tagged(form, node, names, scope)
        self._nested(self.part(form, node, "type"), scope)
        default = self.part(form, node, "value")
        if default is not None and default in (*names, self.part(form, node, "type")):
            default = None
        for name in names:
            word = self.declare(name, scope) if name is not None else ""
            if routine is not None:
                routine.parameters.append(word)
                self.take_rest(routine, word, form, self.forms.get(name.type) if name is not None else None)
            kind = self.type_of(self.part(form, node, "type"))
            if kind and word:
                self.program.scopes[scope].types[word] = kind
            if default is not None and name is not None:
                self.assign(name, self.expression(default, scope), scope)
            self._provided(form, node, name, scope)
            if routine is not None and (self.program.scopes[scope].is_class or self._is_field(form, node)):
                place = name if name is not None else node
                given = Name(place.start_byte, place.end_byte, scope, word)
                self.program.fields.setdefault((self.program.owner(scope), word), []).append(given)
        return None

    def _nested(self, kind: Node | None, scope: int) -> None:
        """Read the fields of a structure that is the type of a field, and has no name of its own."""
        form = self.forms.get(kind.type) if kind is not None else None
        if kind is not None and form is not None and form.kind == "fields":
            self.read(kind, scope)

    def _embedded(self, kind: str, scope: int) -> None:
        """Take a field without a name as what its structure is based on, whose fields and methods are its own."""
        owner, base = self.program.owner(scope), kind.rpartition(".")[2]
        self.program.bases.setdefault(owner, base)
        self.program.kinds.setdefault(owner, []).append(base)

    def _tagged(self, form: Form, node: Node, names: list[Node | None], scope: int) -> None:
        """Bind a field to the default that its tag says: `envDefault:"..."`."""
        tag = self.part(form, node, "tag")
        found = _DEFAULTED.search(self.data, tag.start_byte, tag.end_byte) if tag is not None else None
        if found is None or tag is None:
            return
        default = self.said(found.start(1), found.end(1), scope, raw=True)
        self.program.named.extend((self.written(name), default) for name in names if name is not None)
        keys = _TAGGED.findall(self.data, tag.start_byte, tag.end_byte)
        self.program.named.extend((key.decode("utf-8", "replace"), default) for key in keys)

    @staticmethod
    def take_rest(routine: Routine, word: str, *forms: Form | None) -> None:
        """Remember what a parameter takes that takes more than one argument."""
        kinds = [form.parts["rest"] for form in forms if form is not None and "rest" in form.parts]
        if kinds:
            routine.rest[word] = kinds[0]

    @staticmethod
    def _is_field(form: Form, node: Node) -> bool:
        marks = form.parts.get("field", ())
        return marks is True or any(child.type in marks for child in node.children)

    def declare(self, node: Node, scope: int) -> str:
        """Return the name of a parameter; one that takes its argument apart binds the parts."""
        form = self.forms.get(node.type)
        if form is not None and form.kind == "bind":
            left = self.part(form, node, "target")
            word = self.declare(left, scope) if left is not None else ""
            self.assign(node, None, scope)
            return word
        if form is not None and form.kind == "declared":
            self.read(node, scope)
            return self.written(self.part(form, node, "name"))
        inner = self.within(form, node) if form is not None and form.kind == "inner" else None
        if inner is not None:
            return self.declare(inner, scope)
        word = self.written(node).lstrip("$@&*.")
        if form is not None and form.kind in ("pattern", "entries"):
            self.take_apart(form, node, Name(node.start_byte, node.end_byte, scope, word), scope)
        named = form is not None and form.kind == "name" and word not in self.syntax.own
        return self.key(node, scope) if named else word
