"""Texts that are formats: a value that was a part of one becomes one of the arguments that fill it in.

Joined to the format it would be read as a part of it: a percent sign in a value, or in its encoding, is then a verb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.code import neighbours
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.code.texts import Site, inner
from remediation.rewriters.configuration import grammar
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_VERB = re.compile(r"%(?:%|[-+ #0,(]*\d*(?:\.\d+)?[a-zA-Z])")
_REASON = "the text is a format; hand the value over as one of its arguments"


def position(syntax: Syntax, data: bytes, site: Site) -> int | None:
    """Return where the argument goes that fills a site in, None where its text is no format.

    Raises `NotRewritable` where the format is not plain enough to tell.
    """
    if site.whole:
        return None
    given = _arguments(syntax, site.literal)
    if given is None:
        return None
    if "%" not in syntax.data.get("filled_by", ""):
        raise NotRewritable(_REASON)
    first, last = inner(data, site.literal)
    verbs = _verbs(data[first : site.start].decode("utf-8", "replace"))
    _verbs(data[site.end : last].decode("utf-8", "replace"))
    if verbs >= len(given):
        raise NotRewritable(_REASON)
    return given[verbs].end_byte


def _verbs(text: str) -> int:
    found = _VERB.findall(text)
    if text.count("%") != sum(verb.count("%") for verb in found):
        raise NotRewritable(_REASON)
    return sum(verb != "%%" for verb in found)


def _arguments(syntax: Syntax, literal: Node) -> Sequence[Node] | None:
    """Return the format and what fills it in, None where a literal is the format of no call."""
    lists = syntax.data.get("argument_lists", ())
    listed = literal.parent
    while listed is not None and listed.type in ("argument", "value_argument"):
        listed = listed.parent
    if listed is None or listed.parent is None:
        return None
    if listed.type not in lists:
        return _of_receiver(syntax, literal)
    name = neighbours.method(listed.parent)
    if not re.fullmatch(syntax.data.get("formats", r"\Z."), name):
        return None
    given = listed.named_children
    number = next(index for index, each in enumerate(given) if each.start_byte <= literal.start_byte < each.end_byte)
    return given[number:]


def _of_receiver(syntax: Syntax, literal: Node) -> Sequence[Node] | None:
    """Return nothing, or raise, for a text whose own method fills it in: `"…".format(…)`."""
    call = next((one for one in grammar.lineage(literal) if one.type in syntax.data.get("calls", ())), None)
    first = call is not None and call.start_byte == literal.start_byte
    if call is not None and first and re.fullmatch(syntax.data.get("formats", r"\Z."), neighbours.method(call)):
        raise NotRewritable(_REASON)
    return None


def filled(site: Site, call: str, at: int) -> tuple[Splice, Splice]:
    """Return the edits that put a verb in a site's place, and `call` behind the argument that ends at `at`."""
    return (
        Splice(start=site.start, end=site.end, text=b"%s"),
        Splice(start=at, end=at, text=f", {call}".encode()),
    )
