"""Each region is backed up by itself; all of them restored make the deployment again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.kernel.errors import UsageError
from tests.contract.backup.conftest import NOW, Machine
from tests.testing.regions import EAST, WEST
from vault.backup.make import Listeners, make_backup
from vault.backup.restore import restore_backup
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.initialise import NewStore, initialise, write_profile


@pytest.fixture
def two(tmp_path: Path) -> DataDir:
    """A vault of two regions, and a secret replicated from the one to the other."""
    place = DataDir(path=tmp_path / "two")
    initialise(place, NewStore(account_id="123456789012", regions=(EAST, WEST)), NOW)
    with closing(open_vault(place)) as vault:
        replicas = [{"Region": WEST}]
        vault.client("secretsmanager").create_secret(Name="app/db", SecretString="v", AddReplicaRegions=replicas)
        vault.replicate()
    return place


def test_where_there_are_several_regions_one_must_be_named(two: DataDir, tmp_path: Path) -> None:
    for region in (None, "ap-south-1"):
        with pytest.raises(UsageError) as refused:
            make_backup(two, tmp_path / "b", NOW, Listeners(), region=region)
        assert refused.value.hint == f"--region {EAST}|{WEST}"
        assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("order", [(EAST, WEST), (WEST, EAST)])
def test_all_regions_restored_are_the_deployment_again(two: DataDir, tmp_path: Path, order: tuple[str, str]) -> None:
    for region in order:
        make_backup(two, tmp_path / region, NOW, Listeners(), region=region)
    elsewhere = Machine(place=DataDir(path=tmp_path / "elsewhere"))
    elsewhere.place.path.mkdir(mode=0o700)
    (elsewhere.place.path / "root.key").write_bytes(two.root_key.read_bytes())
    (elsewhere.place.path / "root.key").chmod(0o600)
    for region in order:
        restore_backup(elsewhere.place, tmp_path / region, NOW)
    with elsewhere.opened() as vault:
        vault.client("secretsmanager").put_secret_value(SecretId="app/db", SecretString="next")
        vault.replicate()
        west = vault.client("secretsmanager", region=WEST)
        assert west.get_secret_value(SecretId="app/db")["SecretString"] == "next"
    assert elsewhere.faults() == []


def test_a_region_that_was_made_since_the_backup_stays(tmp_path: Path) -> None:
    place = DataDir(path=tmp_path / "one")
    initialise(place, NewStore(account_id="123456789012", regions=(EAST,)), NOW)
    make_backup(place, tmp_path / "b", NOW, Listeners())
    with closing(open_vault(place)) as vault:
        write_profile(place, vault.operator, replace(place.layout(), regions=(EAST, WEST)))
    restore_backup(place, tmp_path / "b", NOW)
    assert place.layout().regions == (EAST, WEST)
