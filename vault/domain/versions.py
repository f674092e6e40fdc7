"""The versions of a secret and the staging labels on them, as a pure state machine.

Rules (AWS user guide, "What's in a Secrets Manager secret", and the API pages of PutSecretValue and
UpdateSecretVersionStage):

1.  A label sits on at most one version; a version may carry many; all versions together carry at most 20.
2.  A new version takes the labels asked for, `AWSCURRENT` by default, from whoever held them. The first version
    of a secret gets `AWSCURRENT` whatever was asked for.
3.  Whenever `AWSCURRENT` moves, `AWSPREVIOUS` moves to the version it left.
    Where a new version takes `AWSCURRENT`, the version it left loses `AWSPENDING`, too: what was pending is over
    (recorded from AWS; UpdateSecretVersionStage leaves it).
4.  `AWSCURRENT` is never removed, only moved, and never onto a version without a value.
5.  Moving a label that sits elsewhere needs the present holder named (compare and swap).
6.  A version without labels is deprecated: hidden, still readable by its id. Over 100 versions the deprecated ones
    older than 24 hours go, oldest first; when none can go, the new version is refused.
7.  A version's id is the caller's request token. The same token with the same value changes nothing, with another
    value it is refused.
8.  A rotation starts with a pending version that has no value yet; the first value put under its id fills it.
9.  A version may be opened by several KMS keys: the one it was sealed under, and those it was re-encrypted for since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Any

from vault.domain.errors import InvalidParameter, InvalidRequest, LimitExceeded, ResourceExists, ResourceNotFound

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
PENDING = "AWSPENDING"

MAX_VERSIONS = 100
MAX_LABELS = 20
PRUNE_AGE = timedelta(hours=24)


class Claim(Enum):
    """What putting a value under a request token would do."""

    NEW = auto()
    FILL = auto()
    REPEATED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVersion:
    """One version without its value; `key_id` names the KMS key that wrapped its data key first."""

    version_id: str
    created: datetime
    stages: frozenset[str] = frozenset()
    has_value: bool = True
    key_id: str = ""
    further_keys: tuple[str, ...] = ()
    """Other KMS keys that wrap the data key, too, oldest first."""
    accessed: date | None = None

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Every KMS key that opens the version, the one that was added last in front."""
        return (*reversed(self.further_keys), self.key_id) if self.further_keys else (self.key_id,)

    @property
    def deprecated(self) -> bool:
        """Tell whether no label holds the version."""
        return not self.stages

    def with_stages(self, stages: frozenset[str]) -> SecretVersion:
        """Return the version with these labels and no others."""
        # Made by hand: labels move at every put, and `replace` takes four times as long.
        return SecretVersion(
            version_id=self.version_id,
            created=self.created,
            stages=stages,
            has_value=self.has_value,
            key_id=self.key_id,
            further_keys=self.further_keys,
            accessed=self.accessed,
        )

    def state(self) -> dict[str, Any]:
        """Return the version as JSON values."""
        return {
            "id": self.version_id,
            "created": self.created.isoformat(),
            "stages": sorted(self.stages),
            "has_value": self.has_value,
            "key_id": self.key_id,
            "further_keys": list(self.further_keys),
            "accessed": self.accessed.isoformat() if self.accessed else None,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> SecretVersion:
        """Return the version that `state()` described."""
        return cls(
            version_id=state["id"],
            created=datetime.fromisoformat(state["created"]),
            stages=frozenset(state["stages"]),
            has_value=state["has_value"],
            key_id=state["key_id"],
            # A document of before there were several keys has no such member.
            further_keys=tuple(state.get("further_keys", ())),
            accessed=date.fromisoformat(state["accessed"]) if state["accessed"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """All versions of one secret, oldest first. Every change returns a new value."""

    items: tuple[SecretVersion, ...] = ()

    def find(self, version_id: str) -> SecretVersion | None:
        """Return the version of that id."""
        return next((version for version in self.items if version.version_id == version_id), None)

    def holder(self, stage: str) -> SecretVersion | None:
        """Return the version that carries the label."""
        return next((version for version in self.items if stage in version.stages), None)

    def select(self, version_id: str | None, stage: str | None) -> SecretVersion:
        """Return the version with a value that a read asks for; without id and stage the `AWSCURRENT` one.

        Raises `ResourceNotFound` for an unknown id or label and for a version without a value,
        `InvalidRequest` where id and label disagree.
        """
        if version_id is None:
            found = self.holder(stage or CURRENT)
            if found is None or not found.has_value:
                raise ResourceNotFound(_no_value(f"staging label: {stage or CURRENT}"))
            return found
        found = self.find(version_id)
        if found is None:
            raise ResourceNotFound(_no_value(f"VersionId: {version_id}"))
        if stage is not None and stage not in found.stages:
            raise InvalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
        if not found.has_value:
            raise ResourceNotFound(_no_value(f"VersionId: {version_id}"))
        return found

    def claim(self, token: str, *, owner: str, holds_same: Callable[[], bool]) -> Claim:
        """Return what a put under `token` would do; `holds_same` compares the stored value, where there is one.

        Raises `ResourceExists` when the token stands for another value; `owner` is the secret's ARN in its text.
        """
        existing = self.find(token)
        if existing is None:
            return Claim.NEW
        if not existing.has_value:
            return Claim.FILL
        if holds_same():
            return Claim.REPEATED
        raise ResourceExists(_token_in_use(token, owner))

    def added(self, version: SecretVersion, stages: Iterable[str]) -> Versions:
        """Return the set with a new version holding `stages`, pruned to the limits.

        Raises `LimitExceeded` when there is no room for the version or its labels.
        """
        labels = set(stages)
        if version.has_value and self.holder(CURRENT) is None:
            labels.add(CURRENT)
        bare = version.with_stages(frozenset())
        overtaken = CURRENT in labels and self.current is not None and PENDING in self.current.stages
        kept = self.without_pending() if overtaken else self
        return kept._pruned(version.created)._with(bare)._attached(version.version_id, labels)._checked()

    def filled(self, version_id: str, stages: Iterable[str], *, key_id: str) -> Versions:
        """Return the set where the pending version has its value, and `stages` besides the labels it holds.

        Raises `LimitExceeded` where the labels would be too many.
        """
        filled = self._mapped(version_id, lambda version: replace(version, has_value=True, key_id=key_id))
        return filled._attached(version_id, set(stages))._checked()

    def moved(self, stage: str, *, move_to: str | None, remove_from: str | None) -> Versions:
        """Return the set after UpdateSecretVersionStage.

        Raises `InvalidParameter` for an unknown version, a holder that is not named or named wrongly, and for
        dropping `AWSCURRENT`; `InvalidRequest` for moving it onto a version without a value; `LimitExceeded`.
        """
        for version_id in (remove_from, move_to):
            if version_id is not None and self.find(version_id) is None:
                raise InvalidParameter(f"Not a valid version: {version_id}")
        self._check_holder(stage, move_to, remove_from)
        if move_to is None:
            return self._dropped(stage)
        target = self.find(move_to)
        if stage == CURRENT and target is not None and not target.has_value:
            raise InvalidRequest("You can't attach the staging label AWSCURRENT to a version that has no value.")
        return self._attached(move_to, {stage})._checked()

    def without_pending(self) -> Versions:
        """Return the set with `AWSPENDING` taken off, for a rotation that is abandoned."""
        return self._dropped(PENDING)

    def touched(self, version_id: str, day: date) -> Versions:
        """Return the set with the version read on `day`."""
        return self._mapped(version_id, lambda version: replace(version, accessed=day))

    def labelled(self, stages: Iterable[str]) -> list[SecretVersion]:
        """Return the versions with a value that carry one of the labels."""
        wanted = set(stages)
        return [version for version in self.items if version.has_value and wanted & version.stages]

    def wrapped_too(self, version_id: str, key_id: str) -> Versions:
        """Return the set where another KMS key opens the version, too."""
        return self._mapped(version_id, lambda each: replace(each, further_keys=(*each.further_keys, key_id)))

    def gone_from(self, later: Versions) -> list[str]:
        """Return the ids of the versions that `later` has no more."""
        kept = {version.version_id for version in later.items}
        return [version.version_id for version in self.items if version.version_id not in kept]

    def state(self) -> list[dict[str, Any]]:
        """Return the versions as JSON values."""
        return [version.state() for version in self.items]

    @classmethod
    def from_state(cls, state: Iterable[Mapping[str, Any]]) -> Versions:
        """Return the versions that `state()` described."""
        return cls(items=tuple(SecretVersion.from_state(each) for each in state))

    @property
    def unfinished(self) -> SecretVersion | None:
        """Return the version an earlier rotation left pending: `AWSPENDING` on another version than the current."""
        pending = self.holder(PENDING)
        return pending if pending is not None and CURRENT not in pending.stages else None

    def is_current(self, version_id: str) -> bool:
        """Tell whether that version is labelled `AWSCURRENT`."""
        return self.current is not None and self.current.version_id == version_id

    def rotates_to(self, version_id: str) -> bool:
        """Tell whether a rotation to that version can go on: it is pending, or current already."""
        found = self.find(version_id)
        return found is not None and bool(found.stages & {PENDING, CURRENT})

    @property
    def current(self) -> SecretVersion | None:
        """Return the version labelled `AWSCURRENT`."""
        return self.holder(CURRENT)

    @property
    def ids_to_stages(self) -> dict[str, list[str]]:
        """Return the labels of every version that is not deprecated, sorted."""
        return {version.version_id: sorted(version.stages) for version in self.items if version.stages}

    def _check_holder(self, stage: str, move_to: str | None, remove_from: str | None) -> None:
        holder = self.holder(stage)
        if remove_from is not None and (holder is None or holder.version_id != remove_from):
            raise InvalidParameter(_wrong_holder(stage, remove_from, holder))
        if holder is None or holder.version_id == move_to:
            return
        if remove_from is None:
            raise InvalidParameter(
                f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to "
                f"version {holder.version_id}, so you must explicitly reference that version in RemoveFromVersionId."
            )
        if move_to is None and stage == CURRENT:
            raise InvalidParameter(
                "You can only move staging label AWSCURRENT to a different secret version. "
                "It can't be completely removed."
            )

    def _attached(self, version_id: str, stages: Iterable[str]) -> Versions:
        """Attach `AWSCURRENT` last, so that the version it leaves gets `AWSPREVIOUS` whatever else was listed."""
        moved = self
        for stage in sorted(stages, key=lambda label: (label == CURRENT, label)):
            left = moved.holder(stage)
            moved = moved._dropped(stage)._mapped(version_id, _labelled(stage))
            if stage == CURRENT and left is not None and left.version_id != version_id:
                moved = moved._dropped(PREVIOUS)._mapped(left.version_id, _labelled(PREVIOUS))
        return moved

    def _dropped(self, stage: str) -> Versions:
        without = (each.with_stages(each.stages - {stage}) if stage in each.stages else each for each in self.items)
        return Versions(items=tuple(without))

    def _mapped(self, version_id: str, change: Callable[[SecretVersion], SecretVersion]) -> Versions:
        return Versions(items=tuple(change(each) if each.version_id == version_id else each for each in self.items))

    def _with(self, version: SecretVersion) -> Versions:
        return Versions(items=(*self.items, version))

    def _pruned(self, now: datetime) -> Versions:
        surplus = len(self.items) + 1 - MAX_VERSIONS
        removable = [each for each in self.items if each.deprecated and now - each.created > PRUNE_AGE]
        if surplus > len(removable):
            raise LimitExceeded(f"A secret can have at most {MAX_VERSIONS} versions.")
        gone = {each.version_id for each in removable[: max(0, surplus)]}
        return Versions(items=tuple(each for each in self.items if each.version_id not in gone))

    def _checked(self) -> Versions:
        if sum(len(each.stages) for each in self.items) > MAX_LABELS:
            raise LimitExceeded(f"The versions of a secret can have at most {MAX_LABELS} staging labels together.")
        return self


def _labelled(stage: str) -> Callable[[SecretVersion], SecretVersion]:
    return lambda version: version.with_stages(version.stages | {stage})


def _token_in_use(token: str, owner: str) -> str:
    return (
        f"You can't use ClientRequestToken {token} because that value is already in use for a version of "
        f"secret {owner}."
    )


def _no_value(named: str) -> str:
    return f"Secrets Manager can't find the specified secret value for {named}"


def _wrong_holder(stage: str, remove_from: str, holder: SecretVersion | None) -> str:
    if holder is None:
        return f"Version stage {stage} not found in version {remove_from}"
    return (
        f"Staging label {stage} is currently attached to version {holder.version_id}, so you must explicitly "
        "reference that version in RemoveFromVersionId."
    )
