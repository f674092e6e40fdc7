"""Choices by what something equals, and lists that loops make: `switch`, `match`, `[... for ...]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import EACH, Either, Entries, Expression, Items, Text
from scanner.analysis.reading.expressions import Expressions
from scanner.analysis.reading.walk import alternatives
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


class Choices(Expressions):
    """Reads what compares one subject with several patterns, and comprehensions."""

    def _match(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A choice by what something equals: its patterns are compared with it, its arms are what it may be."""
        arms = form.listed("arms")
        subjects = [one for one in self._subjects(form, node) if one.type not in arms]
        given = self._given(node, scope, [self.expression(one, scope) for one in subjects])
        options: list[Expression] = []
        around, self.yielded = self.yielded, options
        before, self.subject = self.subject, given
        for child in node.named_children:
            if child in subjects:
                continue
            inner = [child]
            if child.type not in arms and any(one.type in arms for one in child.named_children):
                inner = child.named_children
            for one in inner:
                if one.type in arms:
                    options.extend(self._arm(form, one, given, scope))
                else:
                    self.read(one, scope)
        self.yielded, self.subject = around, before
        return Either(node.start_byte, node.end_byte, scope, options) if options else None

    def _subjects(self, form: Form, node: Node) -> list[Node]:
        """Return what is compared: one expression, or several that a comma parts."""
        subject = self.part(form, node, "subject")
        named = form.parts.get("subject")
        several = node.children_by_field_name(named) if isinstance(named, str) else []
        return [one for one in several if one.is_named] or ([subject] if subject is not None else [])

    @staticmethod
    def _given(node: Node, scope: int, subjects: list[Expression]) -> Expression | None:
        if len(subjects) > 1:
            return Items(node.start_byte, node.end_byte, scope, subjects)
        return subjects[0] if subjects else None

    def _yield(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """A statement that says what the choice around it is."""
        for child in node.named_children:
            self.yielded.append(self.expression(child, scope))
        return None

    def _arm(self, form: Form, node: Node, given: Expression | None, scope: int) -> Iterator[Expression]:
        """Compare an arm's pattern with what is given, and yield what the arm is."""
        pattern, body = self.part(form, node, "pattern"), self.part(form, node, "body")
        if pattern is None and body is None:
            yield self.expression(node, scope)
            return
        for child in node.named_children:
            found = self.expression(child, scope)
            if child == body:
                yield found
            elif child == pattern and given is not None:
                by_value = bool(form.parts.get("values"))
                cases = list(alternatives(found))
                of = [given] * len(cases)
                if isinstance(given, Items) and len(given.elements) == len(cases):
                    of = given.elements
                pairs = zip(of, cases, strict=True)
                self.program.compared.extend((left, one) for left, one in pairs if by_value or isinstance(one, Text))

    def _comprehension(self, given: Form, node: Node, scope: int) -> Expression:
        """A list or map made by a loop: its elements are what the body stands for."""
        loops = list(node.named_children)
        body = loops.pop(int(given.parts.get("body", 0)))
        for loop in loops:
            self.read(loop, scope)
        form = self.forms.get(body.type)
        value = self.part(form, body, "value") if form is not None and form.kind == "entry" else None
        if value is not None:
            return Entries(node.start_byte, node.end_byte, scope, [(EACH, self.expression(value, scope))])
        return Items(node.start_byte, node.end_byte, scope, [self.expression(body, scope)])
