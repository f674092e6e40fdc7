"""Configuration languages of blocks and attributes: HashiCorp's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis.program import EACH, Expression, Member, Name, Scope
from scanner.analysis.reading.routines import Routines
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


class Blocks(Routines):
    """Reads blocks, and expressions that are written as a name and what is taken from it."""

    def _section(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A block: a class whose attributes are fields; those of `locals` and variables are known to all files."""
        words = [self.written(child).strip('"') for child in node.named_children if child.type in form.listed("words")]
        kind, *labels = words or [""]
        owner = form.parts.get("owners", {}).get(kind, kind)
        inside = len(self.program.scopes)
        self.program.scopes.append(Scope(parent=scope, owner=owner, is_class=True))
        for child in node.named_children:
            if child.type in form.listed("bodies"):
                self.read(child, inside)
        if kind == form.parts.get("variable") and labels:
            self._variable(owner, labels[0], inside)
        return None

    def _variable(self, owner: str, name: str, inside: int) -> None:
        """A variable is bound to its default, and is a secret where it is said to be sensitive."""
        bound = self.program.scopes[inside].bound
        for default in bound.get("default", ()):
            self.program.fields.setdefault((owner, name), []).append(default)
            self.program.named.append((name, default))
            if any(isinstance(one, Name) and one.name == "true" for one in bound.get("sensitive", ())):
                self.program.named.append(("secret", default))

    def _chain(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """A name, and what is taken from it step by step: `local.map["key"]`."""
        steps = [child for child in node.named_children if not self.skipped(child)]
        found = self.read(steps[0], scope) if steps else None
        for step in steps[1:]:
            if found is None:
                return found
            inner = step
            while inner.named_children and inner.type != "expression":
                inner = inner.named_children[0]
            name = EACH if "splat" in step.type else self.key(inner, scope)
            found = Member(node.start_byte, node.end_byte, scope, found, name)
        return found

    def _constant(self, _form: Form, node: Node, scope: int) -> Expression:
        """A word that stands for itself: `true`."""
        return Name(node.start_byte, node.end_byte, scope, self.written(node))
