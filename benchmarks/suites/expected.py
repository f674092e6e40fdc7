"""Reads suites of CodeQL's form: a folder of programs with a file that lists the alerts which they must bring.

An alert's row names where it is and where its literal is. What a comment calls good is ordinary. Options: `ordinary`,
the pattern of such comments, `query`, a pattern of names of the files with alerts, and `left_out`, one of rows that are
no matter of ours.
"""

from __future__ import annotations

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
    left_out = re.compile(suite.options.get("left_out", "(?!)"))
    for listing in sorted(path.parent.glob("*.expected")):
        if re.search(suite.options["query"], listing.stem):
            for row in _rows(listing.read_text(errors="replace")):
                places = [Place(path=one[0], first=int(one[1]), last=int(one[2])) for one in _PLACE.findall(row)]
                if places and places[0].path == path.name and not left_out.search(row):
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
