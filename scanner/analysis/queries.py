"""Queries of addresses: there a name as plain as `key` is that of a service's key, which it says nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.analysis.program import Call, Entries, Expression, Items, Member, Text
from scanner.analysis.reading.walk import last_word

KEYS_OF_QUERIES = ("key", "appid")
KEY_OF_QUERY = "api_key"
"""The name by which such a key is known."""
QUERIES = ("query", "params", "qs", "queryParams", "query_params", "searchParams", "queryParameters")
"""Names of maps that become a query."""
ASKING = re.compile(r"[?&](?:key|appid|code|sig)=$")
"""What stands in an address before such a key."""
_ASKS = re.compile(r"quer(?:y|ies)|param(?:eter)?s?$|urlencode|encode_www_form|querystring", re.IGNORECASE)
_SHORT = ("q", "qs", "params", "query")
"""Names of what a query is put together in."""


def named_in_query(name: str, call: Call) -> str:
    """Return the name of what a call binds to `name`: that of a service's key where it adds such to a query."""
    return KEY_OF_QUERY if name in KEYS_OF_QUERIES and asks(call) else name


def asks(call: Call) -> bool:
    """Tell whether a call adds to a query, by its own name or that of the object that it is called on."""
    of = last_word(call.called.of) if isinstance(call.called, Member) else ""
    return of in _SHORT or any(_ASKS.search(word) for word in (of, last_word(call.called)))


def keys_in(query: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield the keys of services in a map that becomes a query, each by the name by which it is known."""
    entries = query.entries if isinstance(query, Entries) else _pairs(query)
    yield from ((KEY_OF_QUERY, value) for key, value in entries if key in KEYS_OF_QUERIES)


def _pairs(query: Expression) -> Iterator[tuple[str, Expression]]:
    for pair in query.elements if isinstance(query, Items) else ():
        parts = pair.elements if isinstance(pair, Items) else []
        if len(parts) == 2 and isinstance(parts[0], Text):
            yield parts[0].value, parts[1]


def asked_with(call: Call) -> Iterator[tuple[str, Expression]]:
    """Yield such keys in the maps of which a call makes a query: `new URLSearchParams({key: ...})`."""
    found = [held for one in call.arguments for held in keys_in(one.value)]
    found += [(KEY_OF_QUERY, one.value) for one in call.arguments if one.name in KEYS_OF_QUERIES]
    yield from found if found and asks(call) else ()
