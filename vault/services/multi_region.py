"""KMS keys of several regions for callers: ReplicateKey and UpdatePrimaryRegion.

Each changes the primary and leaves it to the worker to tell the other regions; nothing waits for one. Source: AWS KMS
API Reference, the pages of those names; Developer Guide, "Multi-Region keys in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vault.domain.context import CallContext
from vault.domain.key_policy import check_key_policy
from vault.domain.key_tags import check_key_tags
from vault.domain.keys import Key, KeyState, key_arn
from vault.domain.kms_errors import AlreadyExists, InvalidKeyState, KeyNotFound, UnsupportedKeyOperation
from vault.domain.replication import Action, Task
from vault.domain.tags import Tags
from vault.services.keys import Keys
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReplica:
    """What ReplicateKey is asked to make; what it does not say is not taken from the primary."""

    region: str
    description: str = ""
    policy: str | None = None
    bypass_lockout_check: bool = False
    tags: Tags = ()


class MultiRegionKeys:
    """The operations of one transaction, in the primary's region. A `key_id` is a key's id or ARN.

    All raise `KeyNotFound`, `InvalidArn`, `AccessDenied`, `KeyDisabled`, `InvalidKeyState`, and
    `UnsupportedKeyOperation` for a key that is no primary.
    """

    def __init__(
        self, tx: UnitOfWork, keys: Keys, regions: Collection[str] | None, hasten: Callable[[Task], None]
    ) -> None:
        """`regions` are those of the deployment, None where that is not known.

        `hasten` has a task done before the call is answered, where its region is near: who replicates a key asks for
        the replica next.
        """
        self._hasten = hasten
        self._tx = tx
        self._keys = keys
        self._regions = regions

    def replicate(self, context: CallContext, key_id: str, new: NewReplica) -> Key:
        """Have a replica made in another region; return it as it will be.

        Raises `AlreadyExists`, `UnsupportedKeyOperation` for a region that there is not, `MalformedKeyPolicy`,
        `InvalidKeyTag`.
        """
        key = self._keys.own(context, "ReplicateKey", key_id)
        multi = key.check_multi_primary()
        arn = key_arn(context.partition, new.region, key.account_id, key.key_id)
        if new.region in (key.region, *multi.replicas):
            raise AlreadyExists(f"{arn} already exists.")
        if self._regions is not None and new.region not in self._regions:
            raise UnsupportedKeyOperation(f"ReplicaRegion {new.region} does not exist in this deployment.")
        policy = ""
        if new.policy is not None:
            policy = check_key_policy(new.policy, arn, context, bypass=new.bypass_lockout_check)
        tags = check_key_tags(new.tags)
        saved = self._tx.keys.save(replace(key, multi=multi.with_replica(new.region)))
        asked = {"description": new.description, "policy": policy, "tags": [list(pair) for pair in tags]}
        self._ask(saved, new.region, asked, context)
        return replace(
            saved,
            region=new.region,
            created=context.now,
            materials=(),
            state=KeyState.CREATING,
            description=new.description,
            policy=policy,
            tags=tags,
            aliases=(),
        )

    def update_primary(self, context: CallContext, key_id: str, region: str) -> Key:
        """Have the replica in another region made the primary, and this key a replica.

        Raises `KeyNotFound` where there is no replica, `InvalidKeyState` while it is not yet made.
        """
        key = self._keys.own(context, "UpdatePrimaryRegion", key_id)
        multi = key.check_multi_primary()
        arn = key_arn(context.partition, region, key.account_id, key.key_id)
        if region not in multi.replicas:
            raise KeyNotFound(f"Key '{arn}' does not exist")
        task = self._tx.replication.find(key.arn(), region, Action.SHIP_KEY.kind)
        if task is None or task.asked:
            raise InvalidKeyState(f"{arn} is creating.")
        return self._tx.keys.save(replace(key, multi=replace(multi, promoting=region)))

    def _ask(self, key: Key, region: str, asked: Mapping[str, Any], context: CallContext) -> None:
        task = Task(
            arn=key.arn(),
            region=region,
            action=Action.SHIP_KEY,
            due=context.now,
            generation=key.multi.generation if key.multi is not None else 0,
            asked=asked,
        )
        self._tx.replication.save(task)
        self._hasten(task)
