"""Shells: commands with their options, functions whose parameters are numbers, and expansions with defaults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Either, Expression, Imported, Joined, Name, Routine, Scope, Text
from scanner.analysis.reading.blocks import Blocks
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_PARAMETERS = [str(number) for number in range(1, 10)]
_SOURCING = (".", "source")


class Commands(Blocks):
    """Reads commands as calls: `-u x` and `--user=x` are arguments with a name."""

    def _command(self, _form: Form, node: Node, scope: int) -> Expression | None:
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.read(child, scope)
        if name is None:
            return None
        given = [self.expression(child, scope) for child in node.children_by_field_name("argument")]
        word = self.written(name).rpartition("/")[2]
        if word in _SOURCING and given and isinstance(given[0], Text):
            self.program.imports[f"*{given[0].value}"] = Imported(module=given[0].value)
        if word == "read":
            self._typed_in_secret(given, scope)
        plain = [Argument(one) for one in given]
        called = Name(name.start_byte, name.end_byte, scope, word)
        call = Call(node.start_byte, node.end_byte, scope, called, [*plain, *_options(given)], new=False)
        self.program.calls.append(call)
        self.program.calls_of.setdefault(word, []).append(call)
        return call

    def _typed_in_secret(self, given: Sequence[Expression], scope: int) -> None:
        """What is read without an echo is a password, whatever it is called."""
        words = [one.value for one in given if isinstance(one, Text)]
        silent = any(word.startswith("-") and not word.startswith("--") and "s" in word for word in words)
        if silent and words and not words[-1].startswith("-"):
            self.program.scopes[scope].types[words[-1]] = "password"

    def _shell_function(self, form: Form, node: Node, scope: int) -> Expression:
        name, body = self.written(self.part(form, node, "name")), self.part(form, node, "body")
        inside = len(self.program.scopes)
        routine = Routine(node.start_byte, node.end_byte, scope, name, "", inside)
        routine.parameters = list(_PARAMETERS)
        self.program.scopes.append(Scope(parent=scope, owner="", routine=routine))
        self.program.routines.setdefault(name, []).append(routine)
        if body is not None:
            self.read(body, inside)
        return routine

    def _expansion(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """`${NAME:-default}`: the variable, or what takes its place."""
        found = [one for child in node.named_children if (one := self.read(child, scope)) is not None]
        if not found:
            return None
        name, *rest = found
        signs = [self.written(child) for child in node.children if not child.is_named]
        operator = next((sign for sign in signs if sign[:1] in (":", "-", "=")), "")
        if not rest or operator not in (":-", "-", ":=", "="):
            return name
        if isinstance(name, Name):
            self.program.named.append((name.name, rest[0]))
        return Either(node.start_byte, node.end_byte, scope, [name, rest[0]])


def _options(given: Sequence[Expression]) -> Iterator[Argument]:
    """Yield what options are given, by their names: in the same word, or in the next."""
    for place, one in enumerate(given):
        front = one.parts[0] if isinstance(one, Joined) and one.parts else one
        if not isinstance(front, Text) or not front.value.startswith("-"):
            continue
        name, equals, _ = front.value.partition("=")
        if equals:
            yield Argument(_rest(one, front, len(name) + 1), name)
        elif isinstance(one, Joined):
            yield Argument(_rest(one, front, len(front.value)), name)
        else:
            if not name.startswith("--") and len(name) > 2:
                yield Argument(_rest(one, front, 2), name[:2])
            if place + 1 < len(given):
                yield Argument(given[place + 1], name)


def _rest(whole: Expression, front: Text, size: int) -> Expression:
    """Return what stands behind the first `size` characters of a word."""
    left = Text(front.start + size, front.end, front.scope, front.value[size:])
    if isinstance(whole, Joined):
        parts = [*([left] if left.value else []), *whole.parts[1:]]
        return parts[0] if len(parts) == 1 else Joined(whole.start, whole.end, whole.scope, parts)
    return left
