"""A replication credential is renewed: in one folder at once, at several sites step by step; replication goes on."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.errors import UsageError
from tests.testing.regions import EAST, WEST, statuses
from vault import renewal
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.deployment import add_region, invitation
from vault.domain.reply import Reply
from vault.initialise import Invitation, NewStore, initialise
from vault.services.keyring import Keyring
from vault.services.messages import find_credential, find_identities
from vault.services.shipping import Shipment

ACCOUNT = "123456789012"


@pytest.fixture
def place(tmp_path: Path) -> DataDir:
    """A data directory of two regions."""
    made = DataDir(path=tmp_path / "vault")
    initialise(made, NewStore(account_id=ACCOUNT, regions=(EAST, WEST)), datetime.now(UTC))
    return made


def _stores(vault: Vault) -> dict[str, Any]:
    return {name: region.store for name, region in vault.regions.items()}


def _ids(vault: Vault, region: str) -> list[str]:
    with vault.regions[region].store.transaction() as tx:
        return [each.access_key_id for each in find_identities(tx, ACCOUNT)]


def _sends(vault: Vault, region: str) -> str:
    store = vault.regions[region].store
    with store.transaction() as tx:
        found = find_credential(tx, Keyring(store), ACCOUNT)
    assert found is not None
    return found.access_key_id


def _replicates(vault: Vault, name: str) -> None:
    client = vault.client("secretsmanager", region=EAST)
    client.create_secret(Name=name, SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    vault.replicate()
    assert statuses(client, name)[WEST][0] == "InSync"


def test_regions_of_one_folder_go_on_with_the_new_credential_and_take_no_other(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        before = invitation(vault.store, ACCOUNT, vault.home)
        made = renewal.draw(_stores(vault), ACCOUNT, vault.home)
        renewal.keep(_stores(vault), made)
        assert renewal.finish(_stores(vault), ACCOUNT) == 2
        assert _ids(vault, EAST) == _ids(vault, WEST) == [made.access_key_id]
        assert before.access_key_id != made.access_key_id
        _replicates(vault, "s")


@pytest.mark.parametrize("step", ["kept here", "taken there", "finished here"])
def test_replication_goes_on_at_every_step(place: DataDir, step: str) -> None:
    """The regions stand for two sites: the east begins, the west takes."""
    with closing(open_vault(place)) as vault:
        stores = _stores(vault)
        east, west = {EAST: stores[EAST]}, {WEST: stores[WEST]}
        old = _sends(vault, EAST)
        made = renewal.draw(east, ACCOUNT, vault.home)
        renewal.keep(east, made)
        assert _sends(vault, EAST) == old
        if step != "kept here":
            renewal.take(west, ACCOUNT, vault.home, made)
            assert _sends(vault, WEST) == made.access_key_id
        if step == "finished here":
            renewal.finish(east, ACCOUNT)
            assert _sends(vault, EAST) == made.access_key_id
        _replicates(vault, "s")
        vault.client("secretsmanager", region=WEST).stop_replication_to_replica(SecretId="s")
        vault.replicate()
        assert statuses(vault.client("secretsmanager", region=EAST), "s") == {}


def test_what_the_old_credential_signed_is_refused_once_it_is_dropped(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        sent: list[Shipment] = []
        shipper = vault.regions[EAST].shipper
        send = shipper._send

        def watched(shipment: Shipment) -> Reply:
            sent.append(shipment)
            return send(shipment)

        shipper._send = watched
        _replicates(vault, "s")
        renewal.keep(_stores(vault), renewal.draw(_stores(vault), ACCOUNT, vault.home))
        assert vault.regions[EAST].links.send(sent[0]).outcome == "Applied"
        renewal.finish(_stores(vault), ACCOUNT)
        assert vault.regions[EAST].links.send(sent[0]).outcome == "Refused"


def test_one_renewal_at_a_time(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        renewal.keep(_stores(vault), renewal.draw(_stores(vault), ACCOUNT, vault.home))
        with pytest.raises(UsageError, match="an earlier renewal is not finished"):
            renewal.draw(_stores(vault), ACCOUNT, vault.home)
        renewal.finish(_stores(vault), ACCOUNT)
        assert renewal.finish(_stores(vault), ACCOUNT) == 0


def test_no_region_joins_while_it_is_renewed(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        renewal.keep(_stores(vault), renewal.draw(_stores(vault), ACCOUNT, vault.home))
        with pytest.raises(UsageError, match="an earlier renewal is not finished"):
            invitation(vault.store, ACCOUNT, vault.home)
    with pytest.raises(UsageError, match="an earlier renewal is not finished"):
        add_region(place, "ap-south-1", datetime.now(UTC))
    assert place.layout().regions == (EAST, WEST)


@pytest.mark.parametrize("other", [{"account_id": "210987654321"}, {"home": "ap-south-1"}])
def test_a_credential_of_another_deployment_is_not_taken(place: DataDir, other: dict[str, str]) -> None:
    with closing(open_vault(place)) as vault:
        made = renewal.draw(_stores(vault), ACCOUNT, vault.home)
        told = {"account_id": ACCOUNT, "home": vault.home, **other}
        given = Invitation(**told, access_key_id=made.access_key_id, secret=made.secret)
        with pytest.raises(UsageError, match="not of this one"):
            renewal.take(_stores(vault), ACCOUNT, vault.home, given)


def test_a_region_that_joins_after_it_gets_the_new_credential(place: DataDir) -> None:
    with closing(open_vault(place)) as vault:
        made = renewal.draw(_stores(vault), ACCOUNT, vault.home)
        renewal.keep(_stores(vault), made)
        renewal.finish(_stores(vault), ACCOUNT)
        assert invitation(vault.store, ACCOUNT, vault.home).access_key_id == made.access_key_id
