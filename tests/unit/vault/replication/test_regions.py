"""A region is told that it is enabled or not; until it has answered, that is what its status says."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.testing.regions import EAST, WEST
from tests.unit.vault.replication.conftest import Deployment


def _status(deployment: Deployment) -> str:
    account = deployment.client(service="account")
    return str(account.get_region_opt_status(RegionName=WEST)["RegionOptStatus"])


@pytest.fixture
def disabling(deployment: Deployment) -> Deployment:
    """A deployment whose west does not answer and is to be disabled."""
    deployment.cut.add(WEST)
    deployment.client(service="account").disable_region(RegionName=WEST)
    deployment.replicate()
    return deployment


def test_a_region_that_does_not_answer_is_being_disabled(disabling: Deployment) -> None:
    assert _status(disabling) == "DISABLING"
    disabling.cut.clear()
    disabling.pass_time(seconds=31)
    disabling.replicate()
    assert _status(disabling) == "DISABLED"


@pytest.mark.shows("account:EnableRegion", errors=("ConflictException",))
def test_a_region_that_is_being_disabled_cannot_be_enabled(disabling: Deployment) -> None:
    with pytest.raises(ClientError) as raised:
        disabling.client(service="account").enable_region(RegionName=WEST)
    assert raised.value.response["Error"]["Code"] == "ConflictException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.shows("account:DisableRegion", errors=("ConflictException",))
def test_a_region_that_is_being_enabled_cannot_be_disabled(disabling: Deployment) -> None:
    disabling.cut.clear()
    disabling.pass_time(seconds=31)
    disabling.replicate()
    disabling.cut.add(WEST)
    account = disabling.client(service="account")
    account.enable_region(RegionName=WEST)
    assert _status(disabling) == "ENABLING"
    with pytest.raises(ClientError, match="ConflictException"):
        account.disable_region(RegionName=WEST)


def test_a_region_that_is_disabled_keeps_what_it_holds(deployment: Deployment) -> None:
    deployment.client(WEST).create_secret(Name="kept", SecretString="v")
    account = deployment.client(service="account")
    account.disable_region(RegionName=WEST)
    deployment.replicate()
    with pytest.raises(ClientError, match="valid region"):
        deployment.value("kept", WEST)
    account.enable_region(RegionName=WEST)
    deployment.replicate()
    assert deployment.value("kept", WEST) == "v"


def test_a_replica_in_a_disabled_region_may_be_removed(deployment: Deployment) -> None:
    client = deployment.client()
    client.create_secret(Name="s", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    deployment.client(service="account").disable_region(RegionName=WEST)
    client.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    deployment.replicate()
    with deployment.vault.regions[WEST].store.transaction() as tx:
        assert tx.secrets.arns(after="", limit=1) == []


def test_what_was_removed_is_remembered_until_no_old_message_can_come(deployment: Deployment) -> None:
    client = deployment.client()
    client.create_secret(Name="s", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    client.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    deployment.replicate()
    store = deployment.vault.regions[WEST].store
    with store.transaction() as tx:
        assert [kind for _, _, kind in tx.replication.places()] == ["gone"]
    deployment.pass_time(minutes=16)
    deployment.vault.regions[WEST].shipper.run_due()
    with store.transaction() as tx:
        assert list(tx.replication.places()) == []


def test_events_of_regions_are_the_account_services(deployment: Deployment) -> None:
    deployment.client(service="account").list_regions()
    events = deployment.client(EAST, "cloudtrail").lookup_events()["Events"]
    assert ("account.amazonaws.com", "ListRegions") in {(each["EventSource"], each["EventName"]) for each in events}
