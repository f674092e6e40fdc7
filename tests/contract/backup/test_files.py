"""The file of a backup: private, sealed, there as a whole or not at all, refused when one byte is not as it was."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from strongroom.kernel.errors import CheckFailed, UsageError
from tests.contract.backup.conftest import NOW, Machine
from tests.testing.leaks import leaks
from vault.backup.archive import write_archive
from vault.backup.header import Header
from vault.domain.errors import Sealed, UnsupportedSchema
from vault.storage.engine import connect


def test_it_is_private_and_nothing_else_is_left(machine: Machine, file: Path) -> None:
    machine.backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.glob(".today*")] == []
    assert [each.name for each in machine.place.path.glob(".tried*")] == []


def test_it_shows_no_name_value_or_access_key(machine: Machine, file: Path) -> None:
    machine.backup(file)
    with machine.opened() as vault:
        told = [vault.operator.access_key_id.encode(), vault.operator.secret.reveal(), b"app/db", b"app/other"]
    assert leaks(told, file.read_bytes()) == []


def test_a_file_that_exists_is_left_alone(machine: Machine, file: Path) -> None:
    file.write_text("theirs")
    with pytest.raises(UsageError, match="exists already"):
        machine.backup(file)
    assert file.read_text() == "theirs"


def test_a_store_that_was_tampered_with_is_not_backed_up(machine: Machine, file: Path) -> None:
    engine = connect(machine.place.database)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM versions WHERE arn LIKE '%other%'"))
    engine.dispose()
    with pytest.raises(CheckFailed, match="tampered with before it was backed up"):
        machine.backup(file)
    assert not file.exists()
    assert list(file.parent.glob(".today*")) == []


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(machine: Machine, file: Path, part: float) -> None:
    machine.backup(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises((CheckFailed, UsageError)):
        machine.restore(file, older=True)
    assert machine.faults() == []


def test_a_changed_byte_behind_the_header_is_refused(machine: Machine, file: Path) -> None:
    machine.backup(file)
    whole = bytearray(file.read_bytes())
    whole[-100] ^= 1
    file.write_bytes(whole)
    with pytest.raises(CheckFailed, match="is damaged"):
        machine.restore(file, older=True)


@pytest.mark.parametrize(
    "changes", [{"store": "another"}, {"salt": "00" * 32}, {"created": "2020-01-01T00:00:00+00:00"}]
)
def test_a_header_that_was_edited_is_refused(machine: Machine, file: Path, changes: dict[str, str]) -> None:
    machine.backup(file)
    line, rest = file.read_bytes().split(b"\n", 1)
    file.write_bytes(json.dumps({**json.loads(line), **changes}).encode() + b"\n" + rest)
    with pytest.raises(Sealed, match="first lines were changed"):
        machine.restore(file)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"SQLite format 3\0", b"[]\n00\n", b'{"format": "x"}\n00\n'])
def test_another_file_is_no_backup(machine: Machine, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(UsageError, match="no backup of a vault"):
        machine.restore(file)


def test_a_backup_of_a_newer_program_is_refused(machine: Machine, file: Path) -> None:
    with machine.opened() as vault, file.open("wb") as target, vault.store.snapshot() as tables:
        header = Header.new(store_id=vault.store.store_id, revision="9999", created=NOW, envelope=None)
        stream = header.write(target, vault.store.barrier)
        write_archive(target, stream, vault.operator.to_json(), tables, lambda _: None)
    with pytest.raises(UnsupportedSchema, match="revision 9999; this program knows"):
        machine.restore(file)
