"""Chooses the rewriter of a program by its path (`languages.yaml`), asks it what stands where and what to write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

import yaml

from remediation.errors import NotRewritable, NotRewritableFile, Refused
from remediation.model import Disposition, Edit, Entry, Layout, SecretPlan, Step
from remediation.rewriters.code import accessors, comparing
from remediation.rewriters.code.model import Fetch, Home, Language, Use
from remediation.rewriters.code.syntax import syntax
from remediation.rewriters.configuration.model import File, Place
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

_TABLE = Path(__file__).with_name("languages.yaml")
_MODULES = "remediation.rewriters.code"
_FILE_MODE = "100644"


@cache
def _table() -> Mapping[str, str]:
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return {ending: row["language"] for row in rows for ending in row["endings"]}


def language_of(path: str) -> str | None:
    """Return the module that rewrites a program, None for Python and for what is no program."""
    name = path.rsplit("/", 1)[-1]
    return _table().get(f".{name.rpartition('.')[2]}" if "." in name else name)


def _module(language: str) -> Language:
    return cast("Language", import_module(f"{_MODULES}.{language}"))


def judge(path: str, tree: Mapping[str, bytes], span: Span, value: SecretValue) -> Use:
    """Return what a program holds at `span`. Raises `NotRewritable` with the reason for a person."""
    language = language_of(path)
    if language is None:
        raise NotRewritable("no rewriter for this kind of file")
    if accessors.MARK in tree[path][:1024]:
        raise NotRewritable("the file is what fetches the secrets")
    place = Place(start=span.start, end=span.end, value=value)
    return _module(language).judge(File(path=path, data=tree[path], tree=tree), place)


def reads_as_before(path: str, before: bytes, after: bytes) -> bool:
    """Tell whether the grammar reads a rewritten program no worse than it did before."""
    language = language_of(path)
    if language is None:
        return True
    table = syntax(language)
    return comparing.unread(table.parse(after)) <= comparing.unread(table.parse(before))


def stray_line(path: str, before: bytes, after: bytes, spans: Sequence[Span]) -> int | None:
    """Return the first line that changes although none of the spans is near it, None where there is none."""
    language = language_of(path)
    return comparing.stray_line(syntax(language), before, after, spans) if language is not None and spans else None


def rewrite(planned: Sequence[SecretPlan], entries: Mapping[str, Entry]) -> tuple[tuple[Edit, ...], tuple[Step, ...]]:
    """Return the edits of all programs in other languages than Python: code, accessors, manifests; and open steps.

    Raises `NotRewritableFile` naming the file whose edits do not fit together.
    """
    # Each language sees what the ones before it have written.
    tree = {path: entry.data for path, entry in entries.items()}
    changed: dict[str, Edit] = {}
    steps: list[Step] = []
    fetches = _fetches(planned)
    for language in sorted({name for path in fetches if (name := language_of(path)) is not None}):
        module = _module(language)
        paths = sorted(path for path in fetches if language_of(path) == language)
        homes = _homes(module, tree, paths)
        written: dict[str, bytes] = {}
        for path in paths:
            changed[path] = _edit(entries, path, _rewritten(module, tree, path, fetches[path], homes[path]))
        for home in {each.path: each for each in homes.values()}.values():
            here = {path for path, each in homes.items() if each.path == home.path}
            used = [one for one in planned if _is_read_in(one, here)]
            edits, notes = _accompanied(module, entries, home, used, [changed[path] for path in sorted(here)])
            changed.update((edit.path, edit) for edit in edits)
            written |= {edit.path: edit.after for edit in edits}
            steps += notes
        tree = {**tree, **written}
    return tuple(changed.values()), tuple(steps)


def _is_read_in(secret: SecretPlan, paths: set[str]) -> bool:
    return any(each.path in paths for each in secret.references)


def _homes(module: Language, tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    try:
        return module.home(tree, paths)
    except Refused as refusal:
        raise NotRewritableFile(paths[0], str(refusal)) from None


def _fetches(planned: Sequence[SecretPlan]) -> Mapping[str, list[Fetch]]:
    found: dict[str, list[Fetch]] = defaultdict(list)
    for path, fetch in _each(planned):
        found[path].append(fetch)
    return {path: sorted(fetches, key=lambda fetch: fetch.place.start) for path, fetches in found.items()}


def _each(planned: Sequence[SecretPlan]) -> Iterator[tuple[str, Fetch]]:
    for secret in planned:
        for each in secret.references:
            if language_of(each.path) is not None:
                place = Place(start=each.span.start, end=each.span.end, value=each.value)
                binary = secret.layout is Layout.BINARY
                yield each.path, Fetch(place=place, name=secret.name, field=secret.field, binary=binary)


def _rewritten(module: Language, tree: Mapping[str, bytes], path: str, fetches: Sequence[Fetch], home: Home) -> bytes:
    try:
        return module.rewrite(File(path=path, data=tree[path], tree=tree), fetches, home)
    except NotRewritable as refusal:
        raise NotRewritableFile(path, refusal.reason) from None


def _edit(entries: Mapping[str, Entry], path: str, after: bytes) -> Edit:
    entry = entries.get(path)
    if entry is None:
        return Edit(path=path, mode=_FILE_MODE, blob_id=None, before=b"", after=after)
    return Edit(path=path, mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=after)


def _accompanied(
    module: Language, entries: Mapping[str, Entry], home: Home, used: Sequence[SecretPlan], users: Sequence[Edit]
) -> tuple[list[Edit], list[Step]]:
    """Return the accessor's edit and the manifest's, and what is left to a person."""
    edit, notes = _accessor(module, entries, home, used, users)
    try:
        edits, more = module.depend(entries, home)
    except NotRewritable as refusal:
        note = Step(
            path=home.path, line=1, disposition=Disposition.MANUAL, action="add AWS's SDK", reason=refusal.reason
        )
        edits, more = (), (note,)
    return [*([edit] if edit is not None else []), *edits], [*notes, *more]


def _accessor(
    module: Language, entries: Mapping[str, Entry], home: Home, used: Sequence[SecretPlan], users: Sequence[Edit]
) -> tuple[Edit | None, list[Step]]:
    rotating = [secret.name for secret in used if secret.rotation is not None]
    features = frozenset[str]().union(*(accessors.called(module.ACCESSOR, user.after) for user in users))
    present = entries.get(home.path)
    if present is None:
        return _edit(entries, home.path, accessors.source(module.ACCESSOR, home, rotating, features)), []
    after = accessors.updated(module.ACCESSOR, home, present.data, rotating, features)
    if after is not None:
        return _edit(entries, home.path, after), []
    if features - accessors.called(module.ACCESSOR, present.data):
        raise NotRewritableFile(users[0].path, f"{home.path} was changed by hand and lacks a function that it needs")
    if not rotating:
        return None, []
    action = f"list as rotating: {', '.join(sorted(rotating))}"
    reason = "the accessor was changed by hand, so it is left as it is"
    return None, [Step(path=home.path, line=1, disposition=Disposition.MANUAL, action=action, reason=reason)]
