"""What the worker needs to tell other regions what changed: due, claim and conclude, each in its own transaction.

A task is leased while its message is under way. A worker that dies leaves a lease that runs out, and a message that is
sent again: the other side takes what is newer and nothing else, so a message may come twice, late or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from strongroom.kernel.canonical import canonical_json, sha256_hex
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, DecryptionFailed, IntegrityFailure
from vault.domain.replication import Action, Status, Task, value_unreadable
from vault.domain.reply import Outcome, Reply
from vault.domain.secret import Secret, SecretContent
from vault.domain.trail import service_event
from vault.domain.versions import CURRENT, PENDING, PREVIOUS, SecretVersion
from vault.services.key_shipping import KeyShipping
from vault.services.key_use import KeyUse
from vault.services.keyring import Keyring
from vault.services.messages import Credential, find_credential, sealer, user_arn, written
from vault.storage.store import UnitOfWork

MESSAGE_BYTES = 350_000
"""Bytes of values in one message: sealed and written as text twice they fit into a request."""
OPERATIONS = {
    Action.SHIP: "PutReplica",
    Action.REMOVE: "RemoveReplica",
    Action.LEAVE: "LeaveReplica",
    Action.ENABLE: "SetRegion",
    Action.DISABLE: "SetRegion",
    Action.SHIP_KEY: "PutReplica",
    Action.LEAVE_KEY: "LeaveReplica",
}
_ORDER = (CURRENT, PENDING, PREVIOUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A message to one region, and the task whose lease its sender holds."""

    task: Task
    operation: str
    source: str
    credential: Credential
    message: bytes = field(repr=False)
    whole: bool = True
    """Whether nothing is left to be sent behind it."""
    version_ids: tuple[str, ...] = ()
    """The versions whose values, or the materials of a key, that the region holds once it has taken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What of a secret goes into one message."""

    versions: tuple[SecretVersion, ...]
    values: dict[str, SecretContent]
    whole: bool


class Shipping:
    """The tasks of one region's store in one transaction."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def due(self, now: datetime) -> list[Task]:
        """Return the tasks that a worker may take, the longest due first."""
        return [task for task in self._tx.replication.due(now) if task.claimable(now)]

    def claim(self, wanted: Task, owner: str, now: datetime) -> Shipment | None:
        """Lease a task and return its message; None where there is nothing to be sent (any more).

        Raises `IntegrityFailure`.
        """
        task = self._tx.replication.find(wanted.arn, wanted.region, wanted.action.kind)
        if task is None or not task.claimable(now):
            return None
        if task.action is Action.GONE:
            self._forget(task)
            return None
        credential = find_credential(self._tx, self._keyring, task.arn.split(":", 5)[4])
        if credential is None:
            raise IntegrityFailure("The replication credential was removed outside the store.")
        claimed = task.claimed(owner, now)
        self._tx.replication.save(claimed)
        if task.action is Action.SHIP_KEY:
            told = KeyShipping(self._tx, self._keyring).load(claimed, now)
            made = None if told is None else _shipment(claimed, credential, told.content, source=_source(claimed))
            return made if told is None or made is None else replace(made, version_ids=told.sent)
        if task.action is not Action.SHIP:
            return _shipment(claimed, credential, _told(claimed), source=_source(claimed))
        return self._ship(claimed, credential, now)

    def conclude(self, shipment: Shipment, reply: Reply, now: datetime) -> Task | None:
        """Note how a region took a message; return the task as it now stands, None where it is another's by now."""
        sent = shipment.task
        task = self._tx.replication.find(sent.arn, sent.region, sent.action.kind)
        if task is None or (task.owner, task.leased_until) != (sent.owner, sent.leased_until):
            return None
        if task.action is Action.SHIP_KEY:
            return KeyShipping(self._tx, self._keyring).conclude(task, shipment.version_ids, reply, now)
        if reply.outcome is Outcome.APPLIED and task.action is not Action.SHIP:
            self._forget(task)
            if task.action is Action.ENABLE:
                self._tx.replication.encourage(task.region, now)
            return task
        told = self._after(task, shipment, reply, now)
        self._tx.replication.save(told)
        self._record(sent, told, now)
        return told

    def _forget(self, task: Task) -> None:
        self._tx.replication.remove(task.arn, task.region, task.action.kind)

    def _after(self, task: Task, shipment: Shipment, reply: Reply, now: datetime) -> Task:
        if reply.outcome is Outcome.APPLIED:
            held = self._still_there(task.arn, {*task.held, *shipment.version_ids})
            return task.shipped(held, whole=shipment.whole, accessed=reply.accessed, now=now)
        if reply.outcome is Outcome.MISSING:
            return task.missing(reply.version_ids, now)
        secret = self._tx.secrets.find_arn(task.arn)
        return reply.failed(task, "" if secret is None else secret.name, now)

    def _still_there(self, arn: str, version_ids: set[str]) -> list[str]:
        secret = self._tx.secrets.find_arn(arn)
        versions = () if secret is None else secret.versions.items
        return [each.version_id for each in versions if each.version_id in version_ids]

    def _ship(self, task: Task, credential: Credential, now: datetime) -> Shipment | None:
        """Return the message about a secret as it stands; None where there is no such replica, or it cannot be read."""
        try:
            secret = self._tx.secrets.find_arn(task.arn)
            if secret is None or task.region not in [each.region for each in secret.replicas]:
                self._forget(task)
                return None
            load = self._load(secret, task, _context(secret, credential, now))
        except (DecryptionFailed, AccessDenied, IntegrityFailure):
            # One secret that cannot be read must not keep the others from being shipped.
            failed = task.failed(value_unreadable(_source(task)), now=now, again=True)
            self._tx.replication.save(failed)
            self._record(task, failed, now)
            return None
        made = _shipment(task, credential, _snapshot(secret, task, load), source=secret.region)
        return replace(made, whole=load.whole, version_ids=tuple(load.values))

    def _load(self, secret: Secret, task: Task, context: CallContext) -> _Load:
        """Choose what goes first: the current value, then what else has labels, each with its value or not at all."""
        use = KeyUse(self._tx, self._keyring, sealer(secret.account_id, context.access_key_id))
        chosen: list[SecretVersion] = []
        values: dict[str, SecretContent] = {}
        room, whole = MESSAGE_BYTES, True
        for version in sorted(secret.versions.items, key=_urgency):
            if version.has_value and version.version_id not in task.held:
                if room <= 0:
                    whole = False
                    continue
                content = self._opened(use, context, secret, version)
                if content is None:
                    continue
                values[version.version_id] = content
                room -= len(content.value)
            chosen.append(version)
        kept = tuple(each for each in secret.versions.items if each in chosen)
        return _Load(versions=kept, values=values, whole=whole)

    def _opened(
        self, use: KeyUse, context: CallContext, secret: Secret, version: SecretVersion
    ) -> SecretContent | None:
        """Return the value; None for one without labels whose key is gone, which nobody can read here either."""
        try:
            return use.open(context, secret, version)
        except (DecryptionFailed, AccessDenied):
            if version.deprecated:
                return None
            raise

    def _record(self, before: Task, after: Task, now: datetime) -> None:
        """Record that a replica is in sync, or that it failed for a new reason."""
        if after.action is not Action.SHIP or after.status is Status.IN_PROGRESS:
            return
        failed = after.status is Status.FAILED
        if failed and (before.status, before.message) == (after.status, after.message):
            return
        account_id, region = after.arn.split(":", 5)[4], _source(after)
        details = {"secretId": after.arn, "replicaRegion": after.region}
        event = service_event(
            "ReplicationFailed" if failed else "ReplicationSucceeded",
            account_id=account_id,
            region=region,
            now=now,
            details={**details, "reason": after.message} if failed else details,
        )
        self._tx.trail.append(event, at=now)


def _urgency(version: SecretVersion) -> tuple[int, float]:
    ranks = [_ORDER.index(stage) for stage in version.stages if stage in _ORDER]
    rank = min(ranks, default=len(_ORDER) if version.stages else len(_ORDER) + 1)
    return rank, -version.created.timestamp()


def _source(task: Task) -> str:
    """Return the region that a task is told from."""
    return task.arn.split(":", 4)[3]


def _told(task: Task) -> dict[str, Any]:
    return {"arn": task.arn, "generation": task.generation, "enabled": task.action is Action.ENABLE}


def _snapshot(secret: Secret, task: Task, load: _Load) -> dict[str, Any]:
    replica = next(each for each in secret.replicas if each.region == task.region)
    return {
        "arn": secret.arn,
        "generation": secret.generation,
        "mark": _mark(secret),
        "whole": load.whole,
        "force": task.force,
        "kms_key": replica.kms_key,
        "name": secret.name,
        "description": secret.description,
        "kind": secret.kind,
        "tags": [list(pair) for pair in secret.tags],
        "untagged": secret.untagged,
        "policy": secret.policy,
        "rotation": secret.rotation.state() if secret.rotation is not None else None,
        "creation_token": secret.creation_token,
        "created": secret.created.isoformat(),
        "changed": secret.changed.isoformat(),
        "versions": list(_versions(load)),
    }


def _mark(secret: Secret) -> str:
    """Return a digest of what the secret is; values are told by the ids of their versions, which stand for one each."""
    versions = [[each.version_id, sorted(each.stages), each.has_value] for each in secret.versions.items]
    return sha256_hex(canonical_json([secret.generation, secret.changed.isoformat(), versions]))


def _versions(load: _Load) -> Iterator[dict[str, Any]]:
    for version in load.versions:
        told: dict[str, Any] = {
            "id": version.version_id,
            "created": version.created.isoformat(),
            "stages": sorted(version.stages),
            "has_value": version.has_value,
        }
        content = load.values.get(version.version_id)
        yield told if content is None else {**told, "value": written(content)}


def _shipment(task: Task, credential: Credential, content: dict[str, Any], *, source: str) -> Shipment:
    operation = OPERATIONS[task.action]
    message = credential.seal(content, operation=operation, source=source, target=task.region)
    return Shipment(task=task, operation=operation, source=source, credential=credential, message=message)


def _context(secret: Secret, credential: Credential, now: datetime) -> CallContext:
    return CallContext(
        account_id=secret.account_id,
        region=secret.region,
        principal_arn=user_arn(secret.account_id),
        access_key_id=credential.access_key_id,
        request_id=str(uuid.uuid4()),
        now=now,
    )
