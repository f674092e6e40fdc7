"""Chooses the rewriter of a configuration file by `formats.yaml`; asks it what stands at a place and what to write."""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

import yaml

from remediation import programs, run_environment
from remediation.errors import NotRewritable, NotRewritableFile
from remediation.model import Layout, SecretPlan, Step
from remediation.rewriters.configuration import python_read, python_readers
from remediation.rewriters.configuration.model import Fetch, File, Format, Place, Use, Written
from remediation.rewriters.configuration.python_readers import Assignment
from scanner.globs import Globs
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

_TABLE = Path(__file__).with_name("formats.yaml")
_ADVICE = Path(__file__).with_name("advice.yaml")
_MODULES = "remediation.rewriters.configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    paths: Globs
    holds: tuple[re.Pattern[bytes], ...]

    def fits(self, path: str, data: bytes) -> bool:
        return self.paths.fit(f"/{path}") and all(each.search(data) for each in self.holds)


def _rows() -> tuple[_Row, ...]:
    return _table(_TABLE, "format")


@cache
def _table(path: Path, name: str) -> tuple[_Row, ...]:
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        _Row(
            name=row[name],
            paths=Globs(row["paths"]),
            holds=tuple(re.compile(each.encode(), re.MULTILINE) for each in row.get("holds", ())),
        )
        for row in table
    )


def format_of(path: str, data: bytes) -> str | None:
    """Return the name of the format that rewrites a file, None where there is none."""
    return next((row.name for row in _rows() if row.fits(path, data)), None)


def advice_for(path: str, data: bytes) -> str | None:
    """Return what a person does with a value in a file of this kind, None where the reason says all that is known."""
    return next((row.name for row in _table(_ADVICE, "advice") if row.fits(path, data)), None)


def _module(path: str, data: bytes) -> Format:
    name = format_of(path, data)
    if name is None:
        raise NotRewritable("no rewriter for this kind of file")
    return cast("Format", import_module(f"{_MODULES}.{name}"))


def judge(path: str, tree: Mapping[str, bytes], span: Span, value: SecretValue) -> Use:
    """Return what a configuration file holds at `span`. Raises `NotRewritable` with the reason for a person."""
    file = File(path=path, data=tree[path], tree=tree)
    place = Place(start=span.start, end=span.end, value=value)
    use = _module(path, file.data).judge(file, place)
    if not use.secret.is_text:
        raise NotRewritable("the value is binary, which no configuration file can fetch")
    return use


def rewrite(planned: Sequence[SecretPlan], tree: Mapping[str, bytes]) -> Written:
    """Return every file that changes so that configuration holds none of the planned values.

    Raises `NotRewritableFile` naming the file whose edits do not fit together.
    """
    changed: dict[str, bytes] = {}
    current: ChainMap[str, bytes] = ChainMap(changed, dict(tree))
    steps: list[Step] = []
    further: list[tuple[str, Callable[[Mapping[str, bytes]], Mapping[str, bytes]]]] = []
    for path, fetches in sorted(_fetches(planned).items()):
        try:
            written = _module(path, tree[path]).rewrite(File(path=path, data=current[path], tree=current), fetches)
            environment, lines = run_environment.place(current, path, written.variables)
        except NotRewritable as refusal:
            raise NotRewritableFile(path, refusal.reason) from None
        changed.update(written.files)
        if written.variables:
            changed[environment] = lines
        steps += written.steps
        further += [(path, written.further)] if written.further is not None else []
    for path, edit in further:
        try:
            changed.update(edit(current))
        except NotRewritable as refusal:
            raise NotRewritableFile(path, refusal.reason) from None
    return Written(files=changed, steps=tuple(dict.fromkeys(steps)))


def _fetches(planned: Sequence[SecretPlan]) -> Mapping[str, list[Fetch]]:
    found: dict[str, list[Fetch]] = defaultdict(list)
    for path, fetch in _each(planned):
        found[path].append(fetch)
    return {path: sorted(fetches, key=lambda fetch: fetch.place.start) for path, fetches in found.items()}


def _each(planned: Sequence[SecretPlan]) -> Iterator[tuple[str, Fetch]]:
    for secret in planned:
        for each in secret.references:
            code = each.path.endswith((".py", ".ipynb")) or programs.language_of(each.path) is not None
            if not code and secret.layout is not Layout.BINARY:
                place = Place(start=each.span.start, end=each.span.end, value=each.value)
                yield each.path, Fetch(place=place, name=secret.name, field=secret.field)


def readers(planned: Sequence[SecretPlan], tree: Mapping[str, bytes]) -> Mapping[str, tuple[str, list[Assignment]]]:
    """Return for each file that Python code reads: the path of that code, and what it has to put in after reading.

    Raises `NotRewritableFile` naming the file whose reader is not plain.
    """
    found: dict[str, tuple[str, list[Assignment]]] = {}
    for path, fetches in _fetches(planned).items():
        if format_of(path, tree[path]) == "python_read":
            try:
                found[path] = python_read.assignments(File(path=path, data=tree[path], tree=tree), fetches)
            except NotRewritable as refusal:
                raise NotRewritableFile(path, refusal.reason) from None
    return found


def with_assignments(data: bytes, path: str, assignments: Sequence[Assignment], accessor: str) -> bytes:
    """Return a module that puts the values in after reading the file at `path`. Raises `NotRewritableFile`."""
    try:
        return python_readers.assigned(data, python_read.kind_of(path), assignments, accessor)
    except NotRewritable as refusal:
        raise NotRewritableFile(path, refusal.reason) from None


def reads_as_before(path: str, before: bytes, after: bytes) -> bool:
    """Tell whether a rewritten configuration file parses, if it parsed before."""
    name = format_of(path, before)
    if name is None:
        return True
    module = cast("Format", import_module(f"{_MODULES}.{name}"))
    return module.parses(after) or not module.parses(before)
