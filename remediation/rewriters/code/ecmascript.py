"""What rewriting JavaScript and TypeScript has in common: literals become `await secret(…)`, or `secretSync(…)`.

Source: ECMA-262, "Async Function Definitions", "Template Literals", "encodeURIComponent" (decision 29).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable
from remediation.rewriters.code import ecmascript_imports, ecmascript_packages, ecmascript_places, places, putting
from remediation.rewriters.code.ecmascript_imports import Style
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Fetch, Home, Use
from remediation.rewriters.code.octets import locate
from remediation.rewriters.code.syntax import Syntax, syntax
from remediation.rewriters.code.texts import Site
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from tree_sitter import Node

LISTED = r'^  "([^"]+)",$'
_CONSTANT = "its type is the text itself (`as const`, a literal type), and a call gives just a string"
_TAGGED = "a function takes the text in pieces; hand the secret over as a value of its own"
_TYPED = re.compile(r"new\s+U?[Ii]nt8(?:Clamped)?Array|U?[Ii]nt8(?:Clamped)?Array\.from")
_SIGNED = "the numbers have signs, and bytes have none; write them from 0 to 255, then fix again"
_READ_THROUGH = ("member_expression", "subscript_expression", "call_expression", "non_null_expression")


def judge(language: str, file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    ecmascript_places.require_server(file)
    known = syntax(language)
    root = known.parse(file.data)
    if any(node.type.startswith("jsx_") for node in _nodes(root)):
        raise NotRewritable("markup in a program is made for a browser, which cannot keep a secret")
    site = locate(known, file.data, root, place)
    places.refuse(known, site.literal)
    ecmascript_places.require_no_public_name(places.statement(known, site.literal))
    _refuse_types(site)
    if site.octets and "-" in grammar.text(site.literal):
        raise NotRewritable(_SIGNED)
    use = use_of(known, site, language, _spelled)
    # What fetches gives texts alone.
    return use if site.value.is_text else replace(use, secret=SecretValue(base64.b64encode(site.value.reveal())))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _nodes(child)


def _refuse_types(site: Site) -> None:
    parent = site.literal.parent
    if site.literal.type == "template_string" and parent is not None and parent.type == "call_expression":
        raise NotRewritable(_TAGGED)
    for node in grammar.lineage(site.literal):
        if node.type.endswith(("statement", "body", "block")):
            return
        if _is_constant(node) or _is_text_type(node):
            raise NotRewritable(_CONSTANT)
        if node.type.endswith("declaration"):
            return


def _is_constant(node: Node) -> bool:
    """Tell whether a node is `… as const` or `<const>…`."""
    if node.type == "type_assertion":
        return grammar.text(node.children[0]).strip("<> \t") == "const"
    return node.type == "as_expression" and any(child.type == "const" for child in node.children)


def _is_text_type(node: Node) -> bool:
    """Tell whether a declaration names texts as its type."""
    annotation = node.child_by_field_name("type") if node.type != "program" else None
    types = _nodes(annotation) if annotation is not None else ()
    return any(one.type == "literal_type" and one.named_children[0].type == "string" for one in types)


def _spelled(value: bytes) -> str:
    """Return a password as `encodeURIComponent` writes it."""
    return quote(value, safe="!'()*~")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put:
    """A place to rewrite: where, what is read, and whether it can wait for the answer."""

    site: Site
    fetch: Fetch
    waits: bool

    @property
    def function(self) -> str:
        return "secret" if self.waits else "secretSync"


def rewrite(language: str, file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place, and the import of what fetches."""
    known = syntax(language)
    root = known.parse(file.data)
    module = ecmascript_packages.waits(file.tree, file.path)
    puts = [_put(known, file, root, fetch, module=module) for fetch in fetches]
    style = ecmascript_imports.style_of(file, root)
    wanted = sorted({put.function for put in puts})
    names = ecmascript_imports.names_for(root, ecmascript_imports.present_in(file, root, home), wanted)
    calls = [(put.site, _call(put, names, style)) for put in puts]
    taken = ecmascript_imports.imported(file, root, home, style, names, puts[0].site.start)
    added = [taken] if taken is not None else []
    return putting.rewritten(known, file.data, calls, lambda together: _edits(known, file.data, together), added)


def _put(known: Syntax, file: File, root: Node, fetch: Fetch, *, module: bool) -> _Put:
    if fetch.binary:
        raise NotRewritable("the value is bytes elsewhere, and text here")
    site = locate(known, file.data, root, fetch.place)
    return _Put(site=site, fetch=fetch, waits=ecmascript_places.can_wait(known, site.literal, module=module))


def _call(put: _Put, names: Mapping[str, str], style: Style) -> str:
    quoted = [f"{style.quote}{text}{style.quote}" for text in (put.fetch.name, put.fetch.field) if text is not None]
    call = f"{names[put.function]}({', '.join(quoted)})"
    call = f"await {call}" if put.waits else call
    if put.site.octets:
        return _of_bytes(put.site, call, style)
    return f"encodeURIComponent({call})" if put.site.encoded else call


def _of_bytes(site: Site, call: str, style: Style) -> str:
    """Return what has the bytes of a list, for what is made of that: a Buffer, an array of bytes, or a plain list."""
    given = f"{call}" if site.value.is_text else f"{call}, {style.quote}base64{style.quote}"
    maker = site.literal.parent.parent if site.literal.parent is not None else None
    made = (grammar.text(maker) if maker is not None else "").partition("(")[0]
    if made == "Buffer.from" and _is_only_argument(site.literal):
        return given
    typed = _TYPED.fullmatch(made) is not None and _is_only_argument(site.literal)
    return f"Buffer.from({given})" if typed else f"[...Buffer.from({given})]"


def _is_only_argument(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "arguments" and len(node.parent.named_children) == 1


def _edits(known: Syntax, data: bytes, together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
    site, call = together[0]
    if site.whole:
        yield putting.whole(site, f"({call})" if call.startswith("await ") and _is_read_through(site.literal) else call)
    elif site.literal.type == "template_string":
        yield from (putting.filled(each, text) for each, text in together)
    else:
        yield putting.summed(known, data, together)


def _is_read_through(literal: Node) -> bool:
    """Tell whether something is asked of the text itself, which binds closer than `await`."""
    parent = literal.parent
    return parent is not None and parent.type in _READ_THROUGH and parent.children[0] == literal
