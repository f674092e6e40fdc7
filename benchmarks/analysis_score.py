"""Precision and recall of program analysis on the cases of `fixtures/analysis`, by language; prints Markdown.

`kept` cases were written before the analysis and are not looked at while it is worked on; `dev` cases are. Confidence
is the default, `medium`. A credential counts as found where a finding overlaps one of its places.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scanner.config import Analysis, ScanConfig
from scanner.model import Finding
from scanner.pipeline import scan
from scanner.prefilter.build import built
from scanner.prefilter.choose import Engine, of_document
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource
from tests.testing.programs import CASES, Case, cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scan made of one case: names found and missed, and where it raised false alarms."""

    case: Case
    found: frozenset[str]
    missed: frozenset[str]
    alarms: tuple[Finding, ...]


def main() -> None:
    """Score the cases and print the tables."""
    options = _options()
    for part in options.parts:
        print(f"\n{part}:\n\n| language | cases | credentials | found | false alarms | recall | precision |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for language in options.languages or sorted(place.name for place in CASES.iterdir() if place.is_dir()):
            outcomes = list(_outcomes(language, part, Analysis(options.analysis)))
            _print_row(language, outcomes)
            if options.show:
                _show(outcomes, show_secrets=part == "dev")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", help="folders of fixtures/analysis; all by default")
    parser.add_argument("--parts", nargs="+", default=["dev", "kept"])
    parser.add_argument("--analysis", default="auto", choices=["auto", "off"])
    parser.add_argument("--show", action="store_true", help="name what was missed and what was a false alarm")
    return parser.parse_args()


def _outcomes(language: str, part: str, analysis: Analysis) -> Iterator[Outcome]:
    book, engine = _scanner()
    for case in cases(language, part):
        with tempfile.TemporaryDirectory() as folder:
            place = case.written(Path(folder))
            result = scan(TreeSource(str(place)), book, ScanConfig(analysis=analysis), engine=engine, jobs=1)
        yield _compared(case, result.findings)


@lru_cache(maxsize=1)
def _scanner() -> tuple[RuleBook, Engine]:
    """Return the rules, and an engine that is made of the tables as they stand, which takes a while."""
    book = load_rulebook()
    return book, of_document(built(book, [str(place) for place in book.paths]))


def _compared(case: Case, findings: tuple[Finding, ...]) -> Outcome:
    found: set[str] = set()
    alarms = []
    for finding in findings:
        hit = {
            one.name
            for one in case.expected
            if one.path == finding.path and one.start < finding.span.end and finding.span.start < one.end
        }
        found |= hit
        if not hit:
            alarms.append(finding)
    names = frozenset(one.name for one in case.expected)
    return Outcome(case=case, found=frozenset(found), missed=names - found, alarms=tuple(alarms))


def _print_row(language: str, outcomes: list[Outcome]) -> None:
    found = sum(len(one.found) for one in outcomes)
    wanted = found + sum(len(one.missed) for one in outcomes)
    alarms = sum(len(one.alarms) for one in outcomes)
    recall = f"{found / wanted:.2f}" if wanted else "-"
    precision = f"{found / (found + alarms):.2f}" if found + alarms else "-"
    print(f"| {language} | {len(outcomes)} | {wanted} | {found} | {alarms} | {recall} | {precision} |")


def _show(outcomes: list[Outcome], *, show_secrets: bool) -> None:
    """Name what went wrong, below the table's row; values, which are made up, of the cases that may be looked at."""
    for one in outcomes:
        for name in sorted(one.missed):
            print(f"    missed {one.case.name}: {name}")
        for alarm in one.alarms:
            value = alarm.value.reveal().decode("utf-8", "replace") if show_secrets else alarm.preview
            place = f"{alarm.path}:{alarm.region.start_line}"
            print(f"    alarm  {one.case.name}: {alarm.rule_id} {alarm.confidence} {place} {value!r} {alarm.binding}")


if __name__ == "__main__":
    main()
