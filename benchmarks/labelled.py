"""Labelled regions of files: read, parted by repository, rebuilt as files, and what a tool's answers count for.

The counting rule. A finding counts for a label if they share a line. A label `T` (a credential) with a finding is
found, one without is missed; a label `F` (none) or `X` (a test value, example or placeholder) with a finding is a false
alarm. Several findings on the lines of a label count once. Lines without a label count neither way, nor do labels that
are identifiers by kind, whatever they say, nor a line's `F` or `X` where a `T` stands on the same line: an answer that
names lines cannot tell them apart.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TRUE = "T"
_IDENTIFIERS = frozenset({"UUID", "Nonce", "Salt", "AWS S3 Bucket"})
_PARTS = 3
"""One of so many parts of the repositories is kept apart for the report."""

Place = tuple[str, int, int]
"""A path below the rebuilt folder, first line, last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a reviewer said of some lines."""

    repo: str
    path: str
    line: int
    end_line: int
    verdict: str
    categories: tuple[str, ...]
    value_start: int
    value_end: int

    @property
    def true(self) -> bool:
        """Tell whether it is a credential."""
        return self.verdict == TRUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Lines of a file as they stood there."""

    repo: str
    path: str
    start_line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Labels found, missed, and falsely alarmed at."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        """Return the share of alarms that are right."""
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        """Return the share of credentials that are found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        return 2 * self.found / max(1, 2 * self.found + self.false + self.missed)


def kept_apart(repo: str) -> bool:
    """Tell whether a repository is of the third that is only reported on: nothing is trained or tuned on it."""
    return int(hashlib.sha256(f"strongroom-generic:{repo}".encode()).hexdigest(), 16) % _PARTS == 0


def read(data: Path) -> tuple[list[Region], list[Label]]:
    """Return the regions of the file `data`, a JSON object a line, and their labels that count."""
    regions, labels = [], []
    for line in data.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        path = f"{one['repo']}/{one['path']}"
        regions.append(
            Region(repo=one["repo"], path=path, start_line=one["start_line"], lines=tuple(map(str, one["lines"])))
        )
        labels.extend(_label(one["repo"], path, label) for label in one["labels"])
    return regions, [label for label in labels if _IDENTIFIERS.isdisjoint(label.categories)]


def _label(repo: str, path: str, one: dict[str, object]) -> Label:
    return Label(
        repo=repo,
        path=path,
        line=int(str(one["line"])),
        end_line=int(str(one["end_line"])),
        verdict=str(one["label"]),
        categories=tuple(str(one["category"]).split(":")),
        value_start=int(str(one["value_start"])),
        value_end=int(str(one["value_end"])),
    )


def texts(regions: Iterable[Region]) -> dict[str, str]:
    """Return the text of each file, with empty lines where nothing of it is known, so that line numbers stand."""
    known: dict[str, dict[int, str]] = defaultdict(dict)
    for region in regions:
        for number, line in enumerate(region.lines, start=region.start_line):
            known[region.path][number] = line
    return {
        path: "".join(lines.get(number, "") + "\n" for number in range(1, max(lines) + 1))
        for path, lines in known.items()
    }


def rebuild(regions: Iterable[Region], folder: Path) -> None:
    """Write the files of `regions` below `folder`."""
    for path, text in texts(regions).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")


def score(labels: Sequence[Label], places: Iterable[Place]) -> Score:
    """Return how `places` answer `labels`, by the counting rule above."""
    touched = {(path, line) for path, first, last in places for line in range(first, last + 1)}
    true = {(one.path, line) for one in labels if one.true for line in range(one.line, one.end_line + 1)}
    found = missed = false = 0
    for one in labels:
        lines = [(one.path, line) for line in range(one.line, one.end_line + 1)]
        hit = not touched.isdisjoint(lines)
        if one.true:
            found, missed = found + hit, missed + (not hit)
        elif hit and true.isdisjoint(lines):
            false += 1
    return Score(found=found, missed=missed, false=false)


def by_category(labels: Sequence[Label], places: Sequence[Place]) -> dict[str, Score]:
    """Return the score of each kind of label, the kinds with most credentials first."""
    kinds: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        for kind in label.categories:
            kinds[kind].append(label)
    ordered = sorted(kinds, key=lambda kind: (-sum(one.true for one in kinds[kind]), kind))
    return {kind: score(kinds[kind], places) for kind in ordered}
