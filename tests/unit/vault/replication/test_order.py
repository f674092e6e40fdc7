"""Messages that come late, twice, in another order, or not at all never put a replica back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.regions import EAST, WEST
from tests.unit.vault.replication.conftest import ACCOUNT, Deployment
from vault.domain.replication import LEASE
from vault.domain.reply import Outcome, Reply
from vault.initialise import AccessKey
from vault.services.messages import Credential
from vault.services.shipping import Shipment


def _deliver(deployment: Deployment, shipment: Shipment) -> Reply:
    """Have a message arrive, whatever became of its sender."""
    links = deployment.vault.regions[EAST].links
    return links.send(shipment)


def _replicated(deployment: Deployment) -> None:
    deployment.client().create_secret(Name="s", SecretString="0", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()


@settings(max_examples=25)
@given(late=st.lists(st.integers(0, 5), max_size=12))
def test_late_and_repeated_messages_change_nothing(late: list[int]) -> None:
    deployment = Deployment()
    _replicated(deployment)
    for number in range(1, 6):
        deployment.client().put_secret_value(SecretId="s", SecretString=str(number))
        deployment.replicate()
    before = deployment.client(WEST).describe_secret(SecretId="s")["VersionIdsToStages"]
    for number in late:
        reply = _deliver(deployment, deployment.sent[number])
        assert reply.outcome is (Outcome.APPLIED if number == 5 else Outcome.AHEAD)
    assert deployment.value("s", WEST) == "5"
    assert deployment.client(WEST).describe_secret(SecretId="s")["VersionIdsToStages"] == before
    deployment.vault.close()


@settings(max_examples=25)
@given(lost=st.lists(st.booleans(), min_size=6, max_size=6), heard=st.lists(st.booleans(), min_size=6, max_size=6))
def test_whatever_messages_and_answers_are_lost_the_replica_ends_in_sync(lost: list[bool], heard: list[bool]) -> None:
    deployment = Deployment()
    shipper = deployment.vault.regions[EAST].shipper
    send = shipper._send
    fates = iter(zip(lost, heard, strict=True))

    def unreliable(shipment: Shipment) -> Reply:
        message_lost, answer_lost = next(fates, (False, False))
        if message_lost:
            return Reply(outcome=Outcome.NO_ANSWER)
        reply = send(shipment)
        return Reply(outcome=Outcome.NO_ANSWER) if answer_lost else reply

    shipper._send = unreliable
    _replicated(deployment)
    for number in range(1, 4):
        deployment.client().put_secret_value(SecretId="s", SecretString=str(number))
        deployment.replicate()
    for _ in range(8):
        deployment.pass_time(seconds=31)
        deployment.replicate()
    assert deployment.statuses("s")[WEST][0] == "InSync"
    assert deployment.value("s", WEST) == "3"
    assert deployment.faults() == []
    deployment.vault.close()


def test_a_message_from_before_its_replica_was_removed_does_not_bring_it_back(deployment: Deployment) -> None:
    _replicated(deployment)
    deployment.client().remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    deployment.replicate()
    assert _deliver(deployment, deployment.sent[0]).outcome is Outcome.APPLIED
    with pytest.raises(ClientError, match="ResourceNotFound"):
        deployment.client(WEST).describe_secret(SecretId="s")


def test_a_late_word_of_removal_leaves_a_replica_that_was_asked_for_again(deployment: Deployment) -> None:
    _replicated(deployment)
    client = deployment.client()
    client.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=[WEST])
    deployment.replicate()
    client.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": WEST}])
    deployment.replicate()
    removal = next(each for each in deployment.sent if each.operation == "RemoveReplica")
    _deliver(deployment, removal)
    assert deployment.value("s", WEST) == "0"


def test_a_late_word_of_leaving_leaves_a_replica_that_was_asked_for_again(deployment: Deployment) -> None:
    _replicated(deployment)
    deployment.client(WEST).stop_replication_to_replica(SecretId="s")
    deployment.replicate()
    leaving = next(each for each in deployment.sent if each.operation == "LeaveReplica")
    deployment.client().replicate_secret_to_regions(
        SecretId="s", AddReplicaRegions=[{"Region": WEST}], ForceOverwriteReplicaSecret=True
    )
    deployment.replicate()
    _deliver(deployment, leaving)
    assert deployment.statuses("s")[WEST][0] == "InSync"


def test_a_replica_that_lost_a_version_gets_it_again(deployment: Deployment) -> None:
    _replicated(deployment)
    with deployment.vault.regions[WEST].store.transaction() as tx:
        (arn,) = tx.secrets.arns(after="", limit=1)
        replica = tx.secrets.find_arn(arn)
        assert replica is not None
        tx.secrets.remove(arn)
    deployment.client().put_secret_value(SecretId="s", SecretString="1")
    deployment.replicate()
    assert [deployment.value("s", WEST, VersionStage=each) for each in ("AWSCURRENT", "AWSPREVIOUS")] == ["1", "0"]


def test_a_task_whose_worker_died_is_taken_once_its_lease_is_over(deployment: Deployment) -> None:
    deployment.client().create_secret(Name="s", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    region = deployment.vault.regions[EAST]
    with region.store.transaction() as tx:
        services = region.own_services(tx)
        (task,) = services.shipping.due(deployment.now)
        assert services.shipping.claim(task, "a worker that dies", deployment.now) is not None
    deployment.replicate()
    assert deployment.statuses("s")[WEST][0] == "InProgress"
    deployment.now += LEASE + timedelta(seconds=1)
    deployment.replicate()
    assert deployment.statuses("s")[WEST][0] == "InSync"


def test_a_worker_that_lost_its_lease_notes_nothing(deployment: Deployment) -> None:
    deployment.client().create_secret(Name="s", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    region = deployment.vault.regions[EAST]
    with region.store.transaction() as tx:
        (task,) = region.own_services(tx).shipping.due(deployment.now)
        shipment = region.own_services(tx).shipping.claim(task, "slow", deployment.now)
    assert shipment is not None
    deployment.now += LEASE + timedelta(seconds=1)
    deployment.replicate()
    with region.store.transaction() as tx:
        refused = Reply(outcome=Outcome.NAME_EXISTS)
        assert region.own_services(tx).shipping.conclude(shipment, refused, deployment.now) is None
    assert deployment.statuses("s")[WEST][0] == "InSync"


def test_a_message_that_another_deployment_sealed_is_refused(deployment: Deployment) -> None:
    _replicated(deployment)
    sent = deployment.sent[0]
    foreign = Credential(
        access_key_id=sent.credential.access_key_id, secret=SecretValue("not the shared one"), account_id=ACCOUNT
    )
    sealed = foreign.seal({"arn": sent.task.arn}, operation="PutReplica", source=EAST, target=WEST)
    reply = _deliver(deployment, replace(sent, message=sealed))
    assert (reply.outcome, reply.detail) == (Outcome.REFUSED, "AccessDeniedException")


def test_a_message_is_taken_only_for_what_it_was_sealed_for(deployment: Deployment) -> None:
    _replicated(deployment)
    sent = deployment.sent[0]
    for other in (replace(sent, operation="RemoveReplica"), replace(sent, source="ap-south-1")):
        assert _deliver(deployment, other).detail == "AccessDeniedException"
    assert deployment.value("s", WEST) == "0"


def test_the_credential_of_regions_opens_nothing_else(deployment: Deployment) -> None:
    _replicated(deployment)
    credential = deployment.sent[0].credential
    key = AccessKey(access_key_id=credential.access_key_id, secret=credential.secret, account_id=ACCOUNT, region=EAST)
    asked = [
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
        ("secretsmanager", "list_secrets", {}),
        ("kms", "list_keys", {}),
        ("account", "list_regions", {}),
        ("cloudtrail", "lookup_events", {}),
        ("sts", "get_federation_token", {"Name": "x1"}),
    ]
    for service, operation, arguments in asked:
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(deployment.vault.client(service, key), operation)(**arguments)


def test_nobody_but_a_region_may_speak_for_one(deployment: Deployment) -> None:
    _replicated(deployment)
    sent, operator = deployment.sent[0], deployment.vault.operator
    as_operator = Credential(access_key_id=operator.access_key_id, secret=operator.secret, account_id=ACCOUNT)
    assert _deliver(deployment, replace(sent, credential=as_operator)).detail == "AccessDeniedException"
