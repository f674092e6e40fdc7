"""Go: a literal becomes a call of the module's own package of secrets, a constant a variable where that is legal.

Source: The Go Programming Language Specification, "Constant expressions", "Package initialization".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable, NotRewritableFile
from remediation.manifests import go as manifest
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import (
    formats,
    go_constants,
    go_imports,
    go_layout,
    go_modules,
    go_types,
    places,
    putting,
)
from remediation.rewriters.code.go_imports import Wanted
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.octets import locate
from remediation.rewriters.code.searching import holding
from remediation.rewriters.code.syntax import Syntax, syntax
from remediation.rewriters.code.texts import Site
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

ACCESSOR = Accessor(template="accessor.go.j2", listed=r'^\t"([^"]+)": +true,$', features={"bytes": "MustGetBytes"})
_URL = "net/url"
_USER = re.compile(r"[A-Za-z0-9_.~-]*:\Z")


def _go() -> Syntax:
    return syntax("go")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    go_modules.module_of(file.tree, file.path)
    site = locate(_go(), file.data, _go().parse(file.data), place)
    places.refuse(_go(), site.literal)
    if not site.octets:
        formats.position(_go(), file.data, site)
        go_constants.judge(file, site.literal)
    return use_of(_go(), site, "go", _spelled)


def _spelled(value: bytes) -> str:
    """Return a password as `url.UserPassword` writes it."""
    return quote(value, safe="$&+,;=")


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the package of its module that reads secrets. Raises `NotRewritableFile`."""
    found: dict[str, Home] = {}
    for path in paths:
        try:
            found[path] = go_modules.home_in(tree, *go_modules.module_of(tree, path))
        except NotRewritable as refusal:
            raise NotRewritableFile(path, refusal.reason) from None
    return found


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place, laid out as gofmt has it."""
    root = _go().parse(file.data)
    sites = [(locate(_go(), file.data, root, fetch.place), fetch) for fetch in fetches]
    package = _wanted(file, root, home.address, home.unit)
    url = _wanted(file, root, _URL, "url")
    calls = [(_widened(site), _call(site, fetch, package.name, url.name)) for site, fetch in sites]
    after = putting.rewritten(_go(), file.data, calls, lambda together: _edits(file, together))
    if after.count(b"\n") == file.data.count(b"\n"):
        after = go_layout.realigned(file.data, after)
    needed = [package, url] if any(site.in_url for site, _ in sites) else [package]
    after = _imported(after, needed, go_modules.module_of(file.tree, file.path)[1])
    return go_constants.to_variables(after, package.name)


def _edits(file: File, together: Sequence[tuple[Site, str]]) -> Sequence[Splice]:
    site, call = together[0]
    if site.octets:
        return (putting.whole(site, call),)
    at = formats.position(_go(), file.data, site)
    if at is not None:
        return _into_format(together, at)
    plus = go_layout.plus(site.literal)
    edit = putting.whole(site, call) if site.whole else putting.summed(_go(), file.data, together, plus)
    kind = go_types.conversion(file.tree, site.literal)
    return (replace(edit, text=f"{kind}(".encode() + edit.text + b")") if kind is not None else edit,)


def _into_format(together: Sequence[tuple[Site, str]], at: int) -> Sequence[Splice]:
    if len(together) > 1:
        raise NotRewritable("several values in one format; hand them over as its arguments")
    return formats.filled(*together[0], at)


def _wanted(file: File, root: Node, path: str, name: str) -> Wanted:
    """Return how a package is called in a file: as it is imported, else by a name that nothing there has."""
    present = go_imports.name_for(root, path)
    if present is not None:
        return present
    names = (name, f"{name}2", f"strongroom{name}", f"{name}fetched")
    return Wanted(path=path, name=next(each for each in names if not _is_taken(file, each)))


def _is_taken(file: File, name: str) -> bool:
    """Tell whether a file has a word, or another one of its package declares it, so that no import may be called it."""
    word = re.compile(rb"\b%s\b" % name.encode())
    if word.search(file.data):
        return True
    declared = re.compile(rb"^(?:func|var|const|type|\t)\s*%s\b" % name.encode(), re.MULTILINE)
    folder = file.folder.rstrip("/")
    others = (each for path, each in holding(file.tree, (".go",), name) if path.rpartition("/")[0] == folder)
    return any(declared.search(each) for each in others)


def _widened(site: Site) -> Site:
    """Return the site of a URL's password with the user before it, where the literal says who that is."""
    user = _USER.search(site.before) if site.in_url else None
    if user is None or not site.before[: user.start()].endswith("://") or len(user[0]) < 2:
        return site
    return replace(site, start=site.start - len(user[0]))


def _call(site: Site, fetch: Fetch, package: str, url: str) -> str:
    arguments = ", ".join(f'"{text}"' for text in (fetch.name, fetch.field) if text is not None)
    call = f"{package}.{'MustGetBytes' if fetch.binary else 'MustGet'}({arguments})"
    if site.octets and not fetch.binary:
        return f"[]byte({call})"
    if not site.in_url:
        return call
    user = _user(site)
    # UserPassword puts a colon between the two, which stands in the text already where the user is not known.
    return f'{url}.UserPassword("{user}", {call}).String()' if user else f'{url}.UserPassword("", {call}).String()[1:]'


def _user(site: Site) -> str:
    widened = _widened(site)
    return "" if widened is site else site.before[-(site.start - widened.start) : -1]


def _imported(data: bytes, wanted: Sequence[Wanted], module: str) -> bytes:
    for each in wanted:
        root = _go().parse(data)
        if go_imports.name_for(root, each.path) is None:
            splices = list(go_imports.added(data, root, [each], module))
            data = putting.edited(_go(), data, splices, [(one.start, one.end) for one in splices])
    return data


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of `go.mod`, and that `go mod tidy` has to be run."""
    return manifest.add_sdk(entries, f"{home.folder}/go.mod".lstrip("/"))
