"""Adds a dependency to a `pom.xml`, spaced as its neighbours are; nothing else in the file moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.manifests import xml
from remediation.manifests.dependencies import edit
from remediation.manifests.xml import Element
from remediation.model import Edit, Entry


def added(entries: Mapping[str, Entry], path: str, sdk: Mapping[str, str]) -> Sequence[Edit]:
    """Return the edit that lists the SDK, none where it is listed. Raises `NotRewritable`."""
    entry = entries[path]
    text = entry.data.decode("utf-8", "surrogateescape")
    elements = list(xml.elements(text))
    listed = [each for each in elements if each.path == ("project", "dependencies", "dependency")]
    if any(f">{sdk['artifact']}<" in text[each.inside : each.closing] for each in listed):
        return ()
    managed = f"<groupId>{sdk['group']}</groupId>" in text and f"<artifactId>{sdk['bom']}</artifactId>" in text
    after = _with(text, elements, listed, sdk, managed=managed)
    return edit(path, entry, after.encode("utf-8", "surrogateescape"))


def _with(
    text: str, elements: Sequence[Element], listed: Sequence[Element], sdk: Mapping[str, str], *, managed: bool
) -> str:
    newline = xml.newline(text)
    if listed:
        last = listed[-1]
        indent = xml.indent(text, last.start)
        step = _step(text, last, indent)
        return text[: last.end] + newline + _entry(sdk, indent, step, newline, managed=managed) + text[last.end :]
    project = next((each for each in elements if each.path == ("project",)), None)
    if project is None:
        raise NotRewritable("the file has no project")
    step = next((xml.indent(text, each.start) for each in elements if len(each.path) == 2), "    ")
    entry = _entry(sdk, step * 2, step, newline, managed=managed)
    holder = next((each for each in elements if each.path == ("project", "dependencies")), None)
    if holder is not None:
        return text[: holder.inside] + newline + entry + newline + step + text[holder.closing :]
    block = f"{step}<dependencies>{newline}{entry}{newline}{step}</dependencies>{newline}"
    gap = "" if text[: project.closing].endswith("\n") else newline
    return text[: project.closing] + gap + block + text[project.closing :]


def _step(text: str, element: Element, indent: str) -> str:
    first = re.match(r"\s*\n([ \t]*)", text[element.inside : element.closing])
    return first[1][len(indent) :] if first is not None else "    "


def _entry(sdk: Mapping[str, str], indent: str, step: str, newline: str, *, managed: bool) -> str:
    parts = [f"<groupId>{sdk['group']}</groupId>", f"<artifactId>{sdk['artifact']}</artifactId>"]
    parts += [] if managed else [f"<version>{sdk['version']}</version>"]
    inside = newline.join(f"{indent}{step}{part}" for part in parts)
    return f"{indent}<dependency>{newline}{inside}{newline}{indent}</dependency>"
