"""INI, TOML, YAML and JSON that the project's own Python reads: the value goes, its reader puts the fetched one in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import json_text, line_text, python_readers, toml_text, yaml_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.python_readers import Assignment
from remediation.rewriters.configuration.scalars import Scalar, Site, locate, spliced, use_of
from remediation.rewriters.splice import Splice

_KINDS = {"ini": "ini", "cfg": "ini", "conf": "ini", "toml": "toml", "yml": "yaml", "yaml": "yaml", "json": "json"}


def kind_of(path: str) -> str:
    """Return the kind of a file by its ending."""
    return _KINDS[path.rsplit(".", 1)[-1]]


def parses(data: bytes) -> bool:
    """Tell whether the file can be of its kind; each rewrite has proven that it reads as before."""
    return b"\0" not in data


def _scalars(file: File, place: Place) -> Sequence[Scalar]:
    kind = kind_of(file.path)
    if kind == "yaml":
        if len(yaml_text.documents(file.data)) != 1:
            raise NotRewritable("the file holds several documents")
        return yaml_text.scalars(file.data)
    if kind == "json":
        return json_text.scalars(file.data)
    return [toml_text.scalar(file.data, place)] if kind == "toml" else line_text.ini(file.data)


def _site(file: File, place: Place) -> Site:
    site = locate(_scalars(file, place), file.data, place)
    if "%" in site.scalar.text and kind_of(file.path) == "ini":
        raise NotRewritable("the text holds a percent sign, which its reader may take for a name")
    return site


def _keys(path: str, scalar: Scalar) -> tuple[str, ...]:
    kind = kind_of(path)
    if kind == "ini":
        return scalar.keys[:-1]
    return scalar.keys[1:] if kind == "yaml" else scalar.keys


def judge(file: File, place: Place) -> Use:
    """Return what the file holds, if the code that reads it is known."""
    site = _site(file, place)
    reader = python_readers.path_of(file.path, kind_of(file.path), file.tree)
    named = replace(site, scalar=replace(site.scalar, keys=_keys(file.path, site.scalar)))
    return use_of(named, "value-put-in-after-reading", reason=f"{reader} puts it in after reading the file")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with empty texts; its reader is changed by `assignments`."""
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = _site(file, fetch.place)
        if site.scalar.keys in expected:
            raise NotRewritable("two values stand in one text")
        start, end = site.scalar.inner
        empty = "" if site.scalar.quote or kind_of(file.path) == "ini" else '""'
        if site.scalar.quote in ("|", ">"):
            start, end, empty = site.scalar.start, site.scalar.end, '""\n'
        splices.append(Splice(start=start, end=end, text=empty.encode()))
        expected[site.scalar.keys] = ""
    return Written(files={file.path: _proven(file, splices, expected)})


def _proven(file: File, splices: Sequence[Splice], expected: dict[tuple[str, ...], str]) -> bytes:
    kind = kind_of(file.path)
    if kind == "toml":
        return spliced(file.data, splices, _toml, expected)
    parse = {"yaml": yaml_text.scalars, "json": json_text.scalars, "ini": line_text.ini}[kind]
    return spliced(file.data, splices, parse, expected)


def _toml(data: bytes) -> Sequence[Scalar]:
    return [Scalar(keys=keys, text=text, start=0, end=0) for keys, text in toml_text.leaves(data).items()]


def assignments(file: File, fetches: Sequence[Fetch]) -> tuple[str, list[Assignment]]:
    """Return the path of the module that reads the file, and what it has to put in."""
    path = python_readers.path_of(file.path, kind_of(file.path), file.tree)
    found = []
    for fetch in fetches:
        site = _site(file, fetch.place)
        keys = _keys(file.path, site.scalar)
        around = (site.before, site.after)
        found.append(Assignment(file=file.path, keys=keys, name=fetch.name, field=fetch.field, around=around))
    return path, found
