"""Archives are read in memory, and a hostile one is refused within its limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from scanner.containers.archive import Limits, Member, Refused, members
from scanner.containers.kinds import archive_kind

_ROOT = Path(__file__).parents[4]
_CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
import bz2, gzip, lzma, resource
from scanner.containers.archive import members
pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[sys.argv[1]]
bomb = pack(bytes(150_000_000))
resource.setrlimit(resource.RLIMIT_AS, (500_000_000,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
print([item.reason for item in members("bomb", bomb) if hasattr(item, "reason")])
"""


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


STREAMS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def test_a_zip_member_is_named_after_its_archive() -> None:
    assert list(members("o.zip", zipped({"a/b": b"x"}))) == [Member(path="o.zip!a/b", data=b"x")]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_a_compressed_file_is_named_without_its_ending(kind: str) -> None:
    data = STREAMS[kind](b"x")
    assert archive_kind(data) == kind
    assert list(members(f"in/dump.sql.{kind}", data)) == [Member(path=f"in/dump.sql.{kind}!dump.sql", data=b"x")]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_streams_one_after_another_are_read_to_the_end(kind: str) -> None:
    data = STREAMS[kind](b"one ") + STREAMS[kind](b"two")
    assert [item.data for item in members("o", data) if isinstance(item, Member)] == [b"one two"]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_a_stream_that_follows_and_is_damaged_is_said(kind: str) -> None:
    first, second = STREAMS[kind](b"one "), STREAMS[kind](b"two")
    middle = len(second) // 2
    broken = second[:middle] + bytes([second[middle] ^ 0xFF]) + second[middle + 1 :]
    found = list(members("o", first + broken))
    assert [item.data for item in found if isinstance(item, Member)] == [b"one "]
    assert [item.reason for item in found if isinstance(item, Refused)] == ["damaged archive"]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_what_follows_a_stream_and_is_none_is_passed_over(kind: str) -> None:
    found = list(members("o", STREAMS[kind](b"one ") + b"padding of a tape"))
    assert [item.data for item in found if isinstance(item, Member)] == [b"one "]
    assert not [item for item in found if isinstance(item, Refused)]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_a_compressed_tar_is_one_archive(kind: str) -> None:
    data = STREAMS[kind](tarred({"a": b"x"}))
    assert list(members("o", data)) == [Member(path="o!a", data=b"x")]


def test_a_tar_link_is_not_followed() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("/etc/link")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
        plain = tarfile.TarInfo("a")
        plain.size = 1
        archive.addfile(plain, io.BytesIO(b"x"))
    assert list(members("o", held.getvalue())) == [Member(path="o!a", data=b"x")]


def test_a_damaged_archive_is_refused() -> None:
    assert [type(item) for item in members("o", zipped({"a": b"x"})[:-9])] == [Refused]


@pytest.mark.parametrize("kind", list(STREAMS))
def test_what_a_damaged_stream_held_so_far_stands(kind: str) -> None:
    drawn = b"".join(b"%d " % (number * number) for number in range(100_000))
    data = STREAMS[kind](drawn)
    found = list(members("o", data[: len(data) - 40]))
    assert [item.reason for item in found if isinstance(item, Refused)] == ["damaged archive"]


def test_a_member_with_a_password_is_refused_and_its_neighbours_are_read() -> None:
    data = bytearray(zipped({"a": b"x", "b": b"y"}))
    central = data.find(b"PK\1\2")
    data[central + 8] |= 1
    found = list(members("o", bytes(data)))
    assert [type(item) for item in found] == [Refused, Member]


def test_nesting_stops_at_the_depth_limit() -> None:
    data = zipped({"1": zipped({"2": zipped({"3": b"x"})})})
    assert list(members("o", data)) == [Refused(path="o!1!2", reason="archive nested too deep")]


def test_names_of_members_stay_names() -> None:
    files = {"../../etc/passwd": b"1", "/abs": b"2", "a\nb": b"3", "\x1b[31m": b"4", "-rf": b"5"}
    assert {item.path for item in members("o", tarred(files))} == {f"o!{name}" for name in files}


def test_too_many_members_are_refused_and_the_first_stand() -> None:
    files = {str(number): b"x" for number in range(20)}
    found = list(members("o", zipped(files), Limits(members=5)))
    assert [type(item) for item in found] == [Member] * 5 + [Refused]
    assert isinstance(found[-1], Refused)
    assert found[-1].hostile


def test_what_unpacks_to_far_more_than_it_is_is_refused() -> None:
    found = list(members("o", zipped({str(n): bytes(4_000_000) for n in range(20)})))
    assert isinstance(found[-1], Refused)
    assert found[-1].hostile
    assert len(found) < 10


def test_members_that_share_their_bytes_are_bounded_together() -> None:
    data = zipped({"a": bytes(3_000_000)})
    central, end = data.find(b"PK\1\2"), data.find(b"PK\5\6")
    entry = data[central:end]
    overlapping = data[:central] + entry * 500 + data[end : end + 8]
    overlapping += (500).to_bytes(2, "little") * 2 + (len(entry) * 500).to_bytes(4, "little") + data[end + 16 :]
    found = list(members("o", overlapping))
    assert isinstance(found[-1], Refused)
    assert sum(len(item.data) for item in found if isinstance(item, Member)) <= 5_000_000


def test_a_member_larger_than_a_file_may_be_is_left_out() -> None:
    drawn = b"".join(b"%d " % (number * number) for number in range(600_000))
    assert [type(item) for item in members("o", zipped({"a": drawn, "b": b"x"}))] == [Refused, Member]


def test_a_sparse_file_is_not_filled_in() -> None:
    head = tarfile.TarInfo("sparse")
    head.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(head.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"%011o\0" % (1 << 32)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert list(members("o", bytes(block) + bytes(1024))) == []


@pytest.mark.parametrize("kind", list(STREAMS))
def test_a_bomb_is_refused_within_memory_and_processor_limits(kind: str) -> None:
    command = [sys.executable, "-I", "-c", _CHILD, kind, str(_ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "larger than 5 MB" in done.stdout or "unpacks to more" in done.stdout
