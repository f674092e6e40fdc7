"""Functions with marks in front that say what they are given: options of the command line with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis.program import Call, Expression, Routine, Text
from scanner.analysis.reading.blocks import Blocks
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFAULT = "default"


class Decorated(Blocks):
    """Reads a function with its marks."""

    def _decorated(self, form: Form, node: Node, scope: int) -> Expression | None:
        body = self.part(form, node, "body")
        marks = [self.read(child, scope) for child in node.named_children if child != body]
        found = self.read(body, scope) if body is not None else None
        for mark in marks:
            if (
                isinstance(found, Routine)
                and isinstance(mark, Call)
                and last_word(mark.called) in form.listed("options")
            ):
                self._give_option(mark, found)
        return found

    def _give_option(self, declared: Call, routine: Routine) -> None:
        """Bind the parameter that takes an option to the option's default: `@click.option("--word", default=...)`."""
        texts = [one.value.value for one in declared.arguments if not one.name and isinstance(one.value, Text)]
        names = {one.lstrip("-").replace("-", "_") for one in texts}
        bound = self.program.scopes[routine.inside].bound
        for default in (one.value for one in declared.arguments if one.name == _DEFAULT):
            for name in names.intersection(routine.parameters):
                bound.setdefault(name, []).append(default)
