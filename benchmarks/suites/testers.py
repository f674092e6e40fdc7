"""Reads suites whose programs are texts in the tests of an ESLint rule: all that are `invalid` must be found.

Each program is a case. Those that set options of their rule are left out. Options: `ending`, of the file that a
program is put into; `left_out`, a pattern of programs that are of another opinion than ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite

_LIST = re.compile(r"\b(?P<kind>valid|invalid)\s*:\s*\[")
_CODE = re.compile(
    r"\bcode\s*:\s*(?P<quote>[\"'`])(?P<code>(?:\\.|(?!(?P=quote)).)*)(?P=quote)(?P<rest>[^`]{0,80})", re.DOTALL
)
_ESCAPED = re.compile(r"\\([`$'\"\\])")


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each program; all of one file of tests belong to the same half."""
    left_out = re.compile(suite.options.get("left_out", "(?!)"))
    for path in suite.paths(root):
        text = path.read_text(errors="replace")
        lists = [(found.start(), found["kind"]) for found in _LIST.finditer(text)]
        for number, found in enumerate(_CODE.finditer(text)):
            code = _ESCAPED.sub(r"\1", found["code"])
            kind = next((kind for start, kind in reversed(lists) if start < found.start()), None)
            if kind and "options" not in found["rest"] and not left_out.search(code):
                name = f"src/program{number}{suite.options.get('ending', '.js')}"
                place = Place(path=name, first=1, last=code.count("\n") + 1)
                marked = Marked(wanted=kind == "invalid", places=(place,))
                yield Case(key=path.relative_to(root).as_posix(), files={name: code}, marked=(marked,))
