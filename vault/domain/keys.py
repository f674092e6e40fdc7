"""A KMS key: its state, aliases, rotation and key materials, as a pure state machine.

Rules (AWS KMS Developer Guide, "Key states of AWS KMS keys", "Rotate AWS KMS keys", "Delete an AWS KMS key"):

1.  A key is enabled, disabled or pending deletion. Only an enabled one encrypts, decrypts, rotates and is granted.
    One whose material is to be imported is pending import until all of it is here.
2.  A deletion waits 7 to 30 days, 30 unless said; nothing changes the key meanwhile but its policy, the end of its
    grants and aliases, and the cancelling. A cancelled deletion leaves the key disabled.
3.  Once the window is over the key is gone, whether or not anybody has swept it up. Its materials are deleted then; its
    document stays, so that a key that somebody took out of the storage is told from one that was deleted.
4.  The newest key material seals, every one opens. Rotating adds one; id and ARN stay.
5.  Automatic rotation is off until enabled; its period is 90 to 2560 days, 365 unless said, and counts from when it
    was enabled or last done. A disabled key, or one pending deletion, does not rotate; enabled again it catches up.
6.  On demand a key rotates at most 10 times.
7.  An alias belongs to one key; `alias/aws/` is AWS's own. A key has at most 50 aliases and 50 tags.
8.  Keys that AWS manages are used by their service alone, and rotate every year: nobody disables, deletes, tags or
    grants them, or sets their rotation or policy.
9.  Symmetric keys for encryption rotate, and no others; by themselves only those whose material was drawn here. Of
    the keys of several regions the primary rotates, and the others with it. It is deleted after all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from vault.domain.errors import AccessDenied, ValidationFailed
from vault.domain.key_material import Material, Origin, RotationKind
from vault.domain.kms_errors import (
    InvalidKeyState,
    KeyDisabled,
    KeyLimitExceeded,
    UnsupportedKeyOperation,
)
from vault.domain.multi_region import MultiRegion
from vault.domain.tags import Tags

MANAGED_ALIAS = "alias/aws/secretsmanager"

MIN_WINDOW_DAYS, MAX_WINDOW_DAYS, DEFAULT_WINDOW_DAYS = 7, 30, 30
DEFAULT_PERIOD_DAYS = 365
MAX_ON_DEMAND = 10
MAX_ALIASES = 50


class KeyState(StrEnum):
    """The states a key can be in, as KMS names them."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    PENDING_REPLICA_DELETION = "PendingReplicaDeletion"
    # No key is stored in these: they follow from its materials and regions.
    PENDING_IMPORT = "PendingImport"
    CREATING = "Creating"
    UPDATING = "Updating"


class KeyManager(StrEnum):
    """Who rules over a key."""

    AWS = "AWS"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name of a key, with its prefix `alias/`."""

    name: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Automatic rotation: every so many days, next at `due`."""

    period_days: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A KMS key without its materials. Every change returns a new one."""

    key_id: str
    account_id: str
    region: str
    created: datetime
    manager: KeyManager
    materials: tuple[Material, ...]
    """Oldest first; none once the key was swept up, or before the first was imported."""
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    origin: Origin = Origin.OURS
    pending: Material | None = None
    """A material that was imported and seals from the next rotation on."""
    multi: MultiRegion | None = None
    """None for a key of one region."""
    swept: bool = False
    """Whether its materials were deleted for good."""
    state: KeyState = KeyState.ENABLED
    description: str = ""
    tags: Tags = ()
    policy: str = ""
    """The policy named `default`, as it was put; empty means the one every key is made with."""
    aliases: tuple[Alias, ...] = ()
    rotation: Rotation | None = None
    purge_at: datetime | None = None
    """When a deletion's window is over."""
    window_days: int | None = None
    generation: int = field(default=0)
    """Counts the stored changes; raised by the storage at each save."""

    @property
    def newest(self) -> Material:
        """The material that seals."""
        return self.materials[-1]

    @property
    def managed(self) -> bool:
        """Tell whether AWS manages the key."""
        return self.manager is KeyManager.AWS

    @property
    def symmetric(self) -> bool:
        """Tell whether it is a symmetric key for encryption, as those are that secrets may be under."""
        return self.spec == "SYMMETRIC_DEFAULT"

    @property
    def is_replica(self) -> bool:
        """Tell whether the primary of its regions is another."""
        return self.multi is not None and self.multi.primary != self.region

    @property
    def is_primary(self) -> bool:
        """Tell whether it is the primary of several regions."""
        return self.multi is not None and self.multi.primary == self.region

    @property
    def shared(self) -> tuple[Any, ...]:
        """What the primary of several regions and its replicas have in common; replicas are told when it changes."""
        known = None if self.multi is None else replace(self.multi, generation=0)
        return (tuple((each.material_id, each.kind) for each in self.materials), self.rotation, known)

    @property
    def all_materials(self) -> tuple[Material, ...]:
        """Every material, with one that waits for a rotation."""
        return self.materials if self.pending is None else (*self.materials, self.pending)

    @property
    def lacks_material(self) -> bool:
        """Tell whether something of what it seals and opens with is to be imported."""
        return self.origin is Origin.EXTERNAL and not (self.materials and all(each.held for each in self.materials))

    @property
    def pending_deletion(self) -> bool:
        """Tell whether the key is to be deleted, at once or after its replicas."""
        return self.state in (KeyState.PENDING_DELETION, KeyState.PENDING_REPLICA_DELETION)

    @property
    def shown_state(self) -> KeyState:
        """The state as KMS tells it."""
        if self.pending_deletion or self.state is KeyState.CREATING:
            return self.state
        if self.lacks_material:
            return KeyState.PENDING_IMPORT
        return KeyState.UPDATING if self.updating else self.state

    @property
    def updating(self) -> bool:
        """Tell whether another region is being made the primary."""
        return self.multi is not None and self.multi.promoting != ""

    @property
    def rotates(self) -> bool:
        """Tell whether the key rotates by itself; one pending deletion does not."""
        return self.rotation is not None and not self.pending_deletion

    @property
    def due(self) -> datetime | None:
        """When this key is due to be rotated; None for one that is not enabled, does not rotate, or is a replica."""
        rotates = self.state is KeyState.ENABLED and not self.is_replica and not self.updating
        return self.rotation.due if self.rotation is not None and rotates else None

    @property
    def sweep_due(self) -> datetime | None:
        """When something of it is to be deleted: all of it, or imported material that expires."""
        if self.swept:
            return None
        ends = [each.expires for each in self.all_materials if each.expires is not None]
        return min([*ends, *([self.purge_at] if self.purge_at is not None else [])], default=None)

    def arn(self, partition: str = "aws") -> str:
        """Return the key's ARN."""
        return key_arn(partition, self.region, self.account_id, self.key_id)

    def has_alias(self, name: str) -> bool:
        """Tell whether `name` is one of the key's aliases."""
        return any(alias.name == name for alias in self.aliases)

    def material(self, material_id: str) -> Material | None:
        """Return the material of that id."""
        return next((each for each in self.materials if each.material_id == material_id), None)

    def gone(self, now: datetime) -> bool:
        """Tell whether the window of its deletion is over."""
        return self.swept or (self.purge_at is not None and now >= self.purge_at)

    def at(self, now: datetime) -> Key:
        """Return the key as it is at a time: without imported material that has expired by then."""
        if self.origin is Origin.OURS:
            return self
        pending = self.pending.at(now) if self.pending is not None else None
        return replace(
            self,
            materials=tuple(each.at(now) for each in self.materials),
            pending=pending if pending is not None and pending.held else None,
        )

    def swept_up(self) -> Key:
        """Return what stays of a key that is gone."""
        return replace(self, materials=(), pending=None, aliases=(), tags=(), rotation=None, swept=True)

    def check_enabled(self) -> None:
        """Raise `KeyDisabled` or `InvalidKeyState` unless the key may be used."""
        if self.state is KeyState.ENABLED and self.origin is Origin.OURS:
            return
        self.check_not_pending()
        self.check_material()
        if self.state is KeyState.DISABLED:
            raise KeyDisabled(f"{self.arn()} is disabled.")

    def check_not_pending(self) -> None:
        """Raise `InvalidKeyState` while the key is pending deletion."""
        if self.state is KeyState.PENDING_DELETION:
            raise InvalidKeyState(f"{self.arn()} is pending deletion.")
        if self.state is KeyState.PENDING_REPLICA_DELETION:
            raise InvalidKeyState(f"{self.arn()} is pending replica deletion.")

    def check_material(self) -> None:
        """Raise `InvalidKeyState` while material is to be imported."""
        if self.lacks_material:
            raise InvalidKeyState(f"{self.arn()} is pending import.")

    def check_settled(self) -> None:
        """Raise `InvalidKeyState` while the key is pending deletion or import, or its primary changes."""
        self.check_not_pending()
        self.check_material()
        self._check_not_updating()

    def _check_not_updating(self) -> None:
        if self.updating:
            raise InvalidKeyState(f"{self.arn()} is updating.")

    def check_primary(self) -> None:
        """Raise `UnsupportedKeyOperation` for a replica: what all regions share is changed where the primary is.

        Raises `InvalidKeyState` while another region is being made the primary.
        """
        if self.is_replica:
            raise UnsupportedKeyOperation(f"{self.arn()} is not a multi-region primary key.")
        self._check_not_updating()

    def check_multi_primary(self) -> MultiRegion:
        """Return what the primary of several regions knows of the others. Raises `UnsupportedKeyOperation` for others.

        Raises as `check_enabled` and `check_primary` do, too.
        """
        self.check_enabled()
        if self.multi is None:
            raise UnsupportedKeyOperation(f"{self.arn()} is not a multi-region primary key.")
        self.check_primary()
        return self.multi

    def check_origin(self, origin: Origin) -> None:
        """Raise `UnsupportedKeyOperation` for a key whose material comes from elsewhere than `origin`."""
        if self.origin is not origin:
            raise UnsupportedKeyOperation(
                f"{self.arn()} origin is {self.origin} which is not valid for this operation."
            )

    def check_customer_managed(self, caller: str, action: str) -> None:
        """Raise `AccessDenied`, as the policy of a key that AWS manages does, for what it lets nobody do."""
        if self.managed:
            raise AccessDenied(
                f"User: {caller} is not authorized to perform: {action} on resource: {self.arn()} because no "
                f"resource-based policy allows the {action} action"
            )

    def enabled(self) -> Key:
        """Return the key enabled."""
        self.check_settled()
        return replace(self, state=KeyState.ENABLED)

    def disabled(self) -> Key:
        """Return the key disabled."""
        self.check_settled()
        return replace(self, state=KeyState.DISABLED)

    def scheduled_for_deletion(self, now: datetime, window_days: int | None) -> Key:
        """Return the key pending deletion. Raises `ValidationFailed` for a window that is out of bounds."""
        days = DEFAULT_WINDOW_DAYS if window_days is None else window_days
        for wrong, bound in (
            (days > MAX_WINDOW_DAYS, "less than or equal to 30"),
            (days < MIN_WINDOW_DAYS, "greater than or equal to 7"),
        ):
            if wrong:
                raise ValidationFailed(
                    f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy "
                    f"constraint: Member must have value {bound}"
                )
        self.check_not_pending()
        self._check_not_updating()
        if self.is_primary and self.multi is not None and self.multi.replicas:
            return replace(self, state=KeyState.PENDING_REPLICA_DELETION, window_days=days)
        return replace(self, state=KeyState.PENDING_DELETION, purge_at=now + timedelta(days=days), window_days=days)

    def deletion_cancelled(self) -> Key:
        """Return the key disabled instead of pending deletion. Raises `InvalidKeyState` where it is not."""
        if not self.pending_deletion:
            raise InvalidKeyState(f"{self.arn()} is not pending deletion.")
        return replace(self, state=KeyState.DISABLED, purge_at=None, window_days=None)

    def without_replica(self, region: str, now: datetime) -> Key:
        """Return the primary without a replica; the window of its own deletion begins once it has none."""
        if self.multi is None:
            return self
        promoting = "" if self.multi.promoting == region else self.multi.promoting
        left = replace(self, multi=replace(self.multi.without_replica(region), promoting=promoting))
        if self.state is not KeyState.PENDING_REPLICA_DELETION or (left.multi is not None and left.multi.replicas):
            return left
        window = timedelta(days=self.window_days or DEFAULT_WINDOW_DAYS)
        return replace(left, state=KeyState.PENDING_DELETION, purge_at=now + window)

    def described(self, text: str) -> Key:
        """Return the key with another description."""
        self.check_not_pending()
        return replace(self, description=text)

    def tagged(self, tags: Tags) -> Key:
        """Return the key with these tags in place of its own."""
        self.check_not_pending()
        return replace(self, tags=tags)

    def with_policy(self, document: str) -> Key:
        """Return the key with another policy, in any state."""
        return replace(self, policy=document)

    def with_alias(self, name: str, now: datetime, *, created: datetime | None = None) -> Key:
        """Return the key with an alias more, `created` earlier where it comes from another key.

        Raises `KeyLimitExceeded`.
        """
        self.check_not_pending()
        if len(self.aliases) >= MAX_ALIASES:
            raise KeyLimitExceeded(f"A KMS key can have at most {MAX_ALIASES} aliases.")
        return replace(self, aliases=(*self.aliases, Alias(name=name, created=created or now, updated=now)))

    def without_alias(self, name: str) -> Key:
        """Return the key without that alias."""
        return replace(self, aliases=tuple(alias for alias in self.aliases if alias.name != name))

    def rotating(self, now: datetime, period_days: int | None) -> Key:
        """Return the key rotating by itself, the first time a whole period from now."""
        self._check_rotates_by_itself()
        days = period_days or DEFAULT_PERIOD_DAYS
        return replace(self, rotation=Rotation(period_days=days, due=now + timedelta(days=days)))

    def not_rotating(self) -> Key:
        """Return the key without automatic rotation."""
        self._check_rotates_by_itself()
        return replace(self, rotation=None)

    def _check_rotates_by_itself(self) -> None:
        self.check_not_pending()
        self.check_origin(Origin.OURS)
        self.check_enabled()
        self.check_can_rotate()
        self.check_primary()

    def check_can_rotate(self) -> None:
        """Raise `UnsupportedKeyOperation`, as AWS does without a word, for a key of a kind that has one material."""
        if not self.symmetric:
            raise UnsupportedKeyOperation

    def rotated_on_demand(self, fresh: Material | None) -> Key:
        """Return the key with a fresh material; None where one was to be imported for that, and was not.

        Raises `KeyLimitExceeded` for the eleventh, `InvalidKeyState` where nothing was imported,
        `UnsupportedKeyOperation`.
        """
        self.check_enabled()
        self.check_can_rotate()
        self.check_primary()
        if fresh is None:
            raise InvalidKeyState(f"No available key material pending rotation for the key: {self.arn()}.")
        if sum(each.kind is RotationKind.ON_DEMAND for each in self.materials) >= MAX_ON_DEMAND:
            raise KeyLimitExceeded(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can "
                f"be performed for this key: {self.arn()}"
            )
        return replace(self, materials=(*self.materials, fresh), pending=None)

    def rotated_when_due(self, fresh: Material, now: datetime) -> Key:
        """Return the key with a fresh material, its next rotation a period from `now`; as it is where none is due."""
        if self.rotation is None or self.due is None or now < self.due:
            return self
        days = self.rotation.period_days
        rotation = Rotation(period_days=days, due=now + timedelta(days=days))
        return replace(self, materials=(*self.materials, fresh), rotation=rotation)


def yearly(created: datetime) -> Rotation:
    """Return the rotation of a key that AWS manages."""
    return Rotation(period_days=DEFAULT_PERIOD_DAYS, due=created + timedelta(days=DEFAULT_PERIOD_DAYS))


def key_arn(partition: str, region: str, account_id: str, key_id: str) -> str:
    """Return the ARN of a key."""
    return f"arn:{partition}:kms:{region}:{account_id}:key/{key_id}"


def alias_arn(partition: str, region: str, account_id: str, name: str) -> str:
    """Return the ARN of an alias, whose `name` has its prefix."""
    return f"arn:{partition}:kms:{region}:{account_id}:{name}"
