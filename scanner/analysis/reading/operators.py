"""Operators: what joins texts, chooses between values, fills patterns, pairs a key with its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Either, Expression, Items, Member, Opaque, Routine, Text
from scanner.analysis.reading.texts import Texts
from scanner.analysis.reading.walk import compared_in, last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


class Operators(Texts):
    """Reads what stands on both sides of an operator."""

    def _binary(self, form: Form, node: Node, scope: int) -> Expression:
        middle, sign = self._operator(form, node)
        if sign in self.syntax.join:
            return self.join(node, scope, [self.expression(one, scope) for one in self._operands(form, node)])
        left = self.expression(self.part(form, node, "left"), scope)
        right = self.expression(self.part(form, node, "right"), scope)
        if sign in form.listed("pairs"):
            return self._pair(node, scope, left, right)
        if form.parts.get("calls") and sign.isidentifier():
            called = Member(left.start, middle.end_byte if middle is not None else left.end, scope, left, sign)
            return self._keep(Call(node.start_byte, node.end_byte, scope, called, [Argument(right)], new=False))
        if sign in self.syntax.either:
            self.program.defaulted.append((left, right))
            return Either(node.start_byte, node.end_byte, scope, [left, right])
        if sign in self.syntax.filled:
            return self._filled(node, scope, left, right, sign)
        if sign in self.syntax.compare:
            self.program.compared.extend(compared_in(left, right))
        return Opaque(node.start_byte, node.end_byte, scope)

    def _operator(self, form: Form, node: Node) -> tuple[Node | None, str]:
        operator = form.parts.get("operator", "operator")
        middle = self.part(form, node, "operator") if isinstance(operator, int) else node.child_by_field_name(operator)
        return middle, self.written(middle) or self._sign(node)

    def _operands(self, form: Form, node: Node | None) -> list[Node | None]:
        """Return what a chain of joins joins, in order: it leans to the left, as deep as it is long."""
        operands: list[Node | None] = []
        while (
            node is not None and self.forms.get(node.type) is form and self._operator(form, node)[1] in self.syntax.join
        ):
            operands.append(self.part(form, node, "right"))
            node = self.part(form, node, "left")
        return [node, *reversed(operands)]

    @staticmethod
    def _filled(node: Node, scope: int, left: Expression, right: Expression, sign: str) -> Call:
        """An operator that fills a pattern is a call of it by this name, which the tables know."""
        given = right.elements if isinstance(right, Items) else [right]
        called = Member(left.start, left.end, scope, left, sign)
        return Call(node.start_byte, node.end_byte, scope, called, [Argument(one) for one in given], new=False)

    def _pair(self, node: Node, scope: int, left: Expression, right: Expression) -> Expression:
        """A key and its value."""
        self.program.named.append((left.value if isinstance(left, Text) else last_word(left), right))
        return Items(node.start_byte, node.end_byte, scope, [left, right])

    def _sign(self, node: Node) -> str:
        return next((self.written(child) for child in node.children if not child.is_named), "")

    def _keep(self, call: Call) -> Call:
        """Put a call where it is looked for: by its last word, and by the functions that it is given."""
        given = [one.value for one in call.arguments if isinstance(one.value, Routine)]
        self.program.callbacks.update((id(one), call) for one in given)
        if isinstance(call.called, Routine):
            self.program.at_once[id(call.called)] = call
        self.program.calls.append(call)
        self.program.calls_of.setdefault(last_word(call.called), []).append(call)
        return call
