"""Replication between two regions of one server, as boto3 and the AWS CLI see it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST, settled, statuses, until
from tests.testing.server import Server
from tests.testing.wire import refusal
from vault.rotation.functions import function_arn

IN_SYNC = ("InSync", "Replication succeeded")
ON_A_REPLICA = (
    "InvalidParameterException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
)


@pytest.fixture
def east(two: Server) -> Any:
    """A client of the primary's region."""
    return two.client(region=EAST)


@pytest.fixture
def west(two: Server) -> Any:
    """A client of the replica's region."""
    return two.client(region=WEST)


@pytest.fixture
def replicated(east: Any, name: str) -> str:
    """The name of a secret with the value `one`, in sync in the west."""
    east.create_secret(Name=name, SecretString="one", AddReplicaRegions=[{"Region": WEST}])
    assert settled(east, name) == {WEST: IN_SYNC}
    return name


@pytest.mark.shows("CreateSecret", parameters=("AddReplicaRegions",))
def test_a_secret_is_made_with_a_replica(east: Any, west: Any, name: str) -> None:
    made = east.create_secret(Name=name, SecretString="one", AddReplicaRegions=[{"Region": WEST}])
    (status,) = made["ReplicationStatus"]
    assert (status["Region"], status["Status"], "StatusMessage" in status) == (WEST, "InProgress", False)
    assert settled(east, name) == {WEST: IN_SYNC}
    got = west.get_secret_value(SecretId=made["ARN"].replace(EAST, WEST))
    assert (got["SecretString"], got["VersionId"]) == ("one", made["VersionId"])


@pytest.mark.shows("CreateSecret", parameters=("ForceOverwriteReplicaSecret",))
def test_a_secret_is_made_over_one_of_its_name(east: Any, west: Any, name: str) -> None:
    west.create_secret(Name=name, SecretString="west's")
    east.create_secret(
        Name=name, SecretString="east's", AddReplicaRegions=[{"Region": WEST}], ForceOverwriteReplicaSecret=True
    )
    assert settled(east, name) == {WEST: IN_SYNC}
    assert west.get_secret_value(SecretId=name)["SecretString"] == "east's"


def test_the_same_creation_again_answers_the_same_replicas(east: Any, name: str) -> None:
    wanted = {"Name": name, "SecretString": "v", "ClientRequestToken": str(uuid.uuid4())}
    first = east.create_secret(**wanted, AddReplicaRegions=[{"Region": WEST}])
    settled(east, name)
    again = east.create_secret(**wanted, AddReplicaRegions=[{"Region": WEST}])
    assert again["ARN"] == first["ARN"]
    assert [each["Status"] for each in again["ReplicationStatus"]] == ["InSync"]


@pytest.mark.shows("ReplicateSecretToRegions", parameters=("SecretId", "AddReplicaRegions"))
def test_a_secret_that_is_there_is_replicated(east: Any, west: Any, stored_east: str) -> None:
    answer = east.replicate_secret_to_regions(SecretId=stored_east, AddReplicaRegions=[{"Region": WEST}])
    assert [each["Status"] for each in answer["ReplicationStatus"]] == ["InProgress"]
    assert settled(east, stored_east) == {WEST: IN_SYNC}
    assert west.get_secret_value(SecretId=stored_east)["SecretString"] == "one"


@pytest.fixture
def stored_east(east: Any, name: str) -> str:
    """The name of a secret with the value `one`, in the east only."""
    east.create_secret(Name=name, SecretString="one")
    return name


@pytest.mark.shows("ReplicateSecretToRegions", parameters=("ForceOverwriteReplicaSecret",))
def test_a_name_that_is_taken_fails_until_it_may_be_overwritten(east: Any, west: Any, stored_east: str) -> None:
    west.create_secret(Name=stored_east, SecretString="west's")
    wanted = {"SecretId": stored_east, "AddReplicaRegions": [{"Region": WEST}]}
    east.replicate_secret_to_regions(**wanted)
    taken = f"Replication failed: Secret name {stored_east} already exists in region {WEST}."
    assert settled(east, stored_east) == {WEST: ("Failed", taken)}
    assert west.get_secret_value(SecretId=stored_east)["SecretString"] == "west's"
    east.replicate_secret_to_regions(**wanted, ForceOverwriteReplicaSecret=True)
    assert settled(east, stored_east) == {WEST: IN_SYNC}
    assert west.get_secret_value(SecretId=stored_east)["SecretString"] == "one"


def test_a_replica_shows_how_its_primary_rotates_and_does_not_rotate_itself(
    east: Any, west: Any, replicated: str
) -> None:
    function = function_arn("generated-single", EAST, "123456789012")
    wanted = {"ScheduleExpression": "rate(10 days)", "Duration": "2h"}
    assert "RotationEnabled" not in west.describe_secret(SecretId=replicated)
    east.rotate_secret(SecretId=replicated, RotationLambdaARN=function, RotationRules=wanted, RotateImmediately=False)
    members = ("RotationEnabled", "RotationLambdaARN", "RotationRules", "NextRotationDate")
    here = east.describe_secret(SecretId=replicated)
    there = until(lambda: west.describe_secret(SecretId=replicated), lambda found: "RotationEnabled" in found)
    assert {member: there[member] for member in members} == {member: here[member] for member in members}
    assert refusal(west.rotate_secret, SecretId=replicated) == ON_A_REPLICA
    (listed,) = west.list_secrets(Filters=[{"Key": "name", "Values": [replicated]}])["SecretList"]
    assert listed["RotationRules"] == here["RotationRules"]
    east.cancel_rotate_secret(SecretId=replicated)
    until(lambda: west.describe_secret(SecretId=replicated)["RotationEnabled"], lambda enabled: enabled is False)
    promoted = west.stop_replication_to_replica(SecretId=replicated)["ARN"]
    assert "RotationEnabled" not in west.describe_secret(SecretId=promoted)


@pytest.mark.shows("ReplicateSecretToRegions", errors=("InvalidParameterException",))
@pytest.mark.parametrize("regions", [[EAST], [WEST, WEST]], ids=["its own", "one twice"])
def test_regions_that_cannot_be_replicated_to_are_refused(east: Any, stored_east: str, regions: list[str]) -> None:
    wanted = [{"Region": each} for each in regions]
    error = refusal(east.replicate_secret_to_regions, SecretId=stored_east, AddReplicaRegions=wanted)
    assert error == ("InvalidParameterException", "Invalid replica region.")
    assert statuses(east, stored_east) == {}


@pytest.mark.shows("ReplicateSecretToRegions", errors=("ResourceNotFoundException",))
@pytest.mark.shows("RemoveRegionsFromReplication", errors=("ResourceNotFoundException",))
@pytest.mark.shows("StopReplicationToReplica", errors=("ResourceNotFoundException",))
def test_an_absent_secret_is_not_found(east: Any, name: str) -> None:
    absent = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    assert refusal(east.replicate_secret_to_regions, SecretId=name, AddReplicaRegions=[{"Region": WEST}]) == absent
    assert refusal(east.remove_regions_from_replication, SecretId=name, RemoveReplicaRegions=[WEST]) == absent
    assert refusal(east.stop_replication_to_replica, SecretId=name) == absent


@pytest.mark.shows("ReplicateSecretToRegions", errors=("InvalidRequestException",))
@pytest.mark.shows("RemoveRegionsFromReplication", errors=("InvalidRequestException",))
@pytest.mark.shows("StopReplicationToReplica", errors=("InvalidRequestException",))
def test_a_secret_marked_for_deletion_is_left_alone(east: Any, stored_east: str) -> None:
    east.delete_secret(SecretId=stored_east)
    marked = (
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
    wanted = [{"Region": WEST}]
    assert refusal(east.replicate_secret_to_regions, SecretId=stored_east, AddReplicaRegions=wanted) == marked
    assert refusal(east.remove_regions_from_replication, SecretId=stored_east, RemoveReplicaRegions=[WEST]) == marked
    assert refusal(east.stop_replication_to_replica, SecretId=stored_east) == marked


@pytest.mark.shows("RemoveRegionsFromReplication", parameters=("SecretId", "RemoveReplicaRegions"))
def test_a_replica_is_removed(east: Any, west: Any, replicated: str) -> None:
    answer = east.remove_regions_from_replication(SecretId=replicated, RemoveReplicaRegions=[WEST])
    assert answer["ReplicationStatus"] == []
    until(lambda: _names(west, replicated), lambda names: names == [])
    assert east.get_secret_value(SecretId=replicated)["SecretString"] == "one"


def _names(client: Any, name: str) -> list[str]:
    found = client.list_secrets(Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
    return [each["Name"] for each in found]


@pytest.mark.shows("StopReplicationToReplica", parameters=("SecretId",))
def test_a_replica_is_promoted(east: Any, west: Any, replicated: str) -> None:
    arn = west.describe_secret(SecretId=replicated)["ARN"]
    assert west.stop_replication_to_replica(SecretId=replicated)["ARN"] == arn
    west.put_secret_value(SecretId=replicated, SecretString="west's own")
    until(lambda: statuses(east, replicated), lambda found: found == {})
    assert "PrimaryRegion" not in west.describe_secret(SecretId=replicated)
    assert east.get_secret_value(SecretId=replicated)["SecretString"] == "one"


def test_a_secret_that_is_no_replica_cannot_be_promoted(east: Any, stored_east: str) -> None:
    assert refusal(east.stop_replication_to_replica, SecretId=stored_east)[0] == "InvalidRequestException"


_FUNCTION = function_arn("generated-single", WEST, "123456789012")


@pytest.mark.shows("RemoveRegionsFromReplication", errors=("InvalidParameterException",))
@pytest.mark.shows("RestoreSecret", errors=("InvalidParameterException",))
@pytest.mark.shows("CancelRotateSecret", errors=("InvalidParameterException",))
@pytest.mark.shows("UntagResource", errors=("InvalidParameterException",))
@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_secret_value", {"SecretString": "x"}),
        ("update_secret", {"Description": "x"}),
        ("update_secret", {"SecretString": "x", "KmsKeyId": "alias/aws/secretsmanager"}),
        ("update_secret_version_stage", {"VersionStage": "x", "MoveToVersionId": "v" * 32}),
        ("delete_secret", {}),
        ("delete_secret", {"ForceDeleteWithoutRecovery": True}),
        ("restore_secret", {}),
        ("rotate_secret", {"RotationLambdaARN": _FUNCTION}),
        ("cancel_rotate_secret", {}),
        ("tag_resource", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_resource", {"TagKeys": ["a"]}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": "eu-central-1"}]}),
        ("remove_regions_from_replication", {"RemoveReplicaRegions": [EAST]}),
    ],
)
def test_a_replica_is_changed_in_its_primarys_region_only(
    west: Any, replicated: str, operation: str, arguments: dict[str, Any]
) -> None:
    assert refusal(getattr(west, operation), SecretId=replicated, **arguments) == ON_A_REPLICA
    assert west.get_secret_value(SecretId=replicated)["SecretString"] == "one"


@pytest.mark.shows("DeleteSecret", errors=("InvalidParameterException",))
def test_a_secret_with_replicas_cannot_be_deleted(east: Any, replicated: str) -> None:
    arn = east.describe_secret(SecretId=replicated)["ARN"]
    error = refusal(east.delete_secret, SecretId=replicated)
    assert error == (
        "InvalidParameterException",
        f"You can't delete secret {arn} that still has replica regions [{WEST}].",
    )


def test_an_update_reaches_the_replica(east: Any, west: Any, replicated: str) -> None:
    version = east.put_secret_value(SecretId=replicated, SecretString="two")["VersionId"]
    assert settled(east, replicated) == {WEST: IN_SYNC}
    got = west.get_secret_value(SecretId=replicated)
    assert (got["SecretString"], got["VersionId"], got["VersionStages"]) == ("two", version, ["AWSCURRENT"])


def test_a_rotation_reaches_the_replica(east: Any, west: Any, name: str) -> None:
    east.create_secret(Name=name, SecretString="before", AddReplicaRegions=[{"Region": WEST}])
    function = function_arn("generated-single", EAST, "123456789012")
    token = east.rotate_secret(SecretId=name, RotationLambdaARN=function)["VersionId"]
    until(
        lambda: west.describe_secret(SecretId=name)["VersionIdsToStages"] if _names(west, name) else {},
        lambda stages: "AWSCURRENT" in stages.get(token, []),
    )
    assert settled(east, name) == {WEST: IN_SYNC}
    values = {client.get_secret_value(SecretId=name)["SecretString"] for client in (east, west)}
    assert len(values) == 1
    assert values != {"before"}
    assert west.describe_secret(SecretId=name)["RotationLambdaARN"] == function
    assert west.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "before"
    here, there = (client.describe_secret(SecretId=name)["VersionIdsToStages"] for client in (east, west))
    assert there == here


@pytest.mark.shows("RotateSecret", errors=("InvalidParameterException",))
def test_a_secret_that_has_rotated_is_not_rotated_from_its_replica(east: Any, west: Any, replicated: str) -> None:
    function = function_arn("generated", EAST, "123456789012")
    token = east.rotate_secret(SecretId=replicated, RotationLambdaARN=function)["VersionId"]
    until(
        lambda: west.describe_secret(SecretId=replicated)["VersionIdsToStages"],
        lambda stages: "AWSCURRENT" in stages.get(token, []),
    )
    assert refusal(west.rotate_secret, SecretId=replicated) == ON_A_REPLICA
    assert west.get_secret_value(SecretId=replicated)["VersionId"] == token


def test_the_aws_cli_replicates_and_shows_the_status(two: Server, east: Any, stored_east: str) -> None:
    command = Path(sys.executable).with_name("aws")
    arguments = ["--endpoint-url", two.url, "secretsmanager", "replicate-secret-to-regions"]
    given = ["--secret-id", stored_east, "--add-replica-regions", f"Region={WEST}"]
    done = subprocess.run(
        [str(command), *arguments, *given], env=two.environment(), capture_output=True, text=True, check=True
    )
    (status,) = json.loads(done.stdout)["ReplicationStatus"]
    assert (status["Region"], status["Status"], status["KmsKeyId"]) == (WEST, "InProgress", "alias/aws/secretsmanager")
    assert settled(east, stored_east) == {WEST: IN_SYNC}


def test_a_region_that_is_not_here_is_no_valid_scope(two: Server, name: str) -> None:
    code, message = refusal(two.client(region="eu-central-1").describe_secret, SecretId=name)
    assert (code, message) == ("InvalidSignatureException", "Credential should be scoped to a valid region.")


def test_a_secret_of_one_region_is_not_found_in_another(east: Any, west: Any, stored_east: str) -> None:
    arn = east.describe_secret(SecretId=stored_east)["ARN"]
    for named in (stored_east, arn):
        assert refusal(west.get_secret_value, SecretId=named)[0] == "ResourceNotFoundException"
