"""Java: a literal becomes a call of the project's own class of secrets, unless a constant of the compiler is needed.

Source: The Java Language Specification, 15.29 "Constant Expressions", 9.7.1 (annotations), 14.11.1 (case labels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable
from remediation.manifests import jvm as manifest
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import formats, jvm, places, putting
from remediation.rewriters.code.constants import Constant, require_no_reader
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.octets import locate
from remediation.rewriters.code.syntax import Syntax, opening, syntax
from remediation.rewriters.code.texts import Site, inner
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

ACCESSOR = Accessor(
    template="accessor.java.j2",
    listed=r'^        "([^"]+)",?$',
    features={"bytes": "secretBytes", "url": "urlEncoded"},
)
_ENDING = ".java"
_BLOCK = b'"""'
_BYTES = "getBytes(java.nio.charset.StandardCharsets.UTF_8)"
_DECLARATIONS = ("field_declaration", "local_variable_declaration", "constant_declaration")


def _java() -> Syntax:
    return syntax("java")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    jvm.require_server(file.tree, file.path)
    site = locate(_java(), file.data, _java().parse(file.data), place)
    places.refuse(_java(), site.literal)
    if not site.octets:
        formats.position(_java(), file.data, site)
    constant = _constant(site.literal) if not site.octets else None
    if constant is not None:
        require_no_reader(_java(), file, constant, (_ENDING, ".kt"))
    return use_of(_java(), site, "java", spelled)


def spelled(value: bytes) -> str:
    """Return a password as the accessor's `urlEncoded` writes it."""
    return quote(value, safe="*").replace("~", "%7E")


def _is_block(data: bytes, literal: Node) -> bool:
    return opening(data, literal)[1] == _BLOCK


def _constant(literal: Node) -> Constant | None:
    """Return the constant variable that a literal makes, None where it makes none."""
    if any(node.type in _java().routines for node in grammar.lineage(literal)) and not _is_local(literal):
        return None
    declarator = next((node for node in grammar.lineage(literal) if node.type == "variable_declarator"), None)
    declared = declarator.parent if declarator is not None else None
    if declarator is None or declared is None or declared.type not in _DECLARATIONS:
        return None
    modifiers = grammar.text(next((child for child in declared.children if child.type == "modifiers"), None)).split()
    if declared.type != "constant_declaration" and "final" not in modifiers:
        return None
    name = grammar.text(declarator.child_by_field_name("name"))
    private = "private" in modifiers or declared.type == "local_variable_declaration"
    return Constant(name=name, owner=_owner(declared), private=private, start=declared.start_byte)


def _is_local(literal: Node) -> bool:
    return any(node.type == "local_variable_declaration" for node in grammar.lineage(literal))


def _owner(declared: Node) -> str:
    holder = next(
        (
            node
            for node in grammar.lineage(declared)
            if node.type.endswith("_declaration") and node.child_by_field_name("body")
        ),
        None,
    )
    return grammar.text(holder.child_by_field_name("name")) if holder is not None else ""


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the class of its source root that reads secrets."""
    return jvm.homes(tree, paths, _ENDING)


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place."""
    root = _java().parse(file.data)
    sites = [(locate(_java(), file.data, root, fetch.place), fetch) for fetch in fetches]
    name, wants_import = jvm.class_for(file.data, home)
    calls = [(site, call_of(name, site, fetch, _BYTES)) for site, fetch in sites]
    added = [jvm.imported(file.data, home.address, ";")] if wants_import else []
    return putting.rewritten(_java(), file.data, calls, lambda together: _edits(file.data, together), added)


def call_of(name: str, site: Site, fetch: Fetch, to_bytes: str) -> str:
    """Return the expression that reads a secret, for Kotlin as well; `to_bytes` is what makes bytes of a text."""
    arguments = ", ".join(f'"{text}"' for text in (fetch.name, fetch.field) if text is not None)
    call = f"{name}.{'secretBytes' if fetch.binary else 'secret'}({arguments})"
    if site.octets and not fetch.binary:
        return f"{call}.{to_bytes}"
    return f"{name}.urlEncoded({call})" if site.encoded else call


def _edits(data: bytes, together: Sequence[tuple[Site, str]]) -> Sequence[Splice]:
    site, call = together[0]
    if site.octets:
        return (putting.whole(site, call),)
    at = formats.position(_java(), data, site)
    if at is not None and len(together) > 1:
        raise NotRewritable("several values in one format; hand them over as its arguments")
    if at is not None:
        return formats.filled(site, call, at)
    if _is_block(data, site.literal):
        return (_formatted(data, together),)
    return (putting.whole(site, call) if site.whole else putting.summed(_java(), data, together),)


def _formatted(data: bytes, together: Sequence[tuple[Site, str]]) -> Splice:
    """Return the edit of a text block, whose indent would change if it were cut: it becomes a format."""
    literal = together[0][0].literal
    position, last = inner(data, literal)
    parts = [data[literal.start_byte : position]]
    for site, _ in together:
        parts += [data[position : site.start].replace(b"%", b"%%"), b"%s"]
        position = site.end
    parts += [data[position:last].replace(b"%", b"%%"), data[last : literal.end_byte]]
    calls = ", ".join(call for _, call in together)
    return Splice(
        start=literal.start_byte, end=literal.end_byte, text=b"".join(parts) + f".formatted({calls})".encode()
    )


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of the build's manifest, and what a person has to do about it."""
    return manifest.add_sdk(entries, home.folder)
