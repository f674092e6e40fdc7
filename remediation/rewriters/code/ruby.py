"""Ruby: a literal becomes a call of the project's own module of secrets, or is filled in; defaults of ENV stay lazy.

Source: Ruby documentation, "Literals" (strings, heredocs), `ENV.fetch`, `ERB::Util.url_encode`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from remediation.errors import NotRewritable
from remediation.manifests import gems
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import places, putting, ruby_files
from remediation.rewriters.code.judging import use_of
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.syntax import Syntax, style, syntax
from remediation.rewriters.code.texts import Site, locate
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File, Place
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

ACCESSOR = Accessor(template="accessor.rb.j2", listed=r'^    "([^"]+)",$', features={"url": "ERB::Util.url_encode"})
_HEREDOC = "heredoc_body"
_RAW = "a heredoc in single quotes takes nothing in; take the quotes off its mark, or read the secret before it"
_DEDENTED = "the value stands in several lines of a heredoc that takes their indent off; move it by hand"
_CHAINED = "it is joined to the text before or behind it without a plus, in single quotes; put a plus there"


def _ruby() -> Syntax:
    return syntax("ruby")


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    root = _ruby().parse(file.data)
    site = locate(_ruby(), file.data, root, place)
    places.refuse(_ruby(), site.literal)
    _refuse_heredoc(file.data, root, site)
    if _is_chained(site.literal) and not site.whole and not _takes_in(file.data, site.literal):
        raise NotRewritable(_CHAINED)
    return use_of(_ruby(), site, "ruby", _spelled)


def _refuse_heredoc(data: bytes, root: Node, site: Site) -> None:
    if site.literal.type != _HEREDOC:
        return
    end = grammar.text(site.literal.children[-1]).strip()
    marks = [
        node for node in _nodes(root) if node.type == "heredoc_beginning" and node.end_byte <= site.literal.start_byte
    ]
    mark = next((grammar.text(each) for each in reversed(marks) if grammar.text(each).strip("<~-'\"`") == end), "")
    if "'" in mark or "`" in mark or not mark:
        raise NotRewritable(_RAW)
    if mark.startswith("<<~") and re.search(rb"\n[ \t]", data[site.start : site.end]):
        raise NotRewritable(_DEDENTED)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _is_chained(literal: Node) -> bool:
    return literal.parent is not None and literal.parent.type == "chained_string"


def _takes_in(data: bytes, literal: Node) -> bool:
    """Tell whether `#{…}` in a literal is evaluated."""
    return style(_ruby(), data, literal) == "ruby"


def _spelled(value: bytes) -> str:
    """Return a password as `ERB::Util.url_encode` writes it."""
    return quote(value, safe="")


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the module of its project that reads secrets."""
    return ruby_files.homes(tree, paths)


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place, and what it is read by required."""
    root = _ruby().parse(file.data)
    sites = [(locate(_ruby(), file.data, root, fetch.place), fetch) for fetch in fetches]
    quotes = ruby_files.quote(file.data)
    calls = [(site, _call(home.unit, quotes, site, fetch)) for site, fetch in sites]
    required = ruby_files.required(file, root, home, quotes)

    def edits_of(together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
        yield from _edits(file.data, together)
        yield from _in_block(file.data, together[0][0].literal)

    return putting.rewritten(_ruby(), file.data, calls, edits_of, [required] if required is not None else [])


def _call(module: str, quotes: str, site: Site, fetch: Fetch) -> str:
    if fetch.binary:
        raise NotRewritable("the value is bytes elsewhere, and text here")
    arguments = ", ".join(f"{quotes}{text}{quotes}" for text in (fetch.name, fetch.field) if text is not None)
    call = f"{module}.fetch({arguments})"
    return f"ERB::Util.url_encode({call})" if site.encoded else call


def _edits(data: bytes, together: Sequence[tuple[Site, str]]) -> Iterator[Splice]:
    site, call = together[0]
    if site.whole and _is_chained(site.literal):
        yield putting.whole(site, f'"#{{{call}}}"')
    elif site.whole:
        yield putting.whole(site, call)
    elif _takes_in(data, site.literal):
        yield from (putting.filled(each, text, "#{") for each, text in together)
    else:
        yield putting.summed(_ruby(), data, together)


def _in_block(data: bytes, literal: Node) -> Iterator[Splice]:
    """Yield the edits that make the default of `ENV.fetch` a block, which runs only where the variable is not set."""
    arguments = next((node for node in grammar.lineage(literal) if node.type == "argument_list"), None)
    call = arguments.parent if arguments is not None else None
    given = [child for child in arguments.named_children if child.type != "comment"] if arguments is not None else []
    if arguments is None or call is None or len(given) != 2 or not _is_within(literal, given[1]):
        return
    if not re.match(rb"(?:::)?ENV\s*\.\s*fetch\b", data[call.start_byte : call.end_byte]):
        return
    opened = data[arguments.start_byte : arguments.start_byte + 1] == b"("
    if not opened:
        method = call.child_by_field_name("method")
        start = method.end_byte if method is not None else arguments.start_byte
        yield Splice(start=start, end=arguments.start_byte, text=b"(")
    yield Splice(start=given[0].end_byte, end=given[1].start_byte, text=b") { ")
    yield Splice(start=given[1].end_byte, end=arguments.end_byte, text=b" }")


def _is_within(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of the project's manifest, and what a person has to do about it."""
    return gems.add_sdk(entries, home.folder)


def parses(path: str, data: bytes) -> bool:
    """Tell whether the grammar reads all of a file."""
    del path
    return not _ruby().parse(data).has_error
