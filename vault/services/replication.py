"""Replication for callers: ReplicateSecretToRegions, RemoveRegionsFromReplication and StopReplicationToReplica.

Each changes the secret's document and leaves tasks for the worker in the same transaction; nothing waits for another
region. Source: AWS API pages of those names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vault.domain.context import CallContext
from vault.domain.errors import InvalidParameter, InvalidRequest
from vault.domain.replication import NOT_A_REPLICA, SAME_REGION, Action, Replica, Task
from vault.domain.secret import Secret
from vault.services.secrets import Secrets
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReplica:
    """A region to replicate to, and the KMS key there as the caller named it."""

    region: str
    kms_key: str = ""


class Replication:
    """The operations on replicas in one transaction.

    All raise `ResourceNotFound` for an absent secret and `InvalidRequest` for one marked for deletion.
    """

    def __init__(self, tx: UnitOfWork, secrets: Secrets) -> None:
        self._tx = tx
        self._secrets = secrets

    def replicate(
        self, context: CallContext, secret_id: str, wanted: Sequence[WantedReplica], *, force: bool = False
    ) -> Secret:
        """Replicate a secret to more regions; return it. A region that it is replicated to already is tried again.

        `force`: a secret of the same name there is overwritten. Raises `InvalidParameter` for a replica, for the
        secret's own region, and for a region that is named twice.
        """
        secret = self._secrets.writable(context, secret_id)
        names = [each.region for each in wanted]
        if secret.region in names or len(set(names)) != len(names):
            raise InvalidParameter(SAME_REGION)
        secret = self._past_replicas(secret, names)
        saved = self._tx.secrets.note(replace(secret, replicas=_joined(secret, wanted), changed=context.now))
        for name in names:
            self._ask(saved, name, force, context)
        return saved

    def remove_regions(self, context: CallContext, secret_id: str, regions: Sequence[str]) -> Secret:
        """Have the replicas in `regions` deleted; return the secret. A region without one is passed over.

        Raises `InvalidParameter` for a replica.
        """
        secret = self._secrets.writable(context, secret_id)
        going = [each.region for each in secret.replicas if each.region in regions]
        staying = tuple(each for each in secret.replicas if each.region not in going)
        secret = self._past_replicas(secret, going)
        saved = self._tx.secrets.note(replace(secret, replicas=staying, changed=context.now))
        for name in going:
            gone = Task(arn=saved.arn, region=name, action=Action.REMOVE, due=context.now, generation=saved.generation)
            self._tx.replication.save(gone)
        return saved

    def stop(self, context: CallContext, secret_id: str) -> Secret:
        """Make a replica a secret of its own, in the replica's region; return it. Its primary is told.

        Raises `InvalidRequest` for a secret that is no replica.
        """
        secret = self._secrets.usable(context, secret_id)
        primary = secret.primary
        if primary is None:
            raise InvalidRequest(NOT_A_REPLICA)
        left = Task(
            arn=secret.arn,
            region=primary.region,
            action=Action.LEAVE,
            due=context.now,
            generation=primary.generation,
        )
        self._tx.replication.save(left)
        return self._tx.secrets.save(replace(secret, primary=None, changed=context.now))

    def statuses(self, secret: Secret) -> list[tuple[Replica, Task]]:
        """Return the replicas of a secret with how far each is, in the order they were asked for."""
        if not secret.replicas:
            return []
        tasks = {task.region: task for task in self._tx.replication.replicas(secret.arn)}
        return [(each, tasks[each.region]) for each in secret.replicas if each.region in tasks]

    def _past_replicas(self, secret: Secret, regions: Sequence[str]) -> Secret:
        """Return the secret counted past replicas that are newer, as after it was put back: they are to follow."""
        tasks = [task for task in self._tx.replication.replicas(secret.arn) if task.region in regions]
        return replace(secret, generation=max([secret.generation, *(task.generation for task in tasks)]))

    def _ask(self, secret: Secret, region: str, force: bool, context: CallContext) -> None:
        before = self._tx.replication.find(secret.arn, region, Action.SHIP.kind)
        held = before.held if before is not None and before.action is Action.SHIP else ()
        task = Task(arn=secret.arn, region=region, action=Action.SHIP, due=context.now, held=held, force=force)
        self._tx.replication.save(task)


def _joined(secret: Secret, wanted: Sequence[WantedReplica]) -> tuple[Replica, ...]:
    """Return the secret's replicas with those that are wanted; `since` is the generation that is saved next."""
    known = {each.region: each for each in secret.replicas}
    for each in wanted:
        since = known[each.region].since if each.region in known else secret.generation + 1
        known[each.region] = Replica(region=each.region, kms_key=each.kms_key, since=since)
    return tuple(known.values())
