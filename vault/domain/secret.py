"""A secret: its metadata, versions, rotation and deletion, and the canonical document they are stored as.

The document holds everything that decides an answer, so one MAC over it (see `vault/storage/secrets.py`) shows any
edit by somebody who can write the database but lacks the root key. It holds no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.deletion import MARKED_FOR_DELETION, Deletion
from vault.domain.errors import InvalidParameter, InvalidRequest
from vault.domain.replication import NOT_ON_A_REPLICA, Primary, Replica
from vault.domain.rotation import RotationConfig
from vault.domain.tags import Tags
from vault.domain.versions import PENDING, Versions

MAX_VALUE_BYTES = 65_536


class ValueKind(StrEnum):
    """Whether a value was put as SecretString or SecretBinary."""

    STRING = "string"
    BINARY = "binary"


@hot_record
class SecretContent:
    """What a version holds. Raises `InvalidParameter` for a value that is empty or too long."""

    kind: ValueKind
    value: SecretValue

    def __post_init__(self) -> None:
        if not 1 <= len(self.value) <= MAX_VALUE_BYTES:
            raise InvalidParameter(f"The secret value must have between 1 and {MAX_VALUE_BYTES} bytes.")


def secret_content(text: str | None, binary: bytes | None) -> SecretContent | None:
    """Return what a request puts, None where it brings no value. Raises `InvalidParameter` where it brings two."""
    if text is not None and binary is not None:
        raise InvalidParameter(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if binary is not None:
        return SecretContent(kind=ValueKind.BINARY, value=SecretValue(binary))
    return SecretContent(kind=ValueKind.STRING, value=SecretValue(text)) if text is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret without its values."""

    account_id: str
    region: str
    arn: str
    name: str
    created: datetime
    changed: datetime
    """LastChangedDate: the last change of value, metadata, labels, rotation or deletion."""
    creation_token: str
    """The request token of its creation, so that a repeated CreateSecret without a value is recognised."""
    description: str = ""
    kind: str = ""
    """The `Type` member: what a managed external secret holds."""
    tags: Tags = ()
    untagged: bool = False
    """It had tags, and all were taken off."""
    kms_key: str = ""
    """The KMS key of new versions as the caller named it; empty for the one that AWS manages."""
    policy: str | None = None
    """The resource policy named `default`, as it was put."""
    versions: Versions = field(default_factory=Versions)
    accessed: date | None = None
    rotation: RotationConfig | None = None
    deletion: Deletion | None = None
    replicas: tuple[Replica, ...] = ()
    """For a primary: the regions it is replicated to."""
    primary: Primary | None = None
    """For a replica: its primary."""
    generation: int = 0
    """Counts the stored changes; raised by the storage at each save."""

    def check_usable(self) -> None:
        """Raise `InvalidRequest` with AWS's text while the secret is marked for deletion."""
        if self.deletion is not None:
            raise InvalidRequest(MARKED_FOR_DELETION)

    def check_writable(self) -> None:
        """Raise `InvalidParameter` with AWS's text for a replica, which is changed where its primary is."""
        if self.primary is not None:
            raise InvalidParameter(NOT_ON_A_REPLICA)

    @property
    def rotates(self) -> bool:
        """Tell whether rotation is on, and the secret there to stay."""
        return self.rotation is not None and self.rotation.enabled and self.deletion is None

    def without_pending(self, version_id: str) -> Secret:
        """Return the secret with `AWSPENDING` taken off that version, where it is."""
        pending = self.versions.holder(PENDING)
        if pending is None or pending.version_id != version_id:
            return self
        return replace(self, versions=self.versions.without_pending())

    @property
    def primary_region(self) -> str:
        """The region that the secret is changed in."""
        return self.region if self.primary is None else self.primary.region

    @property
    def shown_rotation(self) -> RotationConfig | None:
        """How the secret rotates; for a replica, how its primary does."""
        return self.rotation if self.primary is None else self.primary.rotation

    @property
    def replicated(self) -> bool:
        """Tell whether the secret has replicas or is one."""
        return bool(self.replicas) or self.primary is not None

    def state(self) -> dict[str, Any]:
        """Return the secret as JSON values. What few secrets are, the others have no word about, as before."""
        untagged = {"untagged": True} if self.untagged else {}
        return self._own_state() | untagged | self._replication_state()

    def _replication_state(self) -> dict[str, Any]:
        replicas = {"replicas": [each.state() for each in self.replicas]} if self.replicas else {}
        return replicas if self.primary is None else replicas | {"primary": self.primary.state()}

    def _own_state(self) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "region": self.region,
            "arn": self.arn,
            "name": self.name,
            "created": self.created.isoformat(),
            "changed": self.changed.isoformat(),
            "creation_token": self.creation_token,
            "description": self.description,
            "kind": self.kind,
            "tags": [list(pair) for pair in self.tags],
            "kms_key": self.kms_key,
            "policy": self.policy,
            "versions": self.versions.state(),
            "accessed": self.accessed.isoformat() if self.accessed else None,
            "rotation": self.rotation.state() if self.rotation else None,
            "deletion": self.deletion.state() if self.deletion else None,
            "generation": self.generation,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Secret:
        """Return the secret that `state()` described."""
        return cls(
            account_id=state["account_id"],
            region=state["region"],
            arn=state["arn"],
            name=state["name"],
            created=datetime.fromisoformat(state["created"]),
            changed=datetime.fromisoformat(state["changed"]),
            creation_token=state["creation_token"],
            description=state["description"],
            kind=state["kind"],
            tags=tuple((key, value) for key, value in state["tags"]),
            untagged=state.get("untagged", False),
            # A document of before there were keys of customers, or policies, has no such members.
            kms_key=state.get("kms_key", ""),
            policy=state.get("policy"),
            versions=Versions.from_state(state["versions"]),
            accessed=date.fromisoformat(state["accessed"]) if state["accessed"] else None,
            rotation=RotationConfig.from_state(state["rotation"]) if state["rotation"] else None,
            deletion=Deletion.from_state(state["deletion"]) if state["deletion"] else None,
            replicas=tuple(Replica.from_state(each) for each in state.get("replicas", ())),
            primary=Primary.from_state(state["primary"]) if "primary" in state else None,
            generation=state["generation"],
        )
