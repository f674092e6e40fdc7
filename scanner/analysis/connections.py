"""Passwords in texts, other than URLs, by which programs connect to databases: `host=... password=...` and the like."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.kept import load_yaml

_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "connections.yaml")  # noqa: PTH100, PTH118, PTH120

_SETTING_OF = re.compile(
    r"(?:^|[;?&])\s{0,8}(?P<name>\w[\w .-]{0,40}?)\s{0,8}=\s{0,8}['\"]?(?P<value>[^;&'\"{}$%\r\n]{1,200})"
)
_HEADER = re.compile(
    r"(?m)^[ \t]{0,40}(?P<name>[A-Za-z][\w-]{2,40}):[ \t]{1,4}[\"']?(?P<value>[^\s{}$%\"'][^\n{}$%\"']{1,300})"
)
"""A header of HTTP, as it is sent, and a line of a configuration."""
_NAMED = re.compile(
    r"[\"'](?:name|Name|key|Key)[\"']\s{0,4}:\s{0,4}[\"'](?P<name>\w[\w .-]{0,60})[\"']\s{0,4},\s{0,20}"
    r"[\"'](?:value|Value)[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[^\"'{}$%\\]{2,200})[\"']"
)
"""A name and its value as entries of an object: the environment of a container."""
_LISTED = re.compile(
    r"(?m)\bname:[ \t]{1,4}[\"']?(?P<name>\w[\w.-]{1,60})[\"']?[ \t]{0,4}\n[ \t]{1,60}value:[ \t]{1,4}"
    r"[\"']?(?P<value>[^\s{}$%\"'][^\n{}$%\"']{1,200})"
)
"""The same as a manifest of Kubernetes has it."""
_PROPERTY = re.compile(
    r"(?m)^[ \t]{0,40}(?P<name>[A-Za-z][\w.\-]{2,80})[ \t]{0,4}=[ \t]{0,4}[\"']?"
    r"(?P<value>[^\s{}$%\"'][^\s{}$%\"']{1,300})[\"']?[ \t]{0,8}$"
)
"""A line of a file of properties, or of an environment."""
_QUOTED = re.compile(
    r"(?P<quote>\\?[\"'])(?P<name>\w[\w .-]{0,40})(?P=quote)\s{0,4}:\s{0,4}"
    r"(?P=quote)(?P<value>[^\"'\\{}$%]{2,200})(?P=quote)"
)
"""A name and its value in the notation of JavaScript's objects."""

_SETTINGS = (_SETTING_OF, _HEADER, _PROPERTY, _QUOTED, _NAMED, _LISTED)
_SCHEMES = (
    ("hardcoded-password", re.compile(r"\b[Bb]asic [^\s:]{1,80}:(?P<value>[^\s'\"]{4,200})$")),
    ("hardcoded-token", re.compile(r"\b[Bb]earer (?P<value>[^\s'\"]{16,4000})$")),
)
"""What stands in a header behind its scheme, before it is encoded (RFC 7617, RFC 6750)."""
_AWAITING = re.compile(r"\b(?:[Bb]asic [^\s:]{1,80}:|[Bb]earer )0$")


def behind_schemes(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the rule, start and end of the credential in a text that ends like a header of authorization."""
    for rule, pattern in _SCHEMES:
        yield from ((rule, found.start("value"), found.end("value")) for found in pattern.finditer(text))


def awaits_credential(text: str) -> bool:
    """Tell whether a text is a header of authorization up to the credential, of which only a mark is known."""
    return _AWAITING.search(text) is not None


def settings_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each name that a text gives a value, and where that value starts and ends."""
    for found in (one for pattern in _SETTINGS for one in pattern.finditer(text)):
        yield found["name"], found.start("value"), found.end("value")


def passwords_in(text: str, *, statements: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield the rule, start and end of each password that stands in a connection text, or in `statements` of SQL only.

    Sources: libpq's keyword/value strings, the data source names of Go's MySQL driver, and Oracle's easy connect.
    """
    for rule, pattern in _patterns(statements=statements):
        for found in pattern.finditer(text):
            group = "value" if found["value"] is not None else "quoted"
            yield rule, found.start(group), found.end(group)


@lru_cache(maxsize=2)
def _patterns(*, statements: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (row for row in load_yaml(_TABLE) if row.get("statement") or not statements)
    return tuple((row["rule"], re.compile(row["pattern"])) for row in rows)
