"""What may be uploaded as the code of a function."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.function_code import MOST_FILES, MOST_UNZIPPED, MOST_ZIPPED, check_code
from vault.domain.function_errors import InvalidFunctionParameter


def _zip(fill: Callable[[zipfile.ZipFile], object]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        fill(archive)
    return content.getvalue()


def _named(name: str) -> bytes:
    return _zip(lambda archive: archive.writestr(name, "x"))


def _of_kind(kind: int) -> bytes:
    member = zipfile.ZipInfo("link")
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    return _zip(lambda archive: archive.writestr(member, "/etc/passwd"))


def _claiming(size: int) -> bytes:
    """Return a zip whose directory says that its one member is that large."""
    made = bytearray(_named("bomb"))
    place = made.index(b"PK\x01\x02")
    struct.pack_into("<I", made, place + 24, size)
    return bytes(made)


def test_plain_files_and_folders_are_taken() -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("function.py", "x")
        archive.writestr("folder/", "")
        archive.writestr("folder/..dots../file", "x")
        archive.writestr(zipfile.ZipInfo("made-on-windows"), "x")

    check_code(_zip(fill))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (b"", "must be a non-empty zip"),
        (b"PK", "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (b"\x7fELF" * 100, "Could not unzip"),
        (_zip(lambda _: None), "must be a non-empty zip"),
        (_named("/etc/cron.d/mine"), "outside of it"),
        (_named("../mine"), "outside of it"),
        (_named("a/../../mine"), "outside of it"),
        (_named("..\\mine"), "outside of it"),
        (_named("C:\\mine"), "outside of it"),
        (_of_kind(stat.S_IFLNK), "no plain file"),
        (_of_kind(stat.S_IFIFO), "no plain file"),
        (_of_kind(stat.S_IFCHR), "no plain file"),
        (_of_kind(stat.S_IFSOCK), "no plain file"),
        (_claiming(MOST_UNZIPPED), f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes"),
        (_zip(lambda archive: [archive.writestr(f"{each}", "") for each in range(MOST_FILES + 1)]), "more than"),
    ],
)
def test_what_would_do_more_than_write_files_below_is_refused(code: bytes, told: str) -> None:
    with pytest.raises(InvalidFunctionParameter, match=told.replace(".", r"\.")):
        check_code(code)


def test_a_zip_that_is_too_large_is_not_even_opened() -> None:
    with pytest.raises(InvalidFunctionParameter, match="Zipped size"):
        check_code(bytes(MOST_ZIPPED + 1))


def test_encrypted_members_are_refused() -> None:
    made = bytearray(_named("secret.py"))
    place = made.index(b"PK\x01\x02")
    made[place + 8] |= 1
    with pytest.raises(InvalidFunctionParameter, match="encrypted"):
        check_code(bytes(made))


@given(st.binary(max_size=400), st.integers(0, 300))
def test_whatever_the_bytes_are_they_are_taken_or_refused(noise: bytes, at: int) -> None:
    whole = _named("function.py")
    for code in (noise, whole[:at], whole[:at] + noise + whole[at:]):
        try:
            check_code(code)
        except InvalidFunctionParameter:
            continue
