"""A data directory of several regions: made at once or region by region, whole or not at all."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strongroom.kernel.errors import UsageError, VaultUnavailable
from tests.testing.regions import EAST, WEST, statuses
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.deployment import add_region, invitation, write_invitation
from vault.initialise import Invitation, NewStore, initialise
from vault.storage import store as storing

ACCOUNT = "123456789012"
NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path: Path) -> DataDir:
    """A data directory of one region."""
    made = DataDir(path=tmp_path / "vault")
    initialise(made, NewStore(account_id=ACCOUNT, regions=(EAST,)), NOW)
    return made


def test_a_region_is_made_later_and_replicated_to(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        vault.client("secretsmanager").create_secret(Name="s", SecretString="v")
    add_region(place, WEST, NOW)
    with closing(open_vault(place)) as vault:
        client = vault.client("secretsmanager")
        client.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": WEST}])
        vault.replicate()
        assert statuses(client, "s")[WEST][0] == "InSync"


def test_who_signs_in_one_region_signs_in_one_that_was_made_later(place: DataDir) -> None:
    add_region(place, WEST, NOW)
    with closing(open_vault(place)) as vault:
        assert vault.client("secretsmanager", region=WEST).list_secrets()["SecretList"] == []
        assert vault.client("sts", region=WEST).get_caller_identity()["Account"] == ACCOUNT


def test_a_region_that_is_there_is_not_made_again(place: DataDir) -> None:
    with pytest.raises(UsageError, match="holds us-east-1 already"):
        add_region(place, EAST, NOW)


@pytest.mark.parametrize("name", ["mars", "EU-WEST-1", "../eu-west-1", ""])
def test_what_is_no_regions_name_is_refused(place: DataDir, name: str) -> None:
    with pytest.raises(UsageError, match="is not a region name"):
        add_region(place, name, NOW)


def test_a_region_that_could_not_be_made_leaves_nothing(place: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(each.name for each in place.path.iterdir() if not each.name.startswith("store.db-"))
    profile = place.operator.read_bytes()

    def full(*_: object) -> None:
        raise VaultUnavailable("no room")

    monkeypatch.setattr("vault.deployment.write_profile", full)
    with pytest.raises(VaultUnavailable):
        add_region(place, WEST, NOW)
    assert sorted(each.name for each in place.path.iterdir() if not each.name.startswith("store")) == [
        each for each in before if not each.startswith("store")
    ]
    assert not place.file_of(WEST, place.layout()).exists()
    assert place.operator.read_bytes() == profile


def test_a_vault_of_two_regions_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = storing.Store.create.__func__  # type: ignore[attr-defined]

    def second_fails(kind: type[storing.Store], database: str, *rest: object) -> storing.Store:
        if WEST in str(database):
            raise VaultUnavailable("no room")
        made: storing.Store = create(kind, database, *rest)
        return made

    monkeypatch.setattr(storing.Store, "create", classmethod(second_fails))
    place = DataDir(path=tmp_path / "vault")
    with pytest.raises(VaultUnavailable):
        initialise(place, NewStore(account_id=ACCOUNT, regions=(EAST, WEST)), NOW)
    assert not any(each.suffix in (".db", ".key", ".json") for each in place.path.iterdir())


def test_an_invitation_is_written_for_its_owner_only(place: DataDir, tmp_path: Path) -> None:
    with closing(open_vault(place)) as vault:
        made = invitation(vault.store, ACCOUNT, vault.home)
    write_invitation(made, tmp_path / "invitation.json")
    assert (tmp_path / "invitation.json").stat().st_mode & 0o777 == 0o600
    assert Invitation.load(tmp_path / "invitation.json") == made
    assert made.secret.reveal_text() not in repr(made)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", json.dumps({"account_id": ACCOUNT}).encode()])
def test_a_file_that_is_no_invitation_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.json is no invitation"):
        Invitation.load(tmp_path / "x.json")


def test_a_region_that_joins_is_of_the_deployments_account(place: DataDir, tmp_path: Path) -> None:
    with closing(open_vault(place)) as vault:
        joins = invitation(vault.store, ACCOUNT, vault.home)
    with pytest.raises(UsageError, match="the deployment is of account 123456789012"):
        initialise(
            DataDir(path=tmp_path / "west"), NewStore(account_id="210987654321", regions=(WEST,), joins=joins), NOW
        )


def test_a_region_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="named twice"):
        initialise(DataDir(path=tmp_path / "vault"), NewStore(account_id=ACCOUNT, regions=(EAST, EAST)), NOW)


def test_a_peer_that_is_served_here_is_refused(place: DataDir) -> None:
    with pytest.raises(UsageError, match="us-east-1 is served here"):
        open_vault(place, peers={EAST: "https://vault.example.com"})
