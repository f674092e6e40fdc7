"""What lies in an archive or a document is found as `outer!inner`, in every mode, and named where it cannot be read."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import pytest

from scanner.config import ScanConfig
from scanner.history.flow import scan_history
from scanner.model import ScanResult
from scanner.pipeline import scan
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import RuleBook
from scanner.sources import open_source, open_stdin
from tests.unit.scanner.containers.test_archive import tarred, zipped
from tests.unit.scanner.making import Repository, token

KEY = token("packed", "ghp_[A-Za-z0-9]{36}")
LINE = f"first line\ntoken={KEY}\n".encode()
Packed = Callable[[], bytes]


@pytest.fixture
def places(book: RuleBook) -> Callable[..., list[tuple[str, int]]]:
    def run(repository: Repository, **options: object) -> list[tuple[str, int]]:
        result = scan(open_source([str(repository.top)], **options), book, ScanConfig())  # type: ignore[arg-type]
        return [(one.path, one.region.start_line) for one in result.findings]

    return run


@pytest.mark.parametrize(
    ("name", "data", "inner"),
    [
        ("deploy.zip", zipped({"conf/app.conf": LINE}), "conf/app.conf"),
        ("app.whl", zipped({"app/settings.py": LINE}), "app/settings.py"),
        ("dump.sql.gz", gzip.compress(LINE), "dump.sql"),
        ("old.tar.gz", gzip.compress(tarred({"app.conf": LINE})), "app.conf"),
        ("old.tar", tarred({"app.conf": LINE}), "app.conf"),
        ("outer.zip", zipped({"inner.jar": zipped({"app.conf": LINE})}), "inner.jar!app.conf"),
        ("without an ending", zipped({"app.conf": LINE}), "app.conf"),
    ],
    ids=["zip", "wheel", "gzip", "tar.gz", "tar", "nested", "unnamed"],
)
def test_a_value_in_an_archive_is_found_in_its_member(
    repository: Repository, places: Callable[..., list[tuple[str, int]]], name: str, data: bytes, inner: str
) -> None:
    repository.write(name, data)
    assert places(repository) == [(f"{name}!{inner}", 2)]


def test_every_mode_looks_into_archives(
    repository: Repository, places: Callable[..., list[tuple[str, int]]], book: RuleBook
) -> None:
    repository.commit([("a.txt", "one\n")])
    repository.write("deploy.zip", zipped({"app.conf": LINE}))
    expected = [("deploy.zip!app.conf", 2)]
    assert places(repository, since="HEAD") == expected
    repository.git("add", "-A")
    assert places(repository, staged=True) == expected
    sha = repository.commit([])
    assert places(repository, revision="HEAD") == expected
    (finding,) = scan_history(str(repository.top), book, ScanConfig(), prepared(book)).findings
    assert finding.path == "deploy.zip!app.conf"
    assert finding.commit is not None
    assert finding.commit.sha == sha
    assert finding.in_head
    (piped,) = scan(open_stdin(io.BytesIO(zipped({"app.conf": LINE}))), book, ScanConfig()).findings
    assert piped.path == "<stdin>!app.conf"


def test_a_value_in_an_archive_is_for_a_person(repository: Repository, book: RuleBook) -> None:
    repository.write("app.whl", zipped({"settings.py": f'KEY = "{KEY}"\n'.encode()}))
    (finding,) = scan(open_source([str(repository.top)]), book, ScanConfig()).findings
    assert not finding.remediation.fixable
    assert "archive" in finding.remediation.reason


def _only_errors(result: ScanResult) -> list[str]:
    return [error.path for error in result.errors]


def test_an_archive_that_unpacks_without_end_is_an_error(repository: Repository, book: RuleBook) -> None:
    repository.write("bomb.zip", zipped({str(number): bytes(4_000_000) for number in range(20)}))
    assert _only_errors(scan(open_source([str(repository.top)]), book, ScanConfig())) == ["bomb.zip"]


def test_what_only_looks_like_an_archive_is_counted_and_no_error(repository: Repository, book: RuleBook) -> None:
    repository.write("start.bin", b"PK\3\4" + bytes(100))
    result = scan(open_source([str(repository.top)]), book, ScanConfig())
    assert _only_errors(result) == []
    assert result.stats.skipped == {"damaged archive": 1}


def test_a_token_that_word_cut_into_runs_is_found(repository: Repository, book: RuleBook) -> None:
    parts = [KEY[:7], KEY[7:20], KEY[20:]]
    runs = "".join(f'<w:r w:rsidR="1"><w:t xml:space="preserve">{part}</w:t></w:r>' for part in parts)
    document = f"<?xml version='1.0'?><w:document><w:body><w:p><w:r><w:t>Hello</w:t></w:r></w:p><w:p>{runs}</w:p>"
    repository.write("notes.docx", zipped({"word/document.xml": document.encode()}))
    (finding,) = scan(open_source([str(repository.top)]), book, ScanConfig()).findings
    assert (finding.path, finding.region.start_line) == ("notes.docx!word/document.xml", 2)
    assert finding.value.reveal() == KEY.encode()


def test_a_token_in_a_cell_of_a_sheet_is_found(repository: Repository, book: RuleBook) -> None:
    strings = f"<sst><si><t>Name</t></si><si><t>{KEY}</t></si><si><t>a &amp; b</t></si></sst>"
    repository.write("keys.xlsx", zipped({"xl/sharedStrings.xml": strings.encode()}))
    (finding,) = scan(open_source([str(repository.top)]), book, ScanConfig()).findings
    assert (finding.path, finding.region.start_line) == ("keys.xlsx!xl/sharedStrings.xml", 2)
