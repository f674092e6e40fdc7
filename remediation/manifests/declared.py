"""Reads which version of a library a Python project asks for at least, out of whichever files say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MANIFESTS = re.compile(r"(?:pyproject\.toml|setup\.cfg|setup\.py|Pipfile|[\w.-]*requirements[\w.-]*\.(?:txt|in))\Z")
_LOCKS = re.compile(r"(?:poetry|uv|pdm)\.lock\Z")
# PEP 440, "Version specifiers"; `^` is Poetry's.
_LEAST = re.compile(r"(?:===?|~=|>=|>|\^)\s*v?(\d+(?:\.\d+)*)")
_LOCKED = r'^name = "{}"\r?\nversion = "(\d+(?:\.\d+)*)'
_ASKED = (
    r"""^[^#\n]*?(?:(?<=[\s"',\[(])|^){}[ \t]*(?:\[[^\]\n]*\])?[ \t]*"""
    r"""(?:=[ \t]*(?:\{{[^}}\n]*?version[ \t]*=[ \t]*)?["'])?(?P<bounds>[<>=~!^][^;"'#\n]*)"""
)

Version = tuple[int, ...]


def version(text: str) -> Version:
    """Return a version of numbers so that it can be compared."""
    return tuple(int(part) for part in text.split("."))


def manifests(tree: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a tree that may say which versions its projects need: few, and asked many times."""
    return {path: data for path, data in tree.items() if _is_manifest(path.rsplit("/", 1)[-1]) or _is_listed(path)}


def least_version(known: Mapping[str, bytes], folder: str, package: str) -> Version | None:
    """Return the lowest version that the nearest folder upwards with a bound lets in; None where none says one.

    `known` are the tree's `manifests`. A bound that lets in any old version counts as version 0.
    """
    while True:
        place = f"{folder}/" if folder else ""
        found = [each for path in _files(known, place) for each in _bounds(known[path], package)]
        if found or not folder:
            return min(found, default=None)
        folder = folder.rpartition("/")[0]


def _is_manifest(name: str) -> bool:
    return _MANIFESTS.match(name) is not None or _LOCKS.match(name) is not None


def _is_listed(path: str) -> bool:
    return path.endswith((".txt", ".in")) and f"/{path}".rpartition("/")[0].endswith("/requirements")


def _files(known: Mapping[str, bytes], place: str) -> Iterator[str]:
    for path in known:
        folder, name = path[: path.rfind("/") + 1], path.rsplit("/", 1)[-1]
        listed = folder == f"{place}requirements/" and _is_listed(path)
        if listed or (folder == place and _is_manifest(name)):
            yield path


def _bounds(data: bytes, package: str) -> Iterator[Version]:
    text = data.decode("utf-8", "replace")
    named = re.escape(package).replace(r"\-", "[-_.]")
    flags = re.MULTILINE | re.IGNORECASE
    yield from (version(each) for each in re.findall(_LOCKED.format(named), text, flags))
    for found in re.finditer(_ASKED.format(named), text, flags):
        least = [version(each) for each in _LEAST.findall(found["bounds"])]
        yield max(least, default=(0,))
