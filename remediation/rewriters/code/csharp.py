"""C#: a literal becomes a call of the project's own class of secrets, `const` becomes `static readonly` where it may.

Source: C# language specification, "Constants", "Constant expressions", "Interpolated string expressions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable
from remediation.manifests import dotnet
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import csharp_projects, formats, places, putting
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

ACCESSOR = Accessor(template="accessor.cs.j2", listed=r'^            "([^"]+)",$', features={"bytes": "SecretBytes"})
_ENDING = ".cs"
_DECLARATIONS = ("field_declaration", "local_declaration_statement")


def _csharp() -> Syntax:
    return syntax("csharp")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    project = dotnet.project_of(file.tree, file.path)
    if project is not None and dotnet.lists_its_files(file.tree[project]):
        raise NotRewritable(f"{project} names each of its files; read the secret in a file of your own, or convert it")
    if project is not None and dotnet.is_client(file.tree[project]):
        raise NotRewritable("what runs in a browser or on a phone cannot keep a secret: let a server make the call")
    site = locate(_csharp(), file.data, _csharp().parse(file.data), place)
    places.refuse(_csharp(), site.literal)
    if not site.octets:
        formats.position(_csharp(), file.data, site)
    for constant in _constants(site.literal):
        require_no_reader(_csharp(), file, constant, (_ENDING, ".razor", ".cshtml"))
    return use_of(_csharp(), site, "csharp", _spelled)


def _spelled(value: bytes) -> str:
    """Return a password as `Uri.EscapeDataString` writes it."""
    return quote(value, safe="")


def _const(literal: Node) -> tuple[Node, Node] | None:
    """Return the declaration of the constant that a literal is in, and its word `const`; None outside constants."""
    declared = next((node for node in grammar.lineage(literal) if node.type in _DECLARATIONS), None)
    modifiers = [child for child in declared.children if child.type == "modifier"] if declared is not None else []
    word = next((each for each in modifiers if grammar.text(each) == "const"), None)
    return (declared, word) if declared is not None and word is not None else None


def _constants(literal: Node) -> Iterator[Constant]:
    """Yield all constants of a literal's declaration: they stop being constants together."""
    found = _const(literal)
    if found is None:
        return
    declared, _ = found
    modifiers = {grammar.text(child) for child in declared.children if child.type == "modifier"}
    private = declared.type == "local_declaration_statement" or not modifiers & {"public", "internal", "protected"}
    for holder in (child for child in declared.children if child.type == "variable_declaration"):
        for each in (child for child in holder.children if child.type == "variable_declarator"):
            name = grammar.text(each.child_by_field_name("name"))
            yield Constant(name=name, owner=_owner(declared), private=private, start=declared.start_byte)


def _owner(declared: Node) -> str:
    kinds = ("class_declaration", "struct_declaration", "record_declaration", "interface_declaration")
    holder = next((node for node in grammar.lineage(declared) if node.type in kinds), None)
    return grammar.text(holder.child_by_field_name("name")) if holder is not None else ""


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the class of its project that reads secrets."""
    return csharp_projects.homes(tree, paths)


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place."""
    root = _csharp().parse(file.data)
    sites = [(locate(_csharp(), file.data, root, fetch.place), fetch) for fetch in fetches]
    name, wants_using = csharp_projects.class_for(file.data, home)
    calls = [(site, _call(file.data, name, site, fetch)) for site, fetch in sites]
    added = [csharp_projects.using(file.data, home.unit)] if wants_using else []

    def edits_of(together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
        yield from _edits(file.data, together)
        yield from _readonly(file.data, together[0][0].literal)

    return putting.rewritten(_csharp(), file.data, calls, edits_of, added)


def _call(data: bytes, name: str, site: Site, fetch: Fetch) -> str:
    arguments = ", ".join(f'"{text}"' for text in (fetch.name, fetch.field) if text is not None)
    call = f"{name}.{'SecretBytes' if fetch.binary else 'Secret'}({arguments})"
    if site.octets and not fetch.binary:
        return f"System.Text.Encoding.UTF8.GetBytes({call})"
    if not site.encoded:
        return call
    uri = "Uri" if re.search(rb"^[ \t]*using[ \t]+System[ \t]*;", data, re.MULTILINE) else "System.Uri"
    return f"{uri}.EscapeDataString({call})"


def _edits(data: bytes, together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
    site, call = together[0]
    if site.octets:
        yield putting.whole(site, call)
        return
    head = opening(data, site.literal)[0].decode()
    if site.whole:
        yield putting.whole(site, call)
    elif "$" in head:
        count = max(head.count("$"), 1)
        yield from (putting.filled(each, text, "{" * count, "}" * count) for each, text in together)
    elif head.startswith('"""'):
        yield from _raw(data, together)
    else:
        yield putting.summed(_csharp(), data, together)


def _raw(data: bytes, together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
    """Yield the edits that make a raw text one with holes, with more dollars than it has braces in a row."""
    literal = together[0][0].literal
    first, last = inner(data, literal)
    count = max((len(run) for run in re.findall(rb"\{+|\}+", data[first:last])), default=0) + 1
    yield Splice(start=literal.start_byte, end=literal.start_byte, text=b"$" * count)
    yield from (putting.filled(site, call, "{" * count, "}" * count) for site, call in together)


def _readonly(data: bytes, literal: Node) -> list[Splice]:
    """Return the edit that makes a constant a field that is set once, or a variable."""
    found = _const(literal)
    if found is None:
        return []
    declared, word = found
    if declared.type == "field_declaration":
        return [Splice(start=word.start_byte, end=word.end_byte, text=b"static readonly")]
    end = word.end_byte
    while data[end : end + 1] in (b" ", b"\t"):
        end += 1
    return [Splice(start=word.start_byte, end=end, text=b"")]


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edits of the project, and what a person has to do about it."""
    tree = {path: entry.data for path, entry in entries.items()}
    return dotnet.add_sdk(entries, dotnet.project_of(tree, home.path))
