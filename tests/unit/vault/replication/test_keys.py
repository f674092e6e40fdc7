"""KMS keys of several regions: what they share, what each has of its own, and every way a message can go wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST
from tests.testing.wire import refusal
from tests.unit.vault.replication.conftest import ACCOUNT, SOUTH, Deployment
from tests.wire.test_kms_import import FOR_EVER, wrapped


def kms(deployment: Deployment, region: str = EAST) -> Any:
    """Return a client of a region's KMS."""
    return deployment.client(region, "kms")


def made(deployment: Deployment, *regions: str, **more: Any) -> str:
    """Return the id of a fresh key in the east with replicas in `regions`."""
    key_id: str = kms(deployment).create_key(MultiRegion=True, **more)["KeyMetadata"]["KeyId"]
    for region in regions:
        kms(deployment).replicate_key(KeyId=key_id, ReplicaRegion=region)
    deployment.replicate()
    return key_id


def shown(deployment: Deployment, key_id: str, region: str = EAST) -> dict[str, Any]:
    """Return what a region says of a key."""
    found: dict[str, Any] = kms(deployment, region).describe_key(KeyId=key_id)["KeyMetadata"]
    return found


def regions(deployment: Deployment, key_id: str, region: str = EAST) -> tuple[str, str, list[str]]:
    """Return what a region says of the set: what it is itself, the primary, the replicas."""
    told = shown(deployment, key_id, region)["MultiRegionConfiguration"]
    others = [each["Region"] for each in told["ReplicaKeys"]]
    return told["MultiRegionKeyType"], told["PrimaryKey"]["Region"], sorted(others)


def opens_everywhere(deployment: Deployment, key_id: str, *places: str) -> None:
    """Check that what each region seals opens in every one."""
    for source in places:
        blob = kms(deployment, source).encrypt(KeyId=key_id, Plaintext=source.encode())["CiphertextBlob"]
        for target in places:
            assert kms(deployment, target).decrypt(CiphertextBlob=blob)["Plaintext"] == source.encode()


def test_what_one_region_seals_opens_in_every_other(deployment: Deployment) -> None:
    key_id = made(deployment, WEST, SOUTH)
    opens_everywhere(deployment, key_id, EAST, WEST, SOUTH)
    assert regions(deployment, key_id) == ("PRIMARY", EAST, sorted((WEST, SOUTH)))
    assert regions(deployment, key_id, WEST) == ("REPLICA", EAST, sorted((WEST, SOUTH)))
    assert deployment.faults() == []


@pytest.mark.parametrize(("spec", "usage"), [("RSA_2048", "SIGN_VERIFY"), ("ECC_NIST_P256", "SIGN_VERIFY")])
def test_what_one_region_signs_holds_in_another(deployment: Deployment, spec: str, usage: str) -> None:
    key_id = made(deployment, WEST, KeySpec=spec, KeyUsage=usage)
    algorithm = {"RSA_2048": "RSASSA_PSS_SHA_256"}.get(spec, "ECDSA_SHA_256")
    named = {"KeyId": key_id, "Message": b"m", "SigningAlgorithm": algorithm}
    signature = kms(deployment, WEST).sign(**named)["Signature"]
    assert kms(deployment).verify(Signature=signature, **named)["SignatureValid"]
    publics = [kms(deployment, region).get_public_key(KeyId=key_id)["PublicKey"] for region in (EAST, WEST)]
    assert publics[0] == publics[1]


def test_a_mac_of_one_region_holds_in_another(deployment: Deployment) -> None:
    key_id = made(deployment, WEST, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    named = {"KeyId": key_id, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms(deployment).generate_mac(**named)["Mac"]
    assert kms(deployment, WEST).verify_mac(Mac=mac, **named)["MacValid"]


def test_each_region_has_its_own_wrapping_of_the_material(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    stored = []
    for name in (EAST, WEST):
        with deployment.vault.regions[name].store.transaction() as tx:
            key = tx.keys.find(key_id)
            assert key is not None
            stored.append(tx.keys.wrapped(key_id, key.newest.material_id))
    assert stored[0] != stored[1]


def test_a_replica_is_made_as_it_was_asked_for_and_then_its_own(deployment: Deployment) -> None:
    key_id = made(deployment)
    root = f"arn:aws:iam::{ACCOUNT}:root"
    statement = {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms(deployment).replicate_key(
        KeyId=key_id,
        ReplicaRegion=WEST,
        Description="west's",
        Policy=policy,
        Tags=[{"TagKey": "team", "TagValue": "a"}],
    )
    deployment.replicate()
    west = kms(deployment, WEST)
    assert shown(deployment, key_id, WEST)["Description"] == "west's"
    assert west.get_key_policy(KeyId=key_id)["Policy"] == policy
    assert west.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    west.update_key_description(KeyId=key_id, Description="changed")
    west.disable_key(KeyId=key_id)
    west.create_alias(AliasName="alias/west", TargetKeyId=key_id)
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    assert shown(deployment, key_id, WEST)["Description"] == "changed"
    assert shown(deployment, key_id, WEST)["KeyState"] == "Disabled"
    assert west.list_aliases(KeyId=key_id)["Aliases"][0]["AliasName"] == "alias/west"
    assert shown(deployment, key_id)["KeyState"] == "Enabled"


def test_a_rotation_reaches_every_region(deployment: Deployment) -> None:
    key_id = made(deployment, WEST, SOUTH)
    old = kms(deployment, WEST).encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    materials = {shown(deployment, key_id, region)["CurrentKeyMaterialId"] for region in (EAST, WEST, SOUTH)}
    assert len(materials) == 1
    opens_everywhere(deployment, key_id, EAST, WEST, SOUTH)
    assert kms(deployment, SOUTH).decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    told = "is not a multi-region primary key."
    for operation in ("rotate_key_on_demand", "enable_key_rotation", "disable_key_rotation"):
        code, message = refusal(getattr(kms(deployment, WEST), operation), KeyId=key_id)
        assert (code, message.endswith(told)) == ("UnsupportedOperationException", True)


def test_a_rotation_by_itself_is_the_primarys_and_shown_everywhere(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    kms(deployment).enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    deployment.replicate()
    status = kms(deployment, WEST).get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    deployment.later(WEST, days=90)
    assert kms(deployment, WEST).list_key_rotations(KeyId=key_id)["Rotations"] == []
    deployment.later(EAST, days=90)
    assert [len(kms(deployment, region).list_key_rotations(KeyId=key_id)["Rotations"]) for region in (EAST, WEST)] == [
        1,
        1,
    ]
    opens_everywhere(deployment, key_id, EAST, WEST)


def test_a_region_that_is_away_catches_up(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    deployment.cut.add(WEST)
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    blob = kms(deployment).encrypt(KeyId=key_id, Plaintext=b"p")["CiphertextBlob"]
    assert refusal(kms(deployment, WEST).decrypt, CiphertextBlob=blob)[0] == "InvalidCiphertextException"
    deployment.cut.clear()
    deployment.pass_time(minutes=1)
    deployment.replicate()
    assert kms(deployment, WEST).decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


def test_a_message_that_comes_twice_or_late_changes_nothing(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    first = deployment.sent[-1]
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    before = shown(deployment, key_id, WEST)
    links = deployment.vault.regions[EAST].links
    assert links.send(deployment.sent[-1]).outcome == "Applied"
    assert links.send(first).outcome == "Ahead"
    assert shown(deployment, key_id, WEST) == before
    assert deployment.faults() == []


def test_a_material_that_a_replica_was_thought_to_hold_is_sent_when_it_says_so(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    with deployment.vault.regions[EAST].store.transaction() as tx:
        key = tx.keys.find(key_id)
        assert key is not None
        (task,) = tx.replication.of_key(key.arn())
        assert len(task.held) == 1
        tx.replication.save(replace(task, held=tuple(each.material_id for each in key.materials)))
    deployment.replicate()
    opens_everywhere(deployment, key_id, EAST, WEST)


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "its answer lost"])
def test_another_region_is_made_the_primary(deployment: Deployment, lost: bool) -> None:
    key_id = made(deployment, WEST, SOUTH)
    old = kms(deployment).encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    kms(deployment).update_primary_region(KeyId=key_id, PrimaryRegion=WEST)
    assert shown(deployment, key_id)["KeyState"] == "Updating"
    assert kms(deployment).decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    assert refusal(kms(deployment).disable_key, KeyId=key_id)[0] == "KMSInvalidStateException"
    assert refusal(kms(deployment).rotate_key_on_demand, KeyId=key_id)[0] == "KMSInvalidStateException"
    if lost:
        deployment.lose_answers(EAST)
        deployment.replicate()
        deployment.keep_answers(EAST)
        deployment.pass_time(minutes=1)
    deployment.replicate()
    for region, kind in ((EAST, "REPLICA"), (WEST, "PRIMARY"), (SOUTH, "REPLICA")):
        assert regions(deployment, key_id, region) == (kind, WEST, sorted((EAST, SOUTH)))
        assert shown(deployment, key_id, region)["KeyState"] == "Enabled"
    kms(deployment, WEST).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    opens_everywhere(deployment, key_id, EAST, WEST, SOUTH)
    assert kms(deployment, SOUTH).decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    assert deployment.faults() == []


def test_a_primary_is_deleted_after_its_replicas(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    gone = kms(deployment).schedule_key_deletion(KeyId=key_id, PendingWindowInDays=10)
    assert (gone["KeyState"], gone["PendingWindowInDays"]) == ("PendingReplicaDeletion", 10)
    assert "DeletionDate" not in gone
    told = shown(deployment, key_id)
    assert (told["KeyState"], told["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 10)
    assert refusal(kms(deployment).encrypt, KeyId=key_id, Plaintext=b"p")[0] == "KMSInvalidStateException"
    kms(deployment, WEST).schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    deployment.later(WEST, days=7)
    told = shown(deployment, key_id)
    assert told["KeyState"] == "PendingDeletion"
    assert told["DeletionDate"] - deployment.now >= timedelta(days=16, hours=23)
    assert regions(deployment, key_id) == ("PRIMARY", EAST, [])
    assert refusal(kms(deployment, WEST).describe_key, KeyId=key_id)[0] == "NotFoundException"
    assert deployment.faults() == []


def test_a_deletion_that_waits_for_replicas_is_taken_back(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    kms(deployment).schedule_key_deletion(KeyId=key_id)
    kms(deployment).cancel_key_deletion(KeyId=key_id)
    assert shown(deployment, key_id)["KeyState"] == "Disabled"


def test_a_replica_that_was_deleted_is_made_anew(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    blob = kms(deployment, WEST).encrypt(KeyId=key_id, Plaintext=b"p")["CiphertextBlob"]
    again = {"KeyId": key_id, "ReplicaRegion": WEST}
    assert refusal(kms(deployment).replicate_key, **again)[0] == "AlreadyExistsException"
    kms(deployment, WEST).schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert refusal(kms(deployment).replicate_key, **again)[0] == "AlreadyExistsException"
    deployment.later(WEST, days=7)
    leaving = deployment.sent[-1]
    kms(deployment).replicate_key(**again, Description="anew")
    deployment.replicate()
    assert shown(deployment, key_id, WEST)["Description"] == "anew"
    assert kms(deployment, WEST).decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    # That the old one left, told once more, is not about the new one.
    assert deployment.vault.regions[WEST].links.send(leaving).outcome == "Applied"
    assert regions(deployment, key_id) == ("PRIMARY", EAST, [WEST])
    assert deployment.faults() == []


def test_a_replica_that_went_unheard_is_taken_off_with_the_next_change(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    kms(deployment, WEST).schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    deployment.cut.add(EAST)
    deployment.later(WEST, days=7)
    assert regions(deployment, key_id) == ("PRIMARY", EAST, [WEST])
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    assert regions(deployment, key_id) == ("PRIMARY", EAST, [])


def test_imported_material_is_imported_into_each_region(deployment: Deployment) -> None:
    key_id = made(deployment, Origin="EXTERNAL")
    east, west = kms(deployment), kms(deployment, WEST)
    assert refusal(east.replicate_key, KeyId=key_id, ReplicaRegion=WEST)[0] == "KMSInvalidStateException"
    east.import_key_material(**wrapped(east, key_id, b"k" * 32), **FOR_EVER)
    east.replicate_key(KeyId=key_id, ReplicaRegion=WEST)
    deployment.replicate()
    assert shown(deployment, key_id, WEST)["KeyState"] == "PendingImport"
    other = wrapped(west, key_id, b"o" * 32)
    assert refusal(west.import_key_material, **other, **FOR_EVER)[0] == "IncorrectKeyMaterialException"
    new = {**wrapped(west, key_id, b"o" * 32), **FOR_EVER, "ImportType": "NEW_KEY_MATERIAL"}
    assert refusal(west.import_key_material, **new)[0] == "UnsupportedOperationException"
    west.import_key_material(**wrapped(west, key_id, b"k" * 32), **FOR_EVER)
    opens_everywhere(deployment, key_id, EAST, WEST)
    west.delete_imported_key_material(KeyId=key_id)
    deployment.replicate()
    assert [shown(deployment, key_id, region)["KeyState"] for region in (EAST, WEST)] == ["Enabled", "PendingImport"]
    assert deployment.faults() == []


def test_a_region_that_is_not_enabled_gets_its_replica_once_it_is(deployment: Deployment) -> None:
    deployment.client(service="account").disable_region(RegionName=WEST)
    deployment.replicate()
    key_id = made(deployment, WEST)
    assert regions(deployment, key_id) == ("PRIMARY", EAST, [WEST])
    deployment.client(service="account").enable_region(RegionName=WEST)
    deployment.replicate()
    opens_everywhere(deployment, key_id, EAST, WEST)


def test_secrets_may_be_under_such_a_key_in_each_region(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    deployment.client().create_secret(
        Name="s", SecretString="v", KmsKeyId=key_id, AddReplicaRegions=[{"Region": WEST, "KmsKeyId": key_id}]
    )
    deployment.replicate()
    assert deployment.value("s", WEST) == "v"
    kms(deployment).disable_key(KeyId=key_id)
    assert deployment.value("s", WEST) == "v"


def test_no_message_shows_a_material(deployment: Deployment) -> None:
    made(deployment, WEST)
    assert deployment.sent
    assert not any(repr(each.message) in repr(each) for each in deployment.sent)


def test_a_primary_that_was_put_back_from_before_it_moved_follows_the_new_one(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    with deployment.vault.regions[EAST].store.transaction() as tx:
        before = tx.keys.find(key_id)
        assert before is not None
    kms(deployment).update_primary_region(KeyId=key_id, PrimaryRegion=WEST)
    deployment.replicate()
    with deployment.vault.regions[EAST].store.transaction() as tx:
        tx.keys.save(before)
    assert regions(deployment, key_id)[0] == "PRIMARY"
    kms(deployment, WEST).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    assert regions(deployment, key_id) == ("REPLICA", WEST, [EAST])
    opens_everywhere(deployment, key_id, EAST, WEST)


def test_a_primary_that_was_put_back_to_fewer_changes_is_followed_again(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    with deployment.vault.regions[EAST].store.transaction() as tx:
        before = tx.keys.find(key_id)
        assert before is not None
    for _ in range(2):
        kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    sealed = kms(deployment, WEST).encrypt(KeyId=key_id, Plaintext=b"between")["CiphertextBlob"]
    with deployment.vault.regions[EAST].store.transaction() as tx:
        tx.keys.save(before)
    deployment.replicate()
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    assert kms(deployment, WEST).decrypt(CiphertextBlob=sealed)["Plaintext"] == b"between"
    opens_everywhere(deployment, key_id, EAST, WEST)


def test_a_replica_nobody_is_told_about_is_named(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    with deployment.vault.regions[EAST].store.transaction() as tx:
        tx.replication.remove(f"arn:aws:kms:{EAST}:{ACCOUNT}:key/{key_id}", WEST, "key")
    (fault,) = deployment.faults()
    assert (WEST in fault.row, fault.problem) == (True, "it was removed outside the store")


def test_making_and_following_is_recorded_where_it_happens(deployment: Deployment) -> None:
    key_id = made(deployment, WEST)
    kms(deployment).rotate_key_on_demand(KeyId=key_id)
    deployment.replicate()
    trail = deployment.client(WEST, "cloudtrail")
    for name in ("CreateKey", "SynchronizeMultiRegionKey"):
        events = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
        (event,) = [json.loads(each["CloudTrailEvent"]) for each in events]
        assert event["serviceEventDetails"] == {"keyId": f"arn:aws:kms:{WEST}:{ACCOUNT}:key/{key_id}"}
