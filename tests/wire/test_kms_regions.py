"""KMS keys of several regions over HTTP with boto3: ReplicateKey, UpdatePrimaryRegion, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST, until
from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.test_kms_access import session
from tests.wire.test_kms_keys import ABSENT, ACCOUNT

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def arn(key_id: str, region: str = EAST) -> str:
    """Return the ARN of a key in a region."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}"


@pytest.fixture(scope="module")
def east(two: Server) -> Any:
    """A client of KMS in the primary's region."""
    return two.client("kms", region=EAST)


@pytest.fixture(scope="module")
def west(two: Server) -> Any:
    """A client of KMS in the replica's region."""
    return two.client("kms", region=WEST)


@pytest.fixture
def primary(east: Any) -> str:
    """The id of a fresh primary without replicas."""
    key_id: str = east.create_key(MultiRegion=True, Description="primary")["KeyMetadata"]["KeyId"]
    return key_id


def _state(client: Any, key_id: str) -> str:
    """Return the state of a key, empty where there is none."""
    try:
        state: str = client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    except client.exceptions.NotFoundException:
        return ""
    return state


@pytest.fixture
def replicated(east: Any, west: Any, primary: str) -> str:
    """The id of a primary in the east with a replica in the west."""
    east.replicate_key(KeyId=primary, ReplicaRegion=WEST)
    assert _state(west, primary) == "Enabled"
    return primary


@pytest.mark.shows("kms:CreateKey", parameters=("MultiRegion",))
def test_a_primary_is_made(east: Any) -> None:
    made = east.create_key(MultiRegion=True)["KeyMetadata"]
    assert made["KeyId"].startswith("mrk-")
    assert made["MultiRegion"] is True
    assert made["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": arn(made["KeyId"]), "Region": EAST},
        "ReplicaKeys": [],
    }
    assert "MultiRegionConfiguration" not in east.create_key()["KeyMetadata"]


@pytest.mark.shows("kms:ReplicateKey", parameters=("KeyId", "ReplicaRegion", "Description", "Tags"))
def test_a_replica_is_made_and_opens_what_its_primary_sealed(east: Any, west: Any, primary: str) -> None:
    assert _state(west, primary) == ""
    tags = [{"TagKey": "team", "TagValue": "a"}]
    answer = east.replicate_key(KeyId=primary, ReplicaRegion=WEST, Description="replica", Tags=tags)
    shown = answer["ReplicaKeyMetadata"]
    assert (shown["Arn"], shown["KeyState"], shown["Enabled"]) == (arn(primary, WEST), "Creating", False)
    assert (shown["Description"], shown["Origin"], "CurrentKeyMaterialId" in shown) == ("replica", "AWS_KMS", False)
    assert json.loads(answer["ReplicaPolicy"])["Id"] == "key-default-1"
    assert answer["ReplicaTags"] == tags
    configuration = {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": arn(primary), "Region": EAST},
        "ReplicaKeys": [{"Arn": arn(primary, WEST), "Region": WEST}],
    }
    assert shown["MultiRegionConfiguration"] == configuration
    here = east.describe_key(KeyId=primary)["KeyMetadata"]["MultiRegionConfiguration"]
    assert here == {**configuration, "MultiRegionKeyType": "PRIMARY"}
    # The region is near: who is told of the replica finds it.
    there = west.describe_key(KeyId=primary)["KeyMetadata"]
    assert there["MultiRegionConfiguration"] == configuration
    assert there["CurrentKeyMaterialId"] == east.describe_key(KeyId=primary)["KeyMetadata"]["CurrentKeyMaterialId"]
    blob = east.encrypt(KeyId=primary, Plaintext=b"p", EncryptionContext={"a": "b"})["CiphertextBlob"]
    opened = west.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"p", arn(primary, WEST))


@pytest.mark.shows("kms:ReplicateKey", parameters=("Policy", "BypassPolicyLockoutSafetyCheck"))
@pytest.mark.shows("kms:ReplicateKey", errors=("MalformedPolicyDocumentException",))
def test_a_replicas_policy_must_not_lock_its_maker_out(east: Any, primary: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, "Action": "kms:Encrypt"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    request = {"KeyId": primary, "ReplicaRegion": WEST, "Policy": policy}
    assert refusal(east.replicate_key, **request)[0] == "MalformedPolicyDocumentException"
    assert east.replicate_key(**request, BypassPolicyLockoutSafetyCheck=True)["ReplicaPolicy"] == policy


@pytest.mark.shows("kms:ReplicateKey", errors=("TagException",))
def test_tags_that_may_not_be_are_refused(east: Any, primary: str) -> None:
    tags = [{"TagKey": "aws:x", "TagValue": "v"}]
    assert refusal(east.replicate_key, KeyId=primary, ReplicaRegion=WEST, Tags=tags)[0] == "TagException"


@pytest.mark.shows("kms:ReplicateKey", errors=("AlreadyExistsException",))
def test_a_region_has_one_key_of_a_set(east: Any, replicated: str) -> None:
    for region in (WEST, EAST):
        answer = refusal(east.replicate_key, KeyId=replicated, ReplicaRegion=region)
        assert answer == ("AlreadyExistsException", f"{arn(replicated, region)} already exists.")


@pytest.mark.shows("kms:ReplicateKey", errors=("UnsupportedOperationException",))
def test_only_a_primary_is_replicated_in_awss_words(east: Any, west: Any, replicated: str) -> None:
    assert refusal(west.replicate_key, KeyId=replicated, ReplicaRegion=WEST) == (
        "UnsupportedOperationException",
        f"{arn(replicated, WEST)} is not a multi-region primary key.",
    )
    single = east.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(east.replicate_key, KeyId=single, ReplicaRegion=WEST)[0] == "UnsupportedOperationException"


def test_a_region_that_there_is_not_is_refused(east: Any, primary: str) -> None:
    code, message = refusal(east.replicate_key, KeyId=primary, ReplicaRegion="ap-south-1")
    assert (code, "ap-south-1" in message) == ("UnsupportedOperationException", True)
    assert east.describe_key(KeyId=primary)["KeyMetadata"]["MultiRegionConfiguration"]["ReplicaKeys"] == []


@pytest.mark.shows("kms:UpdatePrimaryRegion", parameters=("KeyId", "PrimaryRegion"))
def test_the_primary_moves(east: Any, west: Any, replicated: str) -> None:
    blob = east.encrypt(KeyId=replicated, Plaintext=b"p")["CiphertextBlob"]
    east.update_primary_region(KeyId=replicated, PrimaryRegion=WEST)

    def kinds() -> list[str]:
        shown = [each.describe_key(KeyId=replicated)["KeyMetadata"] for each in (east, west)]
        return [each["MultiRegionConfiguration"]["MultiRegionKeyType"] for each in shown]

    until(kinds, lambda found: found == ["REPLICA", "PRIMARY"])
    until(lambda: _state(east, replicated), lambda state: state == "Enabled")
    there = west.describe_key(KeyId=replicated)["KeyMetadata"]["MultiRegionConfiguration"]
    assert [each["Region"] for each in there["ReplicaKeys"]] == [EAST]
    assert west.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    west.rotate_key_on_demand(KeyId=replicated)
    code, _ = refusal(east.rotate_key_on_demand, KeyId=replicated)
    assert code == "UnsupportedOperationException"


@pytest.mark.shows("kms:UpdatePrimaryRegion", errors=("UnsupportedOperationException", "NotFoundException"))
def test_the_primary_moves_to_a_replica_only(east: Any, west: Any, primary: str, replicated: str) -> None:
    assert refusal(west.update_primary_region, KeyId=replicated, PrimaryRegion=EAST)[0] == (
        "UnsupportedOperationException"
    )
    lonely = east.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    assert refusal(east.update_primary_region, KeyId=lonely, PrimaryRegion=WEST) == (
        "NotFoundException",
        f"Key '{arn(lonely, WEST)}' does not exist",
    )


CALLS = [("replicate_key", {"ReplicaRegion": WEST}), ("update_primary_region", {"PrimaryRegion": WEST})]


@pytest.mark.shows("kms:ReplicateKey", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:UpdatePrimaryRegion", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.parametrize(("operation", "more"), CALLS)
def test_a_key_that_is_off_is_left_where_it_is(east: Any, primary: str, operation: str, more: dict[str, str]) -> None:
    east.disable_key(KeyId=primary)
    told = ("DisabledException", f"{arn(primary)} is disabled.")
    assert refusal(getattr(east, operation), KeyId=primary, **more) == told
    east.schedule_key_deletion(KeyId=primary)
    told = ("KMSInvalidStateException", f"{arn(primary)} is pending deletion.")
    assert refusal(getattr(east, operation), KeyId=primary, **more) == told


@pytest.mark.shows("kms:ReplicateKey", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:UpdatePrimaryRegion", errors=("InvalidArnException",))
@pytest.mark.parametrize(("operation", "more"), CALLS)
def test_a_key_that_is_not_there_is_refused(east: Any, operation: str, more: dict[str, str]) -> None:
    call = getattr(east, operation)
    assert refusal(call, KeyId=ABSENT, **more) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")
    assert refusal(call, KeyId="arn:aws:s3:::bucket", **more)[0] == "InvalidArnException"


def test_the_region_of_a_replica_decides_and_making_keys_must_be_allowed(two: Server, primary: str) -> None:
    request = {"KeyId": primary, "ReplicaRegion": WEST}
    there = {"Action": "kms:ReplicateKey", "Condition": {"StringEquals": {"kms:ReplicaRegion": WEST}}}
    elsewhere = {"Action": "kms:ReplicateKey", "Condition": {"StringEquals": {"kms:ReplicaRegion": "ap-south-1"}}}
    make = {"Action": "kms:CreateKey"}
    for name, statements in (("nomake", [there]), ("elsewhere", [elsewhere, make])):
        assert refusal(session(two, name, *statements).replicate_key, **request)[0] == "AccessDeniedException"
    session(two, "both", there, make).replicate_key(**request)
