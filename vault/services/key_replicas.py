"""The receiving side of KMS keys of several regions: what a primary's region says is taken, once and in order.

Every answer is given after looking, and before anything is changed. A replica takes what is newer, never gives a
material up, and keeps what is its own: state, description, policy, tags, aliases and grants.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.key_material import Imported, Material, Origin
from vault.domain.keys import Key, KeyManager, Rotation
from vault.domain.multi_region import MultiRegion
from vault.domain.replication import Action, Task, in_region
from vault.domain.reply import Outcome, Reply
from vault.domain.trail import service_event
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

_DONE = Reply(outcome=Outcome.APPLIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A primary as its region told it."""

    key_id: str
    source: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def multi(self) -> MultiRegion:
        return MultiRegion(
            primary=self.source, replicas=tuple(self.content["replicas"]), generation=self.content["generation"]
        )

    @property
    def promotes(self) -> bool:
        return bool(self.content["promote"])

    @property
    def rotation(self) -> Rotation | None:
        told = self.content["rotation"]
        return None if told is None else Rotation(period_days=told[0], due=datetime.fromisoformat(told[1]))

    @property
    def origin(self) -> Origin:
        return Origin(self.content["origin"])

    @property
    def secrets(self) -> dict[str, SecretValue]:
        return {
            each["id"]: SecretValue(base64.b64decode(each["secret"]))
            for each in self.content["materials"]
            if "secret" in each
        }

    def materials(self, mine: Key | None) -> tuple[Material, ...]:
        """Return the materials in their order; those that only this region has stay, and open what they sealed."""
        known = {each.material_id: each for each in mine.materials} if mine is not None else {}
        told = [self._material(each, known.get(each["id"])) for each in self.content["materials"]]
        ids = {each.material_id for each in told}
        return (*(each for each in known.values() if each.material_id not in ids), *told)

    def _material(self, told: Mapping[str, Any], known: Material | None) -> Material:
        made = Material.from_state(told)
        if self.origin is Origin.OURS:
            return made
        own = known.imported if known is not None else None
        return replace(made, imported=own or Imported(held=False))


class KeyReplicas:
    """What regions tell each other of KMS keys, in one transaction; who speaks was checked before."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def put(self, context: CallContext, source: str, content: Mapping[str, Any]) -> Reply:
        """Make a replica, bring it to what its primary is now, or make it the primary."""
        if context.region not in self._tx.meta.regions(context.account_id):
            return Reply(outcome=Outcome.NOT_ENABLED)
        told = _Told(key_id=content["arn"].rpartition("/")[2], source=source, content=content)
        found = self._tx.keys.find(told.key_id)
        if found is not None and (found.account_id, found.region) != (context.account_id, context.region):
            # A store from before each region had its own holds a key of one id once.
            return Reply(outcome=Outcome.REPLICATED_OTHERWISE)
        mine = None if found is None or found.gone(context.now) else found
        refused = self._refused(context, told, mine)
        return refused or self._taken(context, told, found, mine)

    def leave(self, context: CallContext, source: str, content: Mapping[str, Any]) -> Reply:
        """Take a replica that was deleted off its primary's list, unless it was asked for anew since."""
        arn = in_region(content["arn"], context.region)
        key = self._tx.keys.find(arn.rpartition("/")[2])
        task = self._tx.replication.find(arn, source, Action.SHIP_KEY.kind)
        newer = task is not None and task.generation > content["generation"]
        if key is not None and not key.swept and key.is_primary and not newer:
            self._tx.replication.remove(arn, source, Action.SHIP_KEY.kind)
            self._tx.keys.save(key.without_replica(source, context.now))
        return _DONE

    def _refused(self, context: CallContext, told: _Told, mine: Key | None) -> Reply | None:
        """Return why a message changes nothing; None for one that does."""
        if mine is None:
            return self._missing(told, None) if told.content["asked"] else Reply(outcome=Outcome.GONE)
        known = mine.multi
        if known is None:
            return Reply(outcome=Outcome.REPLICATED_OTHERWISE)
        newer = told.multi.generation > known.generation
        if mine.is_primary and not newer:
            return self._not_followed(context, told, mine)
        if not newer:
            same = told.multi.generation == known.generation
            return _DONE if same else Reply(outcome=Outcome.AHEAD, generation=known.generation)
        return self._missing(told, mine)

    def _not_followed(self, context: CallContext, told: _Told, mine: Key) -> Reply:
        """Answer a region that takes itself for the primary of a key whose primary is here.

        It made this one the primary and has not heard of that; or it was put back from a backup of before, and is told
        again what it is.
        """
        task = self._tx.replication.find(mine.arn(), told.source, Action.SHIP_KEY.kind)
        if task is not None:
            self._tx.replication.save(task.renewed(context.now))
        return _DONE if told.promotes else Reply(outcome=Outcome.REPLICATED_OTHERWISE)

    def _missing(self, told: _Told, mine: Key | None) -> Reply | None:
        if told.origin is Origin.EXTERNAL:
            return None
        held = {each.material_id for each in mine.materials} if mine is not None else set()
        missing = sorted({*_ids(told)} - held - told.secrets.keys())
        return Reply(outcome=Outcome.MISSING, version_ids=missing) if missing else None

    def _taken(self, context: CallContext, told: _Told, found: Key | None, mine: Key | None) -> Reply:
        key = mine or self._made(context, told)
        multi = replace(told.multi, promoting=context.region).moved() if told.promotes else told.multi
        brought = replace(key, materials=told.materials(mine), rotation=told.rotation, multi=multi)
        held = {each.material_id for each in mine.materials} if mine is not None else set()
        wrapped = {
            each.material_id: self._keyring.materials.wrapped(brought, each, told.secrets[each.material_id])
            for each in brought.materials
            if each.material_id in told.secrets and each.material_id not in held
        }
        self._keep(brought, wrapped, found, mine)
        self._follow(context, brought, mine)
        self._record(context, brought, "CreateKey" if mine is None else "SynchronizeMultiRegionKey")
        return _DONE

    def _keep(self, key: Key, wrapped: Mapping[str, bytes], found: Key | None, mine: Key | None) -> None:
        if mine is not None:
            for material_id, each in wrapped.items():
                self._tx.keys.add_material(key.key_id, material_id, each)
            self._tx.keys.save(key)
        elif found is not None:
            self._tx.keys.put_again(replace(key, generation=found.generation), wrapped)
        else:
            self._tx.keys.add(key, wrapped)

    def _made(self, context: CallContext, told: _Told) -> Key:
        asked = told.content["asked"]
        return Key(
            key_id=told.key_id,
            account_id=context.account_id,
            region=context.region,
            created=context.now,
            manager=KeyManager.CUSTOMER,
            materials=(),
            spec=told.content["spec"],
            usage=told.content["usage"],
            origin=told.origin,
            description=asked["description"],
            policy=asked["policy"],
            tags=tuple((name, text) for name, text in asked["tags"]),
        )

    def _follow(self, context: CallContext, key: Key, mine: Key | None) -> None:
        """Have a new primary tell the others, and one that is none any more leave that to it."""
        if key.is_primary and key.multi is not None:
            held = tuple(sorted(each.material_id for each in key.materials))
            for region in key.multi.replicas:
                task = Task(arn=key.arn(), region=region, action=Action.SHIP_KEY, due=context.now, held=held)
                self._tx.replication.save(task)
        elif mine is not None and mine.is_primary:
            for task in self._tx.replication.of_key(key.arn()):
                self._tx.replication.remove(task.arn, task.region, task.action.kind)

    def _record(self, context: CallContext, key: Key, name: str) -> None:
        event = service_event(
            name,
            account_id=context.account_id,
            region=context.region,
            now=context.now,
            details={"keyId": key.arn()},
            service="kms",
        )
        self._tx.trail.append(event, at=context.now)


def _ids(told: _Told) -> list[str]:
    return [each["id"] for each in told.content["materials"]]
