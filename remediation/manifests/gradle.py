"""Adds a dependency to a Gradle build, by its version catalog where the build uses one for what it implements with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import tomlkit
from tomlkit.exceptions import TOMLKitError

from remediation.errors import NotRewritable
from remediation.manifests.dependencies import edit
from remediation.model import Edit, Entry

_BLOCK = re.compile(r"^dependencies[ \t]*\{[ \t]*\r?\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_LINE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<kind>implementation|api|compile)\b[ \t]*(?P<open>\(?)[ \t]*(?P<what>.+?)[ \t]*$", re.M
)
_CATALOG = "gradle/libs.versions.toml"
_ALIAS = "awssdk-secretsmanager"


def added(entries: Mapping[str, Entry], path: str, sdk: Mapping[str, str]) -> Sequence[Edit]:
    """Return the edits that list the SDK, none where it is listed. Raises `NotRewritable`."""
    entry = entries[path]
    text = entry.data.decode("utf-8", "surrogateescape")
    if f"{sdk['group']}:{sdk['artifact']}" in text or f"libs.{_ALIAS.replace('-', '.')}" in text:
        return ()
    block = _BLOCK.search(text)
    if block is None:
        raise NotRewritable("the build file has no plain block of dependencies")
    lines = list(_LINE.finditer(block["body"]))
    catalog = next((each for each in _catalogs(path) if each in entries), None)
    if catalog is not None and _uses_catalog(lines):
        reference = f"libs.{_ALIAS.replace('-', '.')}"
        after = _with_line(text, block, lines, reference, kotlin=path.endswith(".kts"))
        return (*edit(path, entry, after.encode("utf-8", "surrogateescape")), *_in_catalog(entries, catalog, sdk))
    after = _with_line(text, block, lines, _coordinates(text, lines, sdk, path), kotlin=path.endswith(".kts"))
    return edit(path, entry, after.encode("utf-8", "surrogateescape"))


def _catalogs(path: str) -> Sequence[str]:
    folder = path.rpartition("/")[0]
    places = [folder]
    while places[-1]:
        places.append(places[-1].rpartition("/")[0])
    return [f"{place}/{_CATALOG}".lstrip("/") for place in places]


def _uses_catalog(lines: Sequence[re.Match[str]]) -> bool:
    of_catalog = sum(str(each["what"]).startswith("libs.") for each in lines)
    return 2 * of_catalog >= max(len(lines), 1)


def _coordinates(text: str, lines: Sequence[re.Match[str]], sdk: Mapping[str, str], path: str) -> str:
    quote = '"' if path.endswith(".kts") or sum('"' in each["what"] for each in lines) * 2 > len(lines) else "'"
    managed = f"{sdk['group']}:{sdk['bom']}" in text
    version = "" if managed else f":{sdk['version']}"
    return f"{quote}{sdk['group']}:{sdk['artifact']}{version}{quote}"


def _with_line(text: str, block: re.Match[str], lines: Sequence[re.Match[str]], what: str, *, kotlin: bool) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = lines[-1]["indent"] if lines else "    "
    parenthesised = kotlin or (bool(lines) and bool(lines[-1]["open"]))
    line = f"{indent}implementation({what})" if parenthesised else f"{indent}implementation {what}"
    plain = [
        each for each in lines if each["what"].count("(") <= each["what"].count(")") and not each["what"].endswith("{")
    ]
    at = block.start("body") + (plain[-1].end() if plain else 0)
    if not plain:
        return text[:at] + line + newline + text[at:]
    end = at - 1 if text[at - 1 : at] == "\r" else at
    return text[:end] + newline + line + text[end:]


def _in_catalog(entries: Mapping[str, Entry], path: str, sdk: Mapping[str, str]) -> Sequence[Edit]:
    entry = entries[path]
    try:
        document = tomlkit.parse(entry.data.decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError):
        raise NotRewritable("the version catalog is not valid TOML") from None
    libraries = document.get("libraries")
    if libraries is None:
        raise NotRewritable("the version catalog has no table of libraries")
    if _ALIAS not in libraries:
        gap = " " if "= { " in libraries.as_string() else ""
        row = f'{{{gap}module = "{sdk["group"]}:{sdk["artifact"]}", version = "{sdk["version"]}"{gap}}}'
        libraries.add(_ALIAS, tomlkit.parse(f"row = {row}").item("row"))
    return edit(path, entry, tomlkit.dumps(document).encode("utf-8"))
