"""PHP: a literal becomes a call of the project's own class of secrets; what has to be a constant is left, or defined.

Source: PHP Manual, "Constants" (`define`), "Strings" (heredoc, nowdoc), "Namespaces", `rawurlencode`; RFC
"Flexible Heredoc and Nowdoc Syntaxes" (7.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable
from remediation.manifests import composer
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import php_files, places, putting, wordpress
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.syntax import Syntax, syntax
from remediation.rewriters.code.texts import Site, inner, locate
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

ACCESSOR = Accessor(template="accessor.php.j2", listed=r"^        '([^']+)',$", features={})
_KEY = "the key of an array is read elsewhere; change both sides by hand"
_CONSTANT = (
    "a constant of a class is known before anything is called; make it a static method, or read the secret there"
)
_SEVERAL = "several constants are made at once; give each a `const` of its own"
_DEDENTED = "the value stands in several lines of a heredoc that takes their indent off; move it by hand"
_HEREDOCS = ("heredoc_body", "nowdoc_body")
_PLUS = b" . "
_SECOND = 2


def _php() -> Syntax:
    return syntax("php")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    site = locate(_php(), file.data, _php().parse(file.data), place)
    places.refuse(_php(), site.literal)
    _refuse_keys(site.literal)
    _refuse_constants(site.literal)
    if (
        site.literal.type in _HEREDOCS
        and _indent(file.data, site.literal)
        and b"\n" in file.data[site.start : site.end]
    ):
        raise NotRewritable(_DEDENTED)
    use = use_of(_php(), site, "php", _spelled)
    return use if use.connection is not None else replace(use, connection=wordpress.login(site, file.data))


def _refuse_keys(literal: Node) -> None:
    child = literal
    for node in grammar.lineage(literal):
        arrow = any(each.type == "=>" for each in node.children)
        key = node.type == "array_element_initializer" and arrow and node.named_children[0] == child
        if key or (node.type == "subscript_expression" and node.named_children[0] != child and node != literal):
            raise NotRewritable(_KEY)
        if node.type.endswith(("statement", "declaration")):
            return
        child = node


def _refuse_constants(literal: Node) -> None:
    declared = _const(literal)
    if declared is None:
        return
    if declared.parent is not None and declared.parent.type.endswith("declaration_list"):
        raise NotRewritable(_CONSTANT)
    if sum(child.type == "const_element" for child in declared.children) > 1:
        raise NotRewritable(_SEVERAL)


def _const(literal: Node) -> Node | None:
    return next((node for node in grammar.lineage(literal) if node.type == "const_declaration"), None)


def _indent(data: bytes, literal: Node) -> bytes:
    """Return what stands before the mark that ends a heredoc, which is taken off all of its lines."""
    end = literal.parent.children[-1].start_byte if literal.parent is not None else literal.end_byte
    return data[data.rfind(b"\n", 0, end) + 1 : end]


def _spelled(value: bytes) -> str:
    """Return a password as `rawurlencode` writes it."""
    return quote(value, safe="")


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the class of its project that reads secrets."""
    return php_files.homes(tree, paths)


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place, and what it is read by required or named."""
    root = _php().parse(file.data)
    sites = [(locate(_php(), file.data, root, fetch.place), fetch) for fetch in fetches]
    name, additions = php_files.named(file, root, home)
    calls = [(site, _call(name, site, fetch)) for site, fetch in sites]

    def edits_of(together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
        literal = together[0][0].literal
        yield _edit(file.data, together)
        yield from _defined(file.data, root, literal)
        yield from _lazily(file, literal)

    return putting.rewritten(_php(), file.data, calls, edits_of, additions)


def _call(name: str, site: Site, fetch: Fetch) -> str:
    if fetch.binary:
        raise NotRewritable("the value is bytes elsewhere, and text here")
    arguments = ", ".join(f"'{text}'" for text in (fetch.name, fetch.field) if text is not None)
    call = f"{name}::get({arguments})"
    return f"rawurlencode({call})" if site.encoded else call


def _edit(data: bytes, together: Sequence[tuple[Site, str]]) -> Splice:
    site, call = together[0]
    if site.literal.type in _HEREDOCS:
        return _cut(data, together)
    return putting.whole(site, call) if site.whole else putting.summed(_php(), data, together, _PLUS)


def _cut(data: bytes, together: Sequence[tuple[Site, str]]) -> Splice:
    """Return the edit that cuts a heredoc at its sites: no call can stand in it, but it can be joined to one."""
    literal = together[0][0].literal
    holder = literal.parent or literal
    opened, closed = data[holder.start_byte : literal.start_byte], grammar.text(holder.children[-1]).encode()
    newline = b"\r\n" if data[literal.start_byte : literal.start_byte + 2] == b"\r\n" else b"\n"
    indent = _indent(data, literal)
    position, last = inner(data, literal)
    parts: list[bytes] = []
    for site, call in [*together, (None, "")]:
        piece = data[position : site.start if site is not None else last]
        if piece.strip(b" \t") if not parts else piece:
            inside = indent + piece if parts else piece
            parts.append(opened + newline + inside + newline + indent + closed)
        parts += [call.encode()] if site is not None else []
        position = site.end if site is not None else last
    return Splice(start=holder.start_byte, end=holder.end_byte, text=_PLUS.join(parts))


def _defined(data: bytes, root: Node, literal: Node) -> Iterator[Splice]:
    """Yield the edits that make a constant by `define`, which takes what is called, in the namespace it was in."""
    declared = _const(literal)
    element = next((child for child in declared.children if child.type == "const_element"), None) if declared else None
    if declared is None or element is None:
        return
    name = grammar.text(element.named_children[0])
    spaced = any(
        node.type == "namespace_definition" and node.start_byte < declared.start_byte for node in root.children
    )
    full = f"__NAMESPACE__ . '\\\\{name}'" if spaced else f"'{name}'"
    value = element.named_children[-1]
    yield Splice(start=declared.start_byte, end=value.start_byte, text=f"define({full}, ".encode())
    yield Splice(start=element.end_byte, end=element.end_byte, text=b")")


def _lazily(file: File, literal: Node) -> Iterator[Splice]:
    """Yield the edit that has Laravel's `env` call for a default only where the variable is not set."""
    argument = next((node for node in grammar.lineage(literal) if node.type == "argument"), None)
    held = argument.parent if argument is not None else None
    call = held.parent if held is not None else None
    if argument is None or held is None or call is None or call.type != "function_call_expression":
        return
    given = [child for child in held.named_children if child.type == "argument"]
    is_env = re.fullmatch(r"\\?env", grammar.text(call.child_by_field_name("function"))) is not None
    if is_env and len(given) == _SECOND and given[1] == argument and php_files.is_laravel(file.tree, file.path):
        yield Splice(start=argument.start_byte, end=argument.start_byte, text=b"fn () => ")


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of the project's manifest, and what a person has to do about it."""
    return composer.add_sdk(entries, home.folder)


def parses(path: str, data: bytes) -> bool:
    """Tell whether the grammar reads all of a file."""
    del path
    return not _php().parse(data).has_error
