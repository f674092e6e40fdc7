<<<<<<< HEAD
"""Reads suites whose expected results lie beside their files, a row of a table for each finding: CodeQL's tests.

A file of expected results is a case with the programs beside it. A row names the literal by lines and columns and ends
with what it is used as. Options: `left_out`, a pattern of uses that are no credentials (user names); `left_out_behind`,
a pattern of what stands before such literals in their line; `renewed: true` where the literals are words that stand for
credentials, in whose place made-up values are put.
=======
"""Reads suites of CodeQL's form: a folder of programs with a file that lists the alerts which they must bring.

An alert's row names where it is and where its literal is. What a comment calls good is ordinary. Options: `ordinary`,
the pattern of such comments, and `query`, a pattern of names of the files with alerts.
>>>>>>> suites-a
"""

from __future__ import annotations

<<<<<<< HEAD
import base64
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite, placed
from benchmarks.suites.values import made_up

_ROW = re.compile(r"^\| (?P<file>[^:|]+):(?P<line>\d+):(?P<first>\d+):(?P<end>\d+):(?P<last>\d+) \|.*\| (?P<use>[^|]+) \|$")
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
    for line, first, last in sorted({(row.line, row.first, row.last) for row in rows if row.line == row.end}, reverse=True):
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
=======
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.suites.marks import cases as marked_cases
from benchmarks.suites.model import Case, Marked, Place, Suite, placed

_PLACE = re.compile(r"(?P<path>[\w.\-/]+\.\w+):(?P<first>\d+):\d+:(?P<last>\d+):\d+")
_SECTION = re.compile(r"^(?P<name>#?\w+)$")


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each program for which an alert is listed, or which has a comment that says that none is due."""
    comments = replace(suite, options={"wanted": "(?!)", **suite.options})
    ordinary = {case.key: case for case in marked_cases(comments, root)}
    for path in suite.paths(root):
        key, where = path.relative_to(root).as_posix(), placed(path, root)
        alerts = [_moved(alert, path, where) for alert in _alerts(suite, path)]
        good = ordinary[key].marked if key in ordinary else ()
        if alerts or good:
            files = {where: path.read_text(errors="replace")}
            yield Case(key=key, files=files, marked=(*alerts, *(one for one in good if not _within(one, alerts))))


def _alerts(suite: Suite, path: Path) -> list[Marked]:
    """Return the alerts that are listed for the file `path`: one for each line that is alerted at."""
    by_line: dict[int, list[Place]] = defaultdict(list)
    for listing in sorted(path.parent.glob("*.expected")):
        if re.search(suite.options["query"], listing.stem):
            for row in _rows(listing.read_text(errors="replace")):
                places = [Place(path=one[0], first=int(one[1]), last=int(one[2])) for one in _PLACE.findall(row)]
                if places and places[0].path == path.name:
                    by_line[places[0].first].extend(one for one in places if one.path == path.name)
    return [Marked(wanted=True, places=tuple(places)) for _, places in sorted(by_line.items())]


def _rows(text: str) -> Iterator[str]:
    """Yield the rows of the alerts, which are all where a listing has no sections."""
    section = "#select"
    for line in text.splitlines():
        if heading := _SECTION.match(line):
            section = heading["name"]
        elif line.startswith("|") and section == "#select":
            yield line


def _moved(alert: Marked, path: Path, where: str) -> Marked:
    return replace(alert, places=tuple(replace(one, path=where) for one in alert.places if one.path == path.name))


def _within(good: Marked, alerts: list[Marked]) -> bool:
    return any(one.holds(one.path, good.places[0].first) for alert in alerts for one in alert.places)
>>>>>>> suites-a
