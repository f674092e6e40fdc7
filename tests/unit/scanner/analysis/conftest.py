"""Programs of several files, scanned as a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.config import ScanConfig
from scanner.model import Finding
from scanner.pipeline import scan
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource

Analysed = Callable[[Mapping[str, str]], list[Finding]]


@pytest.fixture
def analysed(book: RuleBook, tmp_path: Path) -> Analysed:
    """Return the findings in a tree of files."""
    engine = prepared(book)

    def run(files: Mapping[str, str]) -> list[Finding]:
        for name, text in files.items():
            place = tmp_path / "app" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return list(scan(TreeSource(str(tmp_path / "app")), book, ScanConfig(), engine=engine).findings)

    return run
