"""Adds AWS's SDK to a `package.json` in its own style; lock files are made by npm, pnpm, yarn or bun alone.

Source: npm documentation, "package.json" (dependencies), "package-lock.json".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.manifests.dependencies import edit, needed
from remediation.manifests.json_lists import listed
from remediation.model import Disposition, Edit, Entry, Step

_LOCKS = {
    "pnpm-lock.yaml": "pnpm install",
    "yarn.lock": "yarn install",
    "bun.lock": "bun install",
    "bun.lockb": "bun install",
    "package-lock.json": "npm install",
}
_LISTS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def add_sdk(entries: Mapping[str, Entry], folder: str, *, typed: bool) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit that lists the SDK in the package at `folder`, and what is left to a person."""
    path = f"{folder}/package.json".lstrip("/")
    (sdk,), (types,) = needed("npm"), needed("npm_types")
    if path not in entries:
        return (), (_step(path, f"npm install {sdk['package']}", "no package.json lists dependencies here"),)
    entry = entries[path]
    try:
        after = listed(entry.data, "dependencies", _LISTS, sdk)
        after = (
            listed(after, "devDependencies", _LISTS, types) if typed and not _types_above(entries, folder) else after
        )
    except NotRewritable as refusal:
        return (), (_step(path, f"npm install {sdk['package']}", refusal.reason),)
    if after == entry.data:
        return (), ()
    command = _command(entries, folder)
    reason = f"{command.split()[0]} makes its lock file itself, and brings what is listed now"
    return edit(path, entry, after), (_step(path, command, reason),)


def _step(path: str, command: str, reason: str) -> Step:
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"run {command}", reason=reason)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _command(entries: Mapping[str, Entry], folder: str) -> str:
    for place in _upwards(folder):
        for name, command in _LOCKS.items():
            if f"{place}/{name}".lstrip("/") in entries:
                return command
    return "npm install"


def _types_above(entries: Mapping[str, Entry], folder: str) -> bool:
    """Tell whether a workspace around the package brings node's types."""
    above = (entries.get(f"{place}/package.json".lstrip("/")) for place in _upwards(folder))
    return any(entry is not None and b'"@types/node"' in entry.data for entry in above)
