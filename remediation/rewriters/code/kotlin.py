"""Kotlin: a literal becomes a call of the project's own object of secrets, or is filled in; `const` goes where it may.

Source: Kotlin language specification, "Constant properties"; Kotlin documentation, "Calling Kotlin from Java".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.manifests import jvm as manifest
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import formats, jvm, places, putting
from remediation.rewriters.code.constants import Constant, require_no_reader
from remediation.rewriters.code.java import call_of, spelled
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.octets import locate
from remediation.rewriters.code.syntax import Syntax, syntax
from remediation.rewriters.code.texts import Site
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

ACCESSOR = Accessor(
    template="accessor.kt.j2",
    listed=r'^        "([^"]+)",?$',
    features={"bytes": "secretBytes", "url": "urlEncoded"},
)
_ENDING = ".kt"
_BYTES = "toByteArray()"


def _kotlin() -> Syntax:
    return syntax("kotlin")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    jvm.require_server(file.tree, file.path)
    site = locate(_kotlin(), file.data, _kotlin().parse(file.data), place)
    places.refuse(_kotlin(), site.literal)
    if not site.octets:
        formats.position(_kotlin(), file.data, site)
    _refuse_annotations(site.literal)
    declared = _constant_of(site.literal)
    if declared is not None:
        constant = Constant(name=_name(declared), owner="", private=_is_private(declared), start=declared.start_byte)
        require_no_reader(_kotlin(), file, constant, (_ENDING,))
        _refuse_java(file, constant)
    return use_of(_kotlin(), site, "kotlin", spelled)


def _refuse_annotations(literal: Node) -> None:
    classes = [node for node in grammar.lineage(literal) if node.type == "class_declaration"]
    if classes and "annotation" in grammar.text(_modifiers(classes[0])).split():
        raise NotRewritable("an annotation takes constants only, and a call is none")


def _refuse_java(file: File, constant: Constant) -> None:
    """Raise `NotRewritable` where Java may need the constant, which it sees as one of its own."""
    word = re.compile(rb"(?:@\w+\([^)]*|\bcase\s+[\w.]*)\b%s\b" % constant.name.encode())
    for path, data in file.tree.items():
        if path.endswith(".java") and not constant.private and word.search(data):
            raise NotRewritable(f"{constant.name} has to stay a constant: {path} needs it")


def _modifiers(node: Node) -> Node | None:
    return next((child for child in node.children if child.type == "modifiers"), None)


def _constant_of(node: Node) -> Node | None:
    """Return the declaration with `const` that holds a node, None outside one."""
    declared = (one for one in grammar.lineage(node) if one.type == "property_declaration")
    return next((one for one in declared if "const" in grammar.text(_modifiers(one)).split()), None)


def _is_private(declared: Node) -> bool:
    return "private" in grammar.text(_modifiers(declared)).split()


def _name(declared: Node) -> str:
    found = next((child for child in declared.children if child.type == "variable_declaration"), None)
    return grammar.text(found.children[0]) if found is not None else ""


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the object of its source root that reads secrets."""
    return jvm.homes(tree, paths, _ENDING)


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place."""
    root = _kotlin().parse(file.data)
    sites = [(locate(_kotlin(), file.data, root, fetch.place), fetch) for fetch in fetches]
    name, wants_import = jvm.class_for(file.data, home)
    calls = [(site, call_of(name, site, fetch, _BYTES)) for site, fetch in sites]
    added = [jvm.imported(file.data, home.address, "")] if wants_import else []

    def edits_of(together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
        yield from (_edit(site, call) for site, call in together)
        yield from _without_const(file, together[0][0].literal)

    return putting.rewritten(_kotlin(), file.data, calls, edits_of, added)


def _edit(site: Site, call: str) -> Splice:
    return putting.whole(site, call) if site.whole else putting.filled(site, call)


def _without_const(file: File, literal: Node) -> Iterator[Splice]:
    """Yield the edit that makes a constant a value: a field as before where Java reads it."""
    declared = _constant_of(literal)
    modifiers = _modifiers(declared) if declared is not None else None
    word = next((child for child in modifiers.children if grammar.text(child) == "const"), None) if modifiers else None
    if declared is None or word is None:
        return
    name = re.compile(rb"\b%s\b" % _name(declared).encode())
    java = any(path.endswith(".java") and name.search(data) for path, data in file.tree.items())
    if java and not _is_private(declared):
        yield Splice(start=word.start_byte, end=word.end_byte, text=b"@JvmField")
        return
    end = word.end_byte
    while file.data[end : end + 1] in (b" ", b"\t"):
        end += 1
    yield Splice(start=word.start_byte, end=end, text=b"")


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of the build's manifest, and what a person has to do about it."""
    return manifest.add_sdk(entries, home.folder)
