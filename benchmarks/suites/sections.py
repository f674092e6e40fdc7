"""Reads suites in whose files a mark speaks for all lines up to the next one, or a file as a whole is to be found.

Options: `mark`, a pattern; without it each file is one section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite, placed


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each file."""
    for path in suite.paths(root):
        text = path.read_text(errors="replace")
        where = placed(path, root)
        lines = text.splitlines()
        starts = [number for number, line in enumerate(lines, start=1) if _marks(suite, line)]
        ends = [*(start - 1 for start in starts[1:]), len(lines)]
        marked = tuple(
            Marked(wanted=True, places=(Place(path=where, first=first, last=last),))
            for first, last in zip(starts or [1], ends, strict=True)
        )
        yield Case(key=path.relative_to(root).as_posix(), files={where: text}, marked=marked)


def _marks(suite: Suite, line: str) -> bool:
    return "mark" in suite.options and bool(re.search(suite.options["mark"], line))
