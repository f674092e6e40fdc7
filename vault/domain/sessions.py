"""Temporary credentials: an access key, its secret, and a sealed token that carries who may do what until when.

The token is opaque to its holder. It names the key it belongs to, the identity it was made from and one inline
policy; it is checked against that identity as it stands when the token is used, so removing a key ends its sessions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue

MIN_SECONDS = 900
MAX_SECONDS = 129_600
DEFAULT_SECONDS = 43_200
ROOT_MAX_SECONDS = 3_600
"""GetFederationToken's bounds (STS API Reference); the account root gets an hour at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The content of a session token."""

    access_key_id: str
    secret: SecretValue
    owner_key_id: str
    """The long-lived access key that asked for the session."""
    name: str
    policy: str
    expires: datetime

    def to_bytes(self) -> bytes:
        """Return the token's plaintext, to be sealed at once."""
        return canonical_json(
            {
                "v": 1,
                "key": self.access_key_id,
                "secret": self.secret.reveal_text(),
                "owner": self.owner_key_id,
                "name": self.name,
                "policy": self.policy,
                "expires": int(self.expires.timestamp()),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Session:
        """Read a token's plaintext, which only we can have sealed."""
        content = json.loads(data)
        return cls(
            access_key_id=content["key"],
            secret=SecretValue(content["secret"]),
            owner_key_id=content["owner"],
            name=content["name"],
            policy=content["policy"],
            expires=datetime.fromtimestamp(content["expires"], UTC),
        )


def lifetime(requested: int | None, *, is_root: bool) -> timedelta:
    """Return how long a session lasts; the bounds of `requested` are the published model's."""
    seconds = DEFAULT_SECONDS if requested is None else requested
    return timedelta(seconds=min(seconds, ROOT_MAX_SECONDS) if is_root else seconds)
