"""Tells from a path alone which hits cannot become findings, so that a hook need not look at the text again.

It speaks only of what is certain: a rule or shape that is not for files of this name, and values known by a name
only in generated files and prose, which no filter lets pass as surer than low.
"""

from __future__ import annotations

import os

from scanner.globs import Globs
from scanner.kept import load_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanner.prefilter.engine import Document
    from scanner.prefilter.hits import Hit

_WEAK = ("generated", "prose")


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
        self._shapes = frozenset(number for number, target in enumerate(targets) if target[0].startswith("shape:"))
        self._low = low
        self._marking: frozenset[int] = frozenset(document["marking"])
        self._weak: Globs | None = None

    def weighed(self, path: str, hits: list[Hit]) -> list[Hit]:
        """Return those of `hits` that may become findings at `path`."""
        name = path.rpartition("/")[2].lower()
        left = [hit for hit in hits if self._fits(hit[0], name)]
        if self._low or not any(hit[0] in self._shapes for hit in left) or not self._is_weak(path):
            return left
        if any(hit[0] in self._marking for hit in left):
            # An allowance is for what stands there, however sure that is.
            return left
        return [hit for hit in left if hit[0] not in self._shapes]

    def _fits(self, target: int, name: str) -> bool:
        wanted, unwanted = self._globs[target]
        return (wanted is None or wanted.fit(name)) and (unwanted is None or not unwanted.fit(name))

    def _is_weak(self, path: str) -> bool:
        if self._weak is None:
            place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "filters", "paths.yaml")
            table: dict[str, Any] = load_yaml(place)
            self._weak = Globs(glob for kind in _WEAK for glob in table[kind])
        return self._weak.fit("/" + path.lower())
