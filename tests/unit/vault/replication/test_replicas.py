"""What a replica is, and what its primary's changes do to it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.testing.regions import EAST, WEST
from tests.testing.wire import refusal
from tests.unit.vault.replication.conftest import SOUTH, Deployment
from vault.domain.replication import SUCCEEDED
from vault.services import shipping

IN_SYNC = ("InSync", SUCCEEDED)


@pytest.fixture
def replicated(deployment: Deployment) -> Deployment:
    """A deployment with the secret `s`, whose value is `one`, replicated from the east to the west."""
    deployment.client().create_secret(Name="s", SecretString="one", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    return deployment


def test_a_secret_is_created_with_replicas_in_progress(deployment: Deployment) -> None:
    made = deployment.client().create_secret(Name="s", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    assert made["ReplicationStatus"] == [
        {"Region": WEST, "KmsKeyId": "alias/aws/secretsmanager", "Status": "InProgress"}
    ]
    assert deployment.statuses("s") == {WEST: ("InProgress", "")}


def test_a_replica_has_the_arn_of_its_primary_but_for_the_region(replicated: Deployment) -> None:
    there = replicated.client(WEST).describe_secret(SecretId="s")
    here = replicated.client().describe_secret(SecretId="s")
    assert there["ARN"] == here["ARN"].replace(EAST, WEST)
    assert replicated.value(there["ARN"], WEST) == "one"
    assert replicated.statuses("s") == {WEST: IN_SYNC}


def test_both_sides_name_the_primary_region(replicated: Deployment) -> None:
    assert {replicated.client(each).describe_secret(SecretId="s")["PrimaryRegion"] for each in (EAST, WEST)} == {EAST}
    listed = replicated.client(WEST).list_secrets(Filters=[{"Key": "primary-region", "Values": [EAST]}])["SecretList"]
    assert [each["PrimaryRegion"] for each in listed] == [EAST]


def test_a_secret_without_replicas_names_no_primary_region(deployment: Deployment) -> None:
    deployment.client().create_secret(Name="alone", SecretString="v")
    assert "PrimaryRegion" not in deployment.client().describe_secret(SecretId="alone")
    wanted = [{"Key": "primary-region", "Values": [EAST]}]
    assert deployment.client().list_secrets(Filters=wanted)["SecretList"] == []


def test_values_labels_description_and_tags_come_along(replicated: Deployment) -> None:
    client = replicated.client()
    client.put_secret_value(SecretId="s", SecretString="two")
    client.put_secret_value(SecretId="s", SecretString="three", VersionStages=["mine"])
    client.update_secret(SecretId="s", Description="for orders")
    client.tag_resource(SecretId="s", Tags=[{"Key": "team", "Value": "orders"}])
    replicated.replicate()
    there, here = (replicated.client(each).describe_secret(SecretId="s") for each in (WEST, EAST))
    for member in ("VersionIdsToStages", "Description", "Tags", "LastChangedDate", "CreatedDate"):
        assert there[member] == here[member]
    assert [replicated.value("s", WEST, VersionStage=each) for each in ("AWSCURRENT", "AWSPREVIOUS", "mine")] == [
        "two", "one", "three",
    ]  # fmt: skip


def test_a_replica_knows_that_all_tags_were_taken_off(replicated: Deployment) -> None:
    client = replicated.client()
    client.tag_resource(SecretId="s", Tags=[{"Key": "team", "Value": "orders"}])
    client.untag_resource(SecretId="s", TagKeys=["team"])
    replicated.replicate()
    assert replicated.client(WEST).describe_secret(SecretId="s")["Tags"] == []


def test_a_change_is_in_progress_until_it_is_shipped(replicated: Deployment) -> None:
    replicated.client().put_secret_value(SecretId="s", SecretString="two")
    assert replicated.statuses("s") == {WEST: ("InProgress", "")}
    assert replicated.value("s", WEST) == "one"
    replicated.replicate()
    assert replicated.statuses("s") == {WEST: IN_SYNC}
    assert replicated.value("s", WEST) == "two"


def test_a_read_ships_nothing(replicated: Deployment) -> None:
    sent = len(replicated.sent)
    assert replicated.value("s", EAST) == "one"
    assert replicated.statuses("s") == {WEST: IN_SYNC}
    replicated.replicate()
    assert len(replicated.sent) == sent


def test_a_binary_value_stays_binary(deployment: Deployment) -> None:
    client = deployment.client()
    client.create_secret(Name="b", SecretBinary=b"\x00\xff", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    assert deployment.client(WEST).get_secret_value(SecretId="b")["SecretBinary"] == b"\x00\xff"


def test_a_json_secret_holds_the_hosts_of_each_region(deployment: Deployment) -> None:
    hosts = {EAST: "db.east.example", WEST: "db.west.example"}
    client = deployment.client()
    client.create_secret(Name="db", SecretString=json.dumps({"username": "app", "hosts": hosts}))
    client.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    assert json.loads(deployment.value("db", WEST))["hosts"][WEST] == "db.west.example"


def test_a_secret_without_a_value_is_replicated_and_filled_later(deployment: Deployment) -> None:
    client = deployment.client()
    client.create_secret(Name="empty", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    assert deployment.statuses("empty") == {WEST: IN_SYNC}
    client.put_secret_value(SecretId="empty", SecretString="v")
    deployment.replicate()
    assert deployment.value("empty", WEST) == "v"


def test_versions_that_fit_in_no_one_message_come_in_several(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "MESSAGE_BYTES", 100)
    client = deployment.client()
    client.create_secret(Name="long", SecretString="0" * 60)
    ids = []
    for number in range(1, 6):
        ids.append(str(uuid.uuid4()))
        client.put_secret_value(SecretId="long", ClientRequestToken=ids[-1], SecretString=str(number) * 60)
    client.replicate_secret_to_regions(SecretId="long", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    assert len(deployment.sent) == 3
    assert [shipment.whole for shipment in deployment.sent] == [False, False, True]
    assert [deployment.value("long", WEST, VersionId=each)[0] for each in ids] == ["1", "2", "3", "4", "5"]


def test_the_current_value_is_in_the_first_message(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "MESSAGE_BYTES", 1)
    client = deployment.client()
    client.create_secret(Name="s", SecretString="old")
    client.put_secret_value(SecretId="s", SecretString="new")
    client.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": WEST}])
    shipper = deployment.vault.regions[EAST].shipper
    shipper._attempt(shipper._by_region()[WEST])
    assert deployment.value("s", WEST) == "new"
    assert "AWSPREVIOUS" not in str(deployment.client(WEST).describe_secret(SecretId="s")["VersionIdsToStages"])


def test_a_value_is_sealed_under_the_replicas_own_key(deployment: Deployment) -> None:
    key = deployment.client(WEST, "kms").create_key()["KeyMetadata"]["KeyId"]
    regions = [{"Region": WEST, "KmsKeyId": key}, {"Region": SOUTH}]
    deployment.client().create_secret(Name="s", SecretString="v", AddReplicaRegions=regions)
    deployment.replicate()
    (version,) = deployment.client(WEST).list_secret_version_ids(SecretId="s")["Versions"]
    assert [each.rpartition("/")[2] for each in version["KmsKeyIds"]] == [key]
    assert deployment.client(WEST).describe_secret(SecretId="s")["KmsKeyId"] == key
    (version,) = deployment.client(SOUTH).list_secret_version_ids(SecretId="s")["Versions"]
    assert version["KmsKeyIds"] == ["DefaultEncryptionKey"]
    deployment.client(WEST, "kms").disable_key(KeyId=key)
    with pytest.raises(ClientError, match="DecryptionFailure"):
        deployment.value("s", WEST)
    assert deployment.value("s", SOUTH) == "v"


def test_a_replica_gets_another_key_in_its_own_region(replicated: Deployment) -> None:
    key = replicated.client(WEST, "kms").create_key()["KeyMetadata"]["KeyId"]
    replicated.client(WEST).update_secret(SecretId="s", KmsKeyId=key)
    replicated.client().put_secret_value(SecretId="s", SecretString="two")
    replicated.replicate()
    assert replicated.client(WEST).describe_secret(SecretId="s")["KmsKeyId"] == key
    assert replicated.value("s", WEST) == "two"


def test_a_policy_goes_along_and_is_changed_in_the_primary_region_only(replicated: Deployment) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "123456789012"},
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": "*",
                }
            ],
        }
    )
    replicated.client().put_resource_policy(SecretId="s", ResourcePolicy=policy)
    replicated.replicate()
    west = replicated.client(WEST)
    assert west.get_resource_policy(SecretId="s")["ResourcePolicy"] == policy
    assert refusal(west.put_resource_policy, SecretId="s", ResourcePolicy=policy)[0] == "InvalidParameterException"
    assert refusal(west.delete_resource_policy, SecretId="s")[0] == "InvalidParameterException"
    replicated.client().delete_resource_policy(SecretId="s")
    replicated.replicate()
    assert "ResourcePolicy" not in west.get_resource_policy(SecretId="s")


def test_the_day_a_replica_was_read_comes_back_with_the_next_change(replicated: Deployment) -> None:
    replicated.value("s", WEST)
    replicated.client().put_secret_value(SecretId="s", SecretString="two")
    replicated.replicate()
    (status,) = replicated.client().describe_secret(SecretId="s")["ReplicationStatus"]
    assert status["LastAccessedDate"].date() == replicated.now.date()


def test_a_removed_replica_is_deleted_and_its_primary_may_be(replicated: Deployment) -> None:
    client = replicated.client()
    with pytest.raises(ClientError, match=rf"still has replica regions \[{WEST}\]\."):
        client.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    answer = client.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    assert answer["ReplicationStatus"] == []
    client.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    replicated.replicate()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        replicated.client(WEST).describe_secret(SecretId="s")
    assert replicated.faults() == []


def test_a_replica_may_be_removed_and_asked_for_again(replicated: Deployment) -> None:
    client = replicated.client()
    for _ in range(2):
        client.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
        replicated.replicate()
        client.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": WEST}])
        replicated.replicate()
    assert replicated.value("s", WEST) == "one"


def test_a_promoted_replica_stands_alone_and_its_primary_knows(replicated: Deployment) -> None:
    arn = replicated.client(WEST).stop_replication_to_replica(SecretId="s")["ARN"]
    assert arn.split(":")[3] == WEST
    replicated.replicate()
    assert replicated.statuses("s") == {}
    replicated.client(WEST).put_secret_value(SecretId="s", SecretString="west's own")
    replicated.client().put_secret_value(SecretId="s", SecretString="east's own")
    replicated.replicate()
    assert [replicated.value("s", each) for each in (EAST, WEST)] == ["east's own", "west's own"]
    assert replicated.faults() == []


def test_a_promoted_replica_is_a_primary_of_its_own(replicated: Deployment) -> None:
    replicated.client(WEST).stop_replication_to_replica(SecretId="s")
    replicated.replicate()
    replicated.client(WEST).replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": SOUTH}])
    replicated.replicate()
    assert replicated.statuses("s", WEST) == {SOUTH: IN_SYNC}
    assert replicated.client(SOUTH).describe_secret(SecretId="s")["PrimaryRegion"] == WEST


def test_a_promoted_replica_comes_back_only_by_force(replicated: Deployment) -> None:
    replicated.client(WEST).stop_replication_to_replica(SecretId="s")
    replicated.replicate()
    client = replicated.client()
    client.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": WEST}])
    replicated.replicate()
    assert replicated.statuses("s")[WEST] == (
        "Failed", f"Replication failed: Secret name s already exists in region {WEST}.",
    )  # fmt: skip
    wanted: dict[str, Any] = {"AddReplicaRegions": [{"Region": WEST}], "ForceOverwriteReplicaSecret": True}
    client.replicate_secret_to_regions(SecretId="s", **wanted)
    replicated.replicate()
    assert replicated.statuses("s") == {WEST: IN_SYNC}
