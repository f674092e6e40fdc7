"""Where the elements of an XML manifest stand in its text, so that a line can be added and nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from remediation.errors import NotRewritable

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![^>]*>|<(/?)([\w:.-]+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element: the names that lead to it, its attributes as they are written, and where it stands."""

    path: tuple[str, ...]
    attributes: str
    start: int
    """Where its opening tag begins."""
    inside: int
    """Where its content begins."""
    closing: int
    """Where its closing tag begins."""
    end: int


def elements(text: str) -> Iterator[Element]:
    """Yield the elements of a document, the inner ones first. Raises `NotRewritable` where its tags do not match."""
    stack: list[tuple[str, str, int, int]] = []
    for found in _TOKEN.finditer(text):
        name = found[2]
        if name is None:
            continue
        names = tuple(each[0] for each in stack)
        if found[4]:
            yield Element((*names, name), found[3], found.start(), found.end(), found.end(), found.end())
        elif not found[1]:
            stack.append((name, found[3], found.start(), found.end()))
        elif not stack or stack[-1][0] != name:
            raise NotRewritable("the file is not well-formed XML")
        else:
            _, attributes, start, inside = stack.pop()
            yield Element(names, attributes, start, inside, found.start(), found.end())
    if stack:
        raise NotRewritable("the file is not well-formed XML")


def indent(text: str, position: int) -> str:
    """Return the blanks before a position in its line, empty where something else stands there."""
    before = text[text.rfind("\n", 0, position) + 1 : position]
    return before if not before.strip() else ""


def newline(text: str) -> str:
    """Return how a text ends its lines."""
    return "\r\n" if "\r\n" in text else "\n"
