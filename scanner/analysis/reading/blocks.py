"""Configuration languages of blocks and attributes: HashiCorp's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis.program import EACH, Argument, Call, Entries, Expression, Items, Key, Member, Name, Scope, Text
from scanner.analysis.reading.cases import Cases
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node


class Blocks(Cases):
    """Reads blocks, and expressions that are written as a name and what is taken from it."""

    def _section(self, form: Form, node: Node, scope: int) -> Expression | None:
        """A block: a class whose attributes are fields, and a call of its type that takes them as arguments.

        What is in `locals` and variables is known to all files.
        """
        words = [self.written(child).strip('"') for child in node.named_children if child.type in form.listed("words")]
        kind, *labels = words or [""]
        owner = form.parts.get("owners", {}).get(kind, kind)
        inside = len(self.program.scopes)
        self.program.scopes.append(Scope(parent=scope, owner=owner, is_class=True))
        inner = [
            block
            for child in node.named_children
            if child.type in form.listed("bodies")
            for block in self._parts(child, inside)
        ]
        call = self._taken(form, node, [kind, *labels], inside, inner)
        self._repeated(labels[0] if kind == "dynamic" and labels else "each", inside)
        if kind == form.parts.get("variable") and labels:
            self._variable(owner, labels[0], inside)
        if kind == form.parts.get("output") and labels:
            given = self.program.scopes[inside].bound.get("value", [])
            self.program.named.extend((labels[0], one) for one in given)
            self.program.fields.setdefault((kind, labels[0]), []).extend(given)
        if kind == form.parts.get("module") and labels:
            self.program.fields.setdefault((kind, labels[0]), []).append(call)
        return call

    def _parts(self, body: Node, inside: int) -> list[Call]:
        """Read a block's body; return the calls that the blocks in it are."""
        found = [self.read(child, inside) for child in body.named_children]
        kinds = [child.type for child in body.named_children]
        return [one for one, kind in zip(found, kinds, strict=True) if kind == "block" and isinstance(one, Call)]

    def _taken(self, form: Form, node: Node, words: list[str], inside: int, inner: list[Call]) -> Call:
        """Return a block as the call of its type, which for some kinds of block is their first label."""
        kind, *labels = words
        typed = form.parts.get("typed", {}).get(kind)
        name = typed.format(labels[0]) if typed and labels else kind
        called = Name(node.start_byte, node.start_byte, inside, name)
        held = self.program.scopes[inside].bound
        arguments = [Argument(one, key) for key, values in held.items() for one in values]
        for block in inner:
            entries = [(one.name, one.value) for one in block.arguments]
            arguments.append(Argument(Entries(block.start, block.end, inside, entries), self._label(block)))
        return self._keep(Call(node.start_byte, node.end_byte, inside, called, arguments, new=False))

    @staticmethod
    def _label(block: Call) -> str:
        return block.called.name if isinstance(block.called, Name) else ""

    def _repeated(self, name: str, inside: int) -> None:
        """Bind the name by which a block that is made for each element of a map or list knows that element."""
        place = self.program.scopes[inside]
        for over in place.bound.get("for_each", ()):
            element = Member(over.start, over.end, inside, over, EACH)
            place.bound[name] = [Entries(over.start, over.end, inside, [("value", element)])]

    def _variable(self, owner: str, name: str, inside: int) -> None:
        """A variable is bound to its default, and is a secret where it is said to be sensitive."""
        bound = self.program.scopes[inside].bound
        # Types of objects say what stands where nothing is given.
        for kind in (one for one in bound.get("type", ()) if isinstance(one, Call)):
            self.program.fields.setdefault((owner, name), []).append(kind)
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
            found = Member(node.start_byte, node.end_byte, scope, found, self._step(step, scope))
        return found

    def _step(self, step: Node, scope: int) -> str:
        """Return the key of what a step takes; a computed one stands for every key."""
        if "splat" in step.type:
            return EACH
        inner = step
        while inner.named_children and inner.type != "expression":
            inner = inner.named_children[0]
        if inner.type != "expression":
            return self.key(inner, scope)
        found = self.read(inner, scope)
        name = self.key_of(found, inner)
        return name if isinstance(found, Text | Key) or name.isdigit() else f"{EACH}{name}"

    def _generated(self, form: Form, node: Node, scope: int) -> Expression:
        """A list or map that is made of another: its elements are what the last expression makes of each."""
        intro = next((child for child in node.named_children if child.type in form.listed("intro")), None)
        parts = [child for child in node.named_children if child != intro and not self.skipped(child)]
        if intro is not None:
            *names, over = intro.named_children
            element = Member(intro.start_byte, intro.end_byte, scope, self.expression(over, scope), EACH)
            for name in names[-1:]:
                self.program.scopes[scope].bound.setdefault(self.written(name), []).append(element)
        made = [self.expression(child, scope) for child in parts]
        return Items(node.start_byte, node.end_byte, scope, made[-1:] if len(made) < 3 else made[1:2])

    def _constant(self, _form: Form, node: Node, scope: int) -> Expression:
        """A word that stands for itself: `true`."""
        return Name(node.start_byte, node.end_byte, scope, self.written(node))
