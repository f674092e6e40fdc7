"""Drafts every file a fix changes, in memory: rewritten code, the accessor module, the dependency, the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from remediation import accessor, building, configuration, programs, record, session_keys
from remediation.errors import NotRewritable, NotRewritableFile
from remediation.manifests.python import PACKAGES, add_dependency, add_module
from remediation.model import (
    USUAL,
    Disposition,
    Edit,
    Entry,
    Layout,
    Patch,
    Reference,
    SecretPlan,
    Snapshot,
    Step,
    Style,
    Taste,
)
from remediation.rewriters import notebook, python_engines, splice
from remediation.rewriters.python import Fetch, Follow, rewrite
from remediation.rewriters.splice import Splice
from remediation.text_copies import TextCopy

_FILE_MODE = "100644"
_LATE_CONSTANTS = ("lazy-constant", "lazy-export")
_WITH_SECRET, _PREVIOUS, _FOLLOW = b"def with_secret(", b"def previous_secrets(", b"def follow_rotation("


def draft(
    planned: Sequence[SecretPlan], snapshot: Snapshot, texts: Sequence[TextCopy] = (), taste: Taste = USUAL
) -> Patch:
    """Return the edits for the planned secrets, and for copies of their values in texts.

    Raises `NotRewritableFile` naming a file that cannot be rewritten.
    """
    fetches, follows = _fetches(planned), _follows(planned)
    tree = {path: entry.data for path, entry in snapshot.entries.items()}
    readers = configuration.readers(planned, tree)
    edits: dict[str, Edit] = {}
    steps: list[Step] = []
    places = accessor.places(snapshot.entries, {*fetches, *follows, *(reader for reader, _ in readers.values())})
    for place in places:
        served = _served(place, places)
        here = {*served, *(path for path, (reader, _) in readers.items() if reader in served)}
        used = [secret for secret in planned if _is_read_in(secret, here)]
        written, notes = _accessor(snapshot, place, used, taste.style)
        module_text = snapshot.entries[place.path].data if written is None else written.after
        offers, keeps, leads = (each in module_text for each in (_WITH_SECRET, _PREVIOUS, _FOLLOW))
        for path, module in place.modules.items():
            wanted = [
                replace(
                    fetch,
                    rotates=fetch.rotates and offers,
                    keeps_previous=fetch.keeps_previous and keeps,
                    followed=fetch.followed and leads,
                )
                for fetch in fetches.get(path, ())
            ]
            led = follows.get(path, ()) if leads else ()
            edits[path] = _rewritten(snapshot, path, wanted, module, _within(texts, path), led)
        for path, (reader, assignments) in readers.items():
            if reader in place.modules:
                after = edits[reader].after
                after = configuration.with_assignments(after, path, assignments, place.modules[reader])
                edits[reader] = _edit(snapshot, reader, after)
        if written is not None:
            edits[written.path] = written
        steps += notes
        if written is not None and written.blob_id is None:
            _install(snapshot, edits, written.path)
        for package in _needs(snapshot, place, written):
            steps += _depend(snapshot, edits, place, package)
    written_programs, more = programs.rewrite(planned, snapshot.entries)
    edits.update((edit.path, edit) for edit in written_programs)
    steps += more
    for path in sorted({each.path for each in texts} - set(edits)):
        edits[path] = _rewritten(snapshot, path, (), "", _within(texts, path))
    written_files = configuration.rewrite(planned, tree | {path: edit.after for path, edit in edits.items()})
    edits.update((path, _edit(snapshot, path, after)) for path, after in written_files.files.items())
    steps += written_files.steps
    _free_builds(snapshot, edits, planned)
    if planned:
        edits[record.PATH] = _edit(snapshot, record.PATH, record.record(planned, snapshot.entries, taste.style))
    changed = [edit for _, edit in sorted(edits.items()) if edit.before != edit.after]
    return Patch(edits=tuple(changed), steps=tuple(dict.fromkeys(steps)))


def _is_read_in(secret: SecretPlan, paths: set[str]) -> bool:
    return any(path in paths for each in secret.references for path in each.paths)


def _follows(planned: Sequence[SecretPlan]) -> dict[str, list[Follow]]:
    """Return the engines, by their modules, that are made of a URL in another module."""
    found: dict[str, list[Follow]] = defaultdict(list)
    for secret in planned:
        for engine in (engine for each in secret.references for engine in each.engines):
            found[engine.path].append(Follow(span=engine.span, name=secret.name, field=secret.field or ""))
    return found


def _keeps_previous(secret: SecretPlan, reference: Reference) -> bool:
    return secret.rotation is not None and secret.field is None and session_keys.is_session_key(reference)


def _is_followed(secret: SecretPlan, reference: Reference) -> bool:
    return secret.rotation is not None and (reference.strategy == python_engines.STRATEGY or bool(reference.engines))


def _needs(snapshot: Snapshot, place: accessor.Place, written: Edit | None) -> tuple[str, ...]:
    module = snapshot.entries[place.path].data if written is None else written.after
    caching = accessor.style_of(module) is Style.CACHING_LIBRARY
    return PACKAGES if caching else PACKAGES[:1]


def _install(snapshot: Snapshot, edits: dict[str, Edit], path: str) -> None:
    """Have a new module be installed with its neighbours where each of those is named."""
    edit = add_module(_edited(snapshot, edits), path)
    if edit is not None:
        edits[edit.path] = _edit(snapshot, edit.path, edit.after)


def _free_builds(snapshot: Snapshot, edits: dict[str, Edit], planned: Sequence[SecretPlan]) -> None:
    """Have no setup.py import what fetches when it is imported. Raises `NotRewritableFile`."""
    tree = {path: entry.data for path, entry in snapshot.entries.items()} | {
        path: edit.after for path, edit in edits.items()
    }
    eager = [each.path for secret in planned for each in secret.references if each.eager]
    for build in building.builds(tree):
        run = next((path for path in eager if path in build.runs), None)
        if run is not None and build.freed is None:
            raise NotRewritableFile(run, build.reason)
        if run is not None and build.freed is not None:
            edits[build.setup] = _edit(snapshot, build.setup, build.freed)


def _edited(snapshot: Snapshot, edits: Mapping[str, Edit]) -> dict[str, Entry]:
    changed = {path: replace(snapshot.entries[path], data=edit.after) for path, edit in edits.items() if edit.blob_id}
    return {**snapshot.entries, **changed}


def _depend(snapshot: Snapshot, edits: dict[str, Edit], place: accessor.Place, package: str) -> Iterable[Step]:
    """Add a library to the manifest of the code at `place`, on top of what `edits` hold, and return what is left."""
    edit, steps = add_dependency(_edited(snapshot, edits), place.path.rpartition("/")[0], package)
    if edit is not None:
        edits[edit.path] = _edit(snapshot, edit.path, edit.after)
    return steps


def _served(place: accessor.Place, places: Sequence[accessor.Place]) -> set[str]:
    """Return the files that a module may serve: modules of one name without a package may stand in for each other."""
    name = place.path.rsplit("/", 1)[-1].removesuffix(".py")
    alike = [each for each in places if name in each.modules.values()] if name in place.modules.values() else [place]
    return {path for each in alike for path in each.modules}


def _fetches(planned: Sequence[SecretPlan]) -> dict[str, list[Fetch]]:
    fetches: dict[str, list[Fetch]] = defaultdict(list)
    for secret in planned:
        for each in (one for one in secret.references if one.path.endswith((".py", ".ipynb"))):
            binary = secret.layout is Layout.BINARY
            fetch = Fetch(
                span=each.span, value=each.value, name=secret.name, field=each.field or secret.field, binary=binary
            )
            # Two users in turn refuse no login between rotations, so there is nothing to try again.
            retried = secret.rotation is not None and secret.superuser is None
            lazy = each.strategy == "default-factory"
            previous = _keeps_previous(secret, each)
            fetches[each.path].append(
                replace(
                    fetch,
                    rotates=retried,
                    lazy_default=lazy,
                    lazy_constant=each.strategy in _LATE_CONSTANTS,
                    exported=each.strategy == "lazy-export",
                    lazy_attribute=each.strategy == "lazy-attribute",
                    keeps_previous=previous,
                    followed=_is_followed(secret, each),
                )
            )
    return fetches


def _within(texts: Sequence[TextCopy], path: str) -> list[Splice]:
    return [Splice(start=one.span.start, end=one.span.end, text=one.text) for one in texts if one.path == path]


def _rewritten(
    snapshot: Snapshot,
    path: str,
    fetches: Sequence[Fetch],
    module: str,
    texts: Sequence[Splice],
    follows: Sequence[Follow] = (),
) -> Edit:
    data = snapshot.entries[path].data
    try:
        if path.endswith(".ipynb"):
            return _edit(snapshot, path, notebook.rewritten(data, fetches, module, texts))
        if not fetches and not follows:
            return _edit(snapshot, path, splice.apply(data, texts))
        return _edit(snapshot, path, rewrite(data, fetches, module, texts, follows))
    except NotRewritable as refusal:
        raise NotRewritableFile(path, refusal.reason) from None


def _edit(snapshot: Snapshot, path: str, after: bytes) -> Edit:
    entry = snapshot.entries.get(path)
    if entry is None:
        return Edit(path=path, mode=_FILE_MODE, blob_id=None, before=b"", after=after)
    return Edit(path=path, mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=after)


def _accessor(
    snapshot: Snapshot, place: accessor.Place, used: Sequence[SecretPlan], style: Style
) -> tuple[Edit | None, list[Step]]:
    rotating = [secret.name for secret in used if secret.rotation is not None]
    with_bytes = any(secret.layout is Layout.BINARY for secret in used)
    parts = {
        "with_bytes": with_bytes,
        "with_previous": any(_keeps_previous(secret, each) for secret in used for each in secret.references),
        "with_engines": any(_is_followed(secret, each) for secret in used for each in secret.references),
        "with_attributes": any(each.strategy == "lazy-attribute" for secret in used for each in secret.references),
    }
    present = snapshot.entries.get(place.path)
    if present is None:
        return _edit(snapshot, place.path, accessor.source(rotating, **parts, style=style)), []
    after = accessor.updated(present.data, rotating, **parts)
    if after is not None:
        return _edit(snapshot, place.path, after), []
    if with_bytes and b"def secret_bytes(" not in present.data:
        raise NotRewritableFile(
            next(iter(place.modules)), f"{place.path} was changed by hand and reads no binary secrets"
        )
    if parts["with_attributes"] and b"def secret_attribute(" not in present.data:
        raise NotRewritableFile(next(iter(place.modules)), f"{place.path} was changed by hand and has no attributes")
    if not rotating:
        return None, []
    return None, [
        Step(
            path=place.path,
            line=1,
            disposition=Disposition.MANUAL,
            action=f"add to ROTATING: {', '.join(sorted(rotating))}",
            reason="the accessor module was changed by hand, so it is left as it is",
        )
    ]
