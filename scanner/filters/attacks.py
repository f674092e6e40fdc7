"""Drops what is sent to break a program and lets nobody in: pieces of SQL or of script in a credential's place."""

from __future__ import annotations

import re

from scanner.filters.base import Subject, Verdict
from scanner.filters.meant import unescaped

_SQL = re.compile(
    r"['\"][\s)(]*(?:or|and|\|\||&&)[\s)(]+['\"]?\w*['\"]?[\s)(]*(?:=|<|>|like\b|is\b|in\b|between\b)"
    r"|['\"]or['\"]\w*['\"]?=|['\"][\s);]*--(?:\s|$)|\bunion\s+(?:all\s+)?select\b"
    r"|['\"][\s)]*;\s*(?:drop|delete|insert|update|select|exec)\b",
    re.IGNORECASE,
)
"""What ends the text of a query and goes on as the query: a condition that always holds, a comment, a statement."""
_QUOTE_IN_FORM = re.compile(r"%2[27]")
_SCRIPT = re.compile(r"<\s*/?(?:script|img|svg|iframe|body|object)\b|\bjavascript:\w", re.IGNORECASE)


def attack(subject: Subject) -> Verdict | None:
    """Return why a value is a piece of SQL or script that somebody tries out; whatever has a known shape is none."""
    if subject.known_shape:
        return None
    # The quote that ends the query's text may be the one by which the value was found.
    written = subject.value
    if _QUOTE_IN_FORM.search(written):
        written = written.replace("+", " ")
    value = subject.before(1)[-1:] + unescaped(written)
    tried = _SQL.search(value) or _SCRIPT.search(value)
    return Verdict(reason="an attack that is tried out") if tried else None
