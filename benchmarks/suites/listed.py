"""Reads suites of CodeQL's form in which a listed alert stands at the literal and ends with what that is used as.

A file of expected results is a case with the programs beside it. A row names the literal by lines and columns and ends
with what it is used as. Options: `left_out`, a pattern of uses that are no credentials (user names); `left_out_behind`,
a pattern of what stands before such literals in their line; `renewed: true` where the literals are words that stand for
credentials, in whose place made-up values are put.
"""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite, placed
from benchmarks.suites.values import made_up

_ROW = re.compile(
    r"^\| (?P<file>[^:|]+):(?P<line>\d+):(?P<first>\d+):(?P<end>\d+):(?P<last>\d+) \|.*\| (?P<use>[^|]+) \|$"
)
_TEXT = re.compile(r"(?P<open>[brf]*(?P<quote>[\"'`]))(?P<kept>Basic |Bearer |)(?P<value>[^\"'`$\\]*)(?P=quote)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A literal that is to be found: its line and columns, counted from one, both ends included, and its use."""

    file: str
    line: int
    first: int
    end: int
    last: int
    use: str


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each program that rows name."""
    for results in suite.paths(root):
        rows = defaultdict(list)
        for row in _rows(results.read_text()):
            rows[row.file].append(row)
        for name, named in sorted(rows.items()):
            yield _case(results.parent / name, root, named, suite)


def _rows(results: str) -> Iterator[Row]:
    """Yield the rows below `#select`, up to the next heading."""
    below = results.partition("#select")[2].splitlines()[1:]
    for line in below:
        found = _ROW.match(line)
        if not found:
            return
        numbers = {part: int(found[part]) for part in ("line", "first", "end", "last")}
        yield Row(file=found["file"], use=found["use"].strip(), **numbers)


def _case(path: Path, root: Path, named: list[Row], suite: Suite) -> Case:
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    rows = [row for row in named if _counts(row, lines, suite)]
    where = placed(path, root)
    places = {(row.line, row.end) for row in rows}
    marked = tuple(
        Marked(wanted=True, places=(Place(path=where, first=first, last=last),)) for first, last in sorted(places)
    )
    text = "".join(_renewed(lines, rows) if suite.options.get("renewed") else lines)
    return Case(key=path.relative_to(root).as_posix(), files={where: text}, marked=marked)


def _counts(row: Row, lines: list[str], suite: Suite) -> bool:
    left_out, behind = (suite.options.get(name, "(?!)") for name in ("left_out", "left_out_behind"))
    before = lines[row.line - 1][: row.first - 1]
    return not re.search(left_out, row.use) and not re.search(behind, before)


def _renewed(lines: list[str], rows: list[Row]) -> list[str]:
    """Return the lines with made-up values in the place of the rows' literals, from the end of a line on."""
    new = list(lines)
    for line, first, last in sorted(
        {(row.line, row.first, row.last) for row in rows if row.line == row.end}, reverse=True
    ):
        text = new[line - 1]
        found = _TEXT.fullmatch(text[first - 1 : last])
        if found and found["value"]:
            literal = found["open"] + _value(found["kept"], found["value"]) + found["quote"]
            new[line - 1] = text[: first - 1] + literal + text[last:]
    return new


def _value(kept: str, value: str) -> str:
    """Return a made-up value with the word, and the user's name, in front of it; where both are encoded, encoded."""
    if kept == "Basic ":
        return kept + base64.b64encode(f"svc:{made_up(value)[:16]}".encode()).decode()
    user, colon, password = value.rpartition(":")
    return kept + user + colon + made_up(password)
