"""Replicas that fail: what their status says, what passes by itself, and what waits for a caller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.testing.regions import EAST, WEST
from tests.unit.vault.replication.conftest import SOUTH, Deployment
from vault.domain.replication import SUCCEEDED

IN_SYNC = ("InSync", SUCCEEDED)
TO_THE_WEST: dict[str, Any] = {"AddReplicaRegions": [{"Region": WEST}]}


def _create(deployment: Deployment, region: str = EAST, **more: Any) -> None:
    deployment.client(region).create_secret(Name="s", SecretString=f"of {region}", **more)
    deployment.replicate()


def test_a_secret_of_that_name_is_not_overwritten_unless_asked(deployment: Deployment) -> None:
    _create(deployment, WEST)
    _create(deployment, EAST, **TO_THE_WEST)
    failed = f"Replication failed: Secret name s already exists in region {WEST}."
    assert deployment.statuses("s") == {WEST: ("Failed", failed)}
    assert deployment.value("s", WEST) == f"of {WEST}"


def test_a_failure_over_a_name_waits_until_it_is_asked_for_again(deployment: Deployment) -> None:
    _create(deployment, WEST)
    _create(deployment, EAST, **TO_THE_WEST)
    deployment.client(WEST).delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    deployment.client().put_secret_value(SecretId="s", SecretString="two")
    deployment.pass_time(minutes=2)
    deployment.replicate()
    assert deployment.statuses("s")[WEST][0] == "Failed"
    deployment.client().replicate_secret_to_regions(SecretId="s", **TO_THE_WEST)
    deployment.replicate()
    assert deployment.value("s", WEST) == "two"


def test_a_secret_of_that_name_is_overwritten_where_asked(deployment: Deployment) -> None:
    _create(deployment, WEST)
    _create(deployment, EAST, **TO_THE_WEST, ForceOverwriteReplicaSecret=True)
    assert deployment.statuses("s") == {WEST: IN_SYNC}
    assert deployment.value("s", WEST) == f"of {EAST}"
    assert deployment.faults() == []


def test_a_secret_that_is_replicated_itself_is_never_overwritten(deployment: Deployment) -> None:
    _create(deployment, WEST, AddReplicaRegions=[{"Region": SOUTH}])
    _create(deployment, EAST, **TO_THE_WEST, ForceOverwriteReplicaSecret=True)
    assert deployment.statuses("s") == {
        WEST: ("Failed", f"Replication failed: Secret name s is currently replicated to {WEST} with a different arn.")
    }
    assert deployment.value("s", WEST) == f"of {WEST}"


def test_replication_to_a_region_that_nobody_serves_fails(deployment: Deployment) -> None:
    _create(deployment, AddReplicaRegions=[{"Region": "eu-north-1"}, {"Region": WEST}])
    assert deployment.statuses("s") == {
        "eu-north-1": (
            "Failed",
            "Replication failed: Region eu-north-1 is not enabled. Enable the Region, then retry replication.",
        ),
        WEST: IN_SYNC,
    }


def test_replication_goes_on_by_itself_once_the_region_is_enabled(deployment: Deployment) -> None:
    account = deployment.client(service="account")
    account.disable_region(RegionName=WEST)
    _create(deployment, **TO_THE_WEST)
    status, message = deployment.statuses("s")[WEST]
    assert (status, message.partition(".")[0]) == ("Failed", f"Replication failed: Region {WEST} is not enabled")
    account.enable_region(RegionName=WEST)
    deployment.replicate()
    assert deployment.statuses("s") == {WEST: IN_SYNC}


def test_a_region_that_does_not_answer_is_asked_about_one_secret_until_it_does(deployment: Deployment) -> None:
    deployment.cut.add(WEST)
    for number in range(5):
        deployment.client().create_secret(Name=f"n{number}", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    first = len(deployment.sent)
    for _ in range(3):
        deployment.pass_time(seconds=31)
        deployment.replicate()
    assert len(deployment.sent) == first + 3
    deployment.cut.clear()
    deployment.pass_time(seconds=31)
    deployment.replicate()
    assert all(deployment.statuses(f"n{number}") == {WEST: IN_SYNC} for number in range(5))


def test_a_key_that_is_not_there_fails_the_replica_and_not_the_call(deployment: Deployment) -> None:
    _create(deployment, AddReplicaRegions=[{"Region": WEST, "KmsKeyId": "alias/absent"}])
    status, message = deployment.statuses("s")[WEST]
    assert (status, "KMS key" in message) == ("Failed", True)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        deployment.value("s", WEST)


def test_replication_goes_on_by_itself_once_the_key_is_on_again(deployment: Deployment) -> None:
    kms = deployment.client(WEST, "kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    _create(deployment, AddReplicaRegions=[{"Region": WEST, "KmsKeyId": key}])
    assert deployment.statuses("s")[WEST][0] == "Failed"
    kms.enable_key(KeyId=key)
    deployment.pass_time(seconds=31)
    deployment.replicate()
    assert deployment.statuses("s") == {WEST: IN_SYNC}


def test_a_value_that_the_primarys_own_key_does_not_open_fails_the_replica(deployment: Deployment) -> None:
    kms = deployment.client(EAST, "kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    deployment.client().create_secret(Name="s", SecretString="v", KmsKeyId=key)
    kms.disable_key(KeyId=key)
    deployment.client().replicate_secret_to_regions(SecretId="s", **TO_THE_WEST)
    deployment.replicate()
    assert deployment.statuses("s") == {
        WEST: ("Failed", f"Replication failed: Secrets Manager can't decrypt the secret in region {EAST}.")
    }
    kms.enable_key(KeyId=key)
    deployment.pass_time(seconds=31)
    deployment.replicate()
    assert deployment.value("s", WEST) == "v"


def test_a_region_that_is_away_leaves_the_others_working_and_catches_up(deployment: Deployment) -> None:
    deployment.cut.add(WEST)
    _create(deployment, AddReplicaRegions=[{"Region": WEST}, {"Region": SOUTH}])
    for number in range(3):
        deployment.client().put_secret_value(SecretId="s", SecretString=f"value {number}")
        deployment.replicate()
    assert deployment.statuses("s") == {
        WEST: ("InProgress", f"Region {WEST} does not answer. Replication goes on when it does."),
        SOUTH: IN_SYNC,
    }
    assert deployment.value("s", SOUTH) == "value 2"
    deployment.cut.clear()
    deployment.pass_time(seconds=31)
    deployment.replicate()
    assert deployment.statuses("s")[WEST] == IN_SYNC
    assert deployment.value("s", WEST) == "value 2"


@pytest.fixture
def put_back(deployment: Deployment) -> Deployment:
    """A deployment whose replica holds `newer`, and whose primary was put back to before that from a copy."""
    _create(deployment, **TO_THE_WEST)
    store = deployment.vault.store
    with store.transaction() as tx:
        (arn,) = tx.secrets.arns(after="", limit=1)
        older = tx.secrets.find_arn(arn)
    deployment.client().put_secret_value(SecretId="s", SecretString="newer")
    deployment.replicate()
    assert older is not None
    deployment.pass_time(seconds=1)
    with store.transaction() as tx:
        tx.secrets.save(replace(older, changed=deployment.now))
    deployment.replicate()
    return deployment


def test_a_primary_that_was_put_back_from_a_copy_does_not_undo_its_replica(put_back: Deployment) -> None:
    newer = f"Replication failed: the replica in region {WEST} is newer than the primary secret."
    assert put_back.statuses("s") == {WEST: ("Failed", newer)}
    assert put_back.value("s", WEST) == "newer"


def test_a_replica_follows_a_primary_that_was_put_back_once_that_is_asked_for(put_back: Deployment) -> None:
    put_back.client().replicate_secret_to_regions(SecretId="s", **TO_THE_WEST)
    put_back.replicate()
    assert put_back.statuses("s") == {WEST: IN_SYNC}
    assert put_back.value("s", WEST) == put_back.value("s", EAST) == f"of {EAST}"


def test_a_replica_of_a_primary_that_was_put_back_may_be_removed(put_back: Deployment) -> None:
    put_back.client().remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    put_back.replicate()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        put_back.value("s", WEST)


def test_what_became_of_a_replica_is_recorded(deployment: Deployment) -> None:
    _create(deployment, AddReplicaRegions=[{"Region": WEST}, {"Region": "eu-north-1"}])
    events = deployment.client(service="cloudtrail").lookup_events()["Events"]
    told = [each["EventName"] for each in events if each["EventName"].startswith("Replication")]
    assert sorted(told) == ["ReplicationFailed", "ReplicationSucceeded"]
    taken = deployment.client(WEST, "cloudtrail").lookup_events()["Events"]
    assert "PutReplica" in [each["EventName"] for each in taken]
    assert f"of {EAST}" not in str(events) + str(taken)
