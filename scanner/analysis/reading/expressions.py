"""Names, members, calls, operators, lists and maps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import (
    SPREAD,
    Argument,
    Call,
    Either,
    Entries,
    Expression,
    Imported,
    Items,
    Joined,
    Member,
    Name,
    Opaque,
    Routine,
    Text,
)
from scanner.analysis.reading.texts import Texts
from scanner.analysis.reading.walk import TYPE, last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


_BRACE = ord("}")


class Expressions(Texts):
    """Reads everything that has a value and is no literal."""

    def _name(self, _form: Form, node: Node, scope: int) -> Expression:
        name = self.written(node).lstrip("$@:").rstrip(":")
        if "::<" in name:
            name = re.sub(r"::<[^()]*>", "", name)
        if node.type in self.syntax.own or self.written(node) in self.syntax.own:
            return Name(node.start_byte, node.end_byte, scope, "this")
        own = self.written(node).startswith("@")
        if own:
            return Member(node.start_byte, node.end_byte, scope, None, name)
        return Name(node.start_byte, node.end_byte, scope, name)

    def _member(self, form: Form, node: Node, scope: int) -> Expression:
        of = self.expression(self.part(form, node, "object"), scope)
        named = self.part(form, node, "name")
        name = self.key(named, scope) if named is not None else ""
        if form.parts.get("item") and named is not None and named.type == "range_expression":
            return of
        if form.parts.get("item") and not self._is_literal(named):
            name = f"*{name}"
        if isinstance(of, Name) and of.name == "this":
            return Member(node.start_byte, node.end_byte, scope, None, name)
        return Member(node.start_byte, node.end_byte, scope, of, name)

    def _is_literal(self, node: Node | None) -> bool:
        form = self.forms.get(node.type) if node is not None else None
        return (form is not None and form.kind == "text") or self.written(node).isdigit()

    def _call(self, form: Form, node: Node, scope: int) -> Expression:
        called = self._called(form, node, scope)
        given = self.part(form, node, "arguments")
        arguments = list(self._arguments(given, scope)) if given is not None else []
        taken = {self.part(form, node, part) for part in ("name", "function", "receiver", "arguments")}
        for child in node.named_children:
            if child not in taken:
                arguments.extend(self._trailing(child, scope))
        call = Call(node.start_byte, node.end_byte, scope, called, arguments, new=bool(form.parts.get("new")))
        self.program.calls.append(call)
        self.program.calls_of.setdefault(last_word(called), []).append(call)
        self.program.named.extend((one.name, one.value) for one in arguments if one.name not in ("", SPREAD))
        if form.parts.get("structure"):
            owner = last_word(called)
            for one in arguments:
                self.program.fields.setdefault((owner, one.name), []).append(one.value)
        if isinstance(called, Name) and called.name in self.syntax.defines and len(arguments) > 1:
            self._define(arguments[0].value, arguments[1].value)
        return call

    def _define(self, name: Expression, value: Expression) -> None:
        if isinstance(name, Text):
            self.program.scopes[0].bound.setdefault(name.value, []).append(value)
            self.program.named.append((name.value, value))

    def _trailing(self, node: Node, scope: int) -> Iterator[Argument]:
        """Yield what stands behind a call's parentheses: a block that it is given, or the body of an unnamed class."""
        found = self.read(node, scope)
        if isinstance(found, Routine):
            yield Argument(found)

    def _called(self, form: Form, node: Node, scope: int) -> Expression:
        name = self.part(form, node, "name")
        if name is None:
            return self.expression(self.part(form, node, "function"), scope)
        word = self.written(name)
        if form.parts.get("new"):
            found = TYPE.search(word if word != "Self" else self.program.owner(scope))
            return Name(name.start_byte, name.end_byte, scope, found[0] if found else word)
        receiver = self.part(form, node, "receiver")
        if receiver is None:
            return Name(name.start_byte, name.end_byte, scope, word)
        of = self.expression(receiver, scope)
        own = isinstance(of, Name) and of.name == "this"
        return Member(node.start_byte, name.end_byte, scope, None if own else of, word)

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
            if form is None or form.kind not in ("argument", "entry"):
                if form is None or form.kind != "skip":
                    yield Argument(self.expression(child, scope))
                continue
            name, value = self.part(form, child, "name"), self.part(form, child, "value")
            if value is None and name is not None:
                name, value = None, name
            yield Argument(self.expression(value, scope), self.key(name, scope) if name is not None else "")

    def _binary(self, form: Form, node: Node, scope: int) -> Expression:
        left = self.expression(self.part(form, node, "left"), scope)
        right = self.expression(self.part(form, node, "right"), scope)
        operator = form.parts.get("operator", "operator")
        sign = self.written(node.child_by_field_name(operator)) or self._sign(node)
        if sign in self.syntax.join:
            return self.join(node, scope, [left, right])
        if sign in self.syntax.either:
            return Either(node.start_byte, node.end_byte, scope, [left, right])
        if sign in self.syntax.filled:
            return self._filled(node, scope, left, right, sign)
        if sign in self.syntax.compare:
            self.program.compared.append((left, right))
        return Opaque(node.start_byte, node.end_byte, scope)

    @staticmethod
    def _filled(node: Node, scope: int, left: Expression, right: Expression, sign: str) -> Call:
        """An operator that fills a pattern is a call of it by this name, which the tables know."""
        given = right.elements if isinstance(right, Items) else [right]
        called = Member(left.start, left.end, scope, left, sign)
        return Call(node.start_byte, node.end_byte, scope, called, [Argument(one) for one in given], new=False)

    def _switch(self, form: Form, node: Node, scope: int) -> Expression | None:
        """Each case is compared with the value that the switch is about."""
        part = self.part(form, node, "value")
        value = self.expression(part, scope) if part is not None else None
        body = self.part(form, node, "body")
        results: list[Expression] = []
        for child in (body or node).named_children:
            if child.type in form.listed("cases") and value is not None:
                case = child.child_by_field_name(form.field("case_value"))
                found = self.expression(case, scope)
                cases = found.elements if isinstance(found, Items) else [found]
                self.program.compared.extend((value, one) for one in cases)
                result = self.part(Form(kind="", parts={"part": form.parts.get("case_result")}), child, "part")
                for inner in child.named_children:
                    read = self.read(inner, scope) if inner != case else None
                    results.extend([read] if read is not None and inner == result else [])
            elif child != part:
                self.read(child, scope)
        return Either(node.start_byte, node.end_byte, scope, results) if results else None

    def _block(self, _form: Form, node: Node, scope: int) -> Expression:
        """Statements, of which the last may be the value of all."""
        last: Expression | None = None
        for child in node.named_children:
            if not self.skipped(child):
                last = self.read(child, scope)
                if (
                    child.type.endswith(("_statement", "_declaration", "_item"))
                    and self.data[child.end_byte - 1] != _BRACE
                ):
                    last = None
        return last if last is not None else Opaque(node.start_byte, node.end_byte, scope)

    def _sign(self, node: Node) -> str:
        return next((self.written(child) for child in node.children if not child.is_named), "")

    def _either(self, form: Form, node: Node, scope: int) -> Expression:
        options = form.parts.get("options", ())
        parts = [self.part(Form(kind="", parts={"part": option}), node, "part") for option in options]
        for child in node.named_children:
            if child not in parts:
                self.read(child, scope)
        found = [self.expression(part, scope) for part in parts if part is not None]
        return Either(node.start_byte, node.end_byte, scope, found)

    def _inner(self, form: Form, node: Node, scope: int) -> Expression | None:
        part = self.part(form, node, "value")
        if part is None and "value" not in form.parts:
            part = next((child for child in node.named_children if not self.skipped(child)), None)
        return self.read(part, scope) if part is not None else None

    def skipped(self, node: Node) -> bool:
        """Tell whether a node says nothing to a program: a comment."""
        form = self.forms.get(node.type)
        return form is not None and form.kind == "skip"

    def _items(self, form: Form, node: Node, scope: int) -> Expression:
        elements = [self.expression(child, scope) for child in node.named_children if not self.skipped(child)]
        if len(elements) == 1 and form.parts.get("loose"):
            return elements[0]
        return Items(node.start_byte, node.end_byte, scope, elements)

    def _array(self, _form: Form, node: Node, scope: int) -> Expression:
        """A list or a map, whose elements have keys or not; those without are known by their places."""
        entries: list[tuple[str, Expression]] = []
        keyed = False
        for place, child in enumerate(one for one in node.named_children if not self.skipped(one)):
            form = self.forms.get(child.type)
            paired = form is not None and form.kind == "entry" and len(child.named_children) > 1
            keyed = keyed or paired
            key = self.part(form, child, "name") if form is not None and paired else None
            value = self.part(form, child, "value") if form is not None and paired else child
            entries.append((self.key(key, scope) if key is not None else str(place), self.expression(value, scope)))
        if not keyed:
            return Items(node.start_byte, node.end_byte, scope, [value for _, value in entries])
        self.program.named.extend(entries)
        return Entries(node.start_byte, node.end_byte, scope, entries)

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
        entries: list[tuple[str, Expression]] = []
        for child in node.named_children:
            form = self.forms.get(child.type)
            if form is None or form.kind not in ("entry", "argument"):
                found = self.read(child, scope)
                if isinstance(found, Name) or (isinstance(found, Routine) and found.name):
                    entries.append((found.name, found))
                continue
            key, value = self.part(form, child, "name"), self.part(form, child, "value")
            if key is not None and value is not None:
                entries.append((self.key(key, scope), self.expression(value, scope)))
        self.program.named.extend(entries)
        return Entries(node.start_byte, node.end_byte, scope, entries)
