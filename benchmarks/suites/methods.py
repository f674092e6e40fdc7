"""Reads suites that say by the names of methods where there is a credential and where none is: `bad`, `good2`.

Options: `wanted` and `ordinary`, patterns of methods' names (of `Class.method`); `flaw`, a pattern of comments in front
of the statements that count in a wanted method, which otherwise counts as a whole; `group`, a pattern in the paths of
files that make one case together, and `half`, one in its name by which it belongs to a half.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.suites.marks import end_of_statement
from benchmarks.suites.model import Case, Marked, Place, Suite, placed

_METHOD = re.compile(
    r"^\s*(?!return|new|else|throw|if|for|while|switch|catch|try)(?:(?:[\w<>\[\]@?]+,? )+|fun )"
    r"(?P<name>\w+)\s*\([^;{]*(?:\{.*)?$"
)
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|//.*|/\*.*?\*/')


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each file, or for each group of files, with a method of one of the two kinds."""
    group, half = suite.options.get("group"), re.compile(suite.options.get("half", ".*"))
    together: dict[str, dict[str, str]] = defaultdict(dict)
    for path in suite.paths(root):
        name = path.relative_to(root).as_posix()
        found = re.search(group, name) if group else None
        if found or not group:
            together[found[0] if found else name][placed(path, root)] = path.read_text(errors="replace")
    for name, files in together.items():
        marked = tuple(_marked(suite, files))
        found = half.search(name)
        if marked and found:
            yield Case(key=found[0], files=files, marked=marked)


def _marked(suite: Suite, files: Mapping[str, str]) -> Iterator[Marked]:
    wanted, ordinary = re.compile(suite.options["wanted"]), re.compile(suite.options["ordinary"])
    flaws: list[Place] = []
    for path, text in files.items():
        lines = text.splitlines()
        for name, place in methods(path, lines):
            if wanted.search(name):
                flaws.extend(_flaws(suite, lines, place))
                if "flaw" not in suite.options:
                    yield Marked(wanted=True, places=(place,))
            elif ordinary.search(name):
                yield Marked(wanted=False, places=(place,))
    if flaws:
        yield Marked(wanted=True, places=tuple(flaws))


def _flaws(suite: Suite, lines: list[str], method: Place) -> Iterator[Place]:
    if "flaw" in suite.options:
        flaw = re.compile(suite.options["flaw"])
        for number in range(method.first, method.last):
            if flaw.search(lines[number - 1]):
                first = number + 1
                yield Place(path=method.path, first=first, last=end_of_statement(lines, first))


def methods(path: str, lines: list[str]) -> Iterator[tuple[str, Place]]:
    """Yield `Class.method` and its lines for each method of a file whose class has the file's name."""
    holder = Path(path).stem
    number = 0
    while number < len(lines):
        found = _METHOD.match(lines[number])
        last = _closed(lines, number) if found else None
        if found and last is not None:
            yield f"{holder}.{found['name']}", Place(path=path, first=number + 1, last=last + 1)
        number = (number if last is None else last) + 1


def _closed(lines: list[str], opened: int) -> int | None:
    """Return where the body ends that begins in line `opened` or behind it; None where none begins."""
    depth, begun = 0, False
    for number in range(opened, len(lines)):
        bare = _TEXT.sub("", lines[number])
        depth += bare.count("{") - bare.count("}")
        begun = begun or "{" in bare
        if begun and depth <= 0:
            return number
        if not begun and ";" in bare:
            return None
    return None
