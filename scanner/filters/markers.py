"""Reads the markers of a text by which people accept findings: ours with its fields, other tools' from a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache

from scanner.filters.base import table
from scanner.lines import LineIndex
from scanner.prefilter.words import ALLOWANCE
from scanner.rulebook.model import applies_to
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OURS = "strongroom"
WORD = ALLOWANCE.encode()
_OURS = re.compile(
    rb"strongroom:allow(?P<rules>[ \t]{1,4}(?:[a-zA-Z0-9*][\w*\-]{0,80}(?:,[ \t]?[\w*\-]{1,80}){0,40})(?![\w=\-]))?"
    rb"(?P<fields>(?:[ \t]{1,4}(?:reason=\"[^\"\n]{0,400}\"|[a-z]{2,12}=[^\s\"*]{0,80})){0,6})"
)
_FIELD = re.compile(rb"([a-z]{2,12})=(?:\"([^\"\n]*)\"|([^\s\"]*))")
_FIELDS = ("reason", "expires", "id", "count")
_HEX = re.compile(r"[0-9a-f]{4,32}")
_MOST = 1_000
"""Greatest repeat count."""
_AHEAD = 8
_QUOTES = b"\"'`"
_TEMPLATES = tuple(bytes((each,)) for each in b"{<[$%.,)&\\")
"""What follows where a text is about the marker and leaves its rule open."""


class Covers(StrEnum):
    """Which values a marker speaks of."""

    LINE = "line"
    NEXT_LINE = "next-line"
    START = "start"
    END = "end"


class Marker(Record):
    """One marker. `rules` are ids for ours; for other tools the names of providers, or none for every rule."""

    tool: str
    covers: Covers
    start: int
    line: int
    rules: tuple[str, ...] = ()
    reason: str = ""
    expires: date | None = None
    identity: str = ""
    """The start of a fingerprint; empty where none is asked for."""
    count: int = 1
    problem: str = ""
    """Why the marker cannot be used, and the way out; empty where it can."""
    quoted: bool = False
    """Whether it stands in quotes: a text about markers, which need not be used."""

    @property
    def ours(self) -> bool:
        """Tell whether it is Strongroom's own."""
        return self.tool == OURS


def markers(path: str, lines: LineIndex) -> list[Marker]:
    """Return the markers in the text of the file `path`, in order of their place."""
    found = list(_ours(lines))
    for entry in table("markers.yaml")["markers"]:
        if entry["word"].encode() in lines.lowered and applies_to(tuple(entry.get("files", ())), path):
            found.extend(_foreign(entry, lines))
    return sorted(found, key=lambda marker: marker.start)


def _ours(lines: LineIndex) -> Iterator[Marker]:
    data = lines.data
    if WORD not in data:
        return
    for match in _OURS.finditer(data):
        quoted = data[match.start() - 1 : match.start()] in _QUOTES and match.start() > 0
        if match["rules"] is None and data[match.end() : match.end() + _AHEAD].lstrip(b" \t")[:1] in _TEMPLATES:
            continue
        yield _read(match, lines.number(match.start()), quoted=quoted)


def _read(match: re.Match[bytes], line: int, *, quoted: bool) -> Marker:
    rules = tuple(
        name.strip() for name in (match["rules"] or b"").decode("utf-8", "replace").split(",") if name.strip()
    )
    given = {
        field[1].decode(): (field[2] if field[2] is not None else field[3]).decode("utf-8", "replace")
        for field in _FIELD.finditer(match["fields"])
    }
    problem = _problem(rules, given)
    usable = {} if problem else given
    return Marker(
        tool=OURS,
        covers=Covers.LINE,
        start=match.start(),
        line=line,
        rules=rules,
        reason=given.get("reason", ""),
        expires=date.fromisoformat(usable["expires"]) if "expires" in usable else None,
        identity=usable.get("id", ""),
        count=int(usable.get("count", "1")),
        problem=problem,
        quoted=quoted,
    )


def _problem(rules: tuple[str, ...], given: dict[str, str]) -> str:
    if not rules:
        return "names no rule; write 'strongroom:allow RULE' as the report shows it"
    for name in given:
        if name not in _FIELDS:
            return f"has no field {name}; there are {', '.join(_FIELDS)}"
    if "expires" in given and not _is_date(given["expires"]):
        return f"expires={given['expires']} is no date; write expires=YYYY-MM-DD"
    if "id" in given and not _HEX.fullmatch(given["id"]):
        return "id= takes the first 4 to 32 hexadecimal digits of a fingerprint"
    if "count" in given and not (given["count"].isdecimal() and 1 <= int(given["count"]) <= _MOST):
        return f"count= takes a number from 1 to {_MOST}"
    return ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _foreign(entry: dict[str, Any], lines: LineIndex) -> Iterator[Marker]:
    for match in _compiled(entry["pattern"]).finditer(lines.data):
        names = (match["names"] or b"").strip() if "names" in match.re.groupindex else b""
        if _counts(entry, names):
            yield Marker(
                tool=entry["tool"],
                covers=Covers(entry["covers"]),
                start=match.start(),
                line=lines.number(match.start()),
                rules=_providers(entry, names),
            )


def _counts(entry: dict[str, Any], names: bytes) -> bool:
    if "naming" not in entry or (not names and not entry.get("required")):
        return True
    return _compiled(entry["naming"]).search(names) is not None


def _providers(entry: dict[str, Any], names: bytes) -> tuple[str, ...]:
    if "rules" not in entry:
        return ()
    named = {match["provider"].decode() for match in _compiled(entry["rules"]).finditer(names)}
    return () if any(name.startswith("preset") for name in named) else tuple(sorted(named))


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.IGNORECASE | re.MULTILINE)


def without_ours(text: str) -> str:
    """Return the text of a line without our markers and the signs of comment before them.

    So a finding is known by the same name before and after it was allowed.
    """
    return _SHOWN.sub("", text) if WORD.decode() in text else text


_SHOWN = re.compile(r"[ \t#/*;<!\-]{0,16}" + _OURS.pattern.decode().replace("?P<rules>", "").replace("?P<fields>", ""))
