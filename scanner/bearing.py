"""Tells from a path, and in tests from a value's length, which hits cannot become findings, before a text is examined.

It speaks only of what is certain: a rule or shape that is not for files of this name, and values known by a name
only, which no filter lets pass as surer than low in generated files and prose, nor in tests unless they are long.
"""

from __future__ import annotations

import os

from scanner.globs import Globs
from scanner.kept import load_yaml
from scanner.prefilter.hits import around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanner.prefilter.engine import Document
    from scanner.prefilter.hits import Hit

_WEAK = ("generated", "prose")
_TEST = ("test",)
LONG = 12
"""Characters from which on a value in a test may be one that a machine has drawn (`scanner.classifier.features`)."""


class Bearing:
    """Weighs hits by the path of their file. With `low` even what is least sure counts.

    `encoded` are the targets that lead to encoded text, each with its codec.
    """

    def __init__(self, document: Document, *, low: bool) -> None:
        targets = document["targets"]
        self.encoded: dict[int, str] = document["encoded"]
        self._globs: list[tuple[Globs | None, Globs | None]] = [
            (Globs(paths) if paths else None, Globs(excluded) if excluded else None)
            for _, _, paths, excluded in targets
        ]
        self._widths = [target[1] for target in targets]
        self._shapes = frozenset(number for number, target in enumerate(targets) if target[0].startswith("shape:"))
        self._low = low
        self._multiline = frozenset(document["multiline"])
        self._bindings: dict[int, str] = document["bindings"]
        self._kinds: dict[tuple[str, ...], Globs] = {}

    def weighed(self, path: str, data: bytes, hits: list[Hit]) -> list[Hit]:
        """Return those of `hits` in `data` that may become findings at `path`: all that fit its name, or none.

        Where one counts the others are kept, for a fingerprint speaks of all that stands on a line.
        """
        name = path.rpartition("/")[2].lower()
        left = [hit for hit in hits if self._fits(hit[0], name)]
        if self._low or any(hit[0] not in self._shapes for hit in left) or not left:
            # A marker counts too: an allowance is for what stands there, however sure that is.
            return left
        if self._is(_WEAK, path) or (self._is(_TEST, path) and not self._any_long(data, left)):
            return []
        return left

    def _fits(self, target: int, name: str) -> bool:
        wanted, unwanted = self._globs[target]
        return (wanted is None or wanted.fit(name)) and (unwanted is None or not unwanted.fit(name))

    def _is(self, kinds: tuple[str, ...], path: str) -> bool:
        if kinds not in self._kinds:
            place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "filters", "paths.yaml")
            table: dict[str, Any] = load_yaml(place)
            self._kinds[kinds] = Globs(glob for kind in kinds for glob in table[kind])
        return self._kinds[kinds].fit("/" + path.lower())

    def _any_long(self, data: bytes, hits: list[Hit]) -> bool:
        return any(self._has_long(data, *hit) for hit in hits)

    def _has_long(self, data: bytes, target: int, first: int, last: int) -> bool:
        import re

        start, end = around(data, first, last, self._widths[target], multiline=target in self._multiline)
        pattern = re.compile(self._bindings[target].encode(), re.MULTILINE)
        return any(len(match["value"]) >= LONG for match in pattern.finditer(data, start, end))
