"""Passwords in texts, other than URLs, by which programs connect to databases: `host=... password=...` and the like."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.kept import load_yaml

_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "connections.yaml")  # noqa: PTH100, PTH118, PTH120


def passwords_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the rule, start and end of each password that stands in a connection text.

    Sources: libpq's keyword/value strings, the data source names of Go's MySQL driver, and Oracle's easy connect.
    """
    for rule, pattern in _patterns():
        for found in pattern.finditer(text):
            group = "value" if found["value"] is not None else "quoted"
            yield rule, found.start(group), found.end(group)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["rule"], re.compile(row["pattern"])) for row in load_yaml(_TABLE))
