"""Adds a dependency to a `pom.xml`, spaced as its neighbours are; nothing else in the file moves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remediation.errors import NotRewritable
from remediation.manifests.dependencies import edit
from remediation.model import Edit, Entry

_TOKEN = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![^>]*>|<(/?)([\w:.-]+)[^>]*?(/?)>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Element:
    path: tuple[str, ...]
    start: int
    """Where its opening tag begins."""
    inside: int
    """Where its content begins."""
    closing: int
    """Where its closing tag begins."""
    end: int


def added(entries: Mapping[str, Entry], path: str, sdk: Mapping[str, str]) -> Sequence[Edit]:
    """Return the edit that lists the SDK, none where it is listed. Raises `NotRewritable`."""
    entry = entries[path]
    text = entry.data.decode("utf-8", "surrogateescape")
    elements = list(_elements(text))
    listed = [each for each in elements if each.path == ("project", "dependencies", "dependency")]
    if any(f">{sdk['artifact']}<" in text[each.inside : each.closing] for each in listed):
        return ()
    managed = f"<groupId>{sdk['group']}</groupId>" in text and f"<artifactId>{sdk['bom']}</artifactId>" in text
    after = _with(text, elements, listed, sdk, managed=managed)
    return edit(path, entry, after.encode("utf-8", "surrogateescape"))


def _elements(text: str) -> Iterator[_Element]:
    stack: list[tuple[str, int, int]] = []
    for found in _TOKEN.finditer(text):
        name = found[2]
        if name is None or found[3]:
            continue
        if not found[1]:
            stack.append((name, found.start(), found.end()))
            continue
        if not stack or stack[-1][0] != name:
            raise NotRewritable("the file is not well-formed XML")
        path = tuple(each[0] for each in stack)
        _, start, inside = stack.pop()
        yield _Element(path, start, inside, found.start(), found.end())
    if stack:
        raise NotRewritable("the file is not well-formed XML")


def _with(
    text: str, elements: Sequence[_Element], listed: Sequence[_Element], sdk: Mapping[str, str], *, managed: bool
) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    if listed:
        last = listed[-1]
        indent = _indent(text, last.start)
        step = _step(text, last, indent)
        return text[: last.end] + newline + _entry(sdk, indent, step, newline, managed=managed) + text[last.end :]
    project = next((each for each in elements if each.path == ("project",)), None)
    if project is None:
        raise NotRewritable("the file has no project")
    step = next((_indent(text, each.start) for each in elements if len(each.path) == 2), "    ")
    entry = _entry(sdk, step * 2, step, newline, managed=managed)
    holder = next((each for each in elements if each.path == ("project", "dependencies")), None)
    if holder is not None:
        return text[: holder.inside] + newline + entry + newline + step + text[holder.closing :]
    block = f"{step}<dependencies>{newline}{entry}{newline}{step}</dependencies>{newline}"
    return text[: project.closing] + newline + block + text[project.closing :]


def _indent(text: str, position: int) -> str:
    before = text[text.rfind("\n", 0, position) + 1 : position]
    return before if not before.strip() else ""


def _step(text: str, element: _Element, indent: str) -> str:
    first = re.match(r"\s*\n([ \t]*)", text[element.inside : element.closing])
    return first[1][len(indent) :] if first is not None else "    "


def _entry(sdk: Mapping[str, str], indent: str, step: str, newline: str, *, managed: bool) -> str:
    parts = [f"<groupId>{sdk['group']}</groupId>", f"<artifactId>{sdk['artifact']}</artifactId>"]
    parts += [] if managed else [f"<version>{sdk['version']}</version>"]
    inside = newline.join(f"{indent}{step}{part}" for part in parts)
    return f"{indent}<dependency>{newline}{inside}{newline}{indent}</dependency>"
