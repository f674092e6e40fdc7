"""Numbered parameters of shells: `set --` gives them anew, and behind `shift` each has another number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Name, Program, Text
from scanner.analysis.reading.saving import Saving
from scanner.analysis.reading.words import words_in
from scanner.analysis.syntax import Form, Syntax

if TYPE_CHECKING:
    from tree_sitter import Node

PARAMETERS = [str(number) for number in range(1, 10)]
SETTING, SHIFTING = "set", "shift"
_ENDS_OPTIONS = "--"
_SEQUENCE = ("command", "compound_statement", "list", "program", "function_definition")
"""Nodes that a `shift` stands in which is run once: in a loop nobody knows how often it is."""


class Numbered(Saving):
    """Reads what changes the numbers of parameters."""

    def __init__(self, program: Program, data: bytes, syntax: Syntax) -> None:
        super().__init__(program, data, syntax)
        self._shifted: dict[int, int] = {}
        """By how much numbers are off, by the scope."""

    def _name(self, form: Form, node: Node, scope: int) -> Expression:
        found = super()._name(form, node, scope)
        off = self._shifted.get(scope, 0) if self._shifted else 0
        if off and isinstance(found, Name) and found.name in PARAMETERS:
            return Name(found.start, found.end, scope, str(int(found.name) + off))
        return found

    def _shift(self, node: Node, given: Sequence[Expression], scope: int) -> None:
        """Count a shift that is run once."""
        around = node.parent
        while around is not None and around.type in _SEQUENCE[:-1]:
            around = around.parent
        number = given[0].value if given and isinstance(given[0], Text) else "1"
        if (around is None or around.type == _SEQUENCE[-1]) and number.isdecimal():
            self._shifted[scope] = self._shifted.get(scope, 0) + int(number)

    def _set_parameters(self, given: Sequence[Expression], held: Sequence[Expression], scope: int) -> None:
        """Bind the parameters to what `set --` puts in their place, or to the words that a bare variable is `held`."""
        front = next(
            (place for place, one in enumerate(given) if isinstance(one, Text) and one.value == _ENDS_OPTIONS), None
        )
        rest = given[front + 1 :] if front is not None else []
        words = words_in(held[0]) if len(rest) == 1 and isinstance(rest[0], Name) and len(held) == 1 else rest
        if front is not None:
            self._shifted.pop(scope, None)
        for number, word in zip(PARAMETERS, words, strict=False):
            self.program.scopes[scope].bound.setdefault(number, []).append(word)
