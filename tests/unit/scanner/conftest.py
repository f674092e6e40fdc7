"""What the scanner's tests share: one rule book, made-up values, and a scan of texts in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanner.config import ScanConfig
from scanner.model import Blob, Finding, ScanResult
from scanner.pipeline import scan
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.making import Repository

TODAY = date(2026, 1, 15)
Found = Callable[..., list[Finding]]


@pytest.fixture(scope="session", autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def book(_private_cache: object) -> RuleBook:
    return load_rulebook()


@pytest.fixture
def scan_text(book: RuleBook) -> Callable[..., ScanResult]:
    def run(path: str, text: str | bytes, config: ScanConfig | None = None) -> ScanResult:
        data = text.encode() if isinstance(text, str) else text
        return scan([Blob(path=path, data=data)], book, config or ScanConfig(), today=TODAY)

    return run


@pytest.fixture
def found(scan_text: Callable[..., ScanResult]) -> Found:
    """Scan one text and return its findings."""

    def run(path: str, text: str | bytes, config: ScanConfig | None = None) -> list[Finding]:
        return list(scan_text(path, text, config).findings)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    top = tmp_path / "shop"
    top.mkdir()
    return Repository(top)
