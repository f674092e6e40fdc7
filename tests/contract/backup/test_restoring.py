"""What was backed up comes back whole, on whichever database, and loses nothing that stands there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from strongroom.kernel.errors import CheckFailed, UsageError, VaultUnavailable
from tests.contract.backup.conftest import NOW, Machine
from vault.config import DataDir
from vault.domain.errors import Sealed
from vault.initialise import NewStore, initialise
from vault.seal.file import ROOT_KEY_FILE, create_root_key


def _carry_root_key(machine: Machine, elsewhere: Machine) -> None:
    elsewhere.place.path.mkdir(mode=0o700)
    shutil.copy2(machine.place.root_key, elsewhere.place.root_key)


def test_an_empty_machine_with_the_root_key_gets_the_whole_store(
    machine: Machine, elsewhere: Machine, file: Path
) -> None:
    made = machine.backup(file)
    _carry_root_key(machine, elsewhere)
    assert elsewhere.restore(file) == made
    assert elsewhere.names() == ["app/db", "app/other"]
    assert elsewhere.value("app/db") == "two"
    assert elsewhere.value("app/db", VersionStage="AWSPREVIOUS") == "one"
    assert elsewhere.value("app/other") == "three"
    assert elsewhere.faults() == []
    elsewhere.create("app/new", "four")
    assert elsewhere.faults() == []


def test_a_later_state_replaces_an_earlier_one_of_the_same_store(
    machine: Machine, elsewhere: Machine, file: Path, tmp_path: Path
) -> None:
    machine.backup(file)
    _carry_root_key(machine, elsewhere)
    # An earlier state without the event of a restore, as a machine has it that was copied.
    elsewhere.restore(file)
    later = tmp_path / "later.backup"
    elsewhere.create("app/later", "five")
    elsewhere.backup(later)
    machine.restore(later)
    assert machine.value("app/later") == "five"
    assert machine.faults() == []


def test_a_restore_is_recorded(machine: Machine, file: Path) -> None:
    machine.backup(file)
    machine.restore(file)
    with machine.opened() as vault:
        attribute = {"AttributeKey": "EventName", "AttributeValue": "RestoreBackup"}
        (event,) = vault.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    assert json.loads(event["CloudTrailEvent"])["serviceEventDetails"]["older"] is False


def test_what_was_recorded_since_is_not_lost_unasked(machine: Machine, file: Path) -> None:
    machine.backup(file)
    machine.create("app/since", "six")
    with pytest.raises(CheckFailed, match="older than what stands in") as refused:
        machine.restore(file)
    assert "--allow-older" in refused.value.hint
    assert machine.value("app/since") == "six"


def test_an_older_state_is_restored_when_that_is_asked_for(machine: Machine, file: Path) -> None:
    machine.backup(file)
    machine.create("app/since", "six")
    machine.restore(file, older=True)
    assert machine.names() == ["app/db", "app/other"]
    assert machine.faults() == []


def test_a_signed_digest_that_knows_more_is_heeded(machine: Machine, file: Path, tmp_path: Path) -> None:
    machine.backup(file)
    machine.create("app/since", "six")
    with machine.opened() as vault:
        vault.digests(tmp_path / "digests").keep(vault.store, NOW)
    shutil.rmtree(machine.place.path / "digests", ignore_errors=True)
    with pytest.raises(CheckFailed, match="older than the signed digest") as refused:
        machine.restore(file, digests=tmp_path / "digests")
    assert "--allow-older" in refused.value.hint


def test_another_root_key_is_refused(machine: Machine, elsewhere: Machine, file: Path) -> None:
    machine.backup(file)
    elsewhere.place.path.mkdir(mode=0o700)
    create_root_key(elsewhere.place.path / ROOT_KEY_FILE)
    with pytest.raises(Sealed, match=r"not the one that .*today\.backup was made with"):
        elsewhere.restore(file)
    assert not elsewhere.place.initialised


def test_without_the_root_key_nothing_is_restored(machine: Machine, elsewhere: Machine, file: Path) -> None:
    machine.backup(file)
    with pytest.raises(Sealed, match=r"root\.key cannot be read"):
        elsewhere.restore(file)


def test_another_store_is_left_alone(machine: Machine, elsewhere: Machine, file: Path) -> None:
    machine.backup(file)
    initialise(elsewhere.place, NewStore(account_id="123456789012", regions=("us-east-1",)), NOW)
    elsewhere.create("theirs", "seven")
    # Somebody who mixed two machines up carries the other's root key here.
    shutil.copy2(machine.place.root_key, elsewhere.place.root_key)
    before = elsewhere.place.operator.read_bytes()
    with pytest.raises(UsageError, match="holds another store"):
        elsewhere.restore(file, older=True)
    assert elsewhere.place.operator.read_bytes() == before


def test_a_file_that_is_no_store_is_in_the_way_and_named(machine: Machine, elsewhere: Machine, file: Path) -> None:
    machine.backup(file)
    _carry_root_key(machine, elsewhere)
    if elsewhere.place.store:
        # In a database nothing is in the way but a store.
        elsewhere.restore(file)
        return
    elsewhere.place.file.write_bytes(b"")
    with pytest.raises(VaultUnavailable, match="is not a store") as refused:
        elsewhere.restore(file)
    assert refused.value.hint == f"move {elsewhere.place.file} away, then run this again"
    assert not elsewhere.place.initialised


def test_a_refused_restore_leaves_an_empty_folder_empty(
    machine: Machine, new_machine: Callable[[str, str], Machine], file: Path
) -> None:
    machine.backup(file)
    other = new_machine("other", "postgresql")
    initialise(other.place, NewStore(account_id="123456789012", regions=("us-east-1",)), NOW)
    folder = file.parent / "beside"
    beside = Machine(place=DataDir(path=folder, store=other.place.store))
    folder.mkdir(mode=0o700)
    shutil.copy2(machine.place.root_key, folder / ROOT_KEY_FILE)
    with pytest.raises(UsageError, match="the database holds another store"):
        beside.restore(file)
    assert [each.name for each in folder.iterdir()] == [ROOT_KEY_FILE]


def test_a_log_that_a_lost_file_left_behind_gets_into_nothing(
    machine: Machine, new_machine: Callable[[str, str], Machine], file: Path
) -> None:
    machine.backup(file)
    elsewhere = new_machine("second", "sqlite")
    _carry_root_key(machine, elsewhere)
    elsewhere.restore(file)
    with elsewhere.opened() as vault:
        vault.client("secretsmanager").create_secret(Name="lost", SecretString="v")
        # The machine loses its power here, and somebody removes the file, but not what lies beside it.
        beside = elsewhere.place.file.with_name("store.db-wal")
        left = beside.read_bytes()
        assert left
    elsewhere.place.file.unlink()
    beside.write_bytes(left)
    elsewhere.restore(file)
    assert elsewhere.names() == ["app/db", "app/other"]
    assert elsewhere.faults() == []
