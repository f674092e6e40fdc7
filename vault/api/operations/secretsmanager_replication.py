"""The operations on replicas: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from typing import Any

from vault.api.operations.secretsmanager_answers import Answer, midnight, present
from vault.api.operations.secretsmanager_members import Request
from vault.api.operations.secretsmanager_table import operation
from vault.domain.context import CallContext
from vault.domain.keys import MANAGED_ALIAS
from vault.domain.secret import Secret
from vault.services.binding import Services
from vault.services.replication import WantedReplica


def wanted_replicas(request: Request) -> tuple[WantedReplica, ...]:
    """Return the `AddReplicaRegions` of a request, none where it has none."""
    return tuple(
        WantedReplica(region=each.get("Region", ""), kms_key=each.get("KmsKeyId", ""))
        for each in request.get("AddReplicaRegions", ())
    )


def replication_status(services: Services, secret: Secret) -> list[dict[str, Any]]:
    """Return how far the replicas of a secret are, as `ReplicationStatus` shows it."""
    return [
        present(
            Region=replica.region,
            KmsKeyId=replica.kms_key or MANAGED_ALIAS,
            Status=task.status.value,
            StatusMessage=task.message,
            LastAccessedDate=midnight(task.accessed),
        )
        for replica, task in services.replication.statuses(secret)
    ]


def _replicate(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.replication.replicate(
        context,
        request["SecretId"],
        wanted_replicas(request),
        force=request.get("ForceOverwriteReplicaSecret", False),
    )
    return {"ARN": secret.arn, "ReplicationStatus": replication_status(services, secret)}


def _remove(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.replication.remove_regions(context, request["SecretId"], request["RemoveReplicaRegions"])
    return {"ARN": secret.arn, "ReplicationStatus": replication_status(services, secret)}


def _stop(services: Services, context: CallContext, request: Request) -> Answer:
    return present(ARN=services.replication.stop(context, request["SecretId"]).arn)


OPERATIONS = (
    operation("ReplicateSecretToRegions", _replicate),
    operation("RemoveRegionsFromReplication", _remove),
    operation("StopReplicationToReplica", _stop),
)
