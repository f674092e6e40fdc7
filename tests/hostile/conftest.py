"""A cache for the whole run, so that the rules are compiled once, and repositories with a credential to be found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.config import Analysis, ScanConfig
from scanner.history.flow import scan_history
from scanner.pipeline import scan as scan_source
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources import open_source
from tests.hostile.scanning import MODES, Scanned, scan
from tests.unit.scanner.making import Repository, token

KEY = token("hostile", "ghp_[A-Za-z0-9]{36}")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(cache: Path) -> Callable[..., Scanned]:
    def scanned(top: Path, mode: str = "tree", *options: str, **limits: int) -> Scanned:
        return scan(top, cache, *MODES[mode], *options, **limits)

    return scanned


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository in which every mode finds something: committed, staged and written."""
    top = tmp_path / "repository"
    top.mkdir()
    made = Repository(top)
    made.commit([("a.txt", "one\n"), (".gitattributes", "* filter=evil diff=evil merge=evil\n*.md text ident\n")])
    made.commit([("committed.conf", f"token={KEY}\n")])
    made.write("staged.conf", f"token={KEY}\n")
    made.git("add", "staged.conf")
    made.write("written.conf", f"token={KEY}\n")
    return made


FOUND = {
    "tree": {"committed.conf", "staged.conf", "written.conf"},
    "staged": {"staged.conf"},
    "since": {"staged.conf", "written.conf"},
    "history": {"committed.conf"},
}
"""What each mode finds in that repository."""


@pytest.fixture(scope="session")
def _engine() -> tuple[RuleBook, Engine]:
    book = load_rulebook()
    return book, prepared(book)


@pytest.fixture
def in_process(
    _engine: tuple[RuleBook, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path, str], set[str]]:
    """Scan in this process, for what needs no limits, and return where something was found."""
    book, engine = _engine
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def found(top: Path, mode: str) -> set[str]:
        if mode == "history":
            result = scan_history(str(top), book, ScanConfig(analysis=Analysis.OFF), engine)
        else:
            options = {"tree": {}, "staged": {"staged": True}, "since": {"since": "HEAD"}}[mode]
            source = open_source([str(top)], **options)  # type: ignore[arg-type]
            result = scan_source(source, book, ScanConfig(analysis=Analysis.OFF), engine=engine)
        return {finding.path for finding in result.findings}

    return found
