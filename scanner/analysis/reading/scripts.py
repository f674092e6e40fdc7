"""Programs of a shell that stand in a text of another language: what a machine runs when it starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Expression, Joined, Name, Scope
from scanner.analysis.reading.macros import Macros
from scanner.analysis.syntax import Form, parser, syntax

if TYPE_CHECKING:
    from tree_sitter import Node

_INTERPRETER = re.compile(rb"\s*#!\s*/\S+(?:/|\s)(?:ba|da|z|k)?sh\b")
_ESCAPED = re.compile(rb"\\(?=[\"'])")
_ENDED = re.compile(rb"\\n")
"""How the end of a line is written in a text of one line."""
_UNFIT = re.compile(rb"\W")
_SHELL = "shell"
_QUOTE = "`"
"""The name by which tables know the running of a text in such quotes."""
_MOST_SCRIPTS = 60
"""Scripts of one file that are read; each is parsed as if the file held nothing else."""


class Scripts(Macros):
    """Reads texts that a shell runs: their first line says so, or the attribute that they are bound to."""

    def _text(self, form: Form, node: Node, scope: int) -> Expression:
        text = super()._text(form, node, scope)
        if form.parts.get("run"):
            called = Name(node.start_byte, node.start_byte, scope, _QUOTE)
            return self._keep(Call(node.start_byte, node.end_byte, scope, called, [Argument(text)], new=False))
        if "runs" in form.parts and len(self.program.scripts) < _MOST_SCRIPTS:
            start, end = self._inside(form, node)
            if _INTERPRETER.match(self.data, start, end) or self._is_run(form, node):
                self._run(form, node, text, scope)
        return text

    def _is_run(self, form: Form, node: Node) -> bool:
        """Tell whether the attribute around a text is one whose text a shell runs."""
        around = node.parent
        while around is not None and around.type != form.field("within"):
            around = around.parent
        return around is not None and self.written(around.named_children[0]) in form.parts["runs"]

    def _run(self, form: Form, node: Node, text: Expression, scope: int) -> None:
        """Read the program in a text. Its holes become variables, which are bound to what stands in them."""
        inside = len(self.program.scopes)
        self.program.scripts.append(inside)
        self.program.scopes.append(Scope(parent=scope, owner=""))
        start, end = self._inside(form, node)
        plain = _ENDED.sub(b" \n", _ESCAPED.sub(b" ", self.data[start:end]))
        written = bytearray(b" " * start + plain.replace(b"\r", b" "))
        for hole in (child for child in node.named_children if child.type in form.listed("holes")):
            name = _UNFIT.sub(b"_", self.data[hole.start_byte + 2 : hole.end_byte - 1])
            written[hole.start_byte : hole.end_byte] = b"${" + name + b"}"
            parts = text.parts if isinstance(text, Joined) else [text]
            held = [one for one in parts if hole.start_byte <= one.start < hole.end_byte]
            self.program.scopes[inside].bound.setdefault(name.decode(), []).extend(held)
        given = syntax(_SHELL)
        type(self)(self.program, bytes(written), given).read(
            parser(given.grammar).parse(bytes(written)).root_node, inside
        )
