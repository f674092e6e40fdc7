"""Adds AWS's SDK to a `go.mod`, which `go mod tidy` then completes: `go.sum` is made by the go command alone.

Source: Go Modules Reference, "go.mod files", "go mod tidy".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from remediation.manifests.dependencies import edit, needed
from remediation.model import Disposition, Edit, Entry, Step

_BLOCK = re.compile(r"^require[ \t]*\([ \t]*\r?\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_SINGLE = re.compile(r"^require[ \t]+[^\s(].*$", re.MULTILINE)


def add_sdk(entries: Mapping[str, Entry], path: str) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit that requires the SDK in the module at `path`, and the command that completes it."""
    entry = entries[path]
    text = entry.data.decode("utf-8")
    missing = [row for row in needed("go") if not _lists(text, row["module"])]
    if not missing:
        return (), ()
    after = _added(text, [f"{row['module']} {row['version']}" for row in missing])
    return edit(path, entry, after.encode("utf-8")), tuple(_steps(entries, path))


def _steps(entries: Mapping[str, Entry], path: str) -> Sequence[Step]:
    folder = path.rpartition("/")[0]
    vendored = any(each.startswith(f"{folder}/vendor/".lstrip("/")) for each in entries)
    command = "go mod tidy && go mod vendor" if vendored else "go mod tidy"
    reason = "go.sum is made by the go command; without it the module does not build"
    return (Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"run {command}", reason=reason),)


def _lists(text: str, module: str) -> bool:
    return re.search(rf"^[ \t]*(?:require[ \t]+)?{re.escape(module)}[ \t]+v", text, re.MULTILINE) is not None


def _added(text: str, requirements: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    blocks = [found for found in _BLOCK.finditer(text) if not _is_indirect(found[1])]
    if blocks:
        return _in_block(text, blocks[0], requirements, newline)
    lines = "".join(f"\t{each}{newline}" for each in requirements)
    block = f"require ({newline}{lines}){newline}"
    singles = list(_SINGLE.finditer(text))
    if singles:
        at = singles[-1].end()
        return (
            f"{text[:at].rstrip(chr(13))}{newline}{newline}{block.rstrip()}{text[at:].lstrip(chr(13))}" if at else text
        )
    gap = "" if text.endswith("\n") else newline
    return f"{text}{gap}{newline}{block}"


def _is_indirect(body: str) -> bool:
    lines = [line for line in body.splitlines() if line.strip()]
    return bool(lines) and all("// indirect" in line for line in lines)


def _in_block(text: str, block: re.Match[str], requirements: Sequence[str], newline: str) -> str:
    lines = block[1].splitlines(keepends=True)
    for each in requirements:
        at = next((number for number, line in enumerate(lines) if line.strip() > each and line.strip()), len(lines))
        lines.insert(at, f"\t{each}{newline}")
    return text[: block.start(1)] + "".join(lines) + text[block.end(1) :]
