"""What the worker tells other regions of KMS keys: a primary as it stands, and that a replica was deleted.

A message holds all that the keys of a set share, with the materials that the replica is not known to have; they are
sealed as everything is that regions tell each other. Material that was imported is never sent.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vault.domain.errors import DecryptionFailed, IntegrityFailure
from vault.domain.key_material import Origin
from vault.domain.keys import Key
from vault.domain.multi_region import MultiRegion
from vault.domain.replication import Action, Status, Task, value_unreadable
from vault.domain.reply import Outcome, Reply
from vault.domain.trail import service_event
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLoad:
    """What is told of a key. `sent` are the ids of the materials that are in it."""

    content: dict[str, Any] = field(repr=False)
    sent: tuple[str, ...] = ()


class KeyShipping:
    """The tasks about keys in one transaction of their region's store."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def load(self, task: Task, now: datetime) -> KeyLoad | None:
        """Return what a region is to be told of a primary; None where it has no replica there, or cannot be read."""
        try:
            key = self._key(task)
            if key is None or key.multi is None or task.region not in key.multi.replicas:
                self._tx.replication.remove(task.arn, task.region, task.action.kind)
                return None
            return self._load(key, key.multi, task)
        except (DecryptionFailed, IntegrityFailure):
            # One key that cannot be read must not keep the others from being shipped.
            self._tx.replication.save(task.failed(value_unreadable(task.region), now=now, again=True))
            return None

    def conclude(self, task: Task, load_ids: tuple[str, ...], reply: Reply, now: datetime) -> Task | None:
        """Note how a region took what it was told of a key; return the task, None where nothing more is to be told."""
        if reply.outcome is Outcome.MISSING:
            return self._kept(task.missing(reply.version_ids, now))
        if reply.outcome is Outcome.GONE:
            self._drop(task, now)
            return None
        if reply.outcome is Outcome.AHEAD:
            self._pass(task, reply.generation)
            return self._kept(task.missing((), now))
        if reply.outcome is not Outcome.APPLIED:
            failed = _failed(task, reply, now)
            self._record(task, failed, now)
            return self._kept(failed)
        told = task.shipped(sorted({*task.held, *load_ids}), whole=True, accessed=None, now=now)
        return None if self._handed_over(told) else self._kept(told)

    def _load(self, key: Key, multi: MultiRegion, task: Task) -> KeyLoad:
        sent: list[str] = []
        materials = []
        for each in key.materials:
            told: dict[str, Any] = {
                "id": each.material_id,
                "created": each.created.isoformat(),
                "kind": each.kind.value,
                "bound": True,
            }
            if key.origin is Origin.OURS and each.material_id not in task.held:
                secret = self._keyring.materials.unwrapped(self._tx.keys, key, each)
                told["secret"] = base64.b64encode(secret).decode("ascii")
                sent.append(each.material_id)
            materials.append(told)
        content = {
            "arn": key.arn(),
            "generation": multi.generation,
            "replicas": list(multi.replicas),
            "promote": multi.promoting == task.region,
            "spec": key.spec,
            "usage": key.usage,
            "origin": key.origin.value,
            "rotation": [key.rotation.period_days, key.rotation.due.isoformat()] if key.rotation else None,
            "materials": materials,
            "asked": dict(task.asked),
        }
        return KeyLoad(content=content, sent=tuple(sent))

    def _handed_over(self, task: Task) -> bool:
        """Make the key a replica where the region that took the message is the primary from now on."""
        key = self._key(task)
        if key is None or key.multi is None or key.multi.promoting != task.region or not key.is_primary:
            return False
        for each in self._tx.replication.of_key(task.arn):
            self._tx.replication.remove(each.arn, each.region, each.action.kind)
        self._tx.keys.save(replace(key, multi=key.multi.moved()))
        return True

    def _drop(self, task: Task, now: datetime) -> None:
        self._tx.replication.remove(task.arn, task.region, task.action.kind)
        key = self._key(task)
        if key is not None and key.is_primary:
            self._tx.keys.save(key.without_replica(task.region, now))

    def _pass(self, task: Task, generation: int) -> None:
        """Count a primary that was put back from a backup past its replicas, so that they follow it again."""
        key = self._key(task)
        if key is not None and key.multi is not None and key.multi.generation <= generation:
            self._tx.keys.save(replace(key, multi=replace(key.multi, generation=generation + 1)))

    def _key(self, task: Task) -> Key | None:
        key = self._tx.keys.find(task.arn.rpartition("/")[2])
        return None if key is None or key.swept else key

    def _kept(self, task: Task) -> Task:
        self._tx.replication.save(task)
        return task

    def _record(self, before: Task, after: Task, now: datetime) -> None:
        """Record that a replica failed for a new reason."""
        if after.status is not Status.FAILED or (before.status, before.message) == (after.status, after.message):
            return
        parts = task_parts(after)
        details = {"keyId": after.arn, "replicaRegion": after.region, "reason": after.message}
        event = service_event("ReplicationFailed", **parts, now=now, details=details, service="kms")
        self._tx.trail.append(event, at=now)


def _failed(task: Task, reply: Reply, now: datetime) -> Task:
    if reply.outcome is not Outcome.REPLICATED_OTHERWISE:
        return reply.failed(task, "", now)
    message = f"Replication failed: region {task.region} has a key of that id which does not follow this one."
    return task.failed(message, now=now, again=False)


def task_parts(task: Task) -> dict[str, str]:
    """Return account and region of what a task is about."""
    parts = task.arn.split(":", 5)
    return {"account_id": parts[4], "region": parts[3]}


def leaving(key: Key, now: datetime) -> Task:
    """Return the task that tells the primary's region that a replica was deleted."""
    multi = key.multi or MultiRegion(primary=key.region)
    return Task(arn=key.arn(), region=multi.primary, action=Action.LEAVE_KEY, due=now, generation=multi.generation)
