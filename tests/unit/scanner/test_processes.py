"""Sifting a large tree in two processes finds and counts what one would, whatever becomes of the second."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scanner.items import Blob, Item, ScanError, Skipped
from scanner.processes import sifted_in_two
from scanner.sift import Suspect, Tally
from scanner.sources.tree import Listing

FILES = 300
PARENT = os.getpid()


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    """A folder of many files, each tenth of which is suspected, one of which is binary."""
    for number in range(FILES):
        folder = tmp_path / f"f{number % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").write_text("suspect" if number % 10 == 0 else "clean")
    (tmp_path / "b.bin").write_bytes(b"\0")
    return Listing(str(tmp_path), ignored=False, submodules=False)


def sift(items: Iterable[Item], tally: Tally) -> Iterator[Suspect]:
    """Suspect what says so, and count as a scan does."""
    for item in items:
        if isinstance(item, Blob):
            tally.files += 1
            tally.bytes += len(item.data)
            if item.data == b"suspect":
                yield Suspect(item, [[0, 1, 2]], [])
        elif isinstance(item, Skipped):
            tally.skip(item.reason)
        elif isinstance(item, ScanError):
            tally.errors.append(item)


def _paths(listing: Listing, tally: Tally) -> list[str]:
    return sorted(suspect.blob.path for suspect in sifted_in_two(listing, sift, tally, {}))


def _alone(listing: Listing) -> tuple[list[str], Tally]:
    tally = Tally()
    return sorted(suspect.blob.path for suspect in sift(listing.shares(1)[0], tally)), tally


def test_two_find_and_count_what_one_does(listing: Listing) -> None:
    tally = Tally()
    paths, alone = _alone(listing)
    assert _paths(listing, tally) == paths
    assert len(paths) == FILES // 10
    assert (tally.files, tally.bytes, tally.skipped) == (alone.files, alone.bytes, {"binary": 1})


def test_what_a_child_that_is_killed_had_taken_is_read_again(listing: Listing) -> None:
    def deadly(items: Iterable[Item], tally: Tally) -> Iterator[Suspect]:
        for suspect in sift(items, tally):
            if os.getpid() != PARENT:
                os.kill(os.getpid(), signal.SIGKILL)
            yield suspect

    tally = Tally()
    found = sorted(suspect.blob.path for suspect in sifted_in_two(listing, deadly, tally, {}))
    paths, alone = _alone(listing)
    assert found == paths
    assert tally.files == alone.files


def test_a_child_that_fails_says_nothing_of_its_own(listing: Listing, capfd: pytest.CaptureFixture[str]) -> None:
    def failing(items: Iterable[Item], tally: Tally) -> Iterator[Suspect]:
        for suspect in sift(items, tally):
            if os.getpid() != PARENT:
                raise RuntimeError
            yield suspect

    assert sorted(one.blob.path for one in sifted_in_two(listing, failing, Tally(), {})) == _alone(listing)[0]
    assert capfd.readouterr() == ("", "")


def test_a_scan_that_stops_early_leaves_no_process(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    fork = os.fork

    def noted() -> int:
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(os, "fork", noted)
    found = sifted_in_two(listing, sift, Tally(), {})
    next(found)
    found.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(made[0], os.WNOHANG)


def test_progress_hears_of_the_files_of_both(listing: Listing) -> None:
    heard: list[int] = []

    def patient(items: Iterable[Item], tally: Tally) -> Iterator[Suspect]:
        return sift(items if os.getpid() == PARENT else (), tally)

    list(sifted_in_two(listing, patient, Tally(), {}, heard.append))
    assert len(listing) - listing.STRETCH <= sum(heard) < len(listing)


def test_members_of_an_archive_are_named_by_the_archive(listing: Listing) -> None:
    assert listing.named({"b.bin!inner/a!b.txt"}) == [b"b.bin"]
