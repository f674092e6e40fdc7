"""What a filter is given and what it answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from scanner.kept import load_yaml
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, EvidenceKind
from scanner.rulebook.model import Rule
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Subject(Record):
    """A candidate with all that a filter may look at."""

    candidate: Candidate
    rule: Rule
    path: str
    lines: LineIndex
    value: str
    """The value as text; bytes that are no UTF-8 are replaced."""
    commit: str = ""
    """Name of the commit that a history's text is of; empty for none."""

    @property
    def known_shape(self) -> bool:
        """Tell whether the value has a shape that its rule knows; else only a name or a use speaks for it."""
        return not self.rule.generic and self._has(EvidenceKind.PATTERN)

    @property
    def used(self) -> bool:
        """Tell whether the value reaches a call or a comparison that takes a credential."""
        return self._has(EvidenceKind.SINK)

    @property
    def quoted(self) -> bool:
        """Tell whether the value begins behind a quote: it is a literal."""
        return self.before(1)[-1:] in ("'", '"', "`")

    def _has(self, kind: EvidenceKind) -> bool:
        return any(one.kind is kind for one in self.candidate.evidence)

    def before(self, length: int) -> str:
        """Return up to `length` bytes of the line before the value, as text."""
        span = self.candidate.span
        data, least = self.lines.data, max(span.start - length, 0)
        start = max(data.rfind(b"\n", least, span.start) + 1, least)
        return data[start : span.start].decode("utf-8", "replace")


class Verdict(Record):
    """What a filter says: drop the candidate, or (with a `ceiling`) be no surer than that."""

    reason: str
    ceiling: Confidence | None = None
    yields: bool = False
    """Whether a value that looks drawn, and that the classifier believes, may rise above the ceiling."""

    @property
    def drops(self) -> bool:
        """Tell whether the candidate is turned down."""
        return self.ceiling is None


Filter = Callable[[Subject], Verdict | None]


@lru_cache(maxsize=8)
def table(name: str) -> dict[str, Any]:
    """Return the word lists of the data file `name` of this package."""
    read: dict[str, Any] = load_yaml(os.path.join(os.path.dirname(__file__), name))  # noqa: PTH118, PTH120 - on the way
    return read
