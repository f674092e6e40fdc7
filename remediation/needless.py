"""Tells the lines of a rewritten Python file that a fix had no reason to change.

A reason is that the line belongs to the statement that held a value or makes an engine of it, that it is an import, or
that the line which takes its place asks for a planned secret. Anything else, be it a blank at a line's end, is somebody
else's.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from scanner.model import Span

_NAME = re.compile(rb"[\w.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hunk:
    """Lines of one place, numbered from 0, and those that took their place."""

    start: int
    end: int
    new_start: int
    new: tuple[bytes, ...]


def needless_line(before: bytes, after: bytes, spans: Sequence[Span], names: Sequence[str]) -> int:
    """Return the number (from 1) of the first line of `before` that was changed, or added to, for no reason; else 0.

    `spans` are where `before` held values or made engines of them, `names` the secrets that the code asks for instead.
    Raises `SyntaxError` for files that do not parse.
    """
    old, new = before.split(b"\n"), after.split(b"\n")
    held, imports, new_imports = _held(before, spans), _imports(before), _imports(after)
    asked = [name.encode() for name in names]
    for hunk in _hunks(old, new):
        removed = set(range(hunk.start, hunk.end))
        # Blank lines go with the line that they were about, and not by themselves.
        blanks = {number for number in removed if not old[number].strip()} if removed & held else set()
        asking = [line for line in hunk.new if any(name in line for name in asked)]
        if not (asking or removed & held or _only_imports(hunk, new_imports)):
            return hunk.start + 1
        # Code that reads a file is given the value after reading, which may take a statement apart.
        others = sorted(removed - held - imports - blanks) if removed & held or not asking else []
        for number in others:
            if not any(_asks_instead(old[number], line) for line in asking):
                return number + 1
    return 0


def _asks_instead(old: bytes, new: bytes) -> bool:
    """Tell whether a line differs only in what asks for a secret, added or in place of one name."""
    head, tail = _alike(old, new)
    gone = old[head : len(old) - tail]
    return not gone or _NAME.fullmatch(gone) is not None


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[_Hunk]:
    # What is equal at both ends needs no comparison, whose cost grows with the square.
    head, tail = _alike(old, new)
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            lines = tuple(new[head + new_start : head + new_end])
            yield _Hunk(start=head + start, end=head + end, new_start=head + new_start, new=lines)


def _alike(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return how many items two sequences have in common at their heads, and then at their ends."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    most = min(len(old), len(new)) - head
    ends = zip(reversed(old[len(old) - most :]), reversed(new[len(new) - most :]), strict=True)
    return head, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))


def _between(data: bytes, span: Span) -> range:
    return range(data.count(b"\n", 0, span.start), data.count(b"\n", 0, span.end) + 1)


def _held(data: bytes, spans: Sequence[Span]) -> set[int]:
    """Return the lines of the statements, or heads of statements, that values stand in."""
    statements = [_reach(node) for node in ast.walk(_parsed(data)) if isinstance(node, (ast.stmt, ast.match_case))]
    held: set[int] = set()
    for span in spans:
        lines = _between(data, span)
        around = [each for each in statements if each.start <= lines.start and lines.stop <= each.stop]
        held.update(lines, *sorted(around, key=len)[:1])
    return held


def _reach(node: ast.stmt | ast.match_case) -> range:
    """Return the lines of a statement; of one with a body those above it."""
    if isinstance(node, ast.match_case):
        return range(node.pattern.lineno - 1, node.body[0].lineno)
    decorators = [each.lineno for each in getattr(node, "decorator_list", ())]
    body = getattr(node, "body", ())
    last = max(body[0].lineno - 1, node.lineno) if body else node.end_lineno or node.lineno
    return range(min([node.lineno, *decorators]) - 1, last)


def _imports(data: bytes) -> set[int]:
    """Return the lines of a Python file's imports."""
    nodes = [node for node in ast.walk(_parsed(data)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {line for node in nodes for line in range(node.lineno - 1, node.end_lineno or node.lineno)}


def _only_imports(hunk: _Hunk, imports: set[int]) -> bool:
    """Tell whether what a hunk brings is imports, and blank lines beside them."""
    numbered = enumerate(hunk.new, start=hunk.new_start)
    return any(number in imports for number, _ in enumerate(hunk.new, start=hunk.new_start)) and all(
        number in imports or not line.strip() for number, line in numbered
    )


def _parsed(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        # A file's own warnings, such as an invalid escape, are none of ours.
        warnings.simplefilter("ignore")
        return ast.parse(data)
