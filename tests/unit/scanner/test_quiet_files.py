"""A tree that was scanned is scanned again without reading what holds nothing, and with the same outcome."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.kept import NO_CACHE, cache_folder
from scanner.model import ScanResult
from scanner.sources.openat import Folder
from strongroom.cli.options import ScanOptions
from strongroom.cli.perform import gathered
from strongroom.kernel.record import replace
from tests.unit.scanner.making import Repository, password, token

FILES = 210
VALUE = password("quiet")
MARKER = "strongroom" + ":allow"
"""Written in two, since our own scan would take it for one."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(NO_CACHE, "")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take note of files however shortly ago they changed: tests cannot set the time of a change."""
    monkeypatch.setattr("scanner.quiet._SETTLED", 0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []
    really = Folder.read

    def noticed(folder: Folder, name: bytes) -> bytes | str:
        names.append(os.fsdecode(name))
        return really(folder, name)

    monkeypatch.setattr(Folder, "read", noticed)
    return names


@pytest.fixture
def tree(repository: Repository) -> Repository:
    """Many files, of which one holds a credential, one is binary, and one a name with nothing to it."""
    for number in range(FILES):
        repository.write(f"f{number % 7}/{number}.txt", f"line {number}\n")
    repository.write("login.env", f"DB_PASSWORD={VALUE}\n")
    repository.write("empty.env", "DB_PASSWORD=changeme\n")
    repository.write("b.bin", b"\0\1")
    return repository


def scan(tree: Repository, **options: object) -> ScanResult:
    """Scan in one process, so that reading can be watched, and forget the time that it took."""
    asked = ScanOptions()
    asked.paths, asked.jobs = (str(tree.top),), 1
    for name, value in options.items():
        setattr(asked, name, value)
    result = gathered(asked)
    found = tuple(replace(one, secret_id="") for one in result.findings)
    return replace(result, findings=found, stats=replace(result.stats, seconds=0.0))


@pytest.mark.usefixtures("settled")
def test_what_holds_nothing_is_not_read_again(tree: Repository, read: list[str]) -> None:
    scan(tree)
    del read[:]
    scan(tree)
    assert read == ["login.env"]


@pytest.mark.usefixtures("settled")
def test_the_second_scan_finds_and_counts_what_the_first_did(tree: Repository) -> None:
    first = scan(tree)
    assert [one.path for one in first.findings] == ["login.env"]
    assert scan(tree) == first


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("jobs", [1, None], ids=["alone", "in two"])
def test_two_processes_come_to_know_what_one_does(
    tree: Repository, read: list[str], monkeypatch: pytest.MonkeyPatch, jobs: int | None
) -> None:
    monkeypatch.setattr("scanner.suspects._WORTH_A_PROCESS", 2)
    scan(tree, jobs=jobs)
    del read[:]
    scan(tree)
    assert read == ["login.env"]


@pytest.mark.usefixtures("settled")
def test_a_file_that_changes_is_read_though_its_size_and_time_are_as_before(tree: Repository) -> None:
    file = tree.top / "f3/3.txt"
    file.write_text(f"token_password = '{VALUE}'\n".replace(VALUE, "changeme" + " " * (len(VALUE) - 8)))
    before = file.stat()
    scan(tree)
    file.write_text(f"token_password = '{VALUE}'\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert "f3/3.txt" in [one.path for one in scan(tree).findings]


@pytest.mark.usefixtures("settled")
def test_another_file_in_the_place_of_a_known_one_is_read(tree: Repository) -> None:
    scan(tree)
    (tree.top / "login.env").rename(tree.top / "f1/1.txt")
    assert [one.path for one in scan(tree).findings] == ["f1/1.txt"]


def test_what_changed_a_moment_ago_is_read_again(tree: Repository, read: list[str]) -> None:
    scan(tree)
    del read[:]
    scan(tree)
    assert len(read) == FILES + 3


@pytest.mark.usefixtures("settled")
def test_other_settings_ask_anew(tree: Repository) -> None:
    assert not [one for one in scan(tree).findings if one.path == "f1/8.txt"]
    tree.write("f1/8.txt", "password: tiger9lily\n")
    for least in ("medium", "low"):
        scan(tree, min_confidence=least)
    low = [one.path for one in scan(tree, min_confidence="low").findings]
    assert low == [one.path for one in scan(tree, min_confidence="low", no_cache=True).findings]


@pytest.mark.usefixtures("settled")
def test_without_the_cache_every_file_is_read_and_nothing_kept(tree: Repository, read: list[str]) -> None:
    scan(tree, no_cache=True)
    assert not list(Path(cache_folder()).glob("quiet-*"))
    del read[:]
    scan(tree, no_cache=True)
    assert len(read) == FILES + 3


@pytest.mark.usefixtures("settled")
def test_an_allowance_that_covers_nothing_is_told_of_each_time(tree: Repository) -> None:
    tree.write("allowed.txt", f"nothing here  # {MARKER} hardcoded-password\n")
    first = scan(tree)
    assert first.stats.allowances.unused
    assert scan(tree) == first


@pytest.mark.usefixtures("settled")
def test_what_is_excluded_counts_as_excluded_again(tree: Repository) -> None:
    tree.write("strongroom.toml", 'exclude = ["f2/**"]\n')
    first = scan(tree)
    assert first.stats.skipped["excluded"] == FILES // 7
    assert scan(tree) == first


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("damage", [b"", b"\xff" * 40], ids=["cut short", "of another form"])
def test_a_damaged_cache_is_as_good_as_none(tree: Repository, damage: bytes) -> None:
    first = scan(tree)
    (kept,) = Path(cache_folder()).glob("quiet-*")
    kept.write_bytes(damage)
    assert scan(tree) == first


@pytest.mark.usefixtures("settled")
def test_no_text_of_a_file_is_kept(tree: Repository) -> None:
    scan(tree)
    (kept,) = Path(cache_folder()).glob("quiet-*")
    assert b"line 3" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600


KEY = token("quiet", "[A-Za-z0-9/+]{40}")
USER = 'import boto3\nfrom shop.words import WORD\nclient = boto3.client("s3", aws_secret_access_key=WORD)\n'


@pytest.fixture
def program(tree: Repository) -> Repository:
    """A program that hands on what another module holds, which is nothing yet."""
    tree.write("shop/client.py", USER)
    tree.write("shop/words.py", 'import os\n\nWORD = os.environ["WORD"]\n')
    return tree


@pytest.mark.usefixtures("settled")
def test_a_program_that_leads_to_nothing_is_not_read_again(program: Repository, read: list[str]) -> None:
    scan(program)
    scan(program)
    del read[:]
    scan(program)
    assert read == ["login.env"]


@pytest.mark.usefixtures("settled")
def test_a_program_is_followed_again_when_a_file_that_it_leads_to_changes(program: Repository) -> None:
    assert [one.path for one in scan(program).findings] == ["login.env"]
    scan(program)
    program.write("shop/words.py", f'WORD = "{KEY}"\n')
    assert "shop/words.py" in [one.path for one in scan(program).findings]


@pytest.mark.usefixtures("settled")
def test_a_program_is_followed_again_when_a_file_comes(program: Repository) -> None:
    (program.top / "shop/words.py").unlink()
    scan(program)
    scan(program)
    program.write("shop/words.py", f'WORD = "{KEY}"\n')
    assert "shop/words.py" in [one.path for one in scan(program).findings]
