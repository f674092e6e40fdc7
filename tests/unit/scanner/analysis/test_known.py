"""What was seen in programs is told again without following them, and never believed of anything that has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner import kept
from scanner.analysis.programs import Programs
from scanner.config import ScanConfig
from scanner.model import ScanResult
from scanner.pipeline import scan
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource
from tests.unit.scanner.making import password, token

PW = password("a program that is known")
KEY = token("another file's")
_FILES = {
    "shop/store.py": f"import pymysql\n\nWORD = {PW!r}\nSTORE = pymysql.connect(password=WORD)\n",
    "shop/keys.py": f"SIGNS = {KEY!r}\n",
    "shop/claims.py": "import jwt\nfrom shop.keys import SIGNS\n\nMADE = jwt.encode({}, SIGNS)\n",
}

Scan = Callable[[], ScanResult]


@pytest.fixture
def engine(book: RuleBook) -> Engine:
    return prepared(book)


@pytest.fixture
def again(book: RuleBook, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scan]:
    """Return a scan of the files, which have been scanned once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for path, text in _FILES.items():
        place = tmp_path / "project" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def run() -> ScanResult:
        return scan(TreeSource(str(tmp_path / "project")), book, ScanConfig(), engine=engine, secret_key=b"k" * 32)

    run()
    yield run


def _values(result: ScanResult) -> set[str]:
    return {one.value.reveal().decode() for one in result.findings}


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths of the programs that are followed from now on."""
    paths: list[str] = []
    found = Programs.found
    monkeypatch.setattr(Programs, "found", lambda self, path, data: (paths.append(path), found(self, path, data))[1])
    return paths


def test_programs_that_hold_something_are_not_followed_again(again: Scan, followed: list[str]) -> None:
    assert _values(again()) == {PW, KEY}
    assert followed == []


def test_what_is_told_again_is_all_that_was_told(again: Scan, book: RuleBook, engine: Engine, tmp_path: Path) -> None:
    told = again()
    for place in (tmp_path / "cache").rglob("programs-*"):
        place.unlink()
    assert again().findings == told.findings


def test_no_value_stands_in_the_cache(again: Scan, tmp_path: Path) -> None:
    written = b"".join(place.read_bytes() for place in (tmp_path / "cache").rglob("programs-*"))
    assert written
    assert not any(word in written for word in (PW.encode(), KEY.encode()))


def test_a_program_that_has_changed_is_followed_anew(again: Scan, followed: list[str], tmp_path: Path) -> None:
    other = password("the changed program's")
    place = tmp_path / "project/shop/store.py"
    place.write_text(place.read_text().replace(PW, other))
    assert _values(again()) == {other, KEY}
    assert followed == ["shop/store.py"]


def test_a_program_is_followed_anew_when_another_that_it_leads_to_has_changed(
    again: Scan, followed: list[str], tmp_path: Path
) -> None:
    other = token("the changed other file's")
    place = tmp_path / "project/shop/keys.py"
    place.write_text(place.read_text().replace(KEY, other))
    assert _values(again()) == {PW, other}
    assert "shop/claims.py" in followed


def test_what_could_not_be_followed_to_its_end_is_said_again(
    again: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("scanner.analysis.inside._MOST_STEPS", 2)
    for place in (tmp_path / "cache").rglob("programs-*"):
        place.unlink()
    first = again().errors
    assert {one.path for one in first} == {"shop/claims.py", "shop/store.py"}
    assert set(again().errors) == set(first)


def test_a_cache_that_is_no_longer_whole_is_as_good_as_none(again: Scan, tmp_path: Path) -> None:
    place = next((tmp_path / "cache").rglob("programs-*"))
    content = kept.read(str(place))
    stamp, salt, clean, held = content
    kept.write(str(place), (stamp, salt, clean, {key: (read, b"x" + text) for key, (read, text) in held.items()}))
    assert _values(again()) == {PW, KEY}
