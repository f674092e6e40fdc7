"""Replication of a secret between regions: what each side remembers of the other, and what is still to be shipped.

The primary lists its replicas in its own document; a replica names its primary and the generation of it that it holds.
Rules (AWS Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions" and "Promote a replica
secret"; texts as AWS's service gives them):

1.  A replica has the primary's ARN but for the region, its name, values, labels, description and tags. It is changed
    in the primary's region only, but for its KMS key. Resource policies are each region's own.
2.  A replica takes what is newer than what it holds, and nothing else: a message that comes late or twice changes
    nothing.
3.  A secret that is there under the name already is overwritten only where that was asked for, and never where it is
    replicated itself.
4.  A primary with replicas cannot be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from vault.domain.rotation import RotationConfig

NOT_ON_A_REPLICA = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
NOT_A_REPLICA = "You can't perform this operation on the secret because it isn't a replica."
SAME_REGION = "Invalid replica region."
SUCCEEDED = "Replication succeeded"

LEASE = timedelta(seconds=20)
"""Longer than the delivery of a message is waited for."""
REMEMBERED = timedelta(minutes=15)
"""How long a removed replica's generation is kept: what was signed before is refused for its age by then."""
_FIRST_RETRY = timedelta(seconds=1)
_LAST_RETRY = timedelta(minutes=5)
_LAST_UNANSWERED = timedelta(seconds=30)
_DOUBLINGS = 10


def still_replicated(arn: str, regions: Sequence[str]) -> str:
    """Return why a secret cannot be deleted."""
    return f"You can't delete secret {arn} that still has replica regions [{', '.join(regions)}]."


def name_exists(name: str, region: str) -> str:
    """Return the status message where another secret has the name."""
    return f"Replication failed: Secret name {name} already exists in region {region}."


def replicated_otherwise(name: str, region: str) -> str:
    """Return the status message where the secret of that name is replicated itself."""
    return f"Replication failed: Secret name {name} is currently replicated to {region} with a different arn."


def not_enabled(region: str) -> str:
    """Return the status message for a region that is not enabled, or that nobody serves."""
    return f"Replication failed: Region {region} is not enabled. Enable the Region, then retry replication."


def key_unusable(region: str) -> str:
    """Return the status message for a KMS key of the replica's region that cannot be used."""
    return (
        f"Replication failed: Secrets Manager can't encrypt the secret in region {region} using the provided KMS key. "
        "Check that the KMS key is available, enabled, and not in an invalid state."
    )


def value_unreadable(region: str) -> str:
    """Return the status message where the primary's own key does not open a value that is to be shipped."""
    return f"Replication failed: Secrets Manager can't decrypt the secret in region {region}."


def not_reached(region: str) -> str:
    """Return the status message while a region does not answer; replication goes on when it does."""
    return f"Region {region} does not answer. Replication goes on when it does."


def is_ahead(region: str) -> str:
    """Return the status message where a replica is newer than its primary, which then was put back from a copy."""
    return f"Replication failed: the replica in region {region} is newer than the primary secret."


def in_region(arn: str, region: str) -> str:
    """Return a secret's ARN with another region."""
    parts = arn.split(":", 4)
    return ":".join((*parts[:3], region, parts[4]))


def region_of(arn: str) -> str:
    """Return the region of an ARN."""
    return arn.split(":", 4)[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A region that a primary is replicated to. `since` is the primary's generation that named it first."""

    region: str
    kms_key: str = ""
    """The key of that region as the caller named it; empty for the one that AWS manages."""
    since: int = 0

    def state(self) -> dict[str, Any]:
        """Return the replica as JSON values."""
        return {"region": self.region, "kms_key": self.kms_key, "since": self.since}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Replica:
        """Return the replica that `state()` described."""
        return cls(region=state["region"], kms_key=state["kms_key"], since=state["since"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """What a replica knows of its primary: where it is, and the generation of it that the replica holds."""

    region: str
    generation: int
    mark: str = ""
    """A digest of what the primary was at that generation: one put back from a copy counts the same numbers anew."""
    whole: bool = True
    """Whether all versions of that generation are here; those that did not fit into a message follow."""
    rotation: RotationConfig | None = None
    """How the primary rotates: a replica shows it, and does not rotate itself."""

    def state(self) -> dict[str, Any]:
        """Return the primary as JSON values."""
        known = {"region": self.region, "generation": self.generation, "mark": self.mark, "whole": self.whole}
        return known if self.rotation is None else {**known, "rotation": self.rotation.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Primary:
        """Return the primary that `state()` described."""
        return cls(
            region=state["region"],
            generation=state["generation"],
            mark=state["mark"],
            whole=state["whole"],
            rotation=RotationConfig.from_state(state["rotation"]) if state.get("rotation") else None,
        )

    def is_behind(self, told: Primary) -> bool:
        """Tell whether what is told now is of the same history, and not older."""
        same = told.generation == self.generation and told.mark == self.mark
        return told.generation > self.generation or same


class Status(StrEnum):
    """How far a replica is (the published model's `StatusType`)."""

    IN_SYNC = "InSync"
    FAILED = "Failed"
    IN_PROGRESS = "InProgress"


class Action(StrEnum):
    """What is to be told to another region."""

    SHIP = "ship"
    """The secret as it stands, to a replica's region."""
    REMOVE = "remove"
    """That the replica goes."""
    LEAVE = "leave"
    """To the primary's region: that the replica stands alone now."""
    ENABLE = "enable"
    DISABLE = "disable"
    """Whether the region answers for the account."""
    GONE = "gone"
    """Nothing: a replica was removed here, and what is older must not bring it back."""
    SHIP_KEY = "ship-key"
    """A KMS key of several regions as it stands, to a replica's region."""
    LEAVE_KEY = "leave-key"
    """To the primary's region: that the replica of a KMS key was deleted."""

    @property
    def kind(self) -> str:
        """Return what two tasks of one kind, about one thing and region, cannot both be."""
        return _KINDS[self]


_KINDS = {
    Action.SHIP: "replica",
    Action.REMOVE: "replica",
    Action.LEAVE: "leave",
    Action.ENABLE: "region",
    Action.DISABLE: "region",
    Action.GONE: "gone",
    Action.SHIP_KEY: "key",
    Action.LEAVE_KEY: "key-leave",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one region is to be told about one secret (`arn`), or about itself, and how far that has come.

    The row stays when it is done, with `due` None: it holds a replica's status.
    """

    arn: str
    region: str
    action: Action
    due: datetime | None
    status: Status = Status.IN_PROGRESS
    message: str = ""
    generation: int = 0
    """For REMOVE, LEAVE, GONE and LEAVE_KEY: the primary's generation at that moment. For SHIP: that of a newer
    replica. For SHIP_KEY: the one that named the replica first."""
    held: tuple[str, ...] = ()
    """The ids of the versions whose values the replica is known to hold."""
    changed: bool = True
    """Whether the secret was changed since it was last taken to be shipped."""
    force: bool = False
    """Whether a secret of that name may be overwritten; until the first success."""
    accessed: date | None = None
    """The last day the replica was read, as far as it was told."""
    attempts: int = 0
    owner: str = ""
    leased_until: datetime | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    """For SHIP_KEY: what a replica of a key is to be made with, until it is."""

    def claimable(self, now: datetime) -> bool:
        """Tell whether a worker may take the task now."""
        free = self.leased_until is None or self.leased_until <= now
        return free and self.due is not None and self.due <= now

    def claimed(self, owner: str, now: datetime) -> Task:
        """Return the task leased to `owner`."""
        return replace(self, owner=owner, leased_until=now + LEASE, changed=False)

    def renewed(self, now: datetime) -> Task:
        """Return the task after its secret was changed; a failure that waits for its caller goes on waiting."""
        if self.status is Status.FAILED and self.due is None:
            return self
        return replace(self, due=now, changed=True, status=Status.IN_PROGRESS, message="", attempts=0)

    def shipped(self, held: Sequence[str], *, whole: bool, accessed: date | None, now: datetime) -> Task:
        """Return the task after the replica took a message; due again where there is more by now."""
        done = whole and not self.changed
        return replace(
            self._freed(),
            status=Status.IN_SYNC if done else Status.IN_PROGRESS,
            message=SUCCEEDED if done else "",
            due=None if done else now,
            held=tuple(sorted(held)),
            accessed=accessed,
            attempts=0,
            force=False,
            asked={},
        )

    def failed(self, message: str, *, now: datetime, again: bool, generation: int = 0) -> Task:
        """Return the task after the region refused; due after a pause, or, not `again`, when a caller asks anew.

        `generation` is that of a replica that is newer than its primary.
        """
        due = self._pause(now, _LAST_RETRY) if again else None
        retried = replace(self._freed(), attempts=self.attempts + 1, due=due, changed=True)
        return replace(retried, status=Status.FAILED, message=message, generation=generation)

    def unanswered(self, message: str, *, now: datetime) -> Task:
        """Return the task after the region did not answer."""
        retried = replace(
            self._freed(), attempts=self.attempts + 1, due=self._pause(now, _LAST_UNANSWERED), changed=True
        )
        return replace(retried, status=Status.IN_PROGRESS, message=message)

    def encouraged(self, now: datetime) -> Task:
        """Return the task after its region was enabled: a failure that passes by itself may have passed."""
        waits = self.status is Status.FAILED and self.due is not None
        return replace(self, due=now) if waits else self

    def missing(self, version_ids: Sequence[str], now: datetime) -> Task:
        """Return the task, due at once, after the replica said which values it does not hold."""
        held = tuple(each for each in self.held if each not in version_ids)
        return replace(self._freed(), held=held, due=now, changed=True)

    def state(self) -> dict[str, Any]:
        """Return the task as JSON values."""
        return {
            "arn": self.arn,
            "region": self.region,
            "action": self.action.value,
            "due": self.due.isoformat() if self.due else None,
            "status": self.status.value,
            "message": self.message,
            "generation": self.generation,
            "held": list(self.held),
            "changed": self.changed,
            "force": self.force,
            "accessed": self.accessed.isoformat() if self.accessed else None,
            "attempts": self.attempts,
            "owner": self.owner,
            "leased_until": self.leased_until.isoformat() if self.leased_until else None,
            **({"asked": dict(self.asked)} if self.asked else {}),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Task:
        """Return the task that `state()` described."""
        return cls(
            arn=state["arn"],
            region=state["region"],
            action=Action(state["action"]),
            due=_moment(state["due"]),
            status=Status(state["status"]),
            message=state["message"],
            generation=state["generation"],
            held=tuple(state["held"]),
            changed=state["changed"],
            force=state["force"],
            accessed=date.fromisoformat(state["accessed"]) if state["accessed"] else None,
            attempts=state["attempts"],
            owner=state["owner"],
            leased_until=_moment(state["leased_until"]),
            asked=state.get("asked", {}),
        )

    def _freed(self) -> Task:
        return replace(self, owner="", leased_until=None)

    def _pause(self, now: datetime, most: timedelta) -> datetime:
        return now + min(_FIRST_RETRY * (1 << min(self.attempts, _DOUBLINGS)), most)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
