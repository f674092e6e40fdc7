"""Assignments, and what else binds a name to a value: loops, arms of choices, patterns, annotations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from scanner.analysis.program import (
    EACH,
    SENT,
    Argument,
    Call,
    Expression,
    Items,
    Joined,
    Member,
    Name,
    Opaque,
    Routine,
)
from scanner.analysis.reading.modules import Modules
from scanner.analysis.reading.targets import unnamed
from scanner.analysis.reading.walk import last_word, name_places
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_ADDING = ("+=", ".=", "<<=")
_PROTOTYPE = "prototype"
"""Where JavaScript's functions keep the methods of the objects that they make."""
_LATEST = 50
"""Calls among which an annotation is that was just read."""


class Bindings(Modules):
    """Reads what binds."""

    def _call(self, form: Form, node: Node, scope: int) -> Expression:
        """A call, and the names that it declares for what it gives back."""
        call = super()._call(form, node, scope)
        given = self.part(form, node, "arguments") if "out" in form.parts else None
        for argument in given.named_children if given is not None else ():
            last = argument.named_children[-1] if argument.named_children else argument
            if last.type in form.listed("out") or self.written(argument).partition(" ")[0] in form.listed("back"):
                self.assign(last, call, scope)
        return call

    def _bind(self, form: Form, node: Node, scope: int) -> Expression | None:
        target, value = self.part(form, node, "target"), self.part(form, node, "value")
        extends = target is not None and target.type in form.listed("extends")
        if extends and target is not None:
            # What stands first is the class, and what the property is, its accessors say.
            target, value = target.next_named_sibling, None
        kind = self.part(form, node, "type")
        targets = [target] if target is not None else []
        before, self.declared = self.declared, self.type_of(kind) if kind is not None else self.declared
        try:
            given = self.expression(value, scope) if value is not None else None
            if target is not None:
                self.outer = bool(form.parts.get("outer"))
                operator = self.written(node.child_by_field_name("operator"))
                if form.parts.get("several"):
                    targets = [one for one in node.children_by_field_name(form.field("target")) if one.is_named]
                self.assigns = bool(form.parts.get("assigns"))
                bound: Name | Member | None = None
                for place, one in enumerate(targets):
                    part = self.result(given, place, one, scope) if given is not None and len(targets) > 1 else given
                    bound = self.assign(one, part, scope, adding=operator in _ADDING)
                self.assigns = False
                if bound is not None and isinstance(given, Call) and unnamed(given):
                    self.program.unnamed.append((given, bound))
                if bound is not None and given is not None and "setter" in form.parts:
                    self._set(bound, given, form.field("setter") + bound.name[:1].upper() + bound.name[1:])
            self._provided(form, node, target, scope)
            taken = (*targets, value, kind)
            self._beside(target, [one for one in node.named_children if one not in taken], scope, extends=extends)
        finally:
            self.declared, self.outer = before, False
        return given

    def _tested(self, form: Form, node: Node, scope: int) -> None:
        """A pattern that is true of one type: its name stands for what is compared, which is of that type."""
        name, kind = self.part(form, node, "name"), self.type_of(self.part(form, node, "type"))
        if name is not None and self.subject is not None:
            self.assign(name, self.subject, scope)
        if name is not None and kind:
            self.program.scopes[scope].types[self.written(name)] = kind

    def _each(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A loop over a list or map: its last target stands for each element in turn."""
        target, value = self.part(form, node, "target"), self.part(form, node, "value")
        given = self.expression(value, scope)
        bound, name = target, EACH
        named = self.forms.get(target.type) if target is not None else None
        if target is not None and named is not None and named.parts.get("loose"):
            # A single target knows an element by its number or key only, unless that comes out of a channel.
            bound, name = target.named_children[-1], EACH if len(target.named_children) > 1 else SENT
        if bound is not None:
            self.assign(bound, Member(node.start_byte, node.end_byte, scope, given, name), scope)
        for child in node.named_children:
            if child not in (target, value):
                self.read(child, scope)
        return None

    def _arm(self, form: Form, node: Node, given: Expression | None, scope: int) -> Iterator[Expression]:
        """An arm of a choice, whose pattern may take apart what is given."""
        pattern = self.part(form, node, "pattern")
        if pattern is not None and given is not None and form.parts.get("binds"):
            while pattern.type not in self.forms and pattern.named_children and self._is_plain(pattern):
                pattern = pattern.named_children[0]
            if not self._is_constant(self.unwrapped(pattern)):
                self.assign(pattern, given, scope)
        yield from super()._arm(form, node, given, scope)

    @staticmethod
    def _is_plain(pattern: Node) -> bool:
        """Tell whether a node holds one pattern, and at most a condition behind it."""
        return pattern.named_child_count == 1 + (pattern.child_by_field_name("condition") is not None)

    def _is_constant(self, pattern: Node) -> bool:
        """Tell whether a pattern is a name that stands for a value: such have capital letters."""
        form = self.forms.get(pattern.type)
        return form is not None and form.kind == "name" and self.written(pattern)[:1].isupper()

    def _beside(self, target: Node | None, nodes: list[Node], scope: int, *, extends: bool) -> None:
        """Read what else a declaration has, such as the body of a loop; what its accessors return, the name may be.

        With `extends` it is one of a class elsewhere, whose object the accessors know by the word for their own.
        """
        for node in nodes:
            form = self.forms.get(node.type)
            for one in [node] if form is not None else node.named_children:
                found = self.read(one, scope)
                if isinstance(found, Routine) and target is not None:
                    if extends:
                        found.extended = "this"
                        self.call_routine(found, self.key(target, scope))
                    for returned in found.returned:
                        self.assign(target, returned, scope)

    def _set(self, target: Name | Member, value: Expression, name: str) -> None:
        """Keep an assignment to a property as the call of its setter, as tables name it."""
        of = target.of if isinstance(target, Member) else None
        called = Member(target.start, target.end, target.scope, of, name)
        call = Call(target.start, value.end, target.scope, called, [Argument(value)], new=False)
        self.program.calls.append(call)
        self.program.calls_of.setdefault(name, []).append(call)

    def assign(
        self, target: Node, value: Expression | None, scope: int, *, adding: bool = False
    ) -> Name | Member | None:
        """Bind what `target` names to `value`, None declares it only; return the one name that it has."""
        form = self.forms.get(target.type)
        if form is not None and form.parts.get("loose"):
            places = target.named_children
            for place, one in enumerate(places):
                part = self.result(value, place, one, scope) if value is not None and len(places) > 1 else value
                self.assign(one, part, scope, adding=adding)
            return None
        if form is not None and form.kind == "bind":
            self._with_default(form, target, value, scope)
            return None
        if form is not None and form.kind in ("pattern", "items", "entries"):
            self.take_apart(form, target, value, scope)
            return None
        if form is None and len(target.named_children) > 1:
            self.take_apart(Form(kind="items", parts={}), target, value, scope)
            return None
        bound = self.read(target, scope)
        if self.syntax.bare_calls and isinstance(bound, Call) and not bound.arguments and value is not None:
            bound = bound.called
            if isinstance(bound, Member):
                self._set(bound, value, f"{bound.name}=")
        if isinstance(bound, Name | Member):
            self._put(bound, value, scope, adding=adding)
            return bound
        return None

    def _with_default(self, form: Form, target: Node, value: Expression | None, scope: int) -> None:
        """Bind a target that says what it is where nothing is given."""
        left, default = self.part(form, target, "target"), self.part(form, target, "value")
        for given in (self.expression(default, scope) if default is not None else None, value):
            if left is not None and given is not None:
                self.assign(left, given, scope)

    def take_apart(self, form: Form, target: Node, value: Expression | None, scope: int) -> None:
        """Bind each name of a pattern to its part of `value`."""
        keyed = form.kind == "entries" or bool(form.parts.get("keyed"))
        for place, child in _parts_of(target, self.part(form, target, "type")):
            entry = self.forms.get(child.type)
            if entry is not None and entry.kind == "spread":
                self.assign(child.named_children[0], value, scope)
                continue
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
        if isinstance(value, Routine):
            self.call_routine(value, target.name)
            of = target.of if isinstance(target, Member) else None
            if isinstance(of, Member) and of.name == _PROTOTYPE:
                value.owner = value.owner or last_word(of.of)
        places = self.places or self.placed.get(target.name, [])
        if value is not None and places:
            name_places(value, places)
        if isinstance(target, Name):
            value = self._put_in(target, value, scope, adding=adding)
        if value is None:
            return
        if isinstance(target, Member):
            owner = place.owner if target.of is None else f"={last_word(target.of)}"
            program.fields.setdefault((owner, target.name), []).append(value)
            kind = self._kind_of(target.of) if isinstance(target.of, Name) else ""
            if kind:
                program.fields.setdefault((kind, target.name), []).append(value)
            if isinstance(target.of, Name):
                program.filled.setdefault(target.of.name, []).append((target.name, value))
            program.assigned.append((target, value))
            self._export_member(target, value)
        program.named.append((target.name.lstrip("*"), value))

    def _kind_of(self, name: Name) -> str:
        """Return the declared class of a variable, where files are called by their classes."""
        if self.syntax.modules != "types" or name.name == "this":
            return ""
        kind = next((one.types[name.name] for one in self.program.enclosing(name.scope) if name.name in one.types), "")
        return kind.rpartition(".")[2]

    def _put_in(self, target: Name, value: Expression | None, scope: int, *, adding: bool) -> Expression | None:
        """Bind a name in its scope; return what it is bound to, with what it held before where that is added to."""
        program = self.program
        place = program.scopes[0] if target.name in program.scopes[scope].outer else program.scopes[scope]
        if self.declared:
            place.types[target.name] = self.declared
        if value is None:
            place.bound.setdefault(target.name, [])
            return None
        if self.outer:
            place = next((one for one in program.enclosing(scope) if target.name in one.bound), place)
        self._require(target, value)
        if self.assigns and self.syntax.bare_fields and not self._is_local(target):
            program.fields.setdefault((place.owner, target.name), []).append(value)
        held = place.bound.setdefault(target.name, [])
        if adding and held:
            value = Joined(value.start, value.end, scope, [held.pop(), value])
            program.joined.append(value)
        held.append(value)
        if place.is_class:
            program.fields.setdefault((place.owner, target.name), []).append(value)
        return value

    def _is_local(self, name: Name) -> bool:
        """Tell whether a name is bound within the class, or outside of any."""
        for scope in self.program.enclosing(name.scope):
            if scope.is_class:
                return False
            if name.name in scope.bound or name.name in scope.types:
                return True
            if scope.routine is not None and name.name in scope.routine.parameters:
                return True
        return True

    def _outer(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """Names that a routine takes from the file's scope: `global`."""
        self.program.scopes[scope].outer.update(self.written(child).lstrip("$") for child in node.named_children)
        return None

    def unwrapped(self, node: Node) -> Node:
        """Return what is inside a node that is nothing but that, however often."""
        form = self.forms.get(node.type)
        inner = self.within(form, node) if form is not None and form.kind == "inner" else None
        return self.unwrapped(inner) if inner is not None else node

    def _provided(self, form: Form, node: Node, target: Node | None, scope: int) -> None:
        """Bind a name to the annotation that says which setting it is given."""
        wanted = form.listed("marks")
        holders = [one for one in node.named_children if one.type in wanted] if wanted else []
        marks = [self.unwrapped(one) for holder in holders for one in holder.named_children]
        for mark in (one for one in marks if one.type in self.forms):
            if (
                target is not None
                and self.written(self.part(self.forms[mark.type], mark, "name")) in self.syntax.provides
            ):
                latest = islice(reversed(self.program.calls), _LATEST)
                read = (one for one in latest if one.start == mark.start_byte)
                self.assign(target, next(read, None) or self.expression(mark, scope), scope)


def _parts_of(pattern: Node, head: Node | None) -> Iterator[tuple[int, Node]]:
    """Yield the parts of a pattern behind its `head` with their places; empty ones count, too: `[, second]`."""
    commas = number = 0
    for child in pattern.children:
        commas += child.type == ","
        if child.is_named and child != head:
            yield max(number, commas), child
            number += 1
