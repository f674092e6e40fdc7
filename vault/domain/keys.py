"""A KMS key: its state, aliases, rotation and key materials, as a pure state machine.

Rules (AWS KMS Developer Guide, "Key states of AWS KMS keys", "Rotate AWS KMS keys", "Delete an AWS KMS key"):

1.  A key is enabled, disabled or pending deletion. Only an enabled one encrypts, decrypts, rotates and is granted.
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
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from vault.domain.errors import AccessDenied, ValidationFailed
from vault.domain.kms_errors import (
    InvalidKeyState,
    KeyDisabled,
    KeyLimitExceeded,
)
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


class KeyManager(StrEnum):
    """Who rules over a key."""

    AWS = "AWS"
    CUSTOMER = "CUSTOMER"


class RotationKind(StrEnum):
    """Why a key material was made; the first has no kind."""

    FIRST = ""
    AUTOMATIC = "AUTOMATIC"
    ON_DEMAND = "ON_DEMAND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One key material, without itself. `bound`: it is wrapped for its id, unlike those of the first stores."""

    material_id: str
    created: datetime
    kind: RotationKind = RotationKind.FIRST
    bound: bool = True

    def state(self) -> dict[str, Any]:
        """Return the material as JSON values."""
        return {
            "id": self.material_id,
            "created": self.created.isoformat(),
            "kind": self.kind.value,
            "bound": self.bound,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Material:
        """Return the material that `state()` described."""
        return cls(
            material_id=state["id"],
            created=datetime.fromisoformat(state["created"]),
            kind=RotationKind(state["kind"]),
            bound=state["bound"],
        )


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
    """A KMS key without its materials: symmetric, for encryption and decryption. Every change returns a new one."""

    key_id: str
    account_id: str
    region: str
    created: datetime
    manager: KeyManager
    materials: tuple[Material, ...]
    """Oldest first; none once the key was swept up."""
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
    def rotates(self) -> bool:
        """Tell whether the key rotates by itself; one pending deletion does not."""
        return self.rotation is not None and self.state is not KeyState.PENDING_DELETION

    @property
    def due(self) -> datetime | None:
        """When the next automatic rotation is due; None for a key that is not enabled, or does not rotate."""
        return self.rotation.due if self.rotation is not None and self.state is KeyState.ENABLED else None

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
        return not self.materials or (self.purge_at is not None and now >= self.purge_at)

    def swept_up(self) -> Key:
        """Return what stays of a key that is gone."""
        return replace(self, materials=(), aliases=(), tags=(), rotation=None)

    def check_enabled(self) -> None:
        """Raise `KeyDisabled` or `InvalidKeyState` unless the key may be used."""
        self.check_not_pending()
        if self.state is KeyState.DISABLED:
            raise KeyDisabled(f"{self.arn()} is disabled.")

    def check_not_pending(self) -> None:
        """Raise `InvalidKeyState` while the key is pending deletion."""
        if self.state is KeyState.PENDING_DELETION:
            raise InvalidKeyState(f"{self.arn()} is pending deletion.")

    def check_customer_managed(self, caller: str, action: str) -> None:
        """Raise `AccessDenied`, as the policy of a key that AWS manages does, for what it lets nobody do."""
        if self.managed:
            raise AccessDenied(
                f"User: {caller} is not authorized to perform: {action} on resource: {self.arn()} because no "
                f"resource-based policy allows the {action} action"
            )

    def enabled(self) -> Key:
        """Return the key enabled."""
        self.check_not_pending()
        return replace(self, state=KeyState.ENABLED)

    def disabled(self) -> Key:
        """Return the key disabled."""
        self.check_not_pending()
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
        return replace(self, state=KeyState.PENDING_DELETION, purge_at=now + timedelta(days=days), window_days=days)

    def deletion_cancelled(self) -> Key:
        """Return the key disabled instead of pending deletion. Raises `InvalidKeyState` where it is not."""
        if self.state is not KeyState.PENDING_DELETION:
            raise InvalidKeyState(f"{self.arn()} is not pending deletion.")
        return replace(self, state=KeyState.DISABLED, purge_at=None, window_days=None)

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
        self.check_enabled()
        days = period_days or DEFAULT_PERIOD_DAYS
        return replace(self, rotation=Rotation(period_days=days, due=now + timedelta(days=days)))

    def not_rotating(self) -> Key:
        """Return the key without automatic rotation."""
        self.check_enabled()
        return replace(self, rotation=None)

    def rotated_on_demand(self, fresh: Material) -> Key:
        """Return the key with a fresh material. Raises `KeyLimitExceeded` for the eleventh."""
        self.check_enabled()
        if sum(each.kind is RotationKind.ON_DEMAND for each in self.materials) >= MAX_ON_DEMAND:
            raise KeyLimitExceeded(
                f"The on-demand rotations limit has been reached for KMS key {self.arn()}. "
                f"A KMS key can be rotated on demand at most {MAX_ON_DEMAND} times."
            )
        return replace(self, materials=(*self.materials, fresh))

    def rotated_when_due(self, fresh: Material, now: datetime) -> Key:
        """Return the key with a fresh material, its next rotation a period from `now`; as it is where none is due."""
        if self.rotation is None or self.due is None or now < self.due:
            return self
        days = self.rotation.period_days
        rotation = Rotation(period_days=days, due=now + timedelta(days=days))
        return replace(self, materials=(*self.materials, fresh), rotation=rotation)

    def document(self) -> dict[str, Any]:
        """Return the key as JSON values."""
        return {
            "key_id": self.key_id,
            "account_id": self.account_id,
            "region": self.region,
            "created": self.created.isoformat(),
            "manager": self.manager.value,
            "materials": [each.state() for each in self.materials],
            "state": self.state.value,
            "description": self.description,
            "tags": [list(pair) for pair in self.tags],
            "policy": self.policy,
            "aliases": [[each.name, each.created.isoformat(), each.updated.isoformat()] for each in self.aliases],
            "rotation": [self.rotation.period_days, self.rotation.due.isoformat()] if self.rotation else None,
            "purge_at": self.purge_at.isoformat() if self.purge_at else None,
            "window_days": self.window_days,
            "generation": self.generation,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Key:
        """Return the key that `document()` described."""
        rotation, purge_at = document["rotation"], document["purge_at"]
        return cls(
            key_id=document["key_id"],
            account_id=document["account_id"],
            region=document["region"],
            created=datetime.fromisoformat(document["created"]),
            manager=KeyManager(document["manager"]),
            materials=tuple(Material.from_state(each) for each in document["materials"]),
            state=KeyState(document["state"]),
            description=document["description"],
            tags=tuple((key, value) for key, value in document["tags"]),
            policy=document["policy"],
            aliases=_aliases(document["aliases"]),
            rotation=Rotation(period_days=rotation[0], due=datetime.fromisoformat(rotation[1])) if rotation else None,
            purge_at=datetime.fromisoformat(purge_at) if purge_at else None,
            window_days=document["window_days"],
            generation=document["generation"],
        )


def yearly(created: datetime) -> Rotation:
    """Return the rotation of a key that AWS manages."""
    return Rotation(period_days=DEFAULT_PERIOD_DAYS, due=created + timedelta(days=DEFAULT_PERIOD_DAYS))


def key_arn(partition: str, region: str, account_id: str, key_id: str) -> str:
    """Return the ARN of a key."""
    return f"arn:{partition}:kms:{region}:{account_id}:key/{key_id}"


def alias_arn(partition: str, region: str, account_id: str, name: str) -> str:
    """Return the ARN of an alias, whose `name` has its prefix."""
    return f"arn:{partition}:kms:{region}:{account_id}:{name}"


def _aliases(listed: Sequence[Sequence[str]]) -> tuple[Alias, ...]:
    return tuple(
        Alias(name=name, created=datetime.fromisoformat(created), updated=datetime.fromisoformat(updated))
        for name, created, updated in listed
    )
