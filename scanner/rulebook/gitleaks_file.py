"""Reads a configuration of gitleaks or betterleaks, and what it extends, into one plain document."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Table = Mapping[str, Any]

_DEEPEST = 2
"""How many files may extend one another: as many as gitleaks follows."""
_MOST_BYTES = 10_000_000


class Document(Record):
    """What a file says together with those it extends, names of fields in lower case: gitleaks takes any case."""

    path: str
    rules: Mapping[str, Table]
    """By id; of a file that is extended the fields that the extending file does not set."""
    allowlists: tuple[Table, ...] = ()
    default: bool = False
    """Whether it extends gitleaks' own rules; one that has no rules is taken to, or it would be of no use."""
    disabled: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    """All files that were read."""
    left: tuple[str, ...] = ()
    """Fields for the whole file that cannot be honoured."""


def read_document(path: str) -> Document:
    """Return what the file `path` says. Raises `UsageError` naming file, place and the way out."""
    return _read(path, Path(path).resolve().parent, 0)


def unusable(path: str, label: str, reason: str, way_out: str) -> UsageError:
    """Return the error for a rule or table called `label` in `path`."""
    return UsageError(f"{path}: {label} cannot be used: {reason}", hint=way_out)


def _read(path: str, top: Path, depth: int) -> Document:
    content = _lowered(_parsed(path))
    extend = _table(path, content, "extend")
    rules = _rules(path, content)
    own = Document(
        path=path,
        rules=rules,
        allowlists=tuple(_listed(path, content, "allowlist", "allowlists")),
        default=extend.get("usedefault") is True or not (rules or extend.get("path")),
        disabled=frozenset(map(str, extend.get("disabledrules") or ())),
        files=(path,),
        left=tuple(name for name in ("prefilter", "filter", "validate") if name in content),
    )
    base = extend.get("path")
    if not base:
        return own
    if extend.get("usedefault") is True:
        raise unusable(path, "[extend]", "it names both useDefault and path", "keep one of them, as gitleaks asks for")
    if depth >= _DEEPEST:
        raise unusable(
            path, "[extend]", f"more than {_DEEPEST} files extend one another", "put the rules into one file"
        )
    return _over(own, _read(_inside(path, str(base), top), top, depth + 1))


def _inside(path: str, base: str, top: Path) -> str:
    """Return the file that `path` extends; a configuration speaks of its own folder only, not of the whole machine."""
    place = (Path(path).parent / base).resolve()
    if not place.is_relative_to(top):
        raise unusable(path, "[extend]", f"{base} lies outside the file's folder", "copy it beside this file")
    if not place.is_file():
        raise unusable(path, "[extend]", f"{base} does not exist", "the path is relative to this file's folder")
    return str(place)


def _over(own: Document, base: Document) -> Document:
    rules = {name: rule for name, rule in base.rules.items() if name not in own.disabled}
    for name, rule in own.rules.items():
        rules[name] = _merged(rules[name], rule) if name in rules else rule
    return Document(
        path=own.path,
        rules=rules,
        allowlists=(*base.allowlists, *own.allowlists),
        default=base.default,
        disabled=own.disabled | base.disabled,
        files=(*own.files, *base.files),
        left=(*own.left, *base.left),
    )


def _merged(base: Table, own: Table) -> Table:
    """Return a rule with the fields of both; lists are joined (gitleaks' `extend`)."""
    joined = {name: [*base.get(name, ()), *own.get(name, ())] for name in ("keywords", "tags", "allowlists")}
    return {**base, **{name: value for name, value in own.items() if value}, **joined}


def _rules(path: str, content: Table) -> dict[str, Table]:
    rules: dict[str, Table] = {}
    entries = content.get("rules", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise unusable(path, "rules", "it is no list of tables", "write each rule as [[rules]]")
    for number, entry in enumerate(entries, start=1):
        name = str(entry.get("id") or entry.get("description") or "").strip()
        if not name:
            raise unusable(path, f"rule number {number}", "it has no id", "give it an id")
        listed = _listed(path, entry, "allowlist", "allowlists")
        rules[name] = {**{key: entry[key] for key in entry if key != "allowlist"}, "id": name, "allowlists": listed}
    return rules


def _listed(path: str, table: Table, single: str, several: str) -> list[Table]:
    """Return allowlists in the old form (one table) or the new one; gitleaks takes one form at a time."""
    found = [table[single]] if single in table else []
    more = table.get(several, [])
    # Both spellings occur for either form.
    found = found[0] if found and isinstance(found[0], list) else found
    found = [*found, *(more if isinstance(more, list) else [more])]
    if not all(isinstance(one, dict) for one in found):
        raise unusable(path, single, "it is no table", f"write it as [[{several}]]")
    return found


def _table(path: str, content: Table, name: str) -> Table:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise unusable(path, name, "it is no table", f"write it as [{name}]")
    return found


def _parsed(path: str) -> Any:
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"rule file {path} cannot be read: {error}") from error
    if len(raw) > _MOST_BYTES:
        raise UsageError(f"rule file {path} has over {_MOST_BYTES // 1_000_000} MB", hint="name a file of rules")
    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}", hint="write patterns in '''...'''") from error


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name).lower(): _lowered(inner) for name, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value
