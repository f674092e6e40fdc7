"""Reads a file into a `Program`: a tree of the grammar is walked once, and a language's forms say what each node is."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scanner.analysis.program import Expression, Opaque, Program, Scope
from scanner.analysis.reading.lent import set_out_lent
from scanner.analysis.reading.scripts import Scripts
from scanner.analysis.reading.targets import name_made
from scanner.analysis.syntax import Form, Syntax, parser, syntax

if TYPE_CHECKING:
    from tree_sitter import Node

_TEMPLATING = re.compile(rb"\{\{[^{}\r\n]{1,200}\}\}|\{%(?:[^%]|%(?!\})){1,500}%\}|\{#(?:[^#]|#(?!\})){1,500}#\}")
"""Marks of Jinja, Django's templates, cookiecutter and their like."""
_LONGEST_LINE = 5000
"""Bytes of a line that people write, and a tool at most that lists things."""
_DEEPEST = 500
"""Nested nodes that are followed, such as the calls of a chain; what lies deeper is no program of people."""
_MOST_FRAMES = 12 * _DEEPEST
"""Calls of ours that reading so many may take: nearly all of Python on Python, which takes nothing of the stack."""


def read(path: str, data: bytes, language: str) -> Program:
    """Return the program in the file at `path`, written in `language`.

    What cannot be parsed is left out piece by piece: the grammars go on behind an error. Of a template of a program
    the program is read, as it would be with something in the template's holes.
    """
    given = syntax(language)
    root = parser(given.grammar).parse(data).root_node
    broken = root.has_error
    if broken and _TEMPLATING.search(data):
        data = _TEMPLATING.sub(_blank, data)
        root = parser(given.grammar).parse(data).root_node
    program = Program(path=path, language=language, scopes=[Scope(parent=None, owner="")], broken=broken)
    with _deeply():
        _Reader(program, data, given).read(root, 0)
    program.dense = any(len(line) > _LONGEST_LINE for line in data.splitlines())
    if program.makes_unnamed:
        name_made(program)
    if program.callbacks and not program.dense:
        set_out_lent(program)
    return program


@contextmanager
def _deeply() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _MOST_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _blank(mark: re.Match[bytes]) -> bytes:
    """Return what stands for a template's mark: a name of its length for a hole, nothing for a statement."""
    if mark[0].startswith(b"{{"):
        return b"_" * len(mark[0])
    return bytes(byte if byte in b"\r\n" else 32 for byte in mark[0])


class _Reader(Scripts):
    """One walk, by the kinds of the language's forms."""

    def __init__(self, program: Program, data: bytes, given: Syntax) -> None:
        super().__init__(program, data, given)
        self._depth = 0
        self._handlers: dict[str, Callable[[Form, Node, int], Expression | None]] = {
            "text": self._text,
            "elsewhere": self._elsewhere,
            "name": self._name,
            "member": self._member,
            "call": self._call,
            "bind": self._bind,
            "each": self._each,
            "outer": self._outer,
            "joined": self._adjacent,
            "spread": self._inner,
            "comprehension": self._comprehension,
            "typed": self._typed,
            "parameter": self._parameter,
            "routine": self._routine,
            "class": self._class,
            "return": self._return,
            "binary": self._binary,
            "either": self._either,
            "match": self._match,
            "cases": self._cases,
            "subpattern": self._subpattern,
            "tested": self._tested,
            "yield": self._yield,
            "declared": self._declared,
            "composite": self._composite,
            "renewed": self._renewed,
            "macro": self._macro,
            "described": self._described,
            "block": self._block,
            "inner": self._inner,
            "items": self._items,
            "array": self._array,
            "include": self._include,
            "pattern": self._items,
            "entries": self._entries,
            "key": self._key,
            "computed": self._computed,
            "named": self._setting,
            "base": self._base,
            "mixed": self._mixed,
            "import": self._import,
            "package": self._package,
            "export": self._export,
            "section": self._section,
            "chain": self._chain,
            "constant": self._constant,
            "generated": self._generated,
            "command": self._command,
            "decorated": self._decorated,
            "declared_here": self._declared_here,
            "shell_function": self._shell_function,
            "expansion": self._expansion,
            "glob": self._glob,
            "loop": self._loop,
            "redirected": self._redirected,
            "pipeline": self._pipeline,
            "shell_array": self._shell_array,
            "skip": lambda _form, _node, _scope: None,
        }

    def read(self, node: Node, scope: int) -> Expression | None:
        """Read a node and all below it; return the expression that it is, if any."""
        if self._depth > _DEEPEST:
            self.program.cut = True
            return None
        self._depth += 1
        try:
            form = self.forms.get(node.type)
            handler = self._handlers.get(form.kind) if form is not None else None
            if handler is not None and form is not None:
                return handler(form, node, scope)
            if not node.named_child_count:
                return Opaque(node.start_byte, node.end_byte, scope)
            found = [self.read(child, scope) for child in node.named_children]
            return found[0] if len(found) == 1 else Opaque(node.start_byte, node.end_byte, scope)
        finally:
            self._depth -= 1
