"""Recall and precision on other people's suites of hardcoded credentials, by suite, language and half; prints Markdown.

Give a folder that holds a checkout of each suite, by the names of `suites.yaml`; suites that are not there are left
out. Cases of the `held` half were never looked at while the analysis was worked on: only their figures are printed.
A credential counts as found where a finding, or a step of its flow, lies in a statement that is marked for it, with
medium confidence; `low` adds those of lower confidence. `elsewhere` are findings in no marked statement.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from benchmarks.suites.model import DEV, HELD, Case, Marked, Reader, Suite
from benchmarks.suites.values import renewed
from scanner.config import ScanConfig
from scanner.model import Confidence, Finding
from scanner.pipeline import scan
from scanner.prefilter.build import built
from scanner.prefilter.choose import Engine, of_document
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource

_TABLE = Path(__file__).with_name("suites.yaml")
_HEADINGS = ("suite", "language", "part", "to be found", "found", "with low", "ordinary", "flagged", "elsewhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scan made of a case: what was hit of its marks, with any confidence, and findings in no marked place."""

    case: Case
    hits: tuple[tuple[Marked, Confidence | None], ...]
    elsewhere: tuple[Finding, ...]


def main() -> None:
    """Score the suites that are there, and print the table."""
    options = _options()
    print(f"| {' | '.join((*_HEADINGS, 'recall', 'precision'))} |")
    print("|---|---|---|" + "--:|" * (len(_HEADINGS) - 1))
    for suite in suites():
        root = options.folder / suite.suite
        if root.is_dir() and suite.suite in (options.only or [suite.suite]) and _spoken(suite, options.languages):
            _score(suite, root, options)


def suites() -> Iterator[Suite]:
    """Yield the rows of `suites.yaml`."""
    for row in yaml.safe_load(_TABLE.read_text()):
        yield Suite(**{**row, "files": tuple(row["files"])})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the checkouts")
    parser.add_argument("--only", nargs="+", help="names of suites")
    parser.add_argument("--languages", nargs="+")
    parser.add_argument("--parts", nargs="+", choices=[DEV, HELD], default=[DEV, HELD])
    parser.add_argument("--show", action="store_true", help="name what was missed or flagged; of the dev half only")
    return parser.parse_args()


def _spoken(suite: Suite, languages: list[str] | None) -> bool:
    return not languages or suite.language in languages


def _score(suite: Suite, root: Path, options: argparse.Namespace) -> None:
    read: Reader = import_module(f"benchmarks.suites.{suite.reader}").cases
    counts: dict[str, Counter[str]] = {part: Counter() for part in options.parts}
    for case in read(suite, root):
        if case.part in counts:
            outcome = _outcome(renewed(case, suite.meant) if suite.meant else case)
            _count(outcome, counts[case.part])
            if options.show and case.part == DEV:
                _show(outcome)
    for part, counted in counts.items():
        _print_row(suite, part, counted)


def _outcome(case: Case) -> Outcome:
    findings = _findings(case)
    hits = []
    for marked in case.marked:
        ranks = [finding.confidence for finding in findings if _touches(finding, marked)]
        hits.append((marked, max(ranks, key=lambda one: one.rank, default=None)))
    elsewhere = (one for one in findings if one.confidence.rank and not any(_touches(one, m) for m in case.marked))
    return Outcome(case=case, hits=tuple(hits), elsewhere=tuple(elsewhere))


def _findings(case: Case) -> tuple[Finding, ...]:
    book, engine = _scanner()
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        for path, text in case.files.items():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        config = ScanConfig(min_confidence=Confidence.LOW)
        return scan(TreeSource(folder), book, config, engine=engine, jobs=1).findings


@lru_cache(maxsize=1)
def _scanner() -> tuple[RuleBook, Engine]:
    """Return the rules, and an engine that is made of the tables as they stand."""
    book = load_rulebook()
    return book, of_document(built(book, [str(place) for place in book.paths]))


def _touches(finding: Finding, marked: Marked) -> bool:
    lines = {(finding.path, line) for line in range(finding.region.start_line, finding.region.end_line + 1)}
    lines |= {(step.path, step.line) for one in finding.evidence for step in one.flow}
    return any(place.holds(path, line) for place in marked.places for path, line in lines)


def _count(outcome: Outcome, counts: Counter[str]) -> None:
    for marked, confidence in outcome.hits:
        counts["to be found" if marked.wanted else "ordinary"] += 1
        if confidence is not None and confidence.rank:
            counts["found" if marked.wanted else "flagged"] += 1
        if confidence is not None and marked.wanted:
            counts["with low"] += 1
    counts["elsewhere"] += len(outcome.elsewhere)


def _print_row(suite: Suite, part: str, counts: Counter[str]) -> None:
    if counts.total():
        found, wanted, flagged = counts["found"], counts["to be found"], counts["flagged"]
        recall = found / wanted if wanted else 1.0
        precision = found / (found + flagged) if found + flagged else 1.0
        cells: list[Any] = [suite.suite, suite.language, part, *(counts[one] for one in _HEADINGS[3:])]
        print(f"| {' | '.join(map(str, cells))} | {recall:.2f} | {precision:.2f} |")


def _show(outcome: Outcome) -> None:
    for marked, confidence in outcome.hits:
        hit = confidence is not None and confidence.rank > 0
        if hit != marked.wanted:
            _tell(outcome.case, "flagged" if hit else f"missed ({confidence or 'nothing'})", marked)
    for finding in outcome.elsewhere:
        line = outcome.case.files[finding.path].splitlines()[finding.region.start_line - 1].strip()
        print(f"    elsewhere {finding.path}:{finding.region.start_line} {finding.rule_id}: {line[:120]}")


def _tell(case: Case, what: str, marked: Marked) -> None:
    place = marked.places[0]
    line = case.files[place.path].splitlines()[place.first - 1].strip()
    print(f"    {what} {place.path}:{place.first}-{place.last}: {line[:120]}")


if __name__ == "__main__":
    main()
