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

import pytest

from scanner.containers.archive import Member, Refused, is_container, members

CHILD = """
import gzip, resource
from scanner.containers.archive import members
bomb = gzip.compress(bytes(150_000_000), 1)
resource.setrlimit(resource.RLIMIT_AS, (600_000_000,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
print([item.reason for item in members("bomb", bomb) if hasattr(item, "reason")])
"""


def zipped(name: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return held.getvalue()


def test_a_zip_member_is_named_after_its_archive() -> None:
    assert list(members("o", zipped("a", b"x"))) == [Member(path="o!a", data=b"x")]


@pytest.mark.parametrize(
    "data", [gzip.compress(b"x"), bz2.compress(b"x"), lzma.compress(b"x")], ids=["gzip", "bzip2", "xz"]
)
def test_a_compressed_stream_is_read_whole(data: bytes) -> None:
    assert is_container("o", data[:512])
    assert [item.data for item in members("o", data) if isinstance(item, Member)] == [b"x"]


def test_a_tar_link_is_not_followed() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        link = tarfile.TarInfo("/etc/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        plain = tarfile.TarInfo("a")
        plain.size = 1
        archive.addfile(plain, io.BytesIO(b"x"))
    assert list(members("o", held.getvalue())) == [Member(path="o!a", data=b"x")]


def test_a_truncated_zip_is_refused() -> None:
    assert [type(item) for item in members("o", zipped("a", b"x")[:-9])] == [Refused]


def test_nesting_stops_at_the_depth_limit() -> None:
    data = zipped("1", zipped("2", zipped("3", b"x")))
    assert list(members("o", data)) == [Refused(path="o!1!2", reason="nested too deep")]


def test_a_bomb_is_refused_within_memory_and_processor_limits() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert "too much data unpacked" in done.stdout
