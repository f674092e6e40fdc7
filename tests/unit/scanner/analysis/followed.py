"""What a scan finds in small programs, as the values of its findings."""

from __future__ import annotations

from pathlib import Path

from scanner.config import ScanConfig
from scanner.pipeline import scan
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource


def followed(book: RuleBook, folder: Path, files: dict[str, str]) -> set[str]:
    """Return the values that are found in `files`, which are written below `folder`."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    result = scan(TreeSource(str(folder)), book, ScanConfig(), jobs=1)
    return {finding.value.reveal().decode() for finding in result.findings}
