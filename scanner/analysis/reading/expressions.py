"""Names, members, calls, lists and maps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.analysis.imports import required
from scanner.analysis.program import (
    EACH,
    OBJECT,
    SPREAD,
    Argument,
    Call,
    Either,
    Entries,
    Expression,
    Imported,
    Items,
    Joined,
    Key,
    Member,
    Name,
    Routine,
    Text,
)
from scanner.analysis.reading.operators import Operators
from scanner.analysis.reading.walk import TYPE, equated_in, last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


_ENDED = ord(";")
_PARTS_OF_CALL = ("name", "function", "receiver", "arguments", "initializer")
_PLACE = re.compile(r"-?\d+|-?\d*\s*:[-\d\s:]*")
"""A place in a list, from its end where negative, or a part of it."""
_AS_TRAIT = re.compile(r"^<([A-Za-z_]\w*)(?:<[^;{}]{0,200}>)? as [^;{}]{1,200}>::")
_NAMES, _VALUES = ("name", "key", "parameterkey"), ("value", "stringvalue", "parametervalue")
"""Fields by which structures say the name and the value of a setting."""


class Expressions(Operators):
    """Reads everything that has a value and is no literal."""

    def _name(self, form: Form, node: Node, scope: int) -> Expression:
        start, end = node.start_byte, node.end_byte
        written = self.data[start:end].decode("utf-8", "replace")
        if written in self.syntax.own or node.type in self.syntax.own:
            return Name(start, end, scope, "this")
        if written in self.syntax.base:
            return Name(start, end, scope, self.program.bases.get(self.program.owner(scope), written))
        if written.isidentifier():
            # Most names are, in every language.
            return Name(start, end, scope, written)
        name = written.lstrip("$@:#").rstrip(":") or written
        if form.parts.get("outer"):
            self.program.scopes[scope].outer.add(name)
        if name.startswith("<"):
            # A class as one of a trait, as Rust writes it.
            name = _AS_TRAIT.sub(r"\1::", name)
        if "::<" in name:
            name = re.sub(r"::<[^()]*>", "", name)
        if written.startswith("@"):
            return Member(start, end, scope, None, name)
        return Name(start, end, scope, name)

    def _member(self, form: Form, node: Node, scope: int) -> Expression:
        of = self.expression(self.part(form, node, "object"), scope)
        named = self.part(form, node, "name")
        name = self.key(named, scope) if named is not None and not form.parts.get("item") else ""
        if form.parts.get("item"):
            if named is not None and named.type == "range_expression":
                return of
            name = self._item(form, named, scope, of)
        if isinstance(of, Name) and of.name == "this":
            return Member(node.start_byte, node.end_byte, scope, None, name)
        member = Member(node.start_byte, node.end_byte, scope, of, name)
        if name.startswith(EACH) and name[1:].isidentifier() and named is not None:
            member.key = Name(named.start_byte, named.end_byte, scope, name[1:])
        if self.syntax.extensions:
            self.program.members_of.setdefault(name, []).append(member)
        return member

    def _item(self, form: Form, node: Node | None, scope: int, of: Expression) -> str:
        """Return the key of an item; where it is computed, the mark of that and, unless it is `any`, its name."""
        if node is None:
            return EACH
        found = self.read(node, scope)
        name = self.key_of(found, node)
        constant = self._constant_of(found)
        if constant is not None:
            return constant.value
        if isinstance(found, Text | Key) or _PLACE.fullmatch(self.written(node)):
            return name
        if found is not None:
            self.program.looked_up.append((of, found))
        return EACH if form.parts["item"] == "any" else f"{EACH}{name}"

    def _key(self, _form: Form, node: Node, scope: int) -> Expression:
        around = node.parent
        # C# writes `^1` for the last place.
        below_zero = around is not None and around.child_count == 2 and around.children[0].type in ("-", "^")
        return Key(node.start_byte, node.end_byte, scope, "-" * below_zero + self.written(node).strip(":'\""))

    def _computed(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A key that is computed: where it is a name that is bound to a text, that text."""
        found = self._inner(form, node, scope)
        return self._constant_of(found) or found

    def _constant_of(self, found: Expression | None) -> Text | None:
        """Return the text that a name is bound to so far, in the nearest scope that binds it."""
        places = self.program.enclosing(found.scope) if isinstance(found, Name) else iter(())
        held = next(
            (one.bound[found.name] for one in places if isinstance(found, Name) and found.name in one.bound), []
        )
        return held[0] if len(held) == 1 and isinstance(held[0], Text) else None

    def _block(self, form: Form, node: Node, scope: int) -> Expression | None:
        """Read statements, of which the last is the value unless a semicolon ends it."""
        beside, last = form.listed("beside"), None
        for child in node.named_children:
            found = self.read(child, scope)
            if child.type not in beside and not self.skipped(child):
                last = found if self.data[child.end_byte - 1] != _ENDED else None
        return last

    def _call(self, form: Form, node: Node, scope: int) -> Expression:
        called = self._called(form, node, scope)
        given = self.part(form, node, "arguments")
        arguments = self._undeclared(given, scope) if given is not None else []
        taken = {one for part in _PARTS_OF_CALL if (one := self.part(form, node, part)) is not None}
        if node.named_child_count > len(taken):
            for child in node.named_children:
                if child not in taken:
                    arguments.extend(self._trailing(child, scope))
        if form.parts.get("curried") and isinstance(called, Call) and not called.new:
            arguments[:0] = called.arguments
            called = called.called
        elements, keys = self._set_out(form, node, arguments, scope)
        made = self.syntax.makes_by_call and last_word(called)[:1].isupper() and not isinstance(called, Call)
        new = bool(form.parts.get("new")) or made
        if isinstance(called, Member) and called.name == form.parts.get("makes") and called.of is not None:
            called, new = called.of, True
        call = self._keep(Call(node.start_byte, node.end_byte, scope, called, arguments, new=new))
        call.keys = keys
        self.program.named.extend((one.name, one.value) for one in arguments if one.name not in ("", SPREAD))
        self.program.imports.update(required(self.syntax.modules, call))
        self._bind_by(form, node, call)
        return Items(node.start_byte, node.end_byte, scope, elements) if elements else call

    def _bind_by(self, form: Form, node: Node, call: Call) -> None:
        """Remember what a call binds: fields of a structure, a constant of its class, a name that it is given."""
        called, arguments = call.called, call.arguments
        if form.parts.get("structure"):
            owner = last_word(called)
            for one in arguments:
                self.program.fields.setdefault((owner, one.name), []).append(one.value)
        if form.parts.get("own"):
            self._constant_of_class(self.part(form, node, "name"), call, call.scope)
        if isinstance(called, Name) and called.name in self.syntax.defines and len(arguments) > 1:
            self._define(arguments[0].value, arguments[1].value)
        place = self.syntax.copies.get(last_word(called), len(arguments))
        if place < len(arguments):
            self._copy(arguments[0].value, arguments[place].value)

    def _constant_of_class(self, name: Node | None, call: Call, scope: int) -> None:
        """Let the object that a class makes of itself be known by its name: a constant of an enumeration."""
        if name is not None:
            word = self.written(name)
            self.program.scopes[scope].bound.setdefault(word, []).append(call)
            self.program.fields.setdefault((self.program.owner(scope), word), []).append(call)

    def _copy(self, target: Expression, value: Expression) -> None:
        """Bind a variable to what is copied into it."""
        places = self.program.enclosing(target.scope) if isinstance(target, Name) else iter(())
        held = next(
            (one.bound[target.name] for one in places if isinstance(target, Name) and target.name in one.bound), None
        )
        if held is not None:
            held.append(value)
        elif isinstance(target, Member):
            self.program.fields.setdefault((f"={last_word(target.of)}", target.name), []).append(value)

    def _define(self, name: Expression, value: Expression) -> None:
        if isinstance(value, Routine) and isinstance(name, Text | Key):
            value.owner = self.program.owner(name.scope)
            self.call_routine(value, name.name if isinstance(name, Key) else name.value)
        elif isinstance(name, Text):
            self.program.scopes[0].bound.setdefault(name.value, []).append(value)
            self.program.named.append((name.value, value))
        elif isinstance(name, Key):
            # Sinatra's `set :word, value`, which is read as `settings.word`.
            self.program.fields.setdefault(("=settings", name.name), []).append(value)

    def _set_out(
        self, form: Form, node: Node, arguments: list[Argument], scope: int
    ) -> tuple[list[Expression], list[Text]]:
        """Add to `arguments` what a new object is set out with, by its names; return its elements and its keys."""
        initializer = self.part(form, node, "initializer")
        elements: list[Expression] = []
        keys: list[Expression | None] = []
        for child in initializer.named_children if initializer is not None else ():
            inner = self.forms.get(child.type)
            if inner is not None and inner.kind == "bind":
                name, value = self.part(inner, child, "target"), self.part(inner, child, "value")
                arguments.append(Argument(self.expression(value, scope), self.key(name, scope) if name else ""))
                keys.append(self.read(name, scope) if name else None)
            elif initializer is not None and child.type == initializer.type and len(child.named_children) == 2:
                name, value = child.named_children
                arguments.append(Argument(self.expression(value, scope), self.key(name, scope)))
                keys.append(self.read(name, scope))
            elif not self.skipped(child):
                elements.append(self.expression(child, scope))
        return elements, [one for one in keys if isinstance(one, Text)]

    def _trailing(self, node: Node, scope: int) -> Iterator[Argument]:
        """Yield what stands behind a call's parentheses: a block that it is given, or the body of an unnamed class."""
        found = self.read(node, scope)
        if isinstance(found, Routine):
            yield Argument(found)

    def _called(self, form: Form, node: Node, scope: int) -> Expression:
        name = self.part(form, node, "name")
        if form.parts.get("own"):
            return Name(node.start_byte, node.start_byte, scope, self.program.owner(scope))
        if name is None:
            if "function" in form.parts:
                return self.expression(self.part(form, node, "function"), scope)
            found = TYPE.search(self.written(node))
            word = self.declared if form.parts.get("new") else found[0] if found else ""
            self.program.makes_unnamed = self.program.makes_unnamed or not word
            return Name(node.start_byte, node.end_byte, scope, "this" if word in self.syntax.own else word)
        word = self.written(name)
        if form.parts.get("new"):
            found = TYPE.search(word if word != "Self" else self.program.owner(scope))
            return Name(name.start_byte, name.end_byte, scope, found[0] if found else word)
        receiver = self.part(form, node, "receiver")
        if receiver is None:
            held = self.forms.get(name.type)
            based = held is not None and held.kind == "base"
            return self.expression(name, scope) if based else Name(name.start_byte, name.end_byte, scope, word)
        of = self.expression(receiver, scope)
        own = isinstance(of, Name) and of.name == "this"
        return Member(node.start_byte, name.end_byte, scope, None if own else of, word)

    def _undeclared(self, given: Node, scope: int) -> list[Argument]:
        """Return what a call is given: of the type of its parameters, not of that which is declared around it."""
        before, self.declared = self.declared, ""
        try:
            return list(self._arguments(given, scope))
        finally:
            self.declared = before

    def _arguments(self, given: Node, scope: int) -> Iterator[Argument]:
        form = self.forms.get(given.type)
        if form is not None and form.kind not in ("items", "argument"):
            # A single argument without parentheses, or a block given to a call.
            yield Argument(self.expression(given, scope))
            return
        for child in given.named_children:
            form = self.forms.get(child.type)
            if form is not None and form.kind == "spread":
                yield Argument(self.expression(child, scope), SPREAD)
                continue
            if form is not None and form.kind == "bind" and self.syntax.makes_by_call:
                given_to = self.written(self.part(form, child, "target"))
                yield Argument(self.expression(self.part(form, child, "value"), scope), given_to)
                continue
            if form is None or form.kind not in ("argument", "entry"):
                if form is None or form.kind != "skip":
                    yield Argument(self.expression(child, scope))
                continue
            name, value = self.part(form, child, "name"), self.part(form, child, "value")
            if value is None and name is not None:
                name, value = None, name
            yield Argument(self.expression(value, scope), self.key(name, scope) if name is not None else "")

    def _either(self, form: Form, node: Node, scope: int) -> Expression:
        options = form.parts.get("options", ())
        parts = [self.part(Form(kind="", parts={"part": option}), node, "part") for option in options]
        parts += [child for child in node.named_children if child.type in form.listed("option_nodes")]
        for child in node.named_children:
            if child not in parts:
                self.read(child, scope)
        found = [self.expression(part, scope) for part in parts if part is not None]
        return Either(node.start_byte, node.end_byte, scope, found)

    def _inner(self, form: Form, node: Node, scope: int) -> Expression | None:
        part = self.within(form, node)
        return self.read(part, scope) if part is not None else None

    def within(self, form: Form, node: Node) -> Node | None:
        """Return what is inside a node that is nothing but that."""
        if "value" in form.parts:
            return self.part(form, node, "value")
        return next((child for child in node.named_children if not self.skipped(child)), None)

    def call_routine(self, routine: Routine, name: str, *, of_object: bool = False) -> None:
        """Let a function without a name be known by what it is bound to."""
        if not routine.name:
            routine.name = name
            self.program.routines.setdefault(name, []).append(routine)
        if of_object and not routine.owner:
            routine.owner = OBJECT

    def _items(self, form: Form, node: Node, scope: int) -> Expression:
        elements, names = [], []
        for child in (one for one in node.named_children if not self.skipped(one)):
            inner = self.forms.get(child.type)
            named = inner if inner is not None and inner.kind == "argument" else None
            value = self.part(named, child, "value") if named is not None else None
            elements.append(self.expression(value or child, scope))
            names.append(self.written(self.part(named, child, "name")) if named is not None else "")
        if len(elements) == 1 and form.parts.get("loose"):
            return elements[0]
        items = Items(node.start_byte, node.end_byte, scope, elements)
        items.names = names
        return items

    def _array(self, _form: Form, node: Node, scope: int) -> Expression:
        """A list or a map, whose elements have keys or not; those without are known by their places."""
        entries: list[tuple[str, Expression]] = []
        keys: list[Text] = []
        keyed = False
        for place, child in enumerate(one for one in node.named_children if not self.skipped(one)):
            form = self.forms.get(child.type)
            spread = self._spread_in(child, scope)
            if spread is not None:
                keyed = True
                entries.append((SPREAD, spread))
                continue
            paired = form is not None and form.kind == "entry" and len(child.named_children) > 1
            keyed = keyed or paired
            key = self.part(form, child, "name") if form is not None and paired else None
            value = self.part(form, child, "value") if form is not None and paired else child
            named = self.read(key, scope) if key is not None else None
            keys += [named] if isinstance(named, Text) else []
            name = self.key_of(named, key) if key is not None else str(place)
            entries.append((name, self.expression(value, scope)))
        if not keyed:
            return Items(node.start_byte, node.end_byte, scope, [value for _, value in entries])
        self.program.named.extend(one for one in entries if one[0] != SPREAD)
        self.describe(entries)
        return Entries(node.start_byte, node.end_byte, scope, entries, keys)

    def _spread_in(self, element: Node, scope: int) -> Expression | None:
        """Return the list or map that an element of a list or map takes apart; None for any other element."""
        inner = element.named_children[0] if len(element.named_children) == 1 else element
        form = self.forms.get(inner.type)
        return self.read(inner, scope) if form is not None and form.kind == "spread" else None

    def describe(self, entries: Sequence[tuple[str, Expression]]) -> None:
        """Bind the name that a structure says to the value that it says: `{name: "DB_PASSWORD", value: "..."}`."""
        names = [one for key, one in entries if key.lower() in _NAMES and isinstance(one, Text)]
        values = [one for key, one in entries if key.lower() in _VALUES]
        self.program.named.extend((name.value, value) for name in names[:1] for value in values[:1])

    def _setting(self, form: Form, node: Node, scope: int) -> None:
        """A name with a value that nothing else refers to by that name."""
        name, value = self.part(form, node, "name"), self.part(form, node, "value")
        if name is not None and value is not None:
            self.program.named.append((self.written(name), self.expression(value, scope)))

    def _include(self, _form: Form, node: Node, scope: int) -> Expression:
        """Another file that is run here: its names are seen, and what it returns is the value."""
        value = self.expression(node.named_children[0] if node.named_children else None, scope)
        while isinstance(value, Joined) and value.parts:
            value = value.parts[-1]
        call = Call(
            node.start_byte,
            node.end_byte,
            scope,
            Name(node.start_byte, node.start_byte, scope, "require"),
            [],
            new=False,
        )
        if isinstance(value, Text) and "." in value.value:
            self.program.imports[f"*{value.value}"] = Imported(module=value.value)
            call.arguments.append(Argument(value))
        return call

    def _entries(self, _form: Form, node: Node, scope: int) -> Expression:
        equated = dict(equated_in(node))
        entries = [(self.key(key, scope), self.expression(value, scope)) for key, value in equated.items()]
        keys: list[Text] = []
        for child in (one for one in node.named_children if one not in equated and one not in equated.values()):
            form = self.forms.get(child.type)
            if form is None or form.kind not in ("entry", "argument"):
                found = self.read(child, scope)
                if form is not None and form.kind == "spread" and found is not None:
                    entries.append((SPREAD, found))
                elif isinstance(found, Name) or (isinstance(found, Routine) and found.name):
                    entries.append((found.name, found))
                continue
            key, value = self.part(form, child, "name"), self.part(form, child, "value")
            if value is not None:
                named = self.read(key if key is not None else value, scope)
                keys += [named] if isinstance(named, Text) else []
                entries.append((self.key_of(named, key if key is not None else value), self.expression(value, scope)))
        methods = [(name, one) for name, one in entries if isinstance(one, Routine)]
        for name, method in methods:
            self.call_routine(method, name, of_object=True)
        for name, one in entries if methods else ():
            self.program.fields.setdefault(("", name), []).append(one)
        self.program.named.extend((name, one) for name, one in entries if name != SPREAD)
        self.describe(entries)
        return Entries(node.start_byte, node.end_byte, scope, entries, keys)
