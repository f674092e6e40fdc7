"""Functions that are written as the cases of what they are given, and classes without a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import UNNAMED, Argument, Call, Expression, Items, Member, Name, Routine, Scope, Text
from scanner.analysis.reading.routines import Routines
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_GIVEN = "it"
"""By which name a function knows what it takes apart by cases."""
_HOLE = "_"
_HELD = re.compile(r"<(?:[\w\s.?]+,)?\s*([A-Z]\w*)\??>$")
"""The last of what a list or map is declared to hold."""


class Cases(Routines):
    """Reads them."""

    _element_type = ""
    """The class of the elements of the list or map that is declared."""

    def _call(self, form: Form, node: Node, scope: int) -> Expression:
        """A call, of which the type is kept that it is asked for: `Get<Thing>()` returns a thing."""
        given = self.part(form, node, "arguments")
        holes = [one for one in given.named_children if one.type == form.field("hole")] if given is not None else []
        if holes:
            return self._of_hole(form, node, scope)
        call = super()._call(form, node, scope)
        if isinstance(call, Call) and "generic" in form.parts:
            named = self.part(form, node, "function")
            while named is not None and named.type != form.field("generic") and named.named_children:
                named = named.named_children[-1]
            types = named.named_children[1:] if named is not None and named.type == form.field("generic") else []
            call.kind = self.type_of(types[0].named_children[0]) if types and types[0].named_child_count == 1 else ""
        return call

    def _of_hole(self, form: Form, node: Node, scope: int) -> Routine:
        """A function that is written as a call with a hole for what it is given: `login("shop", _)`."""
        owner, inside = self.program.owner(scope), len(self.program.scopes)
        routine = Routine(node.start_byte, node.end_byte, scope, "", owner, inside)
        routine.parameters.append(_HOLE)
        self.program.scopes.append(Scope(parent=scope, owner=owner, routine=routine))
        routine.returned.append(super()._call(form, node, inside))
        return routine

    def _items(self, form: Form, node: Node, scope: int) -> Expression:
        """A list; a pattern that names a class is also the making of an object of it, which is compared."""
        head = self.part(form, node, "type") if form.kind == "pattern" else None
        if head is None:
            return super()._items(form, node, scope)
        elements = [self.expression(one, scope) for one in node.named_children if one != head]
        if any(isinstance(one, Text) for one in elements):
            name = Name(head.start_byte, head.end_byte, scope, self.type_of(head))
            arguments = [Argument(one) for one in elements]
            self._keep(Call(node.start_byte, node.end_byte, scope, name, arguments, new=True))
        return Items(node.start_byte, node.end_byte, scope, elements)

    def _bind(self, form: Form, node: Node, scope: int) -> Expression | None:
        return self._of_elements(form, node, lambda: super(Cases, self)._bind(form, node, scope))

    def _typed(self, form: Form, node: Node, scope: int) -> Expression | None:
        return self._of_elements(form, node, lambda: super(Cases, self)._typed(form, node, scope))

    def _of_elements(self, form: Form, node: Node, read: Callable[[], Expression | None]) -> Expression | None:
        """Read a declaration, within which an object without a class may be an element of what is declared."""
        kind = self.part(form, node, "type")
        held = _HELD.search(self.written(kind))
        before = self._element_type
        if kind is not None:
            self._element_type = held[1] if held else ""
        try:
            return read()
        finally:
            self._element_type = before

    def _set_out(
        self, form: Form, node: Node, arguments: list[Argument], scope: int
    ) -> tuple[list[Expression], list[Text]]:
        before, self.declared = self.declared, self._element_type or self.declared
        try:
            return super()._set_out(form, node, arguments, scope)
        finally:
            self.declared = before

    def _routine(self, form: Form, node: Node, scope: int) -> Expression:
        """A function; what it gives back by a parameter counts as returned."""
        routine = super()._routine(form, node, scope)
        marked = [one for one in self._parameters(form, node) if "gives" in form.parts and self._gives(form, one)]
        for one in marked:
            if not isinstance(routine, Routine):
                break
            name = self.written(self.part(self.forms[one.type], one, "name")) if one.type in self.forms else ""
            routine.returned.extend(self.program.scopes[routine.inside].bound.get(name, ()))
        return routine

    def _gives(self, form: Form, parameter: Node) -> bool:
        return self.written(parameter).partition(" ")[0] in form.listed("gives")

    def _cases(self, form: Form, node: Node, scope: int) -> Expression:
        """A function of one parameter, which is compared with the pattern of each case and taken apart by it."""
        owner, inside = self.program.owner(scope), len(self.program.scopes)
        routine = Routine(node.start_byte, node.end_byte, scope, "", owner, inside)
        routine.parameters.append(_GIVEN)
        self.program.scopes.append(Scope(parent=scope, owner=owner, routine=routine))
        given = Name(node.start_byte, node.start_byte, inside, _GIVEN)
        for child in node.named_children:
            if child.type in form.listed("arms"):
                routine.returned.extend(self._arm(form, child, given, inside))
            else:
                self.read(child, inside)
        return routine

    def _subpattern(self, form: Form, node: Node, scope: int) -> None:
        """A field of what a pattern takes apart, which is compared with what stands behind it."""
        field, value = self.part(form, node, "name"), self.part(form, node, "value")
        if field is not None and value is not None:
            word = self.written(field)
            name = Name(field.start_byte, field.end_byte, scope, word)
            before, self.subject = self.subject, Member(field.start_byte, field.end_byte, scope, self.subject, word)
            self.program.compared.append((name, self.expression(value, scope)))
            self.subject = before

    def _trailing(self, node: Node, scope: int) -> Iterator[Argument]:
        """Yield what stands behind a call's parentheses; the body of a class without a name is read as one."""
        around = node.parent
        form = self.forms.get(around.type) if around is not None else None
        if around is None or form is None or node.type not in form.listed("class_bodies"):
            yield from super()._trailing(node, scope)
            return
        kinds = self._types_in(self.data[around.start_byte : node.start_byte].decode("utf-8", "replace"))
        owner, inside = f"{kinds[0] if kinds else ''}{UNNAMED}", len(self.program.scopes)
        self.program.scopes.append(Scope(parent=scope, owner=owner, is_class=True))
        self.program.classes.setdefault(owner, self.program.scopes[inside])
        self.program.bases.setdefault(owner, kinds[0] if kinds else "")
        self.program.kinds.setdefault(owner, []).extend(kinds)
        for base in (one for one in around.named_children if one.type in form.listed("bases")):
            self.read(base, scope)
        self.read(node, inside)
