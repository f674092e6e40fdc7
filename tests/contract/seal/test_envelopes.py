"""The envelope's file, whoever keeps the key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vault.domain.errors import Sealed
from vault.seal.base import Envelope

WHOLE = {"format": "strongroom-root-key-2", "keeper": "k", "store": "s", "parameters": {}, "wrapped": ""}


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "root-key.json"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_whole_envelope_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    envelope = Envelope(keeper="k", store_id="s", parameters={"a": 1}, wrapped=b"\x00\xff")
    envelope.write(tmp_path / "root-key.json")
    assert Envelope.read(tmp_path / "root-key.json") == envelope


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"{", b"null"])
def test_what_is_no_envelope_is_refused_by_the_files_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Sealed, match=r"root-key\.json is damaged; restore it from a backup"):
        Envelope.read(_written(tmp_path, content))


@pytest.mark.parametrize(
    "change", [{"format": "other"}, {"keeper": 3}, {"parameters": 3}, {"wrapped": "*"}, {"wrapped": 3}, {"store": None}]
)
def test_a_changed_member_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(Sealed, match="damaged"):
        Envelope.read(_written(tmp_path, json.dumps({**WHOLE, **change}).encode()))


def test_one_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, json.dumps(WHOLE).encode())
    path.chmod(0o644)
    with pytest.raises(Sealed, match="chmod 600"):
        Envelope.read(path)
