"""Literals of structures, lists and maps whose type says which of them they are, as Go writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Either, Entries, Expression, Items, Name, Scope, Text
from scanner.analysis.reading.declarations import Declarations
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_MAPS = ("map_type",)
_LISTS = ("slice_type", "array_type", "implicit_length_array_type")
_UNNAMED = ("struct_type",)


class Composites(Declarations):
    """Reads what a type and braces make."""

    def _composite(self, form: Form, node: Node, scope: int) -> Expression | None:
        kind, body = self.part(form, node, "type"), self.part(form, node, "body")
        return self._made_of(kind, body, scope) if body is not None else None

    def _renewed(self, form: Form, node: Node, scope: int) -> Expression:
        """An object that is another with some fields set anew: it is made as one of the other's class, or is that."""
        left = self.expression(self.part(form, node, "value"), scope)
        marks = [one for one in node.named_children if one.type == form.field("set")]
        given = [
            Argument(self.expression(one.named_children[-1], scope), self.key(one.named_children[0], scope))
            for one in marks
            if len(one.named_children) > 1
        ]
        kinds = (one.types.get(last_word(left), "") for one in self.program.enclosing(scope))
        called = Name(node.start_byte, node.start_byte, scope, self.declared or next((one for one in kinds if one), ""))
        call = self._keep(Call(node.start_byte, node.end_byte, scope, called, given, new=True))
        self.program.named.extend((one.name, one.value) for one in given)
        return Either(node.start_byte, node.end_byte, scope, [call, left])

    def _made_of(self, kind: Node | None, body: Node, scope: int) -> Expression:
        """Return the value of type `kind` that `body`, in braces, makes."""
        if kind is not None and kind.type == "pointer_type":
            kind = kind.named_children[0]
        pairs = [(self._key_of(child), child) for child in body.named_children if not self.skipped(child)]
        if kind is not None and kind.type in _LISTS:
            inner = kind.child_by_field_name("element")
            elements = [self._element_of(child, inner, scope) for _, child in pairs]
            return Items(body.start_byte, body.end_byte, scope, elements)
        if kind is not None and kind.type in _MAPS:
            return self._map_of(kind.child_by_field_name("value"), pairs, body, scope)
        if pairs and all(key is not None and self._says(key) for key, _ in pairs):
            return self._map_of(None, pairs, body, scope)
        if kind is None and not any(key is not None for key, _ in pairs):
            elements = [self._element_of(child, None, scope) for _, child in pairs]
            return Items(body.start_byte, body.end_byte, scope, elements)
        return self._structure(kind, pairs, body, scope)

    def _map_of(self, inner: Node | None, pairs: list[tuple[Node | None, Node]], body: Node, scope: int) -> Expression:
        entries = [
            (self.key(key, scope), self._element_of(child, inner, scope)) for key, child in pairs if key is not None
        ]
        self.program.named.extend(entries)
        written = [self._written_key(key, scope) for key, _ in pairs if key is not None and self._says(key)]
        return Entries(body.start_byte, body.end_byte, scope, entries, [one for one in written if one is not None])

    def _written_key(self, key: Node, scope: int) -> Text | None:
        found = self.read(key, scope)
        return found if isinstance(found, Text) else None

    def _structure(
        self, kind: Node | None, pairs: list[tuple[Node | None, Node]], body: Node, scope: int
    ) -> Expression:
        name = self._type_name(kind, scope)
        arguments = [
            Argument(self._element_of(child, None, scope), self.written(key) if key is not None else "")
            for key, child in pairs
        ]
        called = Name(body.start_byte, body.start_byte, scope, name)
        call = Call(body.start_byte, body.end_byte, scope, called, arguments, new=True)
        program = self.program
        program.calls.append(call)
        program.calls_of.setdefault(name.rpartition(".")[2], []).append(call)
        self.describe([(one.name, one.value) for one in arguments])
        for one in arguments:
            if one.name:
                program.named.append((one.name, one.value))
                if name:
                    program.fields.setdefault((name.rpartition(".")[2], one.name), []).append(one.value)
        return call

    def _type_name(self, kind: Node | None, scope: int) -> str:
        """Return the name of a structure's type; one that stands without a name gets one by its place."""
        if kind is None or kind.type not in _UNNAMED:
            return self.type_of(kind)
        name = f"struct{kind.start_byte}"
        if name not in self.program.classes:
            inside = len(self.program.scopes)
            self.program.scopes.append(Scope(parent=scope, owner=name, is_class=True))
            self.program.classes[name] = self.program.scopes[inside]
            for child in kind.named_children:
                self.read(child, inside)
        return name

    def _element_of(self, node: Node, kind: Node | None, scope: int) -> Expression:
        """Return the value of an element; one in braces without a type is of the type `kind`."""
        form = self.forms.get(node.type)
        value = self.part(form, node, "value") if form is not None and form.kind == "entry" else node
        inner = value.named_children[0] if value is not None and value.type == "literal_element" else value
        if inner is not None and inner.type == "literal_value":
            return self._made_of(kind, inner, scope)
        return self.expression(inner, scope)

    def _key_of(self, node: Node) -> Node | None:
        form = self.forms.get(node.type)
        return self.part(form, node, "name") if form is not None and form.kind == "entry" else None

    def _says(self, key: Node) -> bool:
        """Tell whether a key is a literal text, which keys of structures never are."""
        inner = key.named_children[0] if key.named_children else key
        form = self.forms.get(inner.type)
        return form is not None and form.kind == "text"
