"""Macros whose arguments the grammar leaves as they are written, as Rust's: the texts they make, and lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Items, Member, Name, Opaque, Text
from scanner.analysis.reading.commands import Commands
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_HOLE = re.compile(r"\{(\w*)(?::[^{}]*)?\}")


class Macros(Commands):
    """Reads what stands between a macro's brackets, part by part."""

    def _macro(self, form: Form, node: Node, scope: int) -> Expression | None:
        word = self.written(self.part(form, node, "name")).rpartition("::")[2]
        tokens = next((child for child in node.named_children if child.type == "token_tree"), None)
        groups = self._groups(tokens) if tokens is not None else []
        if word in form.listed("formats"):
            return self._formatted(node, groups, scope)
        if word in form.listed("joins"):
            return self.join(node, scope, [self._token(group, scope) for group in groups])
        if word in form.listed("lists"):
            return Items(node.start_byte, node.end_byte, scope, [self._token(group, scope) for group in groups])
        return Opaque(node.start_byte, node.end_byte, scope)

    def _described(self, form: Form, node: Node, scope: int) -> None:
        """An attribute that says the default of the field behind it, which may have another name for who sets it."""
        tokens = [one for child in node.named_children for one in child.named_children if one.type == "token_tree"]
        given = {self.written(one[0]): one[2:] for held in tokens[:1] for one in self._groups(held) if _is_set(one)}
        default = next((given[word] for word in form.listed("defaults") if word in given), None)
        field = node.next_named_sibling
        while field is not None and field.type == node.type:
            field = field.next_named_sibling
        named = field.child_by_field_name("name") if field is not None else None
        if default is None or named is None or default[0].type == "identifier":
            return
        value = self._token(default, scope)
        texts = [self._token(given[word], scope) for word in form.listed("names") if word in given]
        words = [self.written(named), *(one.value for one in texts if isinstance(one, Text))]
        self.program.named.extend((word, value) for word in words)

    def _groups(self, tokens: Node) -> list[list[Node]]:
        """Return what commas part, each as its tokens."""
        groups: list[list[Node]] = [[]]
        for child in tokens.children[1:-1]:
            if child.type == ",":
                groups.append([])
            elif child.is_named or child.type not in ("&",):
                groups[-1].append(child)
        return [group for group in groups if group]

    def _token(self, group: list[Node], scope: int) -> Expression:
        """Return the expression that tokens spell: a literal, or a name with its fields."""
        if len(group) == 1:
            return self.expression(group[0], scope)
        start, end = group[0].start_byte, group[-1].end_byte
        words = [self.written(one) for one in group if one.type != "token_tree"]
        if group[-1].type == "token_tree" and "." in words:
            words = words[: len(words) - words[::-1].index(".") - 1]
        if "::" in words:
            return Name(start, end, scope, "".join(words))
        found: Expression | None = None
        for word in words:
            if word.isidentifier() and found is None and word not in self.syntax.own:
                found = Name(start, end, scope, word)
            elif word.isidentifier() and word not in self.syntax.own:
                found = Member(start, end, scope, found, word)
            elif word == "." and found is None:
                continue
        if found is not None and words[0] in self.syntax.own and isinstance(found, Name):
            found = Member(start, end, scope, None, found.name)
        return found if found is not None else Opaque(start, end, scope)

    def _formatted(self, node: Node, groups: list[list[Node]], scope: int) -> Expression:
        pattern = self._token(groups[0], scope) if groups else None
        if not isinstance(pattern, Text) or pattern.starts is not None:
            return Opaque(node.start_byte, node.end_byte, scope)
        named = {self.written(one[0]): one[2:] for one in groups[1:] if _is_set(one)}
        rest = [one for one in groups[1:] if not _is_set(one)]
        parts: list[Expression] = []
        at = 0
        for hole in _HOLE.finditer(pattern.value):
            parts.append(self._said(pattern, at, hole.start(), scope))
            at = hole.end()
            name = hole[1]
            if name in named:
                parts.append(self._token(named[name], scope))
            elif name and not name.isdigit():
                parts.append(Name(pattern.start, pattern.end, scope, name))
            else:
                place = int(name) if name else sum(1 for one in parts if not isinstance(one, Text))
                parts.append(self._token(rest[place], scope) if place < len(rest) else Opaque(0, 0, scope))
        parts.append(self._said(pattern, at, len(pattern.value), scope))
        return self.join(node, scope, [one for one in parts if not isinstance(one, Text) or one.value])

    @staticmethod
    def _said(pattern: Text, first: int, last: int, scope: int) -> Text:
        return Text(pattern.start + first, pattern.start + last, scope, pattern.value[first:last])


def _is_set(group: list[Node]) -> bool:
    """Tell whether tokens set a name to something: `env = "DB_PASSWORD"`."""
    return len(group) > 2 and group[1].type == "="
