"""JSON with or without comments: scalars with byte ranges, by the grammar of JavaScript, of which JSON is a part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.scalars import Scalar, Site
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_BOM = b"\xef\xbb\xbf"
_JAVASCRIPT = "javascript"


@lru_cache(maxsize=16)
def scalars(data: bytes) -> tuple[Scalar, ...]:
    """Return the texts and numbers that are values. Raises `NotRewritable` where the file does not parse."""
    body = data.removeprefix(_BOM)
    # Parentheses make an object an expression; the one before it is taken off every offset again.
    root = grammar.tree(_JAVASCRIPT, b"(" + body + b"\n)")
    return tuple(_walk(root, (), len(data) - len(body) - 1))


def parses(data: bytes) -> bool:
    """Tell whether the file is JSON, comments and commas at the end allowed."""
    return grammar.parses(_JAVASCRIPT, b"(" + data.removeprefix(_BOM) + b"\n)")


def _walk(node: Node, keys: tuple[str, ...], shift: int) -> Iterator[Scalar]:
    if node.type == "pair":
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if key is not None and value is not None:
            yield from _walk(value, (*keys, _decoded(grammar.text(key))), shift)
    elif node.type == "array":
        for index, item in enumerate(child for child in node.named_children if child.type != "comment"):
            yield from _walk(item, (*keys, str(index)), shift)
    elif node.type in ("string", "number", "true", "false", "null"):
        raw = grammar.text(node)
        quote = '"' if node.type == "string" else ""
        text = _decoded(raw) if quote else raw
        yield Scalar(
            keys=keys, text=text, start=node.start_byte + shift, end=node.end_byte + shift, quote=quote, tag=node.type
        )
    else:
        for child in node.named_children:
            yield from _walk(child, keys, shift)


def _decoded(raw: str) -> str:
    if not raw.startswith('"'):
        return raw
    try:
        return str(json.loads(raw, strict=False))
    except ValueError:
        raise NotRewritable("the file does not parse as JSON") from None


def replaced(site: Site, text: str) -> Splice:
    """Return the edit that puts `text` in the value's place."""
    if site.literal and json.dumps(text, ensure_ascii=False)[1:-1] == text:
        return Splice(start=site.place.start, end=site.place.end, text=text.encode())
    return whole(site, site.replaced_by(text))


def whole(site: Site, text: str) -> Splice:
    """Return the edit that makes the scalar `text`."""
    written = json.dumps(text, ensure_ascii=False)
    return Splice(start=site.scalar.start, end=site.scalar.end, text=written.encode())
