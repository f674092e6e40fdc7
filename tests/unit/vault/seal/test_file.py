"""The root key in a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from vault.domain.errors import Sealed
from vault.seal.file import create_root_key, load_root_key


def test_a_root_key_is_read_back(tmp_path: Path) -> None:
    key = create_root_key(tmp_path / "root.key")
    assert load_root_key(tmp_path / "root.key") == key
    assert len(key) == 32


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_root_key(tmp_path / "root.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "root.key").stat().st_mode) == 0o600


def test_a_root_key_is_never_overwritten(tmp_path: Path) -> None:
    create_root_key(tmp_path / "root.key")
    before = (tmp_path / "root.key").read_bytes()
    with pytest.raises(Sealed, match="never overwritten"):
        create_root_key(tmp_path / "root.key")
    assert (tmp_path / "root.key").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    create_root_key(tmp_path / "root.key")
    (tmp_path / "root.key").chmod(mode)
    with pytest.raises(Sealed, match="chmod 600"):
        load_root_key(tmp_path / "root.key")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Sealed, match=r"root\.key cannot be read"):
        load_root_key(tmp_path / "root.key")


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "root.key", 0o600)
    with pytest.raises(Sealed, match="not a regular file"):
        load_root_key(tmp_path / "root.key")


@pytest.mark.parametrize(
    "content", [b"", b"strongroom-root-key-1", b"strongroom-root-key-1 AAAA\n", b"other AAAA", b"\xff"]
)
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Sealed, match="does not hold a root key"):
        load_root_key(path)
