"""Shells: loops over words, and expansions that cut a variable's text where a sign parts it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Expression, Member, Name, Text
from scanner.analysis.reading.numbered import Numbered
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

READING = "read"
"""The command that takes a line apart, by which the tables know what is cut."""
_CUTS = {"#": ("*{}", "1"), "##": ("*{}", "1"), "%": ("{}*", "0"), "%%": ("{}*", "0")}
"""By operator: the pattern that takes away all before or behind a sign, and which part is left."""
_SIGN = re.compile(r"[^\w\s*?\[\]/.]")
"""What parts a login; of paths the parts are folders."""
_MOST_WORDS = 24


class Loops(Numbered):
    """Reads `for word in ...` and `${word#*:}`."""

    def _loop(self, form: Form, node: Node, scope: int) -> None:
        """Bind the variable of a loop to each of its words, and read its body."""
        target = self.part(form, node, "target")
        words = node.children_by_field_name(form.field("value"))
        for word in words[:_MOST_WORDS]:
            for one in self._elements(self.expression(word, scope)) if target is not None else ():
                self.program.scopes[scope].bound.setdefault(self.written(target), []).append(one)
        for child in node.named_children:
            if child not in words and child != target:
                self.read(child, scope)

    def _elements(self, given: Expression) -> Sequence[Expression]:
        return [given]

    def _cut(self, name: Name, operator: str, pattern: str) -> Expression:
        """Return the part of a variable's text that an expansion leaves; the variable where it cuts otherwise."""
        wanted, part = _CUTS.get(operator, ("", ""))
        sign = pattern.strip("*")
        if not wanted or wanted.format(sign) != pattern or not _SIGN.fullmatch(sign):
            return name
        called = Name(name.start, name.start, name.scope, READING)
        given = [Argument(name), Argument(Text(name.start, name.start, name.scope, sign))]
        parted = Call(name.start, name.end, name.scope, called, given, new=False)
        return Member(name.start, name.end, name.scope, parted, part)
