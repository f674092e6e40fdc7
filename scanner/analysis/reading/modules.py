"""What a file takes from others and gives to them: imports, its package and exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis.imports import imported, plain_module
from scanner.analysis.program import Call, Entries, Expression, Imported, Member, Name, Routine, Text
from scanner.analysis.reading.choices import Choices
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_REQUIRING = ("require", "import")


class Modules(Choices):
    """Reads what ties files together."""

    def _import(self, _form: Form, node: Node, scope: int) -> Expression | None:
        self.program.imports.update(imported(self.syntax.modules, self.written(node)))
        return None

    def _package(self, _form: Form, node: Node, scope: int) -> Expression | None:
        found = re.search(r"[A-Za-z_][\w.\\:]*\s*;?\s*$", self.written(node).split("{")[0].strip())
        self.program.module = found[0].rstrip("; \n") if found else ""
        for child in node.named_children:
            if child.type in ("declaration_list", "compound_statement", "template_body"):
                self.read(child, scope)
        return None

    def _export(self, form: Form, node: Node, scope: int) -> Expression | None:
        self.program.imports.update(imported(self.syntax.modules, self.written(node)))
        value = self.part(form, node, "value")
        if value is not None:
            found = self.expression(value, scope)
            self.program.exports.setdefault("", []).append(found)
            self.program.exports.setdefault("default", []).append(found)
            return None
        whole = not {"default", "="}.isdisjoint(child.type for child in node.children)
        for child in node.named_children:
            held = self.read(child, scope)
            if isinstance(held, Entries):
                for name, one in held.entries:
                    self.program.exports.setdefault(name, []).append(one)
            elif whole and isinstance(held, Name | Routine):
                self.program.exports.setdefault("", []).append(held)
        return None

    def _require(self, target: Name, value: Expression) -> None:
        """Take a name that stands for a module that a call brings in, or for something of it, as imported."""
        member = value.name if isinstance(value, Member) else ""
        call = value.of if isinstance(value, Member) else value
        if self.syntax.modules != "javascript" or not isinstance(call, Call):
            return
        if isinstance(call.called, Name) and call.called.name in _REQUIRING:
            module = call.arguments[0].value if call.arguments else None
            if isinstance(module, Text):
                self.program.imports[target.name] = Imported(module=plain_module(module.value), name=member)

    def _export_member(self, target: Member, value: Expression) -> None:
        of = target.of
        if isinstance(of, Name) and (of.name, target.name) == ("module", "exports"):
            self.program.exports.setdefault("", []).append(value)
        elif (isinstance(of, Name) and of.name == "exports") or (isinstance(of, Member) and of.name == "exports"):
            self.program.exports.setdefault(target.name, []).append(value)
