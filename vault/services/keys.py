"""KMS keys: made, described, listed and changed, with the rules of `domain/keys.py` applied to what is stored."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vault.domain.context import CallContext
from vault.domain.key_material import Origin, RotationKind
from vault.domain.key_policy import DEFAULT_NAME, check_key_policy, policy_text
from vault.domain.key_specs import SYMMETRIC, KeySpec, spec_named
from vault.domain.key_tags import check_key_tags, joined_key_tags
from vault.domain.keys import Key, KeyManager, key_arn
from vault.domain.kms_errors import KeyNotFound, UnsupportedKeyOperation
from vault.domain.multi_region import MultiRegion
from vault.domain.tags import Tags, without
from vault.services.data_keys import draw_material
from vault.services.key_lookup import KeyLookup
from vault.services.key_shipping import leaving
from vault.services.keyring import Keyring
from vault.services.markers import MarkedPage, Markers
from vault.storage.store import UnitOfWork

_MRK = "mrk-"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What CreateKey is asked to make."""

    description: str = ""
    policy: str | None = None
    bypass_lockout_check: bool = False
    tags: Tags = ()
    usage: str | None = None
    spec: str = SYMMETRIC
    origin: str = Origin.OURS
    multi_region: bool = False

    def checked(self) -> tuple[KeySpec, str, Origin]:
        """Return kind, use and origin of the key.

        Raises `ValidationFailed` for a use that keys of that kind do not have, `UnsupportedKeyOperation` for a kind or
        origin that is not offered.
        """
        spec = spec_named(self.spec)
        usage = spec.checked_usage(self.usage)
        if self.origin not in list(Origin):
            raise UnsupportedKeyOperation(f"Origin {self.origin} is not supported.")
        if self.origin == Origin.EXTERNAL and spec.kind.startswith("ML-"):
            raise UnsupportedKeyOperation(f"KeySpec {self.spec} is not supported for keys with Origin {self.origin}.")
        return spec, usage, Origin(self.origin)


class Keys:
    """The operations on keys in one transaction. A `key_id` is a key's id or ARN; where it may be an alias is said.

    Beside what they name, all raise `KeyNotFound` and `InvalidArn`; those that change a key `InvalidKeyState` while it
    is pending deletion, and `AccessDenied` for one that AWS manages.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring
        self.lookup = KeyLookup(tx, keyring)

    def create(self, context: CallContext, new: NewKey) -> Key:
        """Make a key. Raises as `NewKey.checked` does, `MalformedKeyPolicy`, `InvalidKeyTag`."""
        spec, usage, origin = new.checked()
        key_id = _MRK + uuid.uuid4().hex if new.multi_region else str(uuid.uuid4())
        arn = key_arn(context.partition, context.region, context.account_id, key_id)
        policy = ""
        if new.policy is not None:
            policy = check_key_policy(new.policy, arn, context, bypass=new.bypass_lockout_check)
        tags = check_key_tags(new.tags)
        key = Key(
            key_id=key_id,
            account_id=context.account_id,
            region=context.region,
            created=context.now,
            manager=KeyManager.CUSTOMER,
            materials=(),
            spec=spec.name,
            usage=usage,
            origin=origin,
            multi=MultiRegion(primary=context.region) if new.multi_region else None,
            description=new.description,
            tags=tags,
            policy=policy,
        )
        return self._kept(key, spec)

    def _kept(self, key: Key, spec: KeySpec) -> Key:
        """Keep a new key, with material unless that is to be imported."""
        if key.origin is Origin.EXTERNAL:
            self._tx.keys.add(key, {})
            return key
        material, wrapped = self._keyring.materials.fresh(
            key_id=key.key_id,
            account_id=key.account_id,
            region=key.region,
            now=key.created,
            secret=draw_material(spec),
        )
        made = replace(key, materials=(material,))
        self._tx.keys.add(made, {material.material_id: wrapped})
        return made

    def describe(self, context: CallContext, key_id: str) -> Key:
        """Return a key, also by an alias, also of another account by its ARN."""
        return self.lookup.anyones(context, key_id)

    def page(self, context: CallContext, *, limit: int, marker: str = "") -> MarkedPage[Key]:
        """Return a page of the account's keys in the region. Raises `InvalidMarker`."""
        markers = Markers(self._keyring, ["keys", context.account_id, context.region])
        after, found = markers.after(marker), list[Key]()
        while len(found) <= limit:
            more = self._tx.keys.page(context.account_id, context.region, after=after, limit=limit + 1)
            found += [key for key in more if not key.gone(context.now)]
            if len(more) <= limit:
                break
            after = more[-1].key_id
        return markers.page(found, limit, lambda key: key.key_id)

    def enable(self, context: CallContext, key_id: str) -> Key:
        """Let a key be used."""
        return self._change(context, "EnableKey", key_id, lambda key: key.enabled())

    def disable(self, context: CallContext, key_id: str) -> Key:
        """Keep a key from being used."""
        return self._change(context, "DisableKey", key_id, lambda key: key.disabled())

    def schedule_deletion(self, context: CallContext, key_id: str, window_days: int | None) -> Key:
        """Have a key deleted when the window is over. Raises `ValidationFailed` for one out of bounds."""

        def change(key: Key) -> Key:
            return key.scheduled_for_deletion(context.now, window_days)

        return self._change(context, "ScheduleKeyDeletion", key_id, change)

    def cancel_deletion(self, context: CallContext, key_id: str) -> Key:
        """Take a deletion back; the key is disabled then. Raises `InvalidKeyState` where there is none."""
        return self._change(context, "CancelKeyDeletion", key_id, lambda key: key.deletion_cancelled())

    def describe_as(self, context: CallContext, key_id: str, text: str) -> Key:
        """Set a key's description."""
        return self._change(context, "UpdateKeyDescription", key_id, lambda key: key.described(text))

    def tag(self, context: CallContext, key_id: str, tags: Sequence[tuple[str, str]]) -> Key:
        """Add tags; a tag key that is there gets the new value. Raises `InvalidKeyTag`."""
        return self._change(context, "TagResource", key_id, lambda key: key.tagged(joined_key_tags(key.tags, tags)))

    def untag(self, context: CallContext, key_id: str, names: Sequence[str]) -> Key:
        """Take tags off; those that are not there change nothing."""
        return self._change(context, "UntagResource", key_id, lambda key: key.tagged(without(key.tags, names)))

    def tags(self, context: CallContext, key_id: str, *, limit: int, marker: str = "") -> MarkedPage[tuple[str, str]]:
        """Return a page of a key's tags by their keys. Raises `InvalidMarker`."""
        key = self.lookup.named(context, key_id, aliases=False)
        markers = Markers(self._keyring, ["key-tags", key.key_id])
        return markers.page_of_all(key.tags, limit, marker, lambda pair: pair[0])

    def policy(self, context: CallContext, key_id: str, name: str = DEFAULT_NAME) -> str:
        """Return a key's policy. Raises `KeyNotFound` for another name than `default`."""
        key = self.lookup.named(context, key_id, aliases=False)
        if name != DEFAULT_NAME:
            raise KeyNotFound("No such policy exists")
        return policy_text(key, context.partition)

    def policy_names(self, context: CallContext, key_id: str, *, marker: str = "") -> MarkedPage[str]:
        """Return the names of a key's policies: there is one. Raises `InvalidMarker`, since no page has a next one."""
        key = self.lookup.named(context, key_id, aliases=False)
        return Markers(self._keyring, ["policies", key.key_id]).page_of_all([DEFAULT_NAME], 1, marker, str)

    def put_policy(
        self, context: CallContext, key_id: str, document: str, *, name: str = DEFAULT_NAME, bypass: bool = False
    ) -> Key:
        """Set a key's policy, in any state of the key. Raises `MalformedKeyPolicy`, `KeyNotFound` for another name."""
        if name != DEFAULT_NAME:
            raise KeyNotFound("No such policy exists")
        key = self.own(context, "PutKeyPolicy", key_id)
        checked = check_key_policy(document, key.arn(context.partition), context, bypass=bypass)
        return self._tx.keys.save(key.with_policy(checked))

    def own(self, context: CallContext, operation: str, key_id: str) -> Key:
        """Return a key that a caller may change. Raises `AccessDenied` for one that AWS manages."""
        key = self.lookup.named(context, key_id, aliases=False)
        key.check_customer_managed(context.principal_arn, f"kms:{operation}")
        return key

    def purge(self, now: datetime) -> list[Key]:
        """Remove the keys of all accounts whose window is over, with their materials; return what they were."""
        due = [key for key in self._tx.keys.purge_due(now) if key.gone(now)]
        for key in due:
            self._tx.keys.sweep_up(key)
            if key.is_replica:
                self._tx.replication.save(leaving(key, now))
        return due

    def expire(self, now: datetime) -> list[Key]:
        """Delete imported material that has expired; return the keys it was of."""
        due = [key for key in self._tx.keys.purge_due(now) if not key.gone(now)]
        for key in due:
            self._tx.keys.save(key.at(now))
        return due

    def rotate_due(self, now: datetime) -> list[Key]:
        """Give every key whose rotation is due a fresh material; return the keys."""
        return [self._rotated(key, now) for key in self._tx.keys.rotation_due(now)]

    def _rotated(self, key: Key, now: datetime) -> Key:
        material, wrapped = self._keyring.materials.fresh(
            key_id=key.key_id, account_id=key.account_id, region=key.region, now=now, kind=RotationKind.AUTOMATIC
        )
        self._tx.keys.add_material(key.key_id, material.material_id, wrapped)
        return self._tx.keys.save(key.rotated_when_due(material, now))

    def _change(self, context: CallContext, operation: str, key_id: str, change: Callable[[Key], Key]) -> Key:
        key = self.own(context, operation, key_id)
        changed = change(key)
        return key if changed == key else self._tx.keys.save(changed)
