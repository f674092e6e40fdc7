"""Reads suites whose files mark statements by comments, on the statement or above it. Each file is a case.

Options: `wanted` and `ordinary`, patterns of marks; `above: true` where a mark speaks for the statement below it, else
it stands in the statement's line; `until`, a pattern of marks that end what a mark begins; `left_out`, a pattern of
marked lines that are no matter of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite, placed

_OPENING = re.compile(r"[(\[{]")
_CLOSING = re.compile(r"[)\]}]")
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_OF_LINES = re.compile(r"<<<\s*['\"]?(?P<heredoc>\w+)['\"]?\s*$|(?P<quotes>\"{3})(?:(?!\"{3}).)*$")
"""What opens a text of several lines, which ends with what is named there, or with the same quotes."""
_LONGEST = 12


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each file that marks something."""
    for path in suite.paths(root):
        text = path.read_text(errors="replace")
        where = placed(path, root)
        marked = tuple(_marked(suite, where, text.splitlines()))
        if marked:
            yield Case(key=path.relative_to(root).as_posix(), files={where: text}, marked=marked)


def _marked(suite: Suite, path: str, lines: list[str]) -> Iterator[Marked]:
    kinds = [(True, re.compile(suite.options["wanted"]))]
    if "ordinary" in suite.options:
        kinds.append((False, re.compile(suite.options["ordinary"])))
    left_out = re.compile(suite.options.get("left_out", "(?!)"))
    marks = re.compile("|".join(pattern.pattern for _, pattern in kinds))
    for number, line in enumerate(lines, start=1):
        for wanted, pattern in kinds:
            if mark := pattern.search(line):
                here = number + _further(line[mark.end() :])
                first = _below(number, lines, marks) if suite.options.get("above") else here
                if first <= len(lines) and not left_out.search(lines[first - 1]):
                    last = _last(suite, lines, first)
                    yield Marked(wanted=wanted, places=(Place(path=path, first=first, last=last),))


def _further(behind: str) -> int:
    """Return how many lines below its own a mark means, which it may say: `Noncompliant@+1`."""
    said = re.match(r"@\+(\d)", behind)
    return int(said[1]) if said else 0


def _last(suite: Suite, lines: list[str], first: int) -> int:
    if "until" not in suite.options:
        return end_of_statement(lines, first)
    closing = re.compile(suite.options["until"])
    return next((at for at in range(first, len(lines) + 1) if closing.search(lines[at - 1])), len(lines))


def _below(number: int, lines: list[str], marks: re.Pattern[str]) -> int:
    first = number + 1
    while first <= len(lines) and (marks.search(lines[first - 1]) or not lines[first - 1].strip()):
        first += 1
    return first


def end_of_statement(lines: list[str], first: int) -> int:
    """Return the line where the brackets, or the text, that line `first` opens are closed, a few lines on at most."""
    depth, end = 0, min(len(lines), first + _LONGEST - 1)
    opened = _OF_LINES.search(lines[first - 1])
    if opened is not None:
        closing = opened["heredoc"] or opened["quotes"]
        return next((at for at in range(first + 1, end + 1) if closing in lines[at - 1]), end)
    for number in range(first, end + 1):
        bare = _TEXT.sub("", lines[number - 1].split("//")[0])
        depth += len(_OPENING.findall(bare)) - len(_CLOSING.findall(bare))
        if depth <= 0 or bare.rstrip().endswith((";", "{")):
            return number
    return first
