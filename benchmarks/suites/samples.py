"""Reads gosec's samples: programs of Go that stand as texts in a file of Go, each with how many alerts it must bring.

A sample with alerts counts as one credential, wherever it stands; one without must bring none. Samples that change a
rule's settings are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites.model import Case, Marked, Place, Suite

_SAMPLE = re.compile(
    r"\{\[\]string\{(?P<code>`[^`]*`(?:\s*\+\s*(?:\"`[^`\n]*`\"|\"`\"|`[^`]*`))*)\},\s*(?P<alerts>\d+),"
    r"\s*gosec\.NewConfig\(\)\}"
)
_PIECE = re.compile(r"`(?P<raw>[^`]*)`|\"(?P<quoted>`(?:[^\n]*?`)?)\"")


def cases(suite: Suite, root: Path) -> Iterator[Case]:
    """Yield a case for each sample with settings as they come."""
    for path in suite.paths(root):
        for number, found in enumerate(_SAMPLE.finditer(path.read_text(errors="replace"))):
            where = f"src/sample{number}.go"
            code = "".join(one["raw"] or one["quoted"] or "" for one in _PIECE.finditer(found["code"]))
            whole = Place(path=where, first=1, last=len(code.splitlines()))
            marked = Marked(wanted=found["alerts"] != "0", places=(whole,))
            yield Case(key=f"{path.relative_to(root).as_posix()}#{number}", files={where: code}, marked=(marked,))
