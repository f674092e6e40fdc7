"""Scans small programs: what is found in them, and what is missed of their placeholders."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from scanner.config import Analysis, ScanConfig
from scanner.pipeline import scan
from scanner.prefilter.build import built
from scanner.prefilter.choose import Engine, of_document
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource
from tests.testing.programs import read_case


def outcome(name: str, text: str) -> tuple[set[str], set[str]]:
    """Return the names of the credentials of a program that a scan missed, and the places of its false alarms."""
    case = read_case(name, text)
    book, engine = _ready()
    with tempfile.TemporaryDirectory() as folder:
        place = case.written(Path(folder))
        findings = scan(
            TreeSource(str(place)), book, ScanConfig(analysis=Analysis.AUTO), engine=engine, jobs=1
        ).findings
    alarms, found = set(), set()
    for one in findings:
        hit = {
            place.name
            for place in case.expected
            if place.path == one.path and place.start < one.span.end and one.span.start < place.end
        }
        found |= hit
        if not hit:
            alarms.add(f"{one.path}:{one.region.start_line} {one.rule_id}")
    return {place.name for place in case.expected} - found, alarms


def followed(book: RuleBook, folder: Path, files: dict[str, str]) -> set[str]:
    """Return the values that are found in `files`, which are written below `folder`."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    result = scan(TreeSource(str(folder)), book, ScanConfig(), jobs=1)
    return {finding.value.reveal().decode() for finding in result.findings}


@lru_cache(maxsize=1)
def _ready() -> tuple[RuleBook, Engine]:
    book = load_rulebook()
    return book, of_document(built(book, [str(place) for place in book.paths]))
