"""Literals and templates."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Joined, Name, Opaque, Text
from scanner.analysis.queries import ASKING, KEY_OF_QUERY
from scanner.analysis.reading.walk import Walk
from scanner.analysis.syntax import Form
from scanner.analysis.texts import unescaped

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMED = re.compile(r"[A-Za-z_]\w*")
_QUOTES = "\"'`"
_NAMING = re.compile(r"(?:^|\\[nt]|[\s;,&?{=\"'-])([A-Za-z][\w.-]{1,60})[\"']?(?:=|: ?)[\"']?$")
"""What stands in a text before a hole whose name it says: `DB_PASSWORD=`."""
_NAMING_WITHIN = 80


class Texts(Walk):
    """Reads what is written in quotes."""

    def _text(self, form: Form, node: Node, scope: int) -> Expression:
        holes, children = form.listed("holes"), node.named_children
        if "sign" in form.parts and any(self.written(child) == form.field("sign") for child in children):
            return self._signed(form, node, scope)
        if holes and any(child.type in holes for child in children):
            return self._template(form, node, scope)
        content, escapes = form.listed("content"), form.listed("escapes")
        parts = [child for child in children if child.type in content or child.type in escapes]
        if parts and content:
            start, end = parts[0].start_byte, parts[-1].end_byte
        else:
            start, end = self._inside(form, node)
        return self.said(start, end, scope, raw=bool(form.parts.get("raw")) or self._is_raw(node, start))

    def _elsewhere(self, form: Form, node: Node, scope: int) -> Expression | None:
        """Read a literal of which only the mark stands here: its text begins on the next line."""
        around: Node | None = node
        while around is not None and around.parent is not None:
            for one in around.parent.named_children:
                if one.type == form.field("body") and one.start_byte >= node.end_byte:
                    return self.read(one, scope)
            around = around.parent
        return None

    def _adjacent(self, form: Form, node: Node, scope: int) -> Expression:
        """Literals next to each other are one; a word that is no more than written so is one as well."""
        holes = form.listed("holes")
        if holes and not any(child.type in holes for child in node.named_children):
            return self.said(node.start_byte, node.end_byte, scope, raw=True)
        return self.join(node, scope, [self.expression(child, scope) for child in node.named_children])

    def _is_raw(self, node: Node, start: int) -> bool:
        opening = self.data[node.start_byte : start].decode("utf-8", "replace")
        return any(mark in opening for mark in self.syntax.raw)

    def said(self, start: int, end: int, scope: int, *, raw: bool) -> Text:
        """Return the literal whose content stands from `start` to `end`; a `raw` one has no escapes."""
        written = self.data[start:end]
        if raw:
            text = written.decode("utf-8", "replace")
            if len(text) == len(written):
                return Text(start, end, scope, text)
            written = written.replace(b"\\", b"\\\\")
            return Text(start, end, scope, text)
        value, starts = unescaped(written, start)
        return Text(start, end, scope, value, starts)

    def _inside(self, form: Form, node: Node) -> tuple[int, int]:
        """Return where the content of a literal stands: all of it, all but the first and last line, or in quotes."""
        if form.parts.get("bare"):
            return node.start_byte, node.end_byte
        if form.parts.get("lines"):
            first, last = self.data.find(b"\n", node.start_byte), self.data.rfind(b"\n", node.start_byte, node.end_byte)
            return (first + 1, last + 1) if 0 <= first < last else (node.end_byte, node.end_byte)
        return self._inside_quotes(node)

    def _inside_quotes(self, node: Node) -> tuple[int, int]:
        """Return where the content of a literal stands whose grammar does not tell it apart from its quotes."""
        written = self.written(node)
        quote = min((place for place in (written.find(mark) for mark in _QUOTES) if place >= 0), default=-1)
        if quote < 0:
            return node.start_byte, node.end_byte
        mark = written[quote]
        width = 3 if written[quote : quote + 3] == mark * 3 and len(written) >= quote + 6 else 1
        start = node.start_byte + len(written[: quote + width].encode())
        end = written.rfind(mark)
        closed = end - width + 1 >= quote + width
        return start, node.start_byte + len(written[: end - width + 1].encode()) if closed else node.end_byte

    def _template(self, form: Form, node: Node, scope: int) -> Expression:
        holes, content = form.listed("holes"), form.listed("content") | form.listed("escapes")
        parts: list[Expression] = []
        first, end = self._inside(form, node)
        at, raw = first if form.parts.get("gaps") else None, bool(form.parts.get("raw"))
        for child in node.named_children:
            if child.type in holes:
                if at is not None and child.start_byte > at:
                    parts.append(self.said(at, child.start_byte, scope, raw=raw or self._is_raw(node, at)))
                at = child.end_byte if at is not None else None
                parts.append(self._hole(child, scope))
            elif child.type in content and at is None:
                parts.append(self.said(child.start_byte, child.end_byte, scope, raw=False))
        if at is not None and end > at:
            parts.append(self.said(at, end, scope, raw=raw))
        return parts[0] if len(parts) == 1 else self.join(node, scope, parts)

    def _signed(self, form: Form, node: Node, scope: int) -> Expression:
        """A template of which the grammar does not tell all holes apart: names that stand behind a sign."""
        parts: list[Expression] = []
        behind = False
        for child in node.named_children:
            written, start = self.written(child), child.start_byte
            if child.type in form.listed("holes"):
                parts.append(self._hole(child, scope))
            elif written != form.field("sign"):
                name = _NAMED.match(written) if behind else None
                if name is not None:
                    parts.append(Name(start, start + len(name[0].encode()), scope, name[0]))
                    start += len(name[0].encode())
                if start < child.end_byte:
                    parts.append(self.said(start, child.end_byte, scope, raw=False))
            behind = written == form.field("sign")
        return self.join(node, scope, parts)

    def _hole(self, node: Node, scope: int) -> Expression:
        if node.type in self.forms:
            return self.expression(node, scope)
        inner = [child for child in node.named_children if not self.skipped(child)]
        return self.expression(inner[0], scope) if inner else Opaque(node.start_byte, node.end_byte, scope)

    def join(self, node: Node, scope: int, parts: list[Expression]) -> Joined:
        """Return `parts` joined, and keep that in mind."""
        joined = Joined(node.start_byte, node.end_byte, scope, parts)
        self.program.joined.append(joined)
        for before, part in pairwise(parts):
            said = before.value if isinstance(before, Text) else ""
            name = name_before(said) if not isinstance(part, Text) or ASKING.search(said) else ""
            if name:
                self.program.named.append((name, part))
        return joined


def name_before(said: str) -> str:
    """Return the name that a text says at its end for what comes next: `DB_PASSWORD=`; empty where it says none."""
    near = said[-_NAMING_WITHIN:]
    if ASKING.search(near):
        return KEY_OF_QUERY
    name = _NAMING.search(near)
    return name[1] if name is not None else ""
