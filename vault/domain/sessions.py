"""Temporary credentials: an access key, its secret, and a sealed token that carries who may do what until when.

The token is opaque to its holder. It names the identity it was made from, which is looked at as it stands whenever the
token is used: removing a key, a user or a role ends its sessions. Source: IAM User Guide, "Temporary security
credentials in IAM"; STS API Reference, pages of the operations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.tags import Tags

MAX_SECONDS = 129_600
DEFAULT_SECONDS = 43_200
ROOT_MAX_SECONDS = 3_600
"""Bounds of GetFederationToken and GetSessionToken; the account root gets an hour at most."""
CHAINED_SECONDS = 3_600
"""How long a session of a role lasts at most that a session of a role asked for."""
ROLE_SECONDS = 3_600
PACKED_CHARACTERS = 2_048
"""Characters of session policies and tags that are 100 % of what fits; AWS publishes no way to count them."""


class SessionKind(StrEnum):
    """What a session was made by."""

    FEDERATED = "federated"
    """GetFederationToken."""
    USER = "user"
    """GetSessionToken: the caller itself, for a time."""
    LOGIN = "login"
    """A password: the user itself, for a time."""
    ROLE = "role"
    """AssumeRole, or CreateSession of Roles Anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionScope:
    """What a session is narrowed to, and what it tells about itself."""

    policy: str = ""
    """A policy document; with `policy_arns` the session may do what one of them allows."""
    policy_arns: tuple[str, ...] = ()
    tags: Tags = ()
    transitive: tuple[str, ...] = ()
    """Keys of the tags that sessions made from this one have as well."""
    source_identity: str = ""

    @property
    def narrowed(self) -> bool:
        """Tell whether policies narrow it."""
        return bool(self.policy or self.policy_arns)

    @property
    def packed_size(self) -> int | None:
        """Return how much of what fits is taken, per cent; None where there is nothing."""
        if not (self.narrowed or self.tags):
            return None
        texts = [self.policy, *self.policy_arns, *(text for pair in self.tags for text in pair)]
        return sum(map(len, texts)) * 100 // PACKED_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The content of a session token."""

    kind: SessionKind
    access_key_id: str
    secret: SecretValue
    account_id: str
    owner: str
    """For a role and a login the name of the role or user, else the access key id that asked for the session."""
    owner_id: str
    """The unique id of the role or user, so that none of the same name takes its place."""
    name: str
    issued: datetime
    expires: datetime
    scope: SessionScope = field(default_factory=SessionScope)
    mfa: datetime | None = None
    """When an MFA device vouched for whoever asked; sessions of roles do not tell, as on AWS."""

    def to_bytes(self) -> bytes:
        """Return the token's plaintext, to be sealed at once."""
        return canonical_json(
            {
                "v": 2,
                "kind": self.kind.value,
                "key": self.access_key_id,
                "secret": self.secret.reveal_text(),
                "account": self.account_id,
                "owner": [self.owner, self.owner_id],
                "name": self.name,
                "times": [_seconds(self.issued), _seconds(self.expires), _seconds(self.mfa)],
                "policies": [self.scope.policy, *self.scope.policy_arns],
                "tags": [list(pair) for pair in self.scope.tags],
                "transitive": list(self.scope.transitive),
                "source": self.scope.source_identity,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Session | None:
        """Read a token's plaintext, which only we can have sealed; None for one of an earlier version."""
        content = json.loads(data)
        return _session(content) if content["v"] == 2 else None


def _session(content: Mapping[str, Any]) -> Session:
    issued, expires, mfa = content["times"]
    policy, *policy_arns = content["policies"]
    return Session(
        kind=SessionKind(content["kind"]),
        access_key_id=content["key"],
        secret=SecretValue(content["secret"]),
        account_id=content["account"],
        owner=content["owner"][0],
        owner_id=content["owner"][1],
        name=content["name"],
        issued=datetime.fromtimestamp(issued, UTC),
        expires=datetime.fromtimestamp(expires, UTC),
        mfa=None if mfa is None else datetime.fromtimestamp(mfa, UTC),
        scope=SessionScope(
            policy=policy,
            policy_arns=tuple(policy_arns),
            tags=tuple((key, value) for key, value in content["tags"]),
            transitive=tuple(content["transitive"]),
            source_identity=content["source"],
        ),
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def lifetime(requested: int | None, *, is_root: bool) -> timedelta:
    """Return how long a session of a user lasts; the bounds of `requested` are the published model's."""
    seconds = DEFAULT_SECONDS if requested is None else requested
    return timedelta(seconds=min(seconds, ROOT_MAX_SECONDS) if is_root else seconds)
